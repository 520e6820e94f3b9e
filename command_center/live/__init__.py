"""The durable log of changes, and the stream that tells clients about them."""
