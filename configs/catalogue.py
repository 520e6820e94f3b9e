"""The event catalogue: every kind of thing that can be found, as data that a town edits."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from configs.values import Fraction, Identifier, Model, Name, Seconds


class Urgency(StrEnum):
    URGENT = "urgent"
    NORMAL = "normal"


class WorkClock(StrEnum):
    """Which hours count towards a deadline."""

    EMERGENCY = "emergency"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


class HandlerMode(StrEnum):
    GRID = "grid"
    DEPARTMENT = "department"
    BOTH = "both"


class Source(StrEnum):
    """Who or what found it."""

    CAMERA = "camera"
    SENSOR = "sensor"
    PATROL = "patrol"
    CITIZEN = "citizen"
    HOTLINE = "hotline"
    OPERATOR = "operator"


class Deadlines(Model):
    """Seconds allowed for each stage, counted on the event type's clock."""

    discover: Seconds = 600.0
    accept: Seconds = 3600.0
    dispatch: Seconds = 300.0
    acknowledge: Seconds = 1800.0
    handle: Seconds
    verify: Seconds = 86400.0
    feed_back: Seconds = 86400.0
    rate: Seconds = 7 * 86400.0


class Confirmation(Model):
    """Who says that it is real: an operator, or the finding itself at this confidence or above."""

    auto_ticket_at: Fraction | None = None


class ClosingEvidence(Model):
    """What a handler must attach to call it done."""

    photo: bool = True
    place: bool = False
    note: bool = True


class AttributeKind(StrEnum):
    """What an answer may be; the words are those of Open311 GeoReport v2."""

    STRING = "string"
    TEXT = "text"
    NUMBER = "number"
    DATETIME = "datetime"
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"


_LISTS = frozenset({AttributeKind.SINGLE, AttributeKind.MULTI})


class Choice(Model):
    key: Identifier
    name: Name


class Attribute(Model):
    """A question that programs of others ask a citizen beside what is the matter."""

    code: Identifier
    name: Name = Field(description="the question")
    kind: AttributeKind = AttributeKind.STRING
    required: bool = False
    hint: Name | None = None
    values: tuple[Choice, ...] = ()

    @model_validator(mode="after")
    def _values_of_a_list(self) -> Attribute:
        if bool(self.values) != (self.kind in _LISTS):
            raise ValueError(f"attribute {self.code!r}: values belong to lists, and only to them")
        return self


class CapCategory(StrEnum):
    """Values of CAP 1.2, as are those of the next four."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class CapUrgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class CapSeverity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class CapCertainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class CapScope(StrEnum):
    """Who may be told. `Private` is not here: it needs a list of addresses in each message."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"


class Cap(Model):
    """How an urgent matter of this type is told to others, by CAP 1.2."""

    category: tuple[CapCategory, ...] = Field(min_length=1)
    urgency: CapUrgency = CapUrgency.IMMEDIATE
    severity: CapSeverity
    certainty: CapCertainty = CapCertainty.OBSERVED
    scope: CapScope = CapScope.RESTRICTED
    instruction: Name | None = Field(default=None, description="what people there should do")


class EventType(Model):
    code: Identifier
    name: Name
    urgency: Urgency = Urgency.NORMAL
    clock: WorkClock = WorkClock.EMERGENCY
    deadlines: Deadlines
    department: Identifier | None = None
    handler: HandlerMode = HandlerMode.GRID
    confirmation: Confirmation = Confirmation()
    closing: ClosingEvidence = ClosingEvidence()
    tell_all: bool = Field(
        default=False, description="A, B and the centre are told together (fire)"
    )
    prompt: Name | None = Field(
        default=None, description="what the operator is urged to do at once, such as calling 119"
    )
    machine_may_close: bool = Field(
        default=True, description="whether a cleared finding may end the alert by itself"
    )
    public: bool = Field(
        default=False,
        description="whether anybody may learn that there is such a matter: its type, roughly "
        "where, and how far it has got; never what was written, nor by whom",
    )
    attributes: tuple[Attribute, ...] = Field(
        default=(), description="what programs of others ask besides (Open311)"
    )
    cap: Cap | None = Field(
        default=None, description="how it is told to others while it is urgent; none: not at all"
    )


class Catalogue(Model):
    version: str
    event_types: tuple[EventType, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Catalogue:
        seen: set[str] = set()
        for event_type in self.event_types:
            if event_type.code in seen:
                raise ValueError(f"event type {event_type.code!r} stands in the catalogue twice")
            seen.add(event_type.code)
        return self

    def get(self, code: str) -> EventType | None:
        """The event type with this code, or None."""
        return next((e for e in self.event_types if e.code == code), None)
