"""The access log: who looked at what, when and why."""
