"""Sensors: what a device says over MQTT or HTTP, as readings in order."""
