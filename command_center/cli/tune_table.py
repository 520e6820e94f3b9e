"""What came of tuning, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from command_center.cli.console import err, out
from detectors.evaluation import words
from detectors.evaluation.figures import Figures
from detectors.tuning.knob import knobs_of
from detectors.tuning.tuning import Against, Candidate, Front, RuleTuning, Tuning
from detectors.tuning.written import shown

_TOLD_APART = 0.05


def show(tuning: Tuning) -> None:
    """The fronts, what is chosen, and how far the suite can tell."""
    out.print(f"{tuning.title}: {_how(tuning)}", markup=False, soft_wrap=True)
    for rule in tuning.rules:
        out.print(f"\n{rule.rule}: {_tried(rule)}", markup=False, soft_wrap=True)
        for front in rule.fronts:
            out.print(_table(rule, front, aside=bool(tuning.held_out)))
            out.print(_how_far(front), markup=False, soft_wrap=True)
        for line in _chosen(rule):
            out.print(line, style="bold", markup=False, soft_wrap=True)
        for difference in rule.chosen.differences or ():
            err.print(f"differs  {difference}", style="red", markup=False, soft_wrap=True)
    for failure in tuning.failures:
        err.print(
            f"failed   {failure.clip}: {failure.why}", style="red", markup=False, soft_wrap=True
        )


def _how(tuning: Tuning) -> str:
    models = (f"{name} {version or 'missing'}" for name, version in tuning.models.items())
    told = f"fenghuo {tuning.fenghuo}, models: {', '.join(models) or 'none'}"
    turns = f"; {tuning.phases} phases" if tuning.phases > 1 else ""
    aside = f"; {len(tuning.held_out)} clips held out by seed {tuning.seed}"
    return told + turns + (aside if tuning.held_out else "; nothing held out")


def _tried(rule: RuleTuning) -> str:
    whole = "all" if rule.settings + rule.contradictory >= rule.combinations else "a sample"
    impossible = f", {rule.contradictory} contradict themselves" if rule.contradictory else ""
    return (
        f"{rule.settings} settings ({whole} of {rule.combinations} combinations{impossible}), "
        f"{rule.plays} plays, {rule.replays} full replays"
    )


def _table(rule: RuleTuning, front: Front, *, aside: bool) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), title=front.event, title_justify="left")
    for path in rule.tried:
        table.add_column(path, overflow="fold")
    headings = ["recall", "95 %", "false", "an hour", "p95"]
    for heading in [*headings, *(["held out"] if aside else []), "found", "quiet", "alike"]:
        table.add_column(heading, justify="right", no_wrap=True)
    for each in front.candidates:
        style = "" if each.on_front else "dim"
        table.add_row(*_row(rule, each, aside=aside), style=style)
    return table


def _row(rule: RuleTuning, each: Candidate, *, aside: bool) -> Iterator[str]:
    for path in rule.tried:
        values = (each.knobs[path],) if each.knobs else rule.current[path]
        field = knobs_of(rule.rule)[path]
        yield "/".join(str(shown(field, value)) for value in values) + ("" if each.knobs else " *")
    found = each.figures
    yield _recall(found)
    yield words.span(found.recall_from, found.recall_to)
    yield str(found.false_alarms)
    yield words.number(found.false_alarms_per_camera_hour)
    yield words.number(found.delay_p95, 1)
    if aside and each.held_out is not None:
        hourly = words.number(each.held_out.false_alarms_per_camera_hour)
        yield f"{_recall(each.held_out)}, {hourly}/h"
    yield "" if each.against is None else f"+{each.against.found_more} -{each.against.found_less}"
    yield "" if each.against is None else f"+{each.against.quieter} -{each.against.louder}"
    yield str(each.alike) if each.alike else ""


def _recall(found: Figures) -> str:
    return f"{found.recall:.2f} {found.hits}/{found.required}" if found.required else words.NOTHING


def _how_far(front: Front) -> str:
    """Whether the suite can tell the front's settings from the current one (*)."""
    others = [each.against for each in front.candidates if each.against is not None]
    if not others:
        return "  * as it is: no setting is better."
    apart = sum(_is_told_apart(each) for each in others)
    least = min(min(each.p_found, each.p_false) for each in others)
    return (
        f"  * as it is. The suite tells {apart} of {len(others)} from it with 95 % (sign test on "
        f"truths found and clips without a false alarm, least p {least:.2f})."
    )


def _is_told_apart(against: Against) -> bool:
    return min(against.p_found, against.p_false) < _TOLD_APART


def _chosen(rule: RuleTuning) -> Iterator[str]:
    if not rule.chosen.knobs:
        yield "  chosen: as it is"
    else:
        fields = knobs_of(rule.rule)
        turned = (
            f"{path} {shown(fields[path], value)}" for path, value in rule.chosen.knobs.items()
        )
        against = (
            each.against
            for front in rule.fronts
            for each in front.candidates
            if each.knobs == rule.chosen.knobs and each.against is not None
        )
        doubt = "" if any(map(_is_told_apart, against)) else " (not told apart from what is)"
        yield f"  chosen: {', '.join(turned)}{doubt}"
    if rule.chosen.differences == ():
        yield "  the pipeline of a shard told the same, clip by clip"
