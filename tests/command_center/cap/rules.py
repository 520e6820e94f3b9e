"""What CAP 1.2 (OASIS Standard, 1 July 2010, 3.2 and 3.3) asks of a message, written down anew:
which elements stand where, in which order, how often, and in what form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

NAMESPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"
_MANY = 1000

TEXT = r"(?s).+"
DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
IDENTIFIER = r"[^\s,<&]+"
_LAT = r"-?(?:90(?:\.0+)?|[0-8]?\d(?:\.\d+)?)"
_LON = r"-?(?:180(?:\.0+)?|(?:1[0-7]\d|\d?\d)(?:\.\d+)?)"
POINT = rf"{_LAT},{_LON}"
POLYGON = rf"{POINT}(?: {POINT}){{3,}}"
CIRCLE = rf"{POINT} \d+(?:\.\d+)?"
REFERENCE = rf"[^\s,<&]+,[^\s,<&]+,{DATE_TIME}"


def one_of(words: str) -> str:
    return "|".join(words.split())


@dataclass(frozen=True)
class Element:
    """`form`: of its text; or the elements in it."""

    name: str
    least: int
    most: int
    form: str | Sequence[Element]


def must(name: str, form: str | Sequence[Element] = TEXT) -> Element:
    return Element(name, 1, 1, form)


def may(name: str, form: str | Sequence[Element] = TEXT) -> Element:
    return Element(name, 0, 1, form)


def any_of(name: str, form: str | Sequence[Element] = TEXT, *, least: int = 0) -> Element:
    return Element(name, least, _MANY, form)


NAMED = (must("valueName"), must("value"))
AREA = (
    must("areaDesc"),
    any_of("polygon", POLYGON),
    any_of("circle", CIRCLE),
    any_of("geocode", NAMED),
    may("altitude", r"-?\d+(?:\.\d+)?"),
    may("ceiling", r"-?\d+(?:\.\d+)?"),
)
RESOURCE = (must("resourceDesc"), must("mimeType"), may("size"), may("uri"), may("derefUri"))
INFO = (
    may("language", r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
    any_of(
        "category",
        one_of("Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other"),
        least=1,
    ),
    must("event"),
    any_of(
        "responseType",
        one_of("Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None"),
    ),
    must("urgency", one_of("Immediate Expected Future Past Unknown")),
    must("severity", one_of("Extreme Severe Moderate Minor Unknown")),
    must("certainty", one_of("Observed Likely Possible Unlikely Unknown")),
    may("audience"),
    any_of("eventCode", NAMED),
    may("effective", DATE_TIME),
    may("onset", DATE_TIME),
    may("expires", DATE_TIME),
    may("senderName"),
    may("headline"),
    may("description"),
    may("instruction"),
    may("web", r"https?://\S+"),
    may("contact"),
    any_of("parameter", NAMED),
    any_of("resource", RESOURCE),
    any_of("area", AREA),
)
ALERT = (
    must("identifier", IDENTIFIER),
    must("sender", IDENTIFIER),
    must("sent", DATE_TIME),
    must("status", one_of("Actual Exercise System Test Draft")),
    must("msgType", one_of("Alert Update Cancel Ack Error")),
    may("source"),
    must("scope", one_of("Public Restricted Private")),
    may("restriction"),
    may("addresses"),
    any_of("code"),
    may("note"),
    may("references", rf"{REFERENCE}(?: {REFERENCE})*"),
    may("incidents"),
    any_of("info", INFO),
)

NEEDS: Mapping[tuple[str, str], str] = {
    ("scope", "Restricted"): "restriction",
    ("scope", "Private"): "addresses",
    ("msgType", "Update"): "references",
    ("msgType", "Cancel"): "references",
}
"""What one value asks for elsewhere (3.2.1)."""


def faults(document: str) -> list[str]:
    """What is wrong with a message; nothing, if it is a message of CAP 1.2."""
    top = ET.fromstring(document)
    if top.tag != f"{NAMESPACE}alert":
        return [f"the document is {top.tag}"]
    found = _faults(top, ALERT, "alert")
    for (name, value), needed in NEEDS.items():
        if top.findtext(NAMESPACE + name) == value and not top.findtext(NAMESPACE + needed):
            found.append(f"{name} {value} without {needed}")
    for ring in top.iter(f"{NAMESPACE}polygon"):
        points = (ring.text or "").split()
        if points[0] != points[-1]:
            found.append("a polygon is not closed")
    return found


def _faults(parent: ET.Element, elements: Sequence[Element], where: str) -> list[str]:
    found: list[str] = []
    left = list(parent)
    for element in elements:
        count = 0
        while left and left[0].tag == NAMESPACE + element.name:
            found += _inner(left.pop(0), element, f"{where}/{element.name}")
            count += 1
        if not element.least <= count <= element.most:
            found.append(f"{where}: {count} of {element.name}")
    return found + [f"{where}: {child.tag} stands where it may not" for child in left]


def _inner(child: ET.Element, element: Element, where: str) -> list[str]:
    if not isinstance(element.form, str):
        return _faults(child, element.form, where)
    text = child.text or ""
    return [] if re.fullmatch(element.form, text) else [f"{where}: {text!r}"]
