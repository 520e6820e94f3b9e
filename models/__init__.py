"""Model cards and the weights they describe; knows nothing of cameras."""
