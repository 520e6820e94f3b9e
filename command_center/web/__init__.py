"""The web pages: plain HTML, CSS and ES modules that the app serves as they are."""
