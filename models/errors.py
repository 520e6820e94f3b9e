"""What can be wrong with weights, said so that the reader knows what to do next."""

from __future__ import annotations


class ModelError(Exception):
    """Weights or a card cannot be used; the message names the model and the way out."""
