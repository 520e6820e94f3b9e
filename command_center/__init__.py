"""Alerts, tickets and people: from an event to someone who was told and rated it."""
