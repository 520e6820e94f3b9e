"""Notices on the wall: what somebody has to put right in the system itself."""
