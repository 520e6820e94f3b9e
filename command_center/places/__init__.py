"""Grids as a whole: exchanged as files, checked, compared, and put into force together."""
