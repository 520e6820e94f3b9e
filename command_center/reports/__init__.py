"""What people found: patrols, the hotline, operators and citizens."""
