"""Urgent matters out, as alerts of the Common Alerting Protocol 1.2 (OASIS)."""
