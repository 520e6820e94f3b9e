"""Sensors: from readings in order to events that are safely told."""
