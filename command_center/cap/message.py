"""A CAP 1.2 message as XML. Element names, their order and their forms are the standard's
(Common Alerting Protocol Version 1.2, OASIS Standard, 1 July 2010, 3.2 and its schema)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from command_center.cap.tables import MsgType
from configs.catalogue import Cap, CapScope
from configs.values import LonLat, Name, Position

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

_LANGUAGES = ("zh-CN", "en")
_AROUND_KM = 0.1
"""Radius of the circle: what is near enough to be told where a street number is not."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message, as `references` names it."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Area:
    name: Name
    polygon: tuple[LonLat, ...] = ()
    point: Position | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """All that a message says. Moments have the town's offset."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: MsgType
    references: tuple[Reference, ...]
    incident: str
    cap: Cap
    event_code: str
    event: Name
    headline: Name
    description: Name
    sender_name: Name
    expires: datetime
    web: str
    area: Area


def render(message: Message) -> str:
    """The message as a document."""
    alert = ET.Element("alert", xmlns=NAMESPACE)
    _put(alert, "identifier", message.identifier)
    _put(alert, "sender", message.sender)
    _put(alert, "sent", moment(message.sent))
    _put(alert, "status", message.status)
    _put(alert, "msgType", message.msg_type.value)
    _put(alert, "scope", message.cap.scope.value)
    if message.cap.scope is CapScope.RESTRICTED:
        _put(alert, "restriction", "与本中心联动的单位 Partners of this command center")
    if message.references:
        named = (f"{r.sender},{r.identifier},{moment(r.sent)}" for r in message.references)
        _put(alert, "references", " ".join(named))
    _put(alert, "incidents", message.incident)
    for language in _LANGUAGES:
        _info(alert, message, language)
    return ET.tostring(alert, encoding="unicode", xml_declaration=False)


def moment(at: datetime) -> str:
    """`2025-06-02T10:00:00+08:00`: whole seconds and an offset in digits, never Z (3.2.1 sent)."""
    whole = at.replace(microsecond=0).isoformat()
    return whole.replace("Z", "+00:00")


def _info(alert: ET.Element, message: Message, language: str) -> None:
    cap = message.cap
    info = ET.SubElement(alert, "info")
    _put(info, "language", language)
    for category in cap.category:
        _put(info, "category", category.value)
    _put(info, "event", _said(message.event, language))
    if message.msg_type is MsgType.CANCEL:
        _put(info, "responseType", "AllClear")
    _put(info, "urgency", "Past" if message.msg_type is MsgType.CANCEL else cap.urgency.value)
    _put(info, "severity", cap.severity.value)
    _put(info, "certainty", cap.certainty.value)
    code = ET.SubElement(info, "eventCode")
    _put(code, "valueName", "fenghuo:event_type")
    _put(code, "value", message.event_code)
    _put(info, "expires", moment(message.expires))
    _put(info, "senderName", _said(message.sender_name, language))
    _put(info, "headline", _said(message.headline, language))
    _put(info, "description", _said(message.description, language))
    if cap.instruction is not None and message.msg_type is not MsgType.CANCEL:
        _put(info, "instruction", _said(cap.instruction, language))
    _put(info, "web", message.web)
    area = ET.SubElement(info, "area")
    _put(area, "areaDesc", _said(message.area.name, language))
    if message.area.polygon:
        _put(area, "polygon", _ring(message.area.polygon))
    if message.area.point is not None:
        point = message.area.point
        _put(area, "circle", f"{point.lat:.5f},{point.lon:.5f} {_AROUND_KM:g}")


def _ring(polygon: Sequence[LonLat]) -> str:
    """Latitude before longitude, and the last point the first again (3.2.4 polygon)."""
    ring = [*polygon] if polygon[0] == polygon[-1] else [*polygon, polygon[0]]
    return " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring)


def _said(name: Name, language: str) -> str:
    return name.zh if language == "zh-CN" else name.en


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
