"""What operators found to be real and false, as figures of the rules that told it."""
