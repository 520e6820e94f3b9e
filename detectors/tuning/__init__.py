"""Which settings of the rules are best: clips are looked at once, and replayed many times."""
