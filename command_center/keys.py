"""Keys of rows, as callers send them back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Key = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""What a row can be called: PostgreSQL's INTEGER. A larger number is refused here, by name;
the database would only say that some value did not fit."""
