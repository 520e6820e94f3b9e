"""Who works in a sample town: logins, names and telephones made up as they are hired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from configs.samples.names import people
from configs.town import Department, Person, Role, Shift
from configs.values import Name

_DEPARTMENTS = (
    ("governance", "综治办", "Governance office"),
    ("justice", "司法所", "Justice office"),
    ("police", "派出所", "Police station"),
    ("natural_resources", "自然资源和规划所", "Land and planning office"),
    ("petitions", "信访办", "Petitions office"),
    ("traffic", "交警队", "Traffic police"),
    ("sanitation", "环卫所", "Sanitation office"),
)
_SHIFTS = (
    ("早班", "Morning", "00:00", "08:00"),
    ("中班", "Day", "08:00", "16:00"),
    ("晚班", "Night", "16:00", "00:00"),
)
_OPERATORS_A_SHIFT = 3


@dataclass
class Staff:
    """Everybody who was hired so far; logins are what somebody does, and a number."""

    random: Random
    hired: list[Person] = field(default_factory=list)
    _count: Counter[str] = field(default_factory=Counter)
    _names: Iterator[Name] = field(init=False)

    def __post_init__(self) -> None:
        self._names = people(self.random)

    def hire(self, what: str, unit: str, *roles: Role, department: str | None = None) -> str:
        """One more person; the login."""
        self._count[what] += 1
        person = Person(
            login=f"{what}-{self._count[what]}",
            name=next(self._names),
            roles=roles,
            unit=unit,
            department=department,
            phone=f"138{len(self.hired):08d}",
        )
        self.hired.append(person)
        return person.login


def centre(staff: Staff, unit: str) -> tuple[Shift, ...]:
    """The command center's own people and what every town has once; the three shifts they keep."""
    shifts = []
    for zh, en, start, end in _SHIFTS:
        lead = staff.hire("lead", unit, Role.OPERATOR, Role.SHIFT_LEAD)
        operators = [staff.hire("operator", unit, Role.OPERATOR) for _ in range(_OPERATORS_A_SHIFT)]
        shifts.append(
            Shift.model_validate(
                {
                    "name": {"zh": zh, "en": en},
                    "start": start,
                    "end": end,
                    "people": [lead, *operators],
                }
            )
        )
    for code, _, _ in _DEPARTMENTS:
        staff.hire(code.replace("_", "-"), unit, Role.DEPARTMENT, department=code)
    for role in (Role.SUPERVISOR, Role.ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR):
        staff.hire(str(role), unit, role)
    return tuple(shifts)


def departments() -> tuple[Department, ...]:
    """The seven of DOMAIN's sample town: those that the shipped catalogue names."""
    return tuple(
        Department(code=code, name=Name(zh=zh, en=en), phone=f"0631-555{n:04d}")
        for n, (code, zh, en) in enumerate(_DEPARTMENTS, start=101)
    )
