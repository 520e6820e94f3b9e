"""The figures with the names that people know, and what is proposed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.town import repository as town
from command_center.town.tables import Camera
from command_center.verdicts import repository
from command_center.verdicts.figures import Figures, figures
from command_center.verdicts.schemas import IntervalBody, ReasonCount, VerdictBody, Verdicts
from configs.values import Name

A_MONTH = timedelta(days=30)


async def verdicts(
    session: AsyncSession, *, since: datetime, until: datetime, camera_id: str | None = None
) -> Verdicts:
    """Of all cameras, or of one."""
    judged = await repository.judged(session, since, until, camera_id)
    found = figures(judged, since=since, until=until)
    return Verdicts(since=since, until=until, items=[await _body(session, one) for one in found])


async def _body(session: AsyncSession, found: Figures) -> VerdictBody:
    key, precision = found.key, found.precision
    # session.get answers from the identity map: one query a camera and type, not one a row.
    camera = await town.camera(session, key.camera_id)
    event_type = await town.event_type(session, key.event_type)
    zone = camera.zone(key.zone_id) if camera else None
    return VerdictBody(
        camera_id=key.camera_id,
        camera_name=camera.name if camera else _plain(key.camera_id),
        zone_id=key.zone_id,
        zone_name=zone.name if zone else None,
        event_type=key.event_type,
        event_name=event_type.name if event_type else _plain(key.event_type),
        rule=_rule_of(camera, found),
        config_version=key.config_version,
        newest=found.newest,
        days=found.days,
        alerts=found.alerts,
        real=found.real,
        false=found.false,
        undecided=found.alerts - found.real - found.false,
        precision=IntervalBody(share=precision.share, low=precision.low, high=precision.high)
        if precision
        else None,
        false_per_camera_day=found.false_a_day,
        reasons=[ReasonCount(reason=reason, count=count) for reason, count in found.reasons],
        advice=_advice(found) if found.to_be_tuned else None,
    )


def _plain(text: str) -> Name:
    return Name(zh=text, en=text)


def _rule_of(camera: Camera | None, found: Figures) -> str | None:
    zone = camera.zone(found.key.zone_id) if camera else None
    rules = zone.rules if zone else ()
    return next((rule.rule for rule in rules if found.key.event_type in rule.events), None)


def _advice(found: Figures) -> Name:
    judged, a_day = found.real + found.false, f"{found.false_a_day:.1f}"
    zh = f"已判定 {judged} 起中误报 {found.false} 起（每天 {a_day} 起）：请查看误报原因，"
    zh += "用影子规则（shadow）试用更严格的设置或遮罩，再行调整"
    en = f"{found.false} of {judged} judged were false ({a_day} a day): read the reasons, and try "
    en += "stricter settings or a mask as a shadow of this rule before changing it"
    return Name(zh=zh, en=en)
