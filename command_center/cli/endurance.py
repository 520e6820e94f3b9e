"""`fenghuo bench storm`, `soak`, `restart`, `reload`: a town under faults, and under changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypedDict, TypeVar

import typer
from rich import box
from rich.table import Table

from command_center.bench import reload as reloading
from command_center.bench import restart as restarting
from command_center.bench import soak as soaking
from command_center.bench import storm as storming
from command_center.bench.apart import ApartError
from command_center.bench.ledger import PacketLedger
from command_center.bench.meter import cores
from command_center.bench.whole_town import TownError
from command_center.cli.console import err, fail, out
from command_center.placement.reload import NotReloadedError
from command_center.placement.supervisor import SupervisorError
from configs.logs import configure_logs
from configs.settings import Settings
from ingest.farm.mix import Mix
from ingest.farm.outage import Outage

ResultT = TypeVar("ResultT")
CORES = cores()
_SHOWN = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 45.0, 60.0)
"""Seconds after the network was mended that the table shows."""

Streams = Annotated[Mix, typer.Option(help="Streams: all alike, or a town's mixture.")]
Shards = Annotated[int, typer.Option(min=1, help="How many shards; one a core.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def storm(
    cameras: Annotated[int, typer.Option(min=1, help="How many cameras.")] = 700,
    cut: Annotated[float, typer.Option(min=1, help="Seconds that the network is cut off.")] = 60.0,
    outage: Annotated[
        list[Outage] | None, typer.Option(help="How it fails; each way once, if none is named.")
    ] = None,
    shards: Shards = CORES,
    mix: Streams = Mix.TOWN,
    as_json: AsJson = False,
) -> None:
    """Cut the network off from a whole town: when is every camera back, and at what price?"""
    settings = Settings()
    plan = storming.StormPlan(
        cameras=cameras,
        cut=cut,
        shards=shards,
        mix=mix,
        outages=outage or list(Outage),
        models_dir=settings.models,
        cache=settings.data_dir / "farm",
    )
    try:
        result = storming.run(plan, _say)
    except ApartError as error:
        fail(str(error))
    _show(result.model_dump_json(indent=2) if as_json else storm_table(result))
    _end(result.faults())


def soak(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long.")] = 60.0,
    cameras: Annotated[int, typer.Option(min=1, help="How many cameras.")] = 200,
    shards: Shards = CORES,
    fault_every: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two faults, on average.")
    ] = 5.0,
    seed: Annotated[int, typer.Option(help="The same faults for the same number.")] = 1,
    mix: Streams = Mix.TOWN,
    ring_mb: Annotated[int, typer.Option(min=8, help="MiB of coded video a shard keeps.")] = 256,
    to: Annotated[
        Path, typer.Option(help="Takes each sample when it is taken, a line of JSON each.")
    ] = Path("soak.jsonl"),
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Measure nothing: say what the samples of an earlier run mean. Give the other "
            "options as they were, if it did not come to its end.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let cameras fail at random for long: does anything grow, leak or go uncounted?"""
    settings = Settings()
    plan = soaking.SoakPlan(
        cameras=cameras,
        seconds=60.0 * minutes,
        shards=shards,
        mix=mix,
        fault_every=fault_every,
        seed=seed,
        ring_bytes=ring_mb << 20,
        models_dir=settings.models,
        cache=settings.data_dir / "farm",
    )
    result = _soaked(plan, to) if judge is None else _judged(plan, judge)
    _show(result.model_dump_json(indent=2) if as_json else soak_table(result))
    _end(result.failed)


def restart(
    cameras: Annotated[int, typer.Option(min=1, help="How many cameras.")] = 700,
    shards: Shards = CORES,
    mix: Streams = Mix.TOWN,
    as_json: AsJson = False,
) -> None:
    """Kill each shard of a running town: when are its cameras back, and who else felt it?"""
    plan = restarting.RestartPlan(**_town(cameras, shards, mix))
    result = _measured(lambda: restarting.run(plan, _say))
    _show(result.model_dump_json(indent=2) if as_json else restart_table(result))
    _end(result.faults())


