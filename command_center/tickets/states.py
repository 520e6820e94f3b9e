"""The words of the closed loop: states, moves, who makes them, and what they need."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a finding stands. An alert lives in the first five, a ticket from CONFIRMED on."""

    NEW = "new"
    CLEARED = "cleared"
    """Over before anybody decided, and its event type lets a machine say so. Alerts only."""
    FALSE_ALARM = "false_alarm"
    MERGED = "merged"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    HANDLING = "handling"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    REFERRED = "referred"
    DONE = "done"
    REWORK = "rework"
    VERIFIED = "verified"
    FED_BACK = "fed_back"
    RATED = "rated"
    ARCHIVED = "archived"


class Move(StrEnum):
    # discover 发现
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    MERGE = "merge"
    SPLIT = "split"
    CLEAR = "clear"
    # accept 受理
    ACCEPT = "accept"
    REJECT = "reject"
    # dispatch 分流
    DISPATCH = "dispatch"
    REASSIGN = "reassign"
    HAND_ON = "hand_on"
    # handle 处置
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    FINISH = "finish"
    # side moves: the handler asks, the centre grants
    ASK_RETURN = "ask_return"
    ASK_EXTENSION = "ask_extension"
    ASK_SUSPENSION = "ask_suspension"
    ASK_REFERRAL = "ask_referral"
    GRANT_RETURN = "grant_return"
    GRANT_EXTENSION = "grant_extension"
    GRANT_SUSPENSION = "grant_suspension"
    GRANT_REFERRAL = "grant_referral"
    DENY = "deny"
    RESUME = "resume"
    # track 跟踪, supervise 督办
    NOTE = "note"
    MARK = "mark"
    SUPERVISE = "supervise"
    # verify 核查
    VERIFY = "verify"
    REWORK = "rework"
    # feed back 反馈, rate 评价
    FEED_BACK = "feed_back"
    RATE = "rate"
    LAPSE = "lapse"
    ARCHIVE = "archive"
    REOPEN = "reopen"
    RECUR = "recur"


class Actor(StrEnum):
    """What somebody is to a ticket. A person may be several of these at once."""

    SYSTEM = "system"
    CENTRE = "centre"
    """An operator or shift lead of the command center."""
    CHIEF = "chief"
    """The station chief of the village that the ticket lies in."""
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    """The assignee, whoever it was offered to as well, or the ticket's department."""
    WORKED = "worked"
    """Assigned to it now, or has acknowledged, started or finished it before."""
    FINDER = "finder"
    """Whoever reported it; for a camera's finding the operator who confirmed it."""


class Need(StrEnum):
    """What a move must bring; the names are those of the request's fields."""

    REASON = "reason"
    NOTE = "note"
    PHOTO = "photo"
    POSITION = "position"
    ASSIGNEE = "assignee"
    DEPARTMENT = "department"
    UNTIL = "until"
    RATING = "rating"


class Request(StrEnum):
    """What a handler has asked for and the centre has not answered yet."""

    RETURN = "return"
    EXTENSION = "extension"
    SUSPENSION = "suspension"
    REFERRAL = "referral"


class Rating(StrEnum):
    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    NOT = "not"
    UNRATED = "unrated"
    """Nobody answered in time. It is never counted as satisfied."""


class Rung(StrEnum):
    """How far up the ladder of routing a ticket stands."""

    A = "a"
    B = "b"
    STATION = "station"
    CENTRE = "centre"
    DEPARTMENT = "department"
    CHOSEN = "chosen"
    """A person whom the centre picked by hand."""


CLOSED = frozenset({State.REJECTED, State.ARCHIVED, State.FALSE_ALARM, State.MERGED, State.CLEARED})
"""Nothing more is expected of anybody."""

SETTLED = CLOSED | {State.VERIFIED, State.FED_BACK, State.RATED}
"""The work is done and checked, or was refused: the thing itself no longer needs anybody."""
