"""The table in the README is the table in the code."""

from __future__ import annotations

from pathlib import Path

from command_center import tickets
from command_center.tickets.moves import TABLE, Rule
from command_center.tickets.states import State

README = Path(tickets.__file__).with_name("README.md")
ORDER = list(State)


def line(rule: Rule) -> str:
    sources = ", ".join(sorted((s.value for s in rule.sources), key=[s.value for s in ORDER].index))
    needs = [need.value for need in rule.needs]
    needs += ["evidence of its event type"] if rule.closing_evidence else []
    limits = [guard.refusal for guard in rule.guards]
    limits += ["never for whoever handled it"] if rule.never else []
    cells = (
        f"`{rule.move.value}`",
        sources,
        rule.to.value if rule.to else "(stays)",
        ", ".join(sorted(actor.value for actor in rule.who)),
        ", ".join(needs) or "",
        "; ".join(limits),
    )
    return f"| {' | '.join(cells)} |"


def test_the_readme_shows_every_move_as_it_is() -> None:
    text = README.read_text(encoding="utf-8")
    for rule in TABLE:
        assert line(rule) in text, f"README.md lacks:\n{line(rule)}"
    assert text.count("\n| `") == len(TABLE)
