"""A running town on a terminal of any width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from command_center.top.rates import CameraRates, Rates, ShardRates
from detectors.metrics import Stage
from detectors.sensor_worker_config import SENSOR_SHARD

WIDE = 140
"""Columns from which a shard's figures stand in one line."""
GAP = 2
"""Columns between two of a table."""
LONGEST_NAME, LONGEST_NAME_IN_NARROW = 24, 16
"""Columns for a camera's id; the rest of it is left out."""
LATE = 6.0
"""Seconds without a heartbeat, three of them, from which it is said how old the figures are."""
WHY = 12
"""Columns at least for the reason why a camera is not well."""
STAGES = (Stage.READ, Stage.DECODE, Stage.GATE, Stage.SINK)
_STAGES_TITLE = "CPU % read/dec/gate/rules"
"""Nearly all of `sink` is rules, and its own name says nothing to who looks."""

_COLOURS = {"online": "green", "disabled": "dim", "connecting": "yellow", "unknown": "magenta"}
_Column = tuple[str, Callable[[ShardRates], str]]


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown. `width` in columns; `cameras`: how many of the worst."""

    url: str
    width: int
    cameras: int
    since_start: bool = False
    """Whether rates are averages since the start, and not of the last seconds."""


def screen(rates: Rates, view: View, trouble: str = "") -> RenderableType:
    """Everything at a glance. `trouble`: why these figures are old; empty when they are new."""
    return Group(*_parts(rates, view, trouble))


def _parts(rates: Rates, view: View, trouble: str) -> Iterable[RenderableType]:
    yield Text.from_markup(_headline(rates, view.url))
    if trouble:
        yield Text(trouble, style="bold red")
    if view.since_start:
        yield Text("averages since each shard's start", style="dim")
    if view.width >= WIDE:
        yield _shards(rates.shards, (*_MAIN, *_MORE))
    else:
        yield _shards(rates.shards, _MAIN)
        yield _shards(rates.shards, (_MAIN[0], *_MORE))
    if view.cameras:
        yield _cameras(rates.cameras[: view.cameras], len(rates.cameras), view.width)


def _headline(rates: Rates, url: str) -> str:
    online, all_of_them = rates.states.get("online", 0), sum(rates.states.values())
    colour = "green" if online == all_of_them else "yellow"
    of_cameras = [shard for shard in rates.shards if shard.name != SENSOR_SHARD]
    down, count = sum(not shard.up for shard in of_cameras), len(of_cameras)
    shards = "1 shard" if count == 1 else f"{count} shards"
    if down:
        shards = f"[red]{down} of {shards} down[/]"
    if any(shard.name == SENSOR_SHARD and not shard.up for shard in rates.shards):
        shards += "  [red]the sensors' process is down[/]"
    at = rates.at.astimezone().strftime("%H:%M:%S")
    return (
        f"[bold]烽火[/] {escape(url)}  {at}  "
        f"[{colour}]{online} of {all_of_them} cameras online[/]  {shards}"
    )


def _name(shard: ShardRates) -> str:
    if not shard.up:
        return f"[red]{escape(shard.name)} ✗[/]"
    late = f" [yellow]{_duration(shard.heard)} ago[/]" if shard.heard > LATE else ""
    return escape(shard.name) + late


def _states(shard: ShardRates) -> str:
    if not shard.states:
        return "-"
    ordered = sorted(shard.states.items(), key=lambda one: (one[0] != "online", -one[1]))
    return " ".join(f"[{_colour(state)}]{count} {state}[/]" for state, count in ordered)


def _stages(shard: ShardRates) -> str:
    shares = (shard.cpu_by_stage.get(stage.value, 0.0) for stage in STAGES)
    return "/".join(_few(share * 100) for share in shares)


def _drops(shard: ShardRates) -> str:
    shown = [f"{reason} {_few(rate)}" for reason, rate in list(shard.drops.items())[:3]]
    return f"[yellow]{' '.join(shown)}[/]" if shown else "-"


def _detectors(shard: ShardRates) -> str:
    return (
        " ".join(
            f"{escape(one.model)} {_few(one.inferred)}/s queue {one.waiting}"
            + (f" [yellow]dropped {_few(one.dropped)}/s[/]" if one.dropped else "")
            for one in shard.detectors
        )
        or "-"
    )


def _outbox(shard: ShardRates) -> str:
    dead = f" [red]{shard.outbox_dead} dead[/]" if shard.outbox_dead else ""
    return f"{shard.outbox_pending}{dead}"


def _ring(shard: ShardRates) -> str:
    share = shard.ring_bytes / shard.ring_limit if shard.ring_limit else 0.0
    return f"{share:.0%}"


_MAIN: tuple[_Column, ...] = (
    ("shard", _name),
    ("cameras", _states),
    ("scans/s", lambda s: _few(s.scans)),
    ("every p95", lambda s: _seconds(s.interval_p95)),
    ("lag p95", lambda s: _seconds(s.lag_p95)),
    ("CPU", lambda s: _percent(s.cpu)),
    ("memory", lambda s: _bytes(s.memory_bytes)),
    ("ring", _ring),
)
_MORE: tuple[_Column, ...] = (
    (_STAGES_TITLE, _stages),
    ("Mb/s in", lambda s: f"{s.received_bytes * 8 / 1e6:.1f}"),
    ("drops/s", _drops),
    ("detectors", _detectors),
    ("outbox", _outbox),
)
_WORDS = frozenset({"shard", "cameras", _STAGES_TITLE, "drops/s", "detectors"})


def _shards(shards: Iterable[ShardRates], columns: Iterable[_Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    chosen = list(columns)
    for title, _ in chosen:
        table.add_column(title, justify="left" if title in _WORDS else "right")
    for shard in shards:
        table.add_row(*(shown(shard) for _, shown in chosen), style="" if shard.up else "dim")
    return table


def _cameras(cameras: Sequence[CameraRates], of: int, width: int) -> RenderableType:
    titles = ["camera", "state", "since", "examined", "kb/s", "drops/s"]
    longest = LONGEST_NAME if width >= WIDE else LONGEST_NAME_IN_NARROW
    rows = [_cells(camera, longest) for camera in cameras]
    if width >= WIDE:
        titles.append("shard")
        rows = [[*row, camera.shard] for row, camera in zip(rows, cameras, strict=True)]
    columns = zip(titles, *rows, strict=True)
    taken = sum(max(cell_len(cell) for cell in column) + GAP for column in columns)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    for title in titles:
        right = title in {"since", "examined", "kb/s", "drops/s"}
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    table.add_column("why", no_wrap=True)
    for camera, row in zip(cameras, rows, strict=True):
        cells = [Text(cell) for cell in row]
        cells[1].stylize(_colour(camera.state))
        why = Text(camera.reason)
        why.truncate(max(WHY, width - taken - 1), overflow="ellipsis")
        table.add_row(*cells, why)
    return Group(Text(f"the worst of {of} cameras", style="dim"), table)


def _cells(camera: CameraRates, longest: int) -> list[str]:
    rate = camera.received_bytes
    name = Text(camera.id)
    name.truncate(longest, overflow="ellipsis")
    return [
        name.plain,
        camera.state,
        _duration(camera.for_seconds),
        _duration(camera.scan_age),
        "-" if rate is None else f"{rate * 8 / 1000:.0f}",
        "-" if camera.drops is None else _few(camera.drops),
    ]


def _colour(state: str) -> str:
    return _COLOURS.get(state, "red")


def _few(value: float) -> str:
    """Two figures are enough for a rate."""
    return "0" if not value else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if not share or share >= 0.1 else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def _duration(value: float | None) -> str:
    if value is None:
        return "-"
    for unit, seconds in (("d", 86_400), ("h", 3600), ("min", 60)):
        if value >= seconds:
            return f"{value / seconds:.0f} {unit}"
    return f"{value:.0f} s"


def _bytes(value: float) -> str:
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"
