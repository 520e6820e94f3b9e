"""How people are reached outside the product, what became of each message, and who must be rung."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word


class ChannelKind(StrEnum):
    WEB_PUSH = "web_push"
    """A browser that subscribed (RFC 8030)."""
    MAIL = "mail"
    """A mail address; sent through the gateway of the settings."""
    SMS = "sms"
    """A phone number; sent through the gateway of the settings."""
    HOOK = "hook"
    """An address as Apprise writes it: a robot of WeCom, DingTalk or Feishu, or a JSON receiver."""


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


_HELD = text("removed_at IS NULL")


class Channel(Base):
    """A way to one person. Never deleted, since deliveries name it; one that is taken away loses
    its address."""

    __tablename__ = "channels"
    __table_args__ = (
        Index(
            "uq_channels_held",
            "person",
            "mark",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.login"))
    kind: Mapped[ChannelKind] = mapped_column(word(ChannelKind))
    service: Mapped[str] = mapped_column(String(100))
    """What may be shown of the address: `wecombot`, a host, `…@example.cn`, `…4711`."""
    label: Mapped[str] = mapped_column(String(100))
    sealed: Mapped[str | None] = mapped_column(Text)
    """The address, encrypted (`sealing`); None: the channel was taken away."""
    mark: Mapped[str] = mapped_column(String(64))
    """Tells the same address again without knowing it."""
    language: Mapped[Language] = mapped_column(word(Language))
    urgent_only: Mapped[bool]
    salt: Mapped[str] = mapped_column(String(32))
    """The code that verifies it is made of this, see `sealing.code_of`."""
    code_until: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong codes."""
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(63))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    """Tries that failed since the last one that did not."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was found not to work; None: it works, as far as is known."""
    failure: Mapped[str] = mapped_column(String(200), default="")


class Fate(StrEnum):
    QUEUED = "queued"
    FAILED = "failed"
    """Tried, and will be tried again."""
    SENT = "sent"
    """Taken by the service. Whether it was seen, only ACKNOWLEDGED says."""
    ACKNOWLEDGED = "acknowledged"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"
    """Not sent any more: read elsewhere, taken by somebody else, or replaced by its repetition."""


WAITING = (Fate.QUEUED, Fate.FAILED)
_WAITING = text("fate IN ('queued', 'failed')")


class Delivery(Base):
    """One notification on one channel: one row from the first try to its end. An urgent one that is
    repeated has a row a repetition."""

    __tablename__ = "channel_deliveries"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel_id", "round"),
        Index(
            "ix_channel_deliveries_waiting",
            "due_at",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), index=True)
    notification_id: Mapped[int | None] = mapped_column(
        ForeignKey("notifications.id", ondelete="CASCADE")
    )
    """None: the message that brings the code."""
    round: Mapped[int] = mapped_column(default=0)
    fate: Mapped[Fate] = mapped_column(word(Fate), default=Fate.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    """HTTP status of the last try, where there was one."""
    failure: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was acknowledged, given up or withdrawn."""


class PhoneReason(StrEnum):
    NO_CHANNEL = "no_channel"
    """Nothing reaches him but the telephone."""
    NO_ANSWER = "no_answer"
    """He was told, and has not acknowledged."""


_OPEN = text("closed_at IS NULL")


class PhoneOrder(Base):
    """专用电话: the centre must ring somebody up about a ticket. Kept as long as the ticket."""

    __tablename__ = "phone_orders"
    __table_args__ = (
        Index(
            "uq_phone_orders_open",
            "ticket_id",
            "person",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.login"))
    """Who must be rung."""
    callers: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    """Who must ring: logins of the operators that were on duty."""
    why: Mapped[PhoneReason] = mapped_column(word(PhoneReason))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(String(63))
    """Who rang; `system`: it was not needed any more."""
    answered: Mapped[bool | None]
    """None: nobody rang."""
    note: Mapped[str] = mapped_column(Text, default="")
