"""People on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from command_center.people.permissions import Permission
from command_center.people.tables import Person, Token
from configs.town import Role
from configs.values import Name

Password = Annotated[SecretStr, Field(min_length=10, max_length=128)]
"""New passwords. NIST SP 800-63B-4 §3.1.1.2: length counts, rules of composition do not."""


class PersonBody(BaseModel):
    login: str
    name: Name
    roles: tuple[Role, ...]
    unit: str
    department: str | None

    @classmethod
    def of(cls, person: Person) -> PersonBody:
        return cls(
            login=person.login,
            name=person.name,
            roles=person.roles,
            unit=person.unit_code,
            department=person.department,
        )


class ListedPerson(PersonBody):
    phone: str | None
    active: bool

    @classmethod
    def of(cls, person: Person) -> ListedPerson:
        core = PersonBody.of(person)
        return cls(**core.model_dump(), phone=person.phone, active=person.active)


class People(BaseModel):
    items: list[ListedPerson]


class LogIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"login": "wang", "password": "…"}]},
    )

    login: Annotated[str, Field(max_length=63)]
    password: Annotated[SecretStr, Field(max_length=128)]


class SessionBody(BaseModel):
    """Who is logged in, and what he may do."""

    person: PersonBody
    csrf_token: Annotated[
        str | None,
        Field(description="for the header X-CSRF-Token beside the cookie; none with a token"),
    ]
    permissions: list[Permission]


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: Annotated[SecretStr, Field(max_length=128)]
    new: Password


class GivenPassword(BaseModel):
    password: Annotated[str, Field(description="shown this once; hand it over in person")]


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"label": "phone"}]})

    label: Annotated[str, Field(min_length=1, max_length=100, description="which device it is for")]


class TokenBody(BaseModel):
    id: int
    label: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, token: Token) -> TokenBody:
        return cls(
            id=token.id,
            label=token.label,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )


class MadeToken(TokenBody):
    token: Annotated[str, Field(description="shown this once: Authorization: Bearer <token>")]


class Tokens(BaseModel):
    items: list[TokenBody]
