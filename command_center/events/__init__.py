"""What machines say they found: taken in once, in order of their epoch, with its evidence."""
