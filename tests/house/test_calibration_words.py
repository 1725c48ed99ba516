"""What the calibration quotes of the kit is what the kit says, or is no longer said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from funnelkit.words.texts import texts

DOC = (Path(__file__).parents[2] / "docs" / "CALIBRATION.md").read_text(encoding="utf-8")
#: The part that tells of alarms, verdicts and sentences.
TOLD = DOC[DOC.index("## False alarms") : DOC.index("## Forecasts")]

#: What is quoted, English and Chinese, and the text it stands in.
SAID = {
    ("act", "处理"): "diagnose.verdict_act",
    ("worked", "有效"): "control.verdict_worked",
    ("too early", "为时尚早"): "control.verdict_too_early",
    ("Beyond what chance explains", "与其余各组明显不同"): "hygiene.stands_out",
    ("beyond what chance explains", "明显偏离"): "scorecard.limits_far",
    ("differ by about", "相差约"): "scorecard.varying",
    ("changed", "有变化"): "app_competitors.verdict_change",
    ("worse by more than noise", "明显更差"): "forecast.backtest_clear",
    ("differs from the others by more than chance", "没有明显差别"): "hygiene.none_stands_out",
    ("Too little to tell", "数据太少"): "hygiene.none_seen",
}
NO_LONGER = {"their intervals do not overlap", "两者区间不重叠"}


@pytest.mark.parametrize(("quoted", "key"), SAID.items())
def test_what_is_quoted_is_said(quoted: tuple[str, str], key: str) -> None:
    room, name = key.split(".")
    said = texts(room)[name]
    for phrase, lang in zip(quoted, ("en", "zh"), strict=True):
        assert phrase in said[lang]
        assert f'"{phrase}"' in TOLD or f"“{phrase}”" in TOLD


def test_nothing_else_is_quoted() -> None:
    quoted = {*re.findall(r'"([^"]+)"', TOLD), *re.findall(r"“([^”]+)”", TOLD)}
    code = {"once", "weekly"}  # values of an option
    assert quoted - {p for pair in SAID for p in pair} - code == NO_LONGER


def test_what_is_no_longer_said_is_nowhere() -> None:
    folder = Path(__file__).parents[2] / "funnelkit" / "words" / "catalogue"
    catalogue = "\n".join(f.read_text(encoding="utf-8").lower() for f in folder.rglob("*.yaml"))
    assert not [phrase for phrase in NO_LONGER if phrase in catalogue]
