"""The hash chain: whatever is done to it afterwards shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from command_center.tickets.chain import GENESIS, Link, first_break, link_hash

START = datetime(2026, 10, 18, 1, 2, 3, 456789, tzinfo=UTC)

links = st.builds(
    Link,
    subject=st.just("ticket/7"),
    seq=st.just(0),
    at=st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda gone: START + gone),
    by=st.sampled_from(["worker", "system", "machine/shard-0", "市民"]),
    move=st.sampled_from(["confirm", "accept", "note"]),
    source=st.sampled_from(["new", "confirmed"]),
    target=st.sampled_from(["accepted", "confirmed"]),
    reason=st.text(max_size=20),
    note=st.text(max_size=20),
    detail=st.dictionaries(st.sampled_from(["assignee", "until"]), st.text(max_size=5)),
    epoch=st.none() | st.integers(0, 9),
)


def chain(parts: list[Link]) -> list[tuple[Link, str]]:
    found, previous = [], GENESIS
    for seq, part in enumerate(parts, start=1):
        link = replace(part, seq=seq)
        previous = link_hash(link, previous)
        found.append((link, previous))
    return found


@given(st.lists(links, min_size=1, max_size=6))
def test_an_untouched_chain_is_whole(parts: list[Link]) -> None:
    assert first_break(chain(parts)) is None


@given(st.lists(links, min_size=1, max_size=6), st.data())
def test_a_changed_line_is_found(parts: list[Link], data: st.DataObject) -> None:
    whole = chain(parts)
    at = data.draw(st.integers(0, len(whole) - 1))
    link, kept = whole[at]
    whole[at] = replace(link, note=link.note + "!"), kept
    assert first_break(whole) == at + 1


@given(st.lists(links, min_size=2, max_size=6), st.data())
def test_a_dropped_line_is_found(parts: list[Link], data: st.DataObject) -> None:
    whole = chain(parts)
    at = data.draw(st.integers(0, len(whole) - 2))
    del whole[at]
    assert first_break(whole) == at + 1


@given(st.lists(links, min_size=2, max_size=6), st.data())
def test_a_line_rewritten_with_its_own_hash_is_found_at_the_next(
    parts: list[Link], data: st.DataObject
) -> None:
    whole = chain(parts)
    at = data.draw(st.integers(0, len(whole) - 2))
    forged = replace(whole[at][0], reason="as I please" + whole[at][0].reason)
    before = whole[at - 1][1] if at else GENESIS
    whole[at] = forged, link_hash(forged, before)
    assert first_break(whole) == at + 2


def test_the_time_zone_a_moment_is_written_in_does_not_matter() -> None:
    link = Link("ticket/1", 1, START, "worker", "note", "done", "done", "", "", {}, None)
    shanghai = replace(link, at=START.astimezone(timezone(timedelta(hours=8))))
    assert link_hash(link, GENESIS) == link_hash(shanghai, GENESIS)


def test_the_hash_is_what_it_was() -> None:
    """A change of the canonical form would break every chain that exists."""
    link = Link("ticket/1", 1, START, "li", "note", "done", "done", "雨", "n", {"until": "x"}, 3)
    assert link_hash(link, GENESIS) == (
        "4cb473480487c084016b758240e0152cb59e484f567be882cc584f7484c02309"
    )
