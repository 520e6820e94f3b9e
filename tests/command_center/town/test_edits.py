"""A town file and edits at run time: neither undoes the other, and a third opinion is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.town.edits import Mark, merge


@pytest.mark.parametrize(
    ("told", "says", "held", "left"),
    [
        ("a", "a", "b", Mark("a")),  # the file has nothing new to say
        ("a", "b", "b", None),  # the file says by now what the edit said
        ("a", "c", "b", Mark("a", True, "c")),  # and here it says a third thing
        ("a", None, "b", Mark("a", True, None)),  # it was taken out of the file
        (None, None, "b", Mark(None)),  # it never was in the file
        (None, "b", "b", None),
        (None, "c", "b", Mark(None, True, "c")),
        ("a", "a", None, Mark("a")),  # it was removed here
        ("a", None, None, None),
        ("a", "c", None, Mark("a", True, "c")),
    ],
)
def test_one_edit(told: str | None, says: str | None, held: str | None, left: Mark | None) -> None:
    file = {"x": says} if says is not None else {}
    found = merge({"x": Mark(told)}, file, {"x": held} if held is not None else {})
    assert found.marks.get("x") == left
    assert ("x" in found.left) == (left is not None)


values = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2), max_size=5)


@given(st.dictionaries(st.sampled_from("abcde"), st.none() | st.integers(0, 2)), values, values)
def test_what_is_left_alone_was_edited_and_differs_from_the_file(
    told: dict[str, int | None], file: dict[str, int], held: dict[str, int]
) -> None:
    marks = {key: Mark(value) for key, value in told.items()}
    found = merge(marks, file, held)
    assert found.left == {key for key in told if file.get(key) != held.get(key)}
    assert merge(found.marks, file, held) == found  # a file that is read again says the same
    for key, mark in found.marks.items():
        assert mark.conflict == (file.get(key) != told[key])
