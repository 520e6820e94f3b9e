"""Typed settings, town files and the event catalogue: what a town is, before anything runs."""
