"""Telling programs of others what has happened, by signed HTTP requests."""
