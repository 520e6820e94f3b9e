"""Programs of others that may call us, and the keys by which they are known."""
