"""The closed loop's words in both languages of the interface."""

from __future__ import annotations

from command_center.tickets.states import Move, State
from configs.values import Name


def _n(zh: str, en: str) -> Name:
    return Name(zh=zh, en=en)


STATES: dict[State, Name] = {
    State.NEW: _n("新发现", "New"),
    State.CLEARED: _n("已自行消除", "Over by itself"),
    State.FALSE_ALARM: _n("误报", "False alarm"),
    State.MERGED: _n("已合并", "Merged"),
    State.CONFIRMED: _n("已确认", "Confirmed"),
    State.REJECTED: _n("不予受理", "Rejected"),
    State.ACCEPTED: _n("已受理", "Accepted"),
    State.DISPATCHED: _n("已派单", "Dispatched"),
    State.ACKNOWLEDGED: _n("已接单", "Acknowledged"),
    State.HANDLING: _n("处置中", "Handling"),
    State.RETURNED: _n("已退单", "Returned"),
    State.SUSPENDED: _n("已挂起", "Suspended"),
    State.REFERRED: _n("已转办", "Referred"),
    State.DONE: _n("待核查", "Done, to be verified"),
    State.REWORK: _n("返工", "Rework"),
    State.VERIFIED: _n("已核查", "Verified"),
    State.FED_BACK: _n("已反馈", "Fed back"),
    State.RATED: _n("已评价", "Rated"),
    State.ARCHIVED: _n("已归档", "Archived"),
}

MOVES: dict[Move, Name] = {
    Move.CONFIRM: _n("确认", "Confirm"),
    Move.DISMISS: _n("误报", "False alarm"),
    Move.MERGE: _n("合并", "Merge"),
    Move.SPLIT: _n("拆分", "Take apart"),
    Move.CLEAR: _n("自行消除", "Over by itself"),
    Move.ACCEPT: _n("受理", "Accept"),
    Move.REJECT: _n("不予受理", "Reject"),
    Move.DISPATCH: _n("派单", "Dispatch"),
    Move.REASSIGN: _n("改派", "Reassign"),
    Move.HAND_ON: _n("逐级转派", "Hand on"),
    Move.ACKNOWLEDGE: _n("接单", "Take the task"),
    Move.START: _n("开始处置", "Start"),
    Move.FINISH: _n("处置完成", "Finish"),
    Move.ASK_RETURN: _n("申请退单", "Ask to return it"),
    Move.ASK_EXTENSION: _n("申请延期", "Ask for more time"),
    Move.ASK_SUSPENSION: _n("申请挂起", "Ask to suspend it"),
    Move.ASK_REFERRAL: _n("申请转办", "Ask to refer it"),
    Move.GRANT_RETURN: _n("同意退单", "Grant the return"),
    Move.GRANT_EXTENSION: _n("同意延期", "Grant more time"),
    Move.GRANT_SUSPENSION: _n("同意挂起", "Grant the suspension"),
    Move.GRANT_REFERRAL: _n("同意转办", "Grant the referral"),
    Move.DENY: _n("驳回申请", "Deny the request"),
    Move.RESUME: _n("恢复处置", "Resume"),
    Move.NOTE: _n("备注", "Add a note"),
    Move.MARK: _n("时限提醒", "Deadline mark"),
    Move.SUPERVISE: _n("督办", "Supervise"),
    Move.VERIFY: _n("核查通过", "Verify"),
    Move.REWORK: _n("退回返工", "Send back for rework"),
    Move.FEED_BACK: _n("反馈", "Feed back"),
    Move.RATE: _n("评价", "Rate"),
    Move.LAPSE: _n("逾期未评价", "Not rated in time"),
    Move.ARCHIVE: _n("归档", "Archive"),
    Move.REOPEN: _n("重新处置", "Reopen"),
    Move.RECUR: _n("再次发生", "Happened again"),
}

PRIMARY = frozenset(
    {
        Move.CONFIRM,
        Move.ACCEPT,
        Move.DISPATCH,
        Move.ACKNOWLEDGE,
        Move.START,
        Move.FINISH,
        Move.RESUME,
        Move.VERIFY,
        Move.FEED_BACK,
        Move.RATE,
    }
)
"""The one step that leads on: a button that stands out."""

DANGER = frozenset({Move.DISMISS, Move.REJECT, Move.REWORK, Move.DENY, Move.ASK_RETURN})
"""Steps that turn somebody down: a button that warns."""
