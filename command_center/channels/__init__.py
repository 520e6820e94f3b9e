"""Reaching people outside the product: their channels, each message with its fate, phone orders."""
