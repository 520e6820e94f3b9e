"""What `fenghuo top` shows: asked of a running town, turned into rates, drawn."""
