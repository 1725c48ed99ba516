"""Leading measures, the order of a review, the action it ends in."""

from __future__ import annotations

from funnelkit.process.text import Text
from funnelkit.teach.source import words

W = words("L06")

_NOBODY = W["we_the_team_and_all"]


def _somebody(text: str) -> Text | None:
    nobody = {
        "we",
        "all",
        "everybody",
        "everyone",
        "the team",
        "team",
        "us",
        "大家",
        "团队",
        "我们",
        "全体",
        "所有人",
        "销售团队",
    }
    return _NOBODY if text.strip().lower() in nobody else None
