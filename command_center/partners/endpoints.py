"""Giving out keys, and taking them back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.partners import repository
from command_center.partners.tables import Partner
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.secrets import new_token, token_hash
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Now, Reading, Writing
from configs.values import Identifier

router = APIRouter(tags=["connections"])

Engineer = Annotated[Person, require(Permission.EDIT_CONNECTIONS)]


class PartnerRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Identifier
    label: Annotated[str, Field(min_length=1, max_length=200, description="who is behind it")]


class PartnerBody(BaseModel):
    name: str
    label: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: Partner) -> PartnerBody:
        return cls(
            name=row.name,
            label=row.label,
            created_by=row.created_by,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )


class NewPartnerBody(PartnerBody):
    api_key: str = Field(description="shown only now")


class Partners(BaseModel):
    items: list[PartnerBody]


@router.get("/partners", summary="Programs that have a key", responses=errors(401, 403))
async def list_partners(_caller: Engineer, session: Reading) -> Partners:
    found = await repository.all_of_them(session)
    return Partners(items=[PartnerBody.of(row) for row in found])


@router.post(
    "/partners",
    status_code=201,
    summary="Give a program a key",
    responses=errors(401, 403, 409, 422),
)
async def add_partner(
    body: PartnerRequest, caller: Engineer, session: Writing, now: Now
) -> NewPartnerBody:
    """For Open311 (`/open311/v2`) and the feed of urgent alerts. The key is shown this once."""
    if await session.get(Partner, body.name) is not None:
        raise Problem(409, f"there is a partner {body.name!r} already", field="name")
    key = new_token()
    row = Partner(
        name=body.name,
        label=body.label,
        key_hash=token_hash(key),
        created_by=caller.login,
        created_at=now,
    )
    session.add(row)
    _note(session, caller, now, f"partner {body.name} got a key")
    await session.flush()
    return NewPartnerBody(**PartnerBody.of(row).model_dump(), api_key=key)


@router.post("/partners/{name}/revoke", summary="Take a key back", responses=errors(401, 403, 404))
async def revoke_partner(name: str, caller: Engineer, session: Writing, now: Now) -> PartnerBody:
    """From the next call on it opens nothing. Its reports stay."""
    row = await session.get(Partner, name)
    if row is None:
        raise not_found("partner", name)
    if row.revoked_at is None:
        row.revoked_at = now
        _note(session, caller, now, f"partner {name} lost its key")
    return PartnerBody.of(row)


def _note(session: Writing, caller: Person, now: datetime, what: str) -> None:
    record_access(session, login=caller.login, access=Access.CONNECTION, at=now, reason=what)
