"""Shards that have registered, and the epoch of each one's living process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime
from detectors.metrics import ShardMetrics


class Shard(Base):
    __tablename__ = "shards"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    epoch: Mapped[int]
    """Grows at every start; writes that carry an older one are refused (fencing)."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    down_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missing_models: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    metrics: Mapped[ShardMetrics] = mapped_column("stats", Document(ShardMetrics))
    """As the last heartbeat gave them, without the single cameras."""
    given_up: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Silent, and nobody starts it any more. The row stays for its epoch alone: a frozen process
    that wakes up later is fenced off still."""
