"""What a person must do: the closed loop's states, moves and their hash-chained record."""
