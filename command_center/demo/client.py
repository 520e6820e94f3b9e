"""A person of the demo at the command center's public door: the same calls that a browser makes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx
from PIL import Image, ImageDraw
from pydantic import BaseModel, ConfigDict

from command_center.tickets.states import Move, Need, Rating, State


class Answer(BaseModel):
    """The part of an answer that the demo reads; whatever else the API says is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Bilingual(Answer):
    zh: str
    en: str


class AlertView(Answer):
    id: str
    event_type: str
    name: Bilingual
    state: str
    camera_id: str | None
    sensor_id: str | None = None
    last_seen_at: datetime
    """Of an alert that just opened: when the picture or reading was taken that decided it."""
    confidence: float
    method: str

    @property
    def finder(self) -> str:
        """The camera or sensor that found it."""
        return self.camera_id or self.sensor_id or ""


class AssigneeView(Answer):
    login: str
    name: Bilingual


class RoutingView(Answer):
    outcome: str
    why: list[Bilingual]


class MoveView(Answer):
    move: Move
    needs: list[Need]


class TransitionView(Answer):
    move: Move


class TicketView(Answer):
    id: str
    number: str
    event_type: str
    name: Bilingual
    state: State
    source: str
    assignee: AssigneeView | None = None
    department: str | None = None
    routing: RoutingView | None = None
    moves: list[MoveView] = []
    transitions: list[TransitionView] = []


class Listed(Answer):
    id: str


class AlertPage(Answer):
    items: list[AlertView]


class TicketPage(Answer):
    items: list[Listed]


class PublicReport(Answer):
    may_rate: bool = False


class _Session(Answer):
    csrf_token: str


class _Photo(Answer):
    id: str


class _QueryCode(Answer):
    query_code: str


@dataclass
class Person:
    """Somebody who is logged in. Use `async with await Person.log_in(…)`."""

    login: str
    http: httpx.AsyncClient

    @classmethod
    async def log_in(cls, base: str, login: str, password: str) -> Self:
        http = httpx.AsyncClient(base_url=f"{base}/api/v1", timeout=20)
        answer = await http.post("/session", json={"login": login, "password": password})
        answer.raise_for_status()
        http.headers["X-CSRF-Token"] = _Session.model_validate_json(answer.content).csrf_token
        return cls(login, http)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def alerts(self, state: str | None = None) -> list[AlertView]:
        query = {"limit": "100"} | ({"state": state} if state else {})
        answer = await self.http.get("/alerts", params=query)
        answer.raise_for_status()
        return AlertPage.model_validate_json(answer.content).items

    async def tickets(self) -> list[TicketView]:
        answer = await self.http.get("/tickets", params={"limit": "100"})
        answer.raise_for_status()
        page = TicketPage.model_validate_json(answer.content)
        return [await self.ticket(listed.id) for listed in page.items]

    async def ticket(self, ticket_id: str) -> TicketView:
        answer = await self.http.get(f"/tickets/{ticket_id}")
        answer.raise_for_status()
        return TicketView.model_validate_json(answer.content)

    async def decide(self, alert: AlertView, *, real: bool, reason: str = "") -> bool:
        """Confirm or reject; False where somebody else was faster."""
        if real:
            answer = await self.http.post(f"/alerts/{alert.id}/confirm", json={})
        else:
            answer = await self.http.post(f"/alerts/{alert.id}/reject", json={"reason": reason})
        return _done(answer)

    async def make(self, ticket: TicketView, move: MoveView, note: str) -> bool:
        """Make a move with everything it asks for; False where somebody else was faster."""
        body: dict[str, object] = {"move": move.move}
        for need in move.needs:
            match need:
                case Need.PHOTO:
                    body["photos"] = [await self.attach_photo(ticket, note)]
                case Need.POSITION:
                    body["position"] = {"lon": 122.05, "lat": 37.19}
                case Need.RATING:
                    body["rating"] = Rating.SATISFIED
                case _:
                    body[need] = note
        body.setdefault("note", note)
        return _done(await self.http.post(f"/tickets/{ticket.id}/moves", json=body))

    async def attach_photo(self, ticket: TicketView, text: str) -> str:
        files = {"file": ("done.jpg", drawn_photo(text), "image/jpeg")}
        answer = await self.http.post(f"/tickets/{ticket.id}/photos", files=files)
        answer.raise_for_status()
        return _Photo.model_validate_json(answer.content).id


@dataclass
class Citizen:
    """Somebody without an account."""

    http: httpx.AsyncClient

    async def report(self, event_type: str, description: str, lon: float, lat: float) -> str:
        """File a report; its query code."""
        body = {
            "event_type": event_type,
            "description": description,
            "position": {"lon": lon, "lat": lat},
        }
        answer = await self.http.post("/public/reports", json=body)
        answer.raise_for_status()
        return _QueryCode.model_validate_json(answer.content).query_code

    async def look_up(self, code: str) -> PublicReport:
        answer = await self.http.get(f"/public/reports/{code}")
        answer.raise_for_status()
        return PublicReport.model_validate_json(answer.content)

    async def rate(self, code: str) -> bool:
        body = {"rating": Rating.SATISFIED, "comment": "很快就处理好了"}
        return _done(await self.http.post(f"/public/reports/{code}/rating", json=body))


def _done(answer: httpx.Response) -> bool:
    if answer.status_code == httpx.codes.CONFLICT:
        return False
    answer.raise_for_status()
    return True


def drawn_photo(text: str) -> bytes:
    """A picture that a worker might take when the work is done: a swept yard, and a caption."""
    picture = Image.new("RGB", (960, 720), (196, 208, 214))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 380, 960, 720), fill=(168, 160, 146))
    draw.rectangle((80, 180, 420, 420), fill=(226, 222, 212), outline=(120, 116, 110), width=3)
    draw.polygon(((50, 190), (250, 90), (450, 190)), fill=(88, 92, 98))
    draw.rectangle((210, 300, 290, 420), fill=(122, 62, 48))
    draw.ellipse((640, 160, 860, 360), fill=(86, 128, 78))
    draw.rectangle((738, 340, 762, 430), fill=(96, 74, 54))
    draw.text((40, 660), text.encode("ascii", "replace").decode(), fill=(40, 40, 40))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()
