"""What a town file would take away from a town: a file that was cut, or meant so.

YAML that ends between two entries of a list is valid, and cameras and sensors come last. So a
file that removes a large part of a list is not taken unless somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.tables import Person
from command_center.sensors.tables import Sensor
from command_center.town.edit_tables import Edit, Edited
from command_center.town.summary import named
from command_center.town.tables import Camera
from configs.town import Town

LARGEST_SHARE = 0.2
"""Of a list, that goes without asking: people leave and lanes are rebuilt a few at a time."""
FEW = 2
"""So many go without asking however short the list is."""


async def losses(session: AsyncSession, town: Town) -> list[str]:
    """The lists of which this town has far less than the database, in words; empty: none."""
    cameras = await session.scalars(select(Camera.id).where(Camera.active, Camera.from_file))
    sensors = await session.scalars(select(Sensor.id).where(Sensor.active))
    edited = select(Edit.key).where(Edit.kind == Edited.PERSON)  # the file does not touch them
    people = await session.scalars(
        select(Person.login).where(Person.active, Person.login.not_in(edited))
    )
    found = (
        ("cameras", set(cameras), {camera.id for camera in town.cameras}),
        ("sensors", set(sensors), {sensor.id for sensor in town.sensors}),
        ("people", set(people), {person.login for person in town.people}),
    )
    return [
        f"{len(had - has)} of {len(had)} {what} would go ({named(sorted(had - has))})"
        for what, had, has in found
        if is_large(had, has)
    ]


def is_large(had: Collection[str], has: Collection[str]) -> bool:
    """Whether more than a few, and more than a small share, would go."""
    gone = len(set(had) - set(has))
    return gone > FEW and gone > LARGEST_SHARE * len(had)
