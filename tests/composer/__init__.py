"""Clips with exact truth, composed from real pixels."""
