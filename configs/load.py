"""Files in, typed models out; every fault with its place and its mend."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from configs.catalogue import Catalogue
from configs.errors import ConfigError, Problem, Severity
from configs.source import Location, Source, read_yaml
from configs.town import Town
from configs.town_checks import contradictions
from configs.workdays import HolidayYear, Workdays, workdays

ModelT = TypeVar("ModelT", bound=BaseModel)


def load_town(path: Path) -> Town:
    """Read a town file, or the `town.yaml` of a folder.

    Raises:
        ConfigError: with every fault of form, or else every contradiction, that was found.
    """
    town, problems = check_town(path)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ConfigError(errors)
    return town


def check_town(path: Path) -> tuple[Town, list[Problem]]:
    """Read a town file and say everything that is doubtful in it, errors and warnings.

    Raises:
        ConfigError: the file's form is at fault, so that its sense cannot be judged.
    """
    source = read_yaml(path / "town.yaml" if path.is_dir() else path)
    town = validated(source, Town)
    faults = contradictions(town, catalogue_of(town), shipped_holidays())
    return town, sorted(
        replace(source.problem(f.location, f.message, f.fix), severity=f.severity) for f in faults
    )


def catalogue_of(town: Town) -> Catalogue:
    """The town's own event types, or those that are shipped."""
    return town.catalogue or shipped_catalogue()


@cache
def shipped_catalogue() -> Catalogue:
    with resources.as_file(resources.files("configs") / "catalogue.yaml") as path:
        return validated(read_yaml(path), Catalogue)


@cache
def shipped_holidays() -> tuple[HolidayYear, ...]:
    """The public holidays of every year of which notice was given, in order."""
    with resources.as_file(resources.files("configs") / "calendar") as folder:
        paths = sorted(folder.glob("*.yaml"))
        return tuple(validated(read_yaml(path), HolidayYear) for path in paths)


def workdays_of(town: Town) -> Workdays:
    """The working days that hold in a town."""
    return workdays(town.calendar, shipped_holidays())


def load_file(path: Path, model: type[ModelT]) -> ModelT:
    """Read one YAML file into a typed model; rooms to the right read their own kinds with it.

    Raises:
        ConfigError: with every fault of form, each with line, key and mend.
    """
    return validated(read_yaml(path), model)


def sample_town(name: str) -> Path:
    """The file of a town that is shipped, such as `demo`.

    Raises:
        ConfigError: there is none of that name.
    """
    folder = Path(str(resources.files("configs"))) / "towns"
    path = folder / name / "town.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.parent.name for p in folder.glob("*/town.yaml")))
        raise ConfigError(
            [
                Problem(
                    Path(name),
                    1,
                    1,
                    "town",
                    "is neither a file nor a sample",
                    f"use {known}, or write a larger one with `fenghuo sample`",
                )
            ]
        )
    return path


def find_town(name_or_path: str) -> Path:
    """A path that exists, or else the name of a sample town."""
    path = Path(name_or_path)
    return path if path.exists() else sample_town(name_or_path)


def validated(source: Source, model: type[ModelT]) -> ModelT:
    """What was read, as a typed model.

    Raises:
        ConfigError: with every fault of form, each with line, key and mend.
    """
    try:
        return model.model_validate(source.value, strict=False)
    except ValidationError as error:
        details = error.errors()
        raise ConfigError(
            [_explain(source, model, d) for d in details if not _follows_from(d, details)]
        ) from None


def _follows_from(detail: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """A list counts as too short when its items are wrong: the items are what is to be mended. A
    rule by night starts from the same rule by day, and repeats its faults."""
    loc = detail["loc"]
    if "night" in loc:
        by_day = tuple(part for part in loc if part != "night")
        return any((other["loc"], other["input"]) == (by_day, detail["input"]) for other in others)
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in others
    )


def _explain(source: Source, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    location = _in_file(source, detail["loc"])
    message = detail["msg"].removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden":
            key = str(location[-1])
            # A key that another kind of this union knows is no misspelling.
            known = set(_fields(model, detail["loc"][:-1])) - {key}
            near = get_close_matches(key, known, n=1, cutoff=0.6)
            fix = f"did you mean {near[0]!r}?" if near else "remove it, or check its spelling"
            return source.problem(location, f"{key!r} is not a key that is known here", fix)
        case "missing":
            return source.problem(location, "is missing", f"add {location[-1]!r} here")
        case "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            return source.problem(
                location, f"{detail['input']!r} does not fit", f"it must match {pattern}"
            )
        case "value_error":
            return source.problem(location, message)
        case "union_tag_invalid":
            return _unknown_kind(source, location, detail["ctx"])
        case "union_tag_not_found":
            key = detail["ctx"]["discriminator"].strip("'")
            return source.problem(location, f"{key!r} is missing", f"add {key!r} here")
    return source.problem(location, message, f"it is {detail['input']!r} now")


def _unknown_kind(source: Source, location: Location, context: dict[str, str]) -> Problem:
    """The key that says which kind an entry is, such as `rule`, names none that there is."""
    key, known = context["discriminator"].strip("'"), context["expected_tags"].replace("'", "")
    near = get_close_matches(context["tag"], known.split(", "), n=1, cutoff=0.6)
    fix = f"did you mean {near[0]!r}?" if near else f"there are {known}"
    return source.problem((*location, key), f"there is no {key} {context['tag']!r}", fix)


def _in_file(source: Source, loc: tuple[int | str, ...]) -> Location:
    """Pydantic's `loc` without the tags of discriminated unions, which are not in the file."""
    way: list[str | int] = []
    value = source.value
    for index, part in enumerate(loc):
        if isinstance(value, dict) and isinstance(part, str):
            if part not in value and index < len(loc) - 1:
                continue
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        way.append(part)
    return tuple(way)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that could stand at `loc`, read from the model's JSON Schema."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolve(node: dict[str, object]) -> list[dict[str, object]]:
        if isinstance(ref := node.get("$ref"), str):
            return resolve(definitions[ref.rsplit("/", 1)[-1]])
        options = [node]
        for union in ("anyOf", "oneOf"):
            branches = node.get(union)
            if isinstance(branches, list):
                options += [option for branch in branches for option in resolve(branch)]
        return options

    nodes = resolve(schema)
    for part in loc:
        following: list[dict[str, object]] = []
        for node in nodes:
            child = node.get("items") if isinstance(part, int) else _child(node, part)
            if isinstance(child, dict):
                following += resolve(child)
        nodes = following or nodes  # the tag of a union leads nowhere: stay
    return sorted({key for node in nodes for key in _properties(node)})


def _child(node: dict[str, object], key: str) -> object:
    """The schema of one key, be it a field or an entry of a mapping whose keys are free."""
    properties, free = node.get("properties"), node.get("patternProperties")
    if isinstance(properties, dict) and key in properties:
        return properties[key]
    return next(iter(free.values()), None) if isinstance(free, dict) else None


def _properties(node: dict[str, object]) -> list[str]:
    properties = node.get("properties")
    return list(properties) if isinstance(properties, dict) else []
