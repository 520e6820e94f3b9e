"""Knobs of rules as they are written on a command line: `obstruction.dwell=20s,40s,60s`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args

import yaml
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from configs.rules import ZoneRule
from configs.values import parse_duration

_FIXED = frozenset({"rule", "event", "smoke_event", "model", "schedule", "night", "shadow"})
"""What makes a rule the rule that it is, when it watches, and what has knobs of its own. Models are
compared by `fenghuo evaluate`."""
MOST_VALUES = 1000

_RULES: dict[str, type[BaseModel]] = {
    kind.model_fields["rule"].default: kind for kind in get_args(get_args(ZoneRule)[0])
}


class KnobError(ValueError):
    """What was written is no knob, or no value of it; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A knob and the values to be tried. `name` is `obstruction.confirm.needed`; values are as
    JSON has them, durations in seconds."""

    rule: str
    path: str
    values: tuple[JsonValue, ...]

    @property
    def name(self) -> str:
        return f"{self.rule}.{self.path}"


def knobs_of(rule: str) -> dict[str, FieldInfo]:
    """Every knob of a rule by its path."""
    knobs: dict[str, FieldInfo] = {}
    for name, field in _RULES[rule].model_fields.items():
        if name in _FIXED:
            continue
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            knobs |= {f"{name}.{inner}": each for inner, each in kind.model_fields.items()}
        else:
            knobs[name] = field
    return knobs


def parse_knob(text: str) -> Knob:
    """Read `RULE.KNOB=VALUES`: values by commas, or `a..b` or `a..b/step`.

    Raises:
        KnobError: no such rule or knob, or a value that it cannot have.
    """
    name, equals, written = (part.strip() for part in text.partition("="))
    rule, _, path = name.partition(".")
    if not equals or not path or not written:
        raise KnobError(f"{text!r} is not written as RULE.KNOB=VALUES: obstruction.dwell=20s,40s")
    if rule not in _RULES:
        raise KnobError(f"there is no rule {rule!r}{_near(rule, list(_RULES))}")
    knobs = knobs_of(rule)
    if path not in knobs:
        raise KnobError(f"{rule} has no knob {path!r}{_near(path, list(knobs))}")
    field: Any = Annotated[knobs[path].annotation, *knobs[path].metadata, None]
    adapter: TypeAdapter[Any] = TypeAdapter(field)
    values = (
        _checked(name, adapter, each)
        for part in written.split(",")
        for each in (_range(name, part.strip()) if ".." in part else [_scalar(part.strip())])
    )
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) > MOST_VALUES:
        raise KnobError(f"{name}: {len(distinct)} values; give a larger step")
    return Knob(rule, path, distinct)


def _near(name: str, there: list[str]) -> str:
    close = get_close_matches(name, there, n=2)
    meant = f"; did you mean {' or '.join(close)}?" if close else ";"
    return f"{meant} there are {', '.join(there)}"


def _scalar(text: str) -> JsonValue:
    try:
        value: JsonValue = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, bool | int | float | str | None) else text


def _checked(name: str, adapter: TypeAdapter[Any], value: JsonValue) -> JsonValue:
    try:
        checked: JsonValue = adapter.dump_python(adapter.validate_python(value), mode="json")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise KnobError(f"{name}: {value}: {fault}") from None
    return checked


def _range(name: str, text: str) -> list[JsonValue]:
    ends, _, step_text = text.partition("/")
    first_text, _, last_text = ends.partition("..")
    try:
        first, last = parse_duration(first_text), parse_duration(last_text)
        step = parse_duration(step_text) if step_text else None
    except ValueError as error:
        raise KnobError(
            f"{name}: {text!r} is no range such as 6..12 or 10s..60s/10s: {error}"
        ) from (None)
    whole = all(part.strip().isdigit() for part in (first_text, last_text))
    if step is None:
        if not whole:
            raise KnobError(f"{name}: {text!r} needs a step, such as {text}/{_a_step(text)}")
        step = 1.0
    if step <= 0 or last < first:
        raise KnobError(f"{name}: {text!r} must go upwards, by a step above 0")
    if (last - first) / step > MOST_VALUES:
        raise KnobError(f"{name}: {text!r} has more than {MOST_VALUES} values; give a larger step")
    # A little more than the last, since a tenth is no binary number.
    values = itertools.takewhile(
        lambda value: value <= last + step * 1e-6,
        (round(first + number * step, 9) for number in itertools.count()),
    )
    return [int(value) if value.is_integer() else value for value in values]


def _a_step(text: str) -> str:
    return "10s" if any(mark.isalpha() for mark in text) else "0.1"
