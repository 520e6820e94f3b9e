"""YAML as it was written: the values together with the line and column where each one stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from configs.errors import ConfigError, Problem

Location = tuple[str | int, ...]
"""The way to a value: keys and list indexes, as pydantic's `loc`."""

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: 700 cameras take it 0.6 s of CPU instead of 2.0."""
_DEEPEST = 50
"""Levels; a town file has a dozen."""

_MAX_BYTES = 64 << 20
"""A town of 700 cameras is about 0.5 MB; a hundred times that is not a town file."""


@dataclass(slots=True)
class Source:
    """A parsed file: `value` for pydantic, and where each part of it stands."""

    file: Path
    value: Plain
    _places: dict[Location, tuple[int, int]] = field(default_factory=dict)

    def place(self, location: Location) -> tuple[int, int]:
        """Line and column, from 1, of the value or of its nearest ancestor that is in the file."""
        while location and location not in self._places:
            location = location[:-1]
        return self._places.get(location, (1, 1))

    def problem(self, location: Location, message: str, fix: str = "") -> Problem:
        line, column = self.place(location)
        return Problem(self.file, line, column, written(location), message, fix)


def written(location: Location) -> str:
    """`("cameras", 2, "url")` as `cameras[2].url`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "file"


def read_yaml(file: Path) -> Source:
    """Parse one YAML file.

    Raises:
        ConfigError: it cannot be read, is not YAML, or writes a key twice.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise _unreadable(file, f"larger than {_MAX_BYTES >> 20} MB; is this a town file?")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"not UTF-8 text (byte {error.start})") from error
    source = Source(file, None)
    problems: list[Problem] = []
    try:
        root = _compose(text)
        if root is not None:
            source.value = _walk(root, (), source, problems, yaml.SafeLoader(""))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = " ".join(filter(None, (error.context, error.problem)))
        fix = "check the indentation, quotes and colons of this line and the one above"
        raise ConfigError([Problem(file, line, column, "YAML", message, fix)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(file, f"not YAML: {error}") from error
    if problems:
        raise ConfigError(problems)
    return source


def _compose(text: str) -> yaml.Node | None:
    try:
        if _is_shallow(text):
            return yaml.compose(text, Loader=_QUICK)
    except yaml.YAMLError:
        pass  # the other says better what is wrong
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _is_shallow(text: str) -> bool:
    """PyYAML's binding of libyaml overruns the stack on 5,000 brackets (a crash was seen)."""
    depth = 0
    for event in yaml.parse(text, Loader=_QUICK):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


def _unreadable(file: Path, why: str) -> ConfigError:
    return ConfigError([Problem(file, 1, 1, "file", f"cannot be read: {why}", "check the path")])


def _walk(
    node: yaml.Node,
    location: Location,
    source: Source,
    problems: list[Problem],
    scalars: yaml.SafeLoader,
) -> Plain:
    mark = node.start_mark
    source._places[location] = (mark.line + 1, mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [
            _walk(item, (*location, index), source, problems, scalars)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in mapping:
                place = key_node.start_mark
                problems.append(
                    Problem(
                        source.file,
                        place.line + 1,
                        place.column + 1,
                        written((*location, key)),
                        "stands here a second time",
                        "keep one of the two",
                    )
                )
            mapping[key] = _walk(value_node, (*location, key), source, problems, scalars)
        return mapping
    value = scalars.construct_object(node, deep=True)
    return value if isinstance(value, str | int | float | bool | None) else str(node.value)
