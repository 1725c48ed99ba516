"""The process itself: order, labels, matching, targets."""

from __future__ import annotations

import datetime as dt

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.process import Process, Text, bundled_processes, load_process
from funnelkit.words import speaking

SIX = ("lead", "contact", "need", "proposal", "negotiation")


def test_default_has_six_stages_and_close_is_reached_by_won_deals_only() -> None:
    process = load_process()
    assert process.stage_ids == (*SIX, "close")
    assert process.open_ids == SIX
    assert process.funnel_ids == (*SIX, "close")
    assert process.closing is not None
    assert process.closing.id == "close"
    assert [process.rank(s) for s in process.stage_ids] == [0, 1, 2, 3, 4, 5]


def test_default_targets_multiply_to_the_published_ends() -> None:
    process = load_process()
    # .55, .55*.40, *.50, *.60, *.55
    expected = {
        "lead": 1.0,
        "contact": 0.55,
        "need": 0.22,
        "proposal": 0.11,
        "negotiation": 0.066,
        "close": 0.0363,
    }
    assert process.expected_rates() == pytest.approx(expected)
    chances = {"lead": 0.0363, "contact": 0.066, "need": 0.165, "proposal": 0.33}
    assert {s: process.expected_win_rate(s) for s in chances} == pytest.approx(chances)
    days = [process.stage(s).target.median_days for s in SIX]
    assert days == [5, 12, 24, 30, 20]


@pytest.mark.parametrize("name", bundled_processes())
def test_bundled_sheets_are_complete_in_both_languages(name: str) -> None:
    process = load_process(name)
    assert len(process.stages) == {
        "b2b-six-stages": 6, "equipment-tender": 9, "project-sale": 8, "saas": 7,
    }[name]  # fmt: skip
    for stage in process.stages:
        parts = [stage.name, stage.true_now, *stage.enter, *stage.exit, *stage.evidence]
        assert stage.enter
        assert stage.exit
        assert stage.evidence
        assert stage.required
        assert stage.checkpoints
        for part in [*parts, *(c.name for c in stage.checkpoints)]:
            assert part is not None
            assert part.en.isascii(), part.en
            assert any("\u4e00" <= c <= "\u9fff" for c in part.zh), part.zh
        if not stage.closing:
            assert stage.target.step_rate
            assert stage.target.median_days
        assert all(c.conditions for c in stage.checkpoints)
    won = process.expected_rates()[process.funnel_ids[-1]]
    assert won is not None
    assert 0.02 < won < 0.08


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("Closed Won", "won"),
        ("closedwon", "won"),
        ("CLOSED_WON", "won"),
        ("赢单", "won"),
        ("成交", "won"),
        ("Closed Lost", "lost"),
        ("closedlost", "lost"),
        ("输单", "lost"),
        ("丢单", "lost"),
        ("No Decision", "no_decision"),
        ("no_decision", "no_decision"),
        ("不了了之", "no_decision"),
        ("不了了之(未决)", "no_decision"),
        ("Open", "open"),
        ("进行中", "open"),
        ("NEGOTIATION ", "negotiation"),
        ("Need-Identification", "need"),
        ("需求识别", "need"),
        ("方案提供", "proposal"),
        ("最终成交", "close"),
        ("ＬＥＡＤ", "lead"),
        ("Lead generation", "lead"),
        ("Engaging", None),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_labels_are_matched(label: object, meaning: str | None) -> None:
    assert load_process().match(label) == meaning


def test_from_stages_keeps_order_and_leaves_outcomes_out() -> None:
    process = Process.from_stages(["Prospecting", "Needs Analysis", "Closed Won", "Closed Lost"])
    assert process.stage_ids == ("prospecting", "needs_analysis")
    assert process.funnel_ids == ("prospecting", "needs_analysis", "won")
    assert process.closing is None
    assert process.label("needs_analysis") == "Needs Analysis"
    assert process.match("Closed Won") == "won"


def test_from_stages_takes_ids_closing_and_calendar() -> None:
    process = Process.from_stages(
        {"a": "甲", "b": "乙"}, closing="b", currency="EUR", calendar={"timezone": "Asia/Shanghai"}
    )
    assert (process.open_ids, process.funnel_ids) == (("a",), ("a", "b"))
    assert process.match("乙") == "b"
    assert process.currency == "EUR"
    assert process.calendar.offset == dt.timedelta(hours=8)


def test_standard_offset_leaves_daylight_saving_out() -> None:
    for zone, hours in {"Europe/Berlin": 1, "Australia/Sydney": 10, "UTC": 0}.items():
        process = Process.from_stages(["a"], calendar={"timezone": zone})
        assert process.calendar.offset == dt.timedelta(hours=hours)


def test_from_outcomes_alone_is_refused() -> None:
    with pytest.raises(FunnelkitError, match="No stage is left"):
        Process.from_stages(["Won", "Lost"])


def test_labels_follow_the_language() -> None:
    process = load_process()
    keys = ["need", "won", "lost", "no_decision", "open"]
    with speaking("en"):
        assert [process.label(k) for k in keys] == [
            "Need identification", "Won", "Lost", "No decision", "Open",
        ]  # fmt: skip
    with speaking("zh"):
        assert [process.label(k) for k in keys] == ["需求识别", "赢单", "输单", "无效/搁置", "在途"]


def test_unknown_stage_names_the_nearest() -> None:
    with speaking("en"), pytest.raises(FunnelkitError) as caught:
        load_process().rank("negotation")
    assert str(caught.value).startswith(
        'Stage "negotation" is not in the process. Nearest: "negotiation",'
    )


def test_a_text_in_one_language_serves_both() -> None:
    assert Text.model_validate("x") == Text(en="x", zh="x")
    assert Text.model_validate({"zh": "谈判"}) == Text(en="谈判", zh="谈判")


def test_process_prints_itself_as_a_stage_sheet() -> None:
    process = load_process()
    with speaking("en"):
        text = str(process)
        page = process._repr_html_()
    assert "1. Lead generation [lead]  55% go on, median 5 days" in text
    assert "Expected from first stage to won: 3.6%" in text
    assert all(len(line) <= 88 for line in text.splitlines())
    assert 'lang="en"' in page
    assert page.count("<tr>") == 7
    assert "http" not in page
    assert "outcome == &quot;lost&quot;" in page
    with speaking("zh"):
        assert "1. 潜在客户生成 [lead]  55% 进入下一步，中位停留 5 天" in repr(process)
        assert 'lang="zh-CN"' in process._repr_html_()


def test_a_process_is_hashable_and_frozen() -> None:
    assert hash(load_process()) == hash(load_process("b2b-six-stages"))
    with pytest.raises(ValueError, match="frozen"):
        load_process().currency = "USD"  # type: ignore[misc]
