"""Alerts that somebody judged, as clips with truth: what `fenghuo evaluate` judges rules by."""
