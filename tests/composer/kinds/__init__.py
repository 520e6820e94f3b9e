"""The kinds of clips, each with its options and its truth."""
