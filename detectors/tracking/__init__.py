"""Following boxes from picture to picture, for as long as they are seen and no longer."""