def reload(
    cameras: Annotated[int, typer.Option(min=1, help="How many cameras.")] = 700,
    times: Annotated[int, typer.Option(min=1, help="How many changes, either way.")] = 5,
    shards: Shards = CORES,
    mix: Streams = Mix.TOWN,
    as_json: AsJson = False,
) -> None:
    """Change rules in the file of a running town: when do its shards go by them?"""
    plan = reloading.ReloadPlan(**_town(cameras, shards, mix), saved=times, asked=times)
    result = _measured(lambda: reloading.run(plan, _say))
    _show(result.model_dump_json(indent=2) if as_json else reload_table(result))
    _end(result.faults())


class _Town(TypedDict):
    cameras: int
    shards: int
    mix: Mix
    models_dir: Path
    cache: Path


def _town(cameras: int, shards: int, mix: Mix) -> _Town:
    """What `TownPlan` needs; of a town that runs, the log says errors alone."""
    settings = Settings()
    configure_logs(settings.model_copy(update={"log_level": "error"}))
    return {
        "cameras": cameras,
        "shards": shards,
        "mix": mix,
        "models_dir": settings.models,
        "cache": settings.data_dir / "farm",
    }


def _measured(run: Callable[[], ResultT]) -> ResultT:
    try:
        return run()
    except (ApartError, SupervisorError, TownError, NotReloadedError) as error:
        fail(str(error))


def _soaked(plan: soaking.SoakPlan, to: Path) -> soaking.SoakResult:
    try:
        file = to.open("x", encoding="utf-8")
    except FileExistsError:
        fail(f"{to} holds an earlier run", "name another file with --to, or move it away")
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", "name another file with --to")
    with file:
        try:
            return soaking.run(plan, file, _say)
        except ApartError as error:
            fail(str(error))


def _judged(plan: soaking.SoakPlan, samples: Path) -> soaking.SoakResult:
    try:
        lines = samples.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{samples} cannot be read: {error}")
    try:
        return soaking.judge_again(lines, plan)
    except ValueError as error:
        fail(f"{samples} does not hold the samples of a soak: {error}")


def storm_table(result: storming.StormResult) -> Table:
    """A column for each kind of outage."""
    plan = result.plan
    table = _table(f"{plan.cameras} cameras in {plan.shards} shards, cut off for {plan.cut:.0f} s")
    for storm in result.storms:
        table.add_column(str(storm.outage), justify="right")
    rows = [("delivering before", [str(s.before) for s in result.storms])]
    rows += [
        (f"back {seconds:.0f} s after", [str(s.back_at(seconds)) for s in result.storms])
        for seconds in _SHOWN
    ]
    rows += [
        ("95 % back after", [_seconds(s.back_after) for s in result.storms]),
        ("all back after", [_seconds(s.all_back_after) for s in result.storms]),
        ("most attempts a second", [f"{s.peak:.0f}" for s in result.storms]),
        ("… once it was mended", [f"{s.peak_after:.0f}" for s in result.storms]),
        (
            "attempts for one camera, allowed",
            [f"{s.most_connections}, {s.allowed_connections}" for s in result.storms],
        ),
        ("cores used meanwhile", [f"{s.cpu_during:.2f}" for s in result.storms]),
        ("answer of a shard, p95", [f"{1000 * s.ping_p95:.0f} ms" for s in result.storms]),
        ("counters", ["add up" if not s.uneven else "DO NOT ADD UP" for s in result.storms]),
    ]
    for name, cells in rows:
        table.add_row(name, *cells)
    return table


