"""What one would write instead, on the same streams in the same run."""
