"""Figures for Prometheus and `fenghuo top`: what every part of a running town counts."""
