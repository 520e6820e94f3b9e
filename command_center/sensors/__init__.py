"""Sensors: how they are, and the readings that gateways push until their process fetches them."""
