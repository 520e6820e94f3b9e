"""What is wrong with a camera's picture itself: frozen, covered, moved, blurred."""
