"""What people changed at run time, and how it lives with a town file that is read again and again.

An edit is marked with what the file said of the thing at that time. As long as the file goes on
saying so it has nothing new to tell, and the edit stays. Once the file says what the edit said, the
mark goes. If it says a third thing, two people mean two things: the edit stays, both are shown, and
somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.town.edit_tables import Edit, Edited, EditLine
from command_center.town.summary import named
from configs.values import Name

NOTICE = "town-conflicts"

Values = Mapping[str, JsonValue]
"""By key; what is not there is `None` in a mark."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`told`: what the file said when it was edited; `differs`: what it says now, if neither that
    nor the edit; both None where the file has no such thing."""

    told: JsonValue
    conflict: bool = False
    differs: JsonValue = None


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import is to leave alone, and the marks as they stand after it."""

    left: frozenset[str]
    marks: Mapping[str, Mark]


def merge(marks: Mapping[str, Mark], file: Values, held: Values) -> Merged:
    """Hold a file's values of one kind against those in the database, `held`."""
    after: dict[str, Mark] = {}
    for key, mark in marks.items():
        says = file.get(key)
        if says == held.get(key):
            continue
        after[key] = Mark(mark.told, False) if says == mark.told else Mark(mark.told, True, says)
    return Merged(frozenset(after), after)


def plain(model: BaseModel) -> JsonValue:
    """A file's entry as it is compared and kept."""
    value: JsonValue = model.model_dump(mode="json")
    return value


def plain_list(entries: Sequence[BaseModel]) -> JsonValue:
    """A list of entries, None where there is none: no list and an empty one are the same."""
    return [plain(entry) for entry in entries] or None


async def merged(session: AsyncSession, kind: Edited, file: Values, held: Values) -> frozenset[str]:
    """The keys that an import leaves alone; its marks are brought up to date."""
    rows = {row.key: row for row in await session.scalars(select(Edit).where(Edit.kind == kind))}
    found = merge({key: Mark(row.told) for key, row in rows.items()}, file, held)
    for key, row in rows.items():
        mark = found.marks.get(key)
        if mark is None:
            await session.delete(row)
        else:
            row.conflict, row.differs = mark.conflict, mark.differs
    return found.left


async def record(
    session: AsyncSession,
    kind: Edited,
    key: str,
    *,
    before: JsonValue,
    after: JsonValue,
    by: str,
    now: datetime,
) -> None:
    """Note that `by` changed a thing, for good, and mark it as edited. None: it was not, or is no
    longer, there."""
    if before == after:
        return
    session.add(EditLine(at=now, by=by, kind=kind, key=key, before=before, after=after))
    row = await session.get(Edit, (kind, key))
    if row is None:
        session.add(Edit(kind=kind, key=key, told=before, by=by, at=now))
    elif row.told == after:
        await session.delete(row)
    else:
        row.by, row.at = by, now


async def conflicts(session: AsyncSession) -> list[Edit]:
    """Where the town file and an edit mean two things, oldest first."""
    query = select(Edit).where(Edit.conflict).order_by(Edit.at, Edit.kind, Edit.key)
    return list(await session.scalars(query))


async def lines(session: AsyncSession, *, before: int | None, limit: int) -> list[EditLine]:
    """What was changed, newest first; `before` is the id of the last line of the page before."""
    query = select(EditLine).order_by(EditLine.id.desc()).limit(limit)
    if before is not None:
        query = query.where(EditLine.id < before)
    return list(await session.scalars(query))


async def say_conflicts(session: AsyncSession, now: datetime) -> None:
    """Show on the wall where a town file and an edit mean two things, as long as they do."""
    found = await conflicts(session)
    if not found:
        await end_notice(session, NOTICE, now)
        return
    what = named([f"{row.kind} {row.key} ({row.by})" for row in found])
    text = Name(
        zh=f"城镇文件与运行中的修改不一致，暂以修改为准：{what}；"
        "请管理员逐项选择保留修改或采用文件（GET /api/v1/edits/conflicts 列出双方内容）",
        en=f"The town file and what was changed at run time mean two things; the change stays for "
        f"now: {what}. An administrator decides each: keep it, or take the file's "
        "(GET /api/v1/edits/conflicts shows both)",
    )
    await raise_notice(session, NOTICE, NoticeLevel.WARNING, text, now)
