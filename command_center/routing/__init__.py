"""Who gets it: from a point on the ground to a person on duty, and why."""
