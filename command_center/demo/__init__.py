"""The demo town: drawn cameras, simulated people, and a check that the whole loop happened."""
