"""Reading a suite: its form, and what it can get wrong although every value has the right form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shapely import Polygon

from configs.catalogue import Catalogue
from configs.errors import ConfigError
from configs.fault import Fault
from configs.load import shipped_catalogue, validated
from configs.rules import NEEDS_AREA
from configs.source import Location, Source, read_yaml
from configs.suite import Suite, SuiteClip, TruthEntry
from configs.town_checks import lines_beside, twice


def load_suite(path: Path) -> Suite:
    """Read a suite. Whether its clips are there is seen when they are played.

    Raises:
        ConfigError: with every fault of form, or else every contradiction, that was found.
    """
    source = read_yaml(path)
    _no_recipe(source)
    suite = validated(source, Suite)
    faults = list(suite_contradictions(suite, shipped_catalogue()))
    if faults:
        raise ConfigError(
            [source.problem(fault.location, fault.message, fault.fix) for fault in faults]
        )
    return suite


def _no_recipe(source: Source) -> None:
    """A recipe looks like a suite; its every clip would be told as several faults."""
    clips = source.value.get("clips") if isinstance(source.value, dict) else None
    for index, clip in enumerate(clips if isinstance(clips, list) else ()):
        if isinstance(clip, dict) and "clip" in clip:
            message = "is a recipe for a clip, not a clip: this file has to be composed first"
            fix = f"python -m tests.composer {source.file} --to FOLDER; the suite is then in FOLDER"
            raise ConfigError([source.problem(("clips", index, "clip"), message, fix)])


def suite_contradictions(suite: Suite, catalogue: Catalogue) -> Iterator[Fault]:
    """Every contradiction between the parts of a suite."""
    broken = list(_references(suite, catalogue))
    # What a threshold lacks may be what is misspelt elsewhere: first things first.
    yield from broken or _thresholds(suite)


def _references(suite: Suite, catalogue: Catalogue) -> Iterator[Fault]:
    yield from twice("clips", "id", [clip.id for clip in suite.clips])
    yield from _event_types(suite, catalogue)
    for index, clip in enumerate(suite.clips):
        yield from _zones(suite, clip, ("clips", index))
        for number, truth in enumerate(clip.truth):
            yield from _truth(suite, clip, truth, ("clips", index, "truth", number))


def _thresholds(suite: Suite) -> Iterator[Fault]:
    """A threshold that nothing in the suite can judge would be met for ever."""
    looked_for = frozenset[str]().union(*(suite.events_of(clip) for clip in suite.clips))
    happens = {truth.event for clip in suite.clips for truth in clip.truth if not truth.ignore}
    for event, threshold in suite.thresholds.items():
        if event not in looked_for:
            yield Fault(
                ("thresholds", event),
                f"no rule of this suite looks for {event!r}",
                "give a zone a rule for it, or remove the threshold",
            )
            continue
        for key in ("recall", "delay_p95"):
            if getattr(threshold, key) is not None and event not in happens:
                yield Fault(
                    ("thresholds", event, key),
                    f"cannot be judged: no clip's truth has {event!r}",
                    "add a clip in which it happens, or remove the threshold",
                )


def _event_types(suite: Suite, catalogue: Catalogue) -> Iterator[Fault]:
    known = {event_type.code for event_type in catalogue.event_types}
    named: list[tuple[Location, str]] = [
        (("rules", name, index), event)
        for name, rules in suite.rules.items()
        for index, rule in enumerate(rules)
        for event in rule.events
    ]
    for i, clip in enumerate(suite.clips):
        for j, zone in enumerate(clip.zones):
            if not isinstance(zone.rules, str):
                named += [
                    (("clips", i, "zones", j, "rules", k), event)
                    for k, rule in enumerate(zone.rules)
                    for event in rule.events
                ]
    for location, event in named:
        if event not in known:
            yield Fault(location, f"{event!r} is no event type", "use a code of the catalogue")


def _zones(suite: Suite, clip: SuiteClip, at: Location) -> Iterator[Fault]:
    for fault in twice("zones", "id", [zone.id for zone in clip.zones]):
        yield Fault((*at, *fault.location), fault.message, fault.fix)
    for index, zone in enumerate(clip.zones):
        if isinstance(zone.rules, str) and zone.rules not in suite.rules:
            sets = ", ".join(suite.rules) or "none yet"
            yield Fault(
                (*at, "zones", index, "rules"),
                f"there is no set of rules named {zone.rules!r}",
                f"add it to `rules` at the top, where there are: {sets}",
            )
        elif zone.area_m2 is None and any(rule.needs_area for rule in suite.rules_of(zone)):
            yield Fault((*at, "zones", index), NEEDS_AREA, "add area_m2 to the zone")
        if Polygon(zone.polygon).is_valid:
            name = f"zone {zone.id} of clip {clip.id}"
            for fault in lines_beside((), name, zone.polygon, suite.rules_of(zone)):
                yield Fault((*at, "zones", index, "rules"), fault.message, fault.fix)


def _truth(suite: Suite, clip: SuiteClip, truth: TruthEntry, at: Location) -> Iterator[Fault]:
    zones = {zone.id: zone for zone in clip.zones}
    if truth.zone not in zones:
        yield Fault(
            (*at, "zone"), f"{truth.zone!r} is no zone of this clip", f"it has {', '.join(zones)}"
        )
        return
    rules = suite.rules_of(zones[truth.zone])
    if rules and suite.must_last(clip, truth.zone, truth.event) is None:
        events = ", ".join(event for rule in rules for event in rule.events)
        yield Fault(
            (*at, "event"),
            f"no rule of zone {truth.zone!r} looks for {truth.event!r}",
            f"its rules look for {events}",
        )
    if clip.length is not None and truth.start >= clip.length * clip.repeat:
        yield Fault(
            (*at, "start"),
            f"lies after the end of what is played ({clip.length * clip.repeat:g} s)",
            "count from the first picture that is played",
        )
