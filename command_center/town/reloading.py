"""The town file: taken at the start and whenever it changes, or refused and said so.

A file with errors changes nothing. The town goes on as it was, with a notice on the wall until the
file is mended. So does one that takes away a large part of a list, unless somebody asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.people.tables import Person
from command_center.state import Ground
from command_center.tickets.turn import begin
from command_center.timers.calendars import calendar_if_any
from command_center.timers.recount import recount
from command_center.town.importing import AnotherTownError, LargeLossError, import_town
from command_center.town.reading import BeingWrittenError, TownFile, checksum_of, read
from command_center.town.summary import ImportSummary, Outcome, named
from command_center.town.tables import TownRecord
from configs.errors import ConfigError, Problem
from configs.load import catalogue_of
from configs.logs import hide_secrets
from configs.town import Town
from configs.values import Name

NOTICE = "town-file"
NOBODY = "(town file)"
"""Who changed the town, in the access log: whoever may write the file. No login has brackets."""
MOST_SHOWN = 3
"""Errors that the wall shows of a file; `fenghuo check` shows all."""
LONGEST_REASON = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reloaded:
    outcome: Outcome
    said: str
    """What changed, or why nothing did, in one line."""
    problems: tuple[Problem, ...] = ()


async def take_at_start(ground: Ground) -> None:
    """Import the town file, if one is set.

    A town that was imported before starts as it was when its file is at fault by now.

    Raises:
        ConfigError: the file is at fault, and there is no town yet.
        AnotherTownError: the database belongs to another town.
    """
    path = _path(ground)
    if path is None:
        return
    async with ground.reloading:
        found = await _read_whole(path)
        ground.noticing.deal_with(found.checksum)
        if found.town is not None and not found.errors:
            try:
                await _take(ground, found, found.town, asked_for=False)
            except LargeLossError as error:
                await _hold_back(ground, path, error)
        elif await _has_a_town(ground):
            await _refuse(ground, path, found.errors)
        else:
            raise ConfigError(list(found.errors))


async def follow(ground: Ground) -> None:
    """Look at the file once; reload it when its content is another and stays so."""
    path = _path(ground)
    if path is None:
        return
    checksum = await asyncio.to_thread(checksum_of, path)
    if ground.noticing.look(checksum, ground.clock()):
        try:
            await reload(ground, asked_for=False)
        except BeingWrittenError:
            return  # looked at again in a second


async def reload(ground: Ground, *, asked_for: bool = True) -> Reloaded | None:
    """Take the town file as it is now; None where the command center was started without one.

    One that takes away a large part of the cameras, sensors or people is taken if it is asked for.

    Raises:
        BeingWrittenError: it changed while it was read; nothing was done.
    """
    path = _path(ground)
    if path is None:
        return None
    async with ground.reloading:
        found = await asyncio.to_thread(read, path)
        try:
            done = await _deal_with(ground, path, found, asked_for=asked_for)
        except Exception as error:
            ground.noticing.put_off(ground.clock())
            with suppress(SQLAlchemyError, OSError):  # the log has it, where the wall cannot
                await _show(ground, _failed(path, error))
            raise
        ground.noticing.deal_with(found.checksum)
        if done.outcome is Outcome.TAKEN:
            ground.retold.ring()
        return done


async def _deal_with(ground: Ground, path: Path, found: TownFile, *, asked_for: bool) -> Reloaded:
    if found.town is None or found.errors:
        return await _refuse(ground, path, found.errors)
    try:
        summary = await _take(ground, found, found.town, asked_for=asked_for)
    except AnotherTownError as error:
        return await _refuse(ground, path, (Problem(path, 1, 1, "code", str(error)),))
    except LargeLossError as error:
        return await _hold_back(ground, path, error)
    words = _said(summary)
    outcome = Outcome.UNCHANGED if summary == ImportSummary() else Outcome.TAKEN
    return Reloaded(outcome, words, found.problems)


async def _take(ground: Ground, found: TownFile, town: Town, *, asked_for: bool) -> ImportSummary:
    now = ground.clock()
    passwords = ground.first_passwords
    hashes = await passwords.hashes(await _newcomers(ground, town))
    async with ground.database.transaction() as session:
        before = await calendar_if_any(session)
        summary = await import_town(
            session,
            town,
            catalogue_of(town),
            now=now,
            first_hash=lambda person: hashes[person.login],
            asked_for=asked_for,
        )
        if before is not None:
            turn = await begin(session, now)
            moved = await recount(turn, before)
            summary.note(f"working days ({moved} timers moved)", turn.calendar != before)
        if summary != ImportSummary():
            record_access(
                session,
                login=NOBODY,
                access=Access.TOWN_FILE,
                at=now,
                reason=f"sha256 {found.checksum}: {_said(summary)}"[:LONGEST_REASON],
            )
        await end_notice(session, NOTICE, now)
        await passwords.write(hashes)
    passwords.forget()
    _log.info(
        "town_file.taken",
        town=town.name.en,
        what=_said(summary),
        checksum=found.checksum[:12],
        **({"warnings": [hide_secrets(str(p)) for p in found.problems]} if found.problems else {}),
    )
    return summary


def _said(summary: ImportSummary) -> str:
    if not summary.cameras_kept:
        return summary.in_words()
    kept = named(summary.cameras_kept)
    return f"{summary.in_words()}; left as an administrator made them at run time: {kept}"


async def _refuse(ground: Ground, path: Path, errors: Sequence[Problem]) -> Reloaded:
    """Leave everything as it is. The notice is the one line that the log gets of it."""
    shown = " | ".join(hide_secrets(str(error)) for error in errors[:MOST_SHOWN])
    text = Name(
        zh=f"城镇文件 {path.name} 有 {len(errors)} 处错误，未被采用，一切照旧运行；"
        f"改正后自动生效（fenghuo check 列出全部错误）：{shown}",
        en=f"The town file {path.name} has {len(errors)} errors and was not taken: all goes on as "
        f"it was. It is taken by itself once it is mended (`fenghuo check` shows all): {shown}",
    )
    await _show(ground, text)
    return Reloaded(Outcome.REFUSED, "nothing changed: the file has errors", tuple(errors))


async def _hold_back(ground: Ground, path: Path, error: LargeLossError) -> Reloaded:
    """Leave everything as it is until somebody says that the file is meant so."""
    text = Name(
        zh=f"城镇文件 {path.name} 比现状少了很多，可能只复制了一半，未被采用，一切照旧运行；"
        f"若确实如此，请执行 fenghuo reload：{error}",
        en=f"The town file {path.name} has much less than the town, perhaps half a copy, and was "
        f"not taken: all goes on as it was. If it is meant so, `fenghuo reload` takes it: {error}",
    )
    await _show(ground, text)
    return Reloaded(Outcome.REFUSED, f"nothing changed: {error}")


def _failed(path: Path, error: Exception) -> Name:
    what = type(error).__name__ if isinstance(error, SQLAlchemyError) else str(error)
    return Name(
        zh=f"城镇文件 {path.name} 未能写入数据库，一切照旧运行，将自动重试：{what}",
        en=f"The town file {path.name} could not be brought into the database: all goes on as it "
        f"was, and it is tried again by itself: {what}",
    )


async def _show(ground: Ground, text: Name) -> None:
    async with ground.database.transaction() as session:
        await raise_notice(session, NOTICE, NoticeLevel.ERROR, text, ground.clock())


async def _newcomers(ground: Ground, town: Town) -> list[str]:
    """The logins that only the file has."""
    async with ground.database.reading() as session:
        known = set(await session.scalars(select(Person.login)))
    return [person.login for person in town.people if person.login not in known]


async def _has_a_town(ground: Ground) -> bool:
    async with ground.database.reading() as session:
        return await session.scalar(select(TownRecord.code).limit(1)) is not None


async def _read_whole(path: Path) -> TownFile:
    while True:
        try:
            return await asyncio.to_thread(read, path)
        except BeingWrittenError:
            continue


def _path(ground: Ground) -> Path | None:
    path = ground.settings.town_file
    return path / "town.yaml" if path is not None and path.is_dir() else path
