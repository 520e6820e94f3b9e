"""What leaves the house: number, name and what is wanted. Never whose words, and no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.channels.sealing import CODE_LIVES
from command_center.channels.tables import Language
from command_center.notifications.tables import Notification
from command_center.tickets.tables import Ticket
from command_center.town.held import held_town
from configs.values import Name

TITLE = Name(zh="烽火", en="Fenghuo")

WORDS: Mapping[str, Name] = {
    "task": Name(zh="新任务，请接单", en="a new task; take it"),
    "alarm": Name(zh="警情，请关注", en="an alarm; look at it"),
    "unassigned": Name(zh="无人可派，请中心处理", en="nobody is left to take it; assign somebody"),
    "undecided": Name(zh="告警超时未研判", en="nobody has decided on the alert"),
    "overdue": Name(zh="已超时，请处理", en="it is overdue; see to it"),
    "deadline": Name(zh="处置时限将到", en="its time runs out"),
    "supervision": Name(zh="已被督办", en="it is under supervision"),
    "request": Name(zh="有申请待审批", en="a request waits for you"),
    "answer": Name(zh="中心已答复申请", en="the centre has answered"),
    "verify": Name(zh="处置完成，待核查", en="done; verify it"),
    "feedback": Name(zh="上报有了结果", en="there is news of what you reported"),
    "phone_order": Name(zh="请电话通知办理人", en="ring up whoever has to do it"),
    "report": Name(zh="又有人上报同一事项", en="somebody else reported the same"),
}
"""By `Notification.kind`. The words in the product may hold a reason that a person wrote."""
_NEWS = Name(zh="有新消息，请查看", en="there is news; look at it")
_URGENT = Name(zh="【紧急】", en="[urgent] ")


@dataclass(frozen=True, slots=True)
class Said:
    title: str
    body: str
    path: str
    """Of the page that it leads to."""
    urgent: bool = False


async def of_notification(
    session: AsyncSession, row: Notification, language: Language, repetition: int
) -> Said:
    """`repetition`: 0 for the first time."""
    head, path = await _matter(session, row)
    repeated = Name(zh=f"（第{repetition + 1}次提醒）", en=f" (reminder {repetition})")
    body = "".join(
        (
            _in(_URGENT, language) if row.urgent else "",
            _in(head, language),
            _in(Name(zh="：", en=": "), language) if head.zh else "",
            _in(WORDS.get(row.kind, _NEWS), language),
            _in(repeated, language) if repetition else "",
        )
    )
    return Said(_in(TITLE, language), body, path, row.urgent)


def of_code(code: str, language: Language) -> Said:
    minutes = int(CODE_LIVES.total_seconds() // 60)
    text = Name(
        zh=f"验证码 {code}，{minutes}分钟内有效。请在“消息渠道”页输入。",
        en=f"Your code is {code}, good for {minutes} minutes. Enter it on the page Channels.",
    )
    return Said(_in(TITLE, language), _in(text, language), "/channels")


async def _matter(session: AsyncSession, row: Notification) -> tuple[Name, str]:
    """What it is about, and the page that shows it."""
    if row.ticket_id is not None:
        ticket = await session.get(Ticket, row.ticket_id)
        if ticket is not None:
            number, name = ticket.number, ticket.name
            head = Name(zh=f"{number} {name.zh}", en=f"{number} {name.en}")
            return head, f"/phone#/task/{ticket.id}"
    if row.alert_id is not None:
        alert = await session.get(Alert, row.alert_id)
        types = (await held_town(session)).event_types
        if alert is not None and alert.event_type in types:
            return types[alert.event_type].name, "/"
    return Name(zh="", en=""), "/phone#/messages"


def _in(name: Name, language: Language) -> str:
    return name.zh if language is Language.ZH else name.en
