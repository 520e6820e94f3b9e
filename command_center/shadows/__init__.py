"""Rules that are tried beside those in force: what they would have told, held against what was."""
