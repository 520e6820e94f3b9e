"""From a camera's bytes to pictures worth looking at; knows nothing of what is looked for."""
