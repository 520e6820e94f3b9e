"""Shards: who of them is the living one, and what its heartbeat says."""
