"""Who can log in to the demo: answered only while the demo runs."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.state import Reading, TheGround
from configs.town import Role
from configs.values import Name

router = APIRouter(tags=["demo"])


class DemoLogin(BaseModel):
    login: str
    name: Name
    role: Role


class DemoLogins(BaseModel):
    """Everybody of the demo village, and the password that they share."""

    logins: list[DemoLogin]
    password: str


@router.get("/demo", summary="The demo's log-ins (404 outside the demo)", responses=errors(404))
async def demo_logins(ground: TheGround, session: Reading) -> DemoLogins:
    """For the log-in page. A town that is not the demo has no such thing and answers 404."""
    password = ground.settings.demo_password
    if password is None:
        raise Problem(404, "this is not the demo")
    people = await session.scalars(select(Person).where(Person.active).order_by(Person.login))
    return DemoLogins(
        logins=[DemoLogin(login=p.login, name=p.name, role=p.roles[0]) for p in people],
        password=password.get_secret_value(),
    )
