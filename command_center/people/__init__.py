"""Who works here: log-in, sessions, tokens, and who may do what."""
