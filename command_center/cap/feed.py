"""The index of what was issued, as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from command_center.cap.message import MEDIA_TYPE, moment
from command_center.cap.tables import CapMessage
from configs.values import Name

NAMESPACE = "http://www.w3.org/2005/Atom"
ATOM = "application/atom+xml"


def feed(messages: Sequence[CapMessage], here: str, town: Name, now: datetime) -> str:
    """Newest first; `here` is the feed's own address, below which the messages lie."""
    top = ET.Element("feed", xmlns=NAMESPACE)
    _put(top, "id", here)
    _put(top, "title", f"{town.zh} {town.en}: CAP 1.2")
    _put(top, "updated", moment(messages[0].sent if messages else now))
    author = ET.SubElement(top, "author")
    _put(author, "name", f"{town.zh} {town.en}")
    ET.SubElement(top, "link", rel="self", type=ATOM, href=here)
    for message in messages:
        link = f"{here}/{message.identifier}"
        entry = ET.SubElement(top, "entry")
        _put(entry, "id", link)
        _put(entry, "title", f"{message.headline.zh} {message.headline.en}")
        _put(entry, "updated", moment(message.sent))
        ET.SubElement(entry, "category", term=message.msg_type.value)
        ET.SubElement(entry, "link", rel="alternate", type=MEDIA_TYPE, href=link)
        _put(entry, "summary", message.headline.zh)
    return ET.tostring(top, encoding="unicode")


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
