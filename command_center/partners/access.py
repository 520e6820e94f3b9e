"""Which partner is calling: by a bearer token, or by `api_key` where a standard wants it so."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from command_center.partners import repository
from command_center.partners.tables import Partner
from command_center.people.auth import bearer_token
from command_center.people.secrets import token_hash
from command_center.problems import Problem
from command_center.state import TheGround

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def shown_key(request: Request) -> str | None:
    """The key that a request shows, if it shows one."""
    key = bearer_token(request) or request.query_params.get("api_key")
    if key is None and request.headers.get("Content-Type", "").startswith(_FORMS):
        field = (await request.form()).get("api_key")
        key = field if isinstance(field, str) else None
    return key or None


async def perhaps_partner(request: Request, ground: TheGround) -> Partner | None:
    """The partner that calls; None: somebody without a key.

    Raises:
        Problem: 403, a key that is none of ours, or was revoked.
    """
    key = await shown_key(request)
    if key is None:
        return None
    async with ground.database.reading() as session:
        found = await repository.with_key(session, token_hash(key))
    if found is None:
        raise Problem(403, "this API key is not known here, or was revoked", field="api_key")
    return found


async def partner(found: Annotated[Partner | None, Depends(perhaps_partner)]) -> Partner:
    """
    Raises:
        Problem: 403 without a key, or with a wrong one.
    """
    if found is None:
        raise Problem(403, "send an API key, which the town's engineers give out", field="api_key")
    return found


PerhapsPartner = Annotated[Partner | None, Depends(perhaps_partner)]
CallingPartner = Annotated[Partner, Depends(partner)]
