"""Said on the wall: this machine's clock was set, and the command center does not go by it."""

from __future__ import annotations

import socket

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.steady_clock import SteadyClock
from configs.values import Name


async def watch(session: AsyncSession, clock: SteadyClock) -> None:
    """Raise the notice of this machine while its clock is off, and end it afterwards."""
    now, notice = clock(), f"clock:{socket.gethostname()}"
    seconds = round(clock.step.total_seconds())
    if seconds == 0:
        await end_notice(session, notice, now)
        return
    zh, en = ("拨快", "set ahead") if seconds > 0 else ("拨慢", "set back")
    text = Name(
        zh=f"{socket.gethostname()}的时钟被{zh}{abs(seconds)}秒，时限仍按原来的时间计算；"
        "若新时间有误请拨回，若正确请重启指挥中心",
        en=f"the clock of {socket.gethostname()} was {en} by {abs(seconds)} s; deadlines run on as "
        "before. If the new time is wrong, set it right; if it is right, start the command center "
        "anew",
    )
    await raise_notice(session, notice, NoticeLevel.ERROR, text, now)
