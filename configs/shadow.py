"""A shadow: other knobs for a rule, tried beside it on the same pictures. It alarms nobody."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from configs.values import Identifier

MOST_SHADOWS = 4
"""On one camera. A rule takes some 0.2 ms of a scan that costs 4 ms and more to decode, so that
four more are a fifth of a scan at the very most; a person compares no more than a few anyway."""

RuleT = TypeVar("RuleT", bound=BaseModel)


class Shadow(BaseModel):
    """A name, and whatever knobs of the rule it stands at are to be different."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, JsonValue]

    name: Identifier

    @property
    def knobs(self) -> dict[str, JsonValue]:
        """What is different, as it was written."""
        return dict(self.__pydantic_extra__)

    def under(self, rule: RuleT) -> RuleT:
        """The whole rule that runs in the shadow of `rule`.

        Raises:
            ValueError: a knob is none of that rule's, or its value is wrong, or nothing differs.
        """
        for knob in self.knobs:
            if knob in _FIXED or knob not in type(rule).model_fields:
                raise ValueError(f"shadow {self.name!r}: {_no_knob(rule, knob)}")
        try:
            made = type(rule).model_validate(turned(rule, self.knobs), strict=False)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in fault["loc"])
            message = fault["msg"].removeprefix("Value error, ")
            where = f"{place}: " if place else ""
            raise ValueError(f"shadow {self.name!r}: {where}{message}") from None
        if made == rule.model_copy(update={"shadow": ()}):
            raise ValueError(
                f"shadow {self.name!r} differs in nothing from its rule; give it another knob, "
                "such as dwell or model"
            )
        return made


def turned(rule: BaseModel, knobs: dict[str, JsonValue]) -> dict[str, object]:
    """The rule as it would be written with other knobs: they count at night too, where the night
    has no setting of its own."""
    day: dict[str, object] = rule.model_dump(exclude={"shadow", "night"})
    night = getattr(rule, "night", None)
    if night is not None:
        its_own = night.model_dump(exclude={"shadow", "night"})
        day["night"] = {key: value for key, value in its_own.items() if value != day[key]}
    return {**day, **knobs}


_FIXED = frozenset({"rule", "event", "smoke_event", "shadow"})
"""What both must have in common: what they find is compared by its event type."""


def _no_knob(rule: BaseModel, knob: str) -> str:
    free = ", ".join(name for name in type(rule).model_fields if name not in _FIXED)
    why = "must be its rule's" if knob in _FIXED else "is no knob of this rule"
    return f"{knob!r} {why}; there are {free}"


def one_or_more(value: object) -> object:
    """`shadow: {…}` as well as a list of them."""
    return (value,) if isinstance(value, dict | Shadow) else value