def soak_table(result: soaking.SoakResult) -> Table:
    """What was after the warm-up, and what was at the end."""
    plan, first, last = result.plan, result.first, result.last
    faults = ", ".join(f"{kind} {n}" for kind, n in sorted(result.faults_by_kind.items()))
    table = _table(
        f"{plan.cameras} cameras in {plan.shards} shards, {plan.seconds / 60:g} minutes, "
        f"faults: {faults or 'none'}"
    )
    table.add_column(f"at {first.at:.0f} s", justify="right")
    table.add_column(f"at {last.at:.0f} s", justify="right")
    table.add_row("memory (PSS), MB", f"{first.pss / 1e6:.1f}", f"{last.pss / 1e6:.1f}")
    table.add_row("beside the rings, MB", *(f"{_own(s) / 1e6:.1f}" for s in (first, last)))
    table.add_row("growth of that, part of the whole", "", f"{result.growth:+.1%}")
    table.add_row("the same, MB an hour", "", f"{result.growth_mb_per_hour:+.1f}")
    table.add_row("memory (RSS), MB", f"{first.rss / 1e6:.1f}", f"{last.rss / 1e6:.1f}")
    table.add_row("rings, MB", f"{first.ring_bytes / 1e6:.1f}", f"{last.ring_bytes / 1e6:.1f}")
    for name in ("threads", "descriptors", "delivering", "connections", "events"):
        table.add_row(name, str(getattr(first, name)), str(getattr(last, name)))
    for name in ("packets", "packets_used", "packets_pending", "units", "units_kept"):
        table.add_row(name, str(getattr(first, name)), str(getattr(last, name)))
    table.add_row("packets dropped", *(_reasons(s.packets_dropped) for s in (first, last)))
    table.add_row("units, scans dropped", *(_reasons(s.drops) for s in (first, last)))
    table.add_row("packets sent", *(str(s.farm.packets) for s in (first, last)))
    table.add_row("cameras that never failed", "", _held(result.ledger))
    return table


def restart_table(result: restarting.RestartResult) -> Table:
    """A row for each shard that was killed."""
    plan = result.plan
    table = _table(
        f"{plan.cameras} cameras in {plan.shards} shards, online {result.start:.1f} s after the "
        "start; each shard killed once"
    )
    for name in ("cameras", "online after", "seen online after", "others that felt it"):
        table.add_column(name, justify="right")
    for kill in result.kills:
        table.add_row(
            kill.shard,
            str(kill.cameras),
            _tenths(kill.online),
            _tenths(kill.seen),
            str(len(kill.disturbed)),
        )
    return table


def reload_table(result: reloading.ReloadResult) -> Table:
    """A row for each way in which a change comes in."""
    plan = result.plan
    table = _table(
        f"{plan.cameras} cameras in {plan.shards} shards; seconds from saving the town file until "
        "the shard went by the changed rule"
    )
    for name in ("changes", "shortest", "middle", "longest", "allowed"):
        table.add_column(name, justify="right")
    for asked, name in ((False, "saved"), (True, "and `fenghuo reload`")):
        found = result.seconds(asked=asked)
        if found:
            shown = (found[0], found[len(found) // 2], found[-1], reloading.longest(asked=asked))
            table.add_row(name, str(len(found)), *(f"{each:.1f} s" for each in shown))
    return table


def _tenths(seconds: float | None) -> str:
    return "not in time" if seconds is None else f"{seconds:.1f} s"


def _own(sample: soaking.SoakSample) -> int:
    return sample.pss - sample.ring_bytes


def _held(ledger: PacketLedger | None) -> str:
    if ledger is None:
        return "not counted"
    even = "each has all" if not ledger.wrong else "NOT EACH HAS ALL"
    return f"{ledger.cameras}: {ledger.taken} packets, {even}"


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    return table


def _reasons(drops: dict[str, int]) -> str:
    return "\n".join(f"{reason} {n}" for reason, n in sorted(drops.items())) or "none"


def _seconds(seconds: float | None) -> str:
    return "not in time" if seconds is None else f"{seconds:.0f} s"


def _say(text: str) -> None:
    err.print(f"▶ {text}")


def _show(result: str | Table) -> None:
    if isinstance(result, str):
        typer.echo(result)
    else:
        out.print(result)


def _end(faults: list[str]) -> None:
    """Say what was not as it must be, and end with status 1; nothing where all was well."""
    for fault in faults:
        err.print(f"✗ {fault}", style="red")
    if faults:
        raise typer.Exit(1)
