"""The command `fenghuo`."""
