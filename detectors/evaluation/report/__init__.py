"""The page for engineers: figures, timelines, and pictures of what went wrong."""
