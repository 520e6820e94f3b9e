"""The ladder A → B → station chief → centre: who gets a ticket, and why, in words.

Pure: a place and who is on duty go in, a decision comes out. The same ladder serves a new ticket
and one that nobody acknowledged (`above` says which rung failed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from command_center.routing.ground import Located, Patch
from command_center.tickets.states import Rung
from command_center.town.duty import DutyAnswer
from configs.catalogue import EventType, HandlerMode
from configs.values import Name

_LADDER = (Rung.A, Rung.B, Rung.STATION)

_RUNG_NAMES = {
    Rung.A: Name(zh="A岗", en="A"),
    Rung.B: Name(zh="B岗", en="B"),
    Rung.STATION: Name(zh="站长", en="station chief"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A person on the ladder: his name, and whether he is on duty."""

    name: Name
    duty: DutyAnswer


Standings = Mapping[str, Standing]
"""Login → standing, of everybody on the ladder."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets it. `assignee` None with rung CENTRE: the operators have to find somebody."""

    rung: Rung
    assignee: str | None
    department: str | None
    why: tuple[Name, ...]
    patch: Patch | None = None
    told: tuple[str, ...] = ()
    """Who else is told at once and may take it (fire: B)."""


def route(
    located: Located | None,
    event_type: EventType,
    department_name: Name | None,
    people: Standings,
) -> Decision:
    """Decide on a new ticket. `located` None: nobody said where it is."""
    department = event_type.department if event_type.handler is not HandlerMode.GRID else None
    told_department = _department_line(department, department_name)
    if event_type.handler is HandlerMode.DEPARTMENT and department is not None:
        patch = located.patch if located else None
        return Decision(Rung.DEPARTMENT, None, department, told_department, patch)
    if located is None:
        return Decision(Rung.CENTRE, None, department, (_NO_PLACE, *told_department))
    if located.patch is None:
        return Decision(Rung.CENTRE, None, department, (_unplaced(located), *told_department))
    patch = located.patch
    rung, assignee, steps = climb(patch, people)
    why = (_grid_line(patch, located.beside_m), *steps, *told_department)
    told: tuple[str, ...] = ()
    if event_type.tell_all:
        told = tuple(w for w in _on_duty(patch, people) if w != assignee)
        why = (*why, _told_line(told, people))
    return Decision(rung, assignee, department, why, patch, told)


def climb(
    patch: Patch, people: Standings, above: Rung | None = None
) -> tuple[Rung, str | None, tuple[Name, ...]]:
    """The first rung above `above` with somebody on duty, who it is, and what was skipped.

    The centre is the top: (CENTRE, None, …) if nobody is left.
    """
    rungs = _LADDER[_LADDER.index(above) + 1 :] if above in _LADDER else _LADDER
    if above is not None and above not in _LADDER:
        rungs = ()
    steps: list[Name] = []
    for rung in rungs:
        login = _holder(patch, rung)
        if login is None:
            steps.append(_nobody_line(rung))
            continue
        standing = people[login]
        if standing.duty.on:
            steps.append(_taken_line(rung, standing.name))
            return rung, login, tuple(steps)
        steps.append(_absent_line(rung, standing))
    steps.append(TO_CENTRE)
    return Rung.CENTRE, None, tuple(steps)


def _holder(patch: Patch, rung: Rung) -> str | None:
    return {Rung.A: patch.worker_a, Rung.B: patch.worker_b, Rung.STATION: patch.chief}[rung]


def _on_duty(patch: Patch, people: Standings) -> list[str]:
    workers = (patch.worker_a, patch.worker_b)
    return [w for w in workers if w is not None and people[w].duty.on]


_NO_PLACE = Name(zh="未提供位置，由中心分派", en="No place was given; the centre assigns it")
TO_CENTRE = Name(zh="转中心", en="It goes to the centre")


def _grid_line(patch: Patch, beside_m: float | None) -> Name:
    if beside_m is not None:
        return Name(
            zh=f"不在任何网格内，距{patch.name.zh}（{patch.code}）{beside_m:.1f} 米，归其处置",
            en=f"It lies in no grid, {beside_m:.1f} m outside of {patch.name.en} ({patch.code}), "
            "which is the nearest",
        )
    return Name(
        zh=f"位于{patch.name.zh}（{patch.code}）", en=f"It lies in {patch.name.en} ({patch.code})"
    )


def _taken_line(rung: Rung, person: Name) -> Name:
    label = _RUNG_NAMES[rung]
    return Name(zh=f"{label.zh}{person.zh}接单", en=f"{label.en} {person.en} took it")


def _absent_line(rung: Rung, person: Standing) -> Name:
    label, name, why = _RUNG_NAMES[rung], person.name, person.duty.why
    return Name(zh=f"{label.zh}{name.zh}{why.zh}，跳过", en=f"{label.en} {name.en} is {why.en}")


def _nobody_line(rung: Rung) -> Name:
    label = _RUNG_NAMES[rung]
    return Name(zh=f"没有{label.zh}", en=f"There is no {label.en}")


def _department_line(code: str | None, name: Name | None) -> tuple[Name, ...]:
    if code is None:
        return ()
    shown = name or Name(zh=code, en=code)
    return (Name(zh=f"同时通知{shown.zh}", en=f"The department is told: {shown.en}"),)


def _told_line(told: tuple[str, ...], people: Standings) -> Name:
    names = [people[login].name for login in told]
    return Name(
        zh="、".join(["同时通知中心", *(n.zh for n in names)]),
        en=", ".join(["Told at once: the centre", *(n.en for n in names)]),
    )


def _unplaced(located: Located) -> Name:
    if not located.tied:
        return Name(zh="不在任何网格内，由中心分派", en="It lies in no grid; the centre assigns it")
    codes = [p.code for p in located.tied]
    if located.beside_m is not None:
        return Name(
            zh=f"不在任何网格内，距{'、'.join(codes)}均约 {located.beside_m:.1f} 米，由中心分派",
            en=f"It lies in no grid, {located.beside_m:.1f} m from {' and from '.join(codes)}; "
            "the centre assigns it",
        )
    return Name(
        zh=f"同时位于{'、'.join(codes)}，由中心分派",
        en=f"It lies in {' and '.join(codes)} at once; the centre assigns it",
    )
