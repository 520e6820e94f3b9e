"""What a sensor's rule measured, and against what: the part of an event that people read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Measured(BaseModel):
    """A value and the limit that it passed, both in `unit`, or in `unit` a minute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Finite
    limit: Finite
    unit: Annotated[str, Field(max_length=20)] = ""
    per_minute: bool = False

    def __str__(self) -> str:
        unit = (f" {self.unit}" if self.unit else "") + ("/min" if self.per_minute else "")
        return f"{self.value:.4g}{unit}，限值 limit {self.limit:.4g}{unit}"
