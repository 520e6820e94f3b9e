"""Measurements that the command prints: ours and, in the same run, what one would write instead."""
