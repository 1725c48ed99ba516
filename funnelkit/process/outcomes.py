"""How a deal ends, and the labels by which CRM systems say so."""

from __future__ import annotations

from pydantic import Field

from funnelkit.process.text import Part

WON, LOST, NO_DECISION, OPEN = "won", "lost", "no_decision", "open"
OUTCOMES = (WON, LOST, NO_DECISION, OPEN)

# Recognised whatever the sheet says, unless a stage of the sheet carries the same label.
USUAL_LABELS: dict[str, tuple[str, ...]] = {
    WON: (
        "Won", "赢单", "Closed Won", "closedwon", "Close Won", "Deal Won", "Win", "Success",
        "已赢单", "成交", "已成交", "成单", "赢单关闭", "中标",
    ),
    LOST: (
        "Lost", "输单", "Closed Lost", "closedlost", "Close Lost", "Deal Lost", "Loss",
        "Closed Lost to Competition", "Out-Sold", "已输单", "丢单", "已丢单", "失单", "输单关闭",
        "未中标", "落标", "废标", "投标被否决",
    ),
    NO_DECISION: (
        "No decision", "无效/搁置", "不了了之", "Closed No Decision", "Cancelled", "Canceled",
        "Abandoned", "未决", "不了了之（未决）", "无决策", "无疾而终", "已取消", "项目取消", "取消",
        "作废", "无效", "已作废", "废弃", "客户取消", "搁置/取消", "无效关闭",
    ),
    OPEN: (
        "Open", "在途", "In progress", "Active", "Ongoing", "进行中", "跟进中", "未结", "打开",
        "未关闭", "在跟", "在谈",
    ),
}  # fmt: skip


class Outcomes(Part):
    """Labels of won, lost and undecided deals, besides the usual ones."""

    won: tuple[str, ...] = Field(default=())
    lost: tuple[str, ...] = Field(default=())
    no_decision: tuple[str, ...] = Field(default=())
    open: tuple[str, ...] = Field(default=())

    def labels(self, outcome: str) -> tuple[str, ...]:
        """Return every label recognised for an outcome, the sheet's own first."""
        own: tuple[str, ...] = getattr(self, outcome)
        return tuple(dict.fromkeys((outcome, *own, *USUAL_LABELS[outcome])))
