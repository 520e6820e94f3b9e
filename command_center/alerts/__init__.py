"""What an operator sees: one open alert a fingerprint, confirmed or rejected by one person."""
