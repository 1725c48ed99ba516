"""Checkpoints on hand-made deals: which fire, why, in what order, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from funnelkit.control.ageing import ageing_limits
from funnelkit.control.checkpoint_result import Checkpoints
from funnelkit.control.checkpoints import checkpoints
from funnelkit.control.evidence import evidence_gaps
from funnelkit.control.facts import Facts, working_days
from funnelkit.control.rules import rule_variables
from funnelkit.data.pipeline import Pipeline, from_frames
from funnelkit.errors import FunnelkitError
from funnelkit.process import Process
from funnelkit.words import speaking

STAGES = ["talk", "offer", "terms"]


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-{text}")


def moved_on(days: list[int], stage: str = "talk", to: str = "offer") -> list[tuple[Any, ...]]:
    """History of deals that went on after so many days, long ago."""
    rows = []
    for k, n in enumerate(days):
        start = pd.Timestamp("2025-01-01")
        rows += [(f"old{k}", stage, start), (f"old{k}", to, start + pd.Timedelta(days=n))]
    return rows


def past(days: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "deal_id": f"old{k}", "outcome": "won", "created_at": pd.Timestamp("2025-01-01"),
            "closed_at": pd.Timestamp("2025-01-01") + pd.Timedelta(days=n),
        }
        for k, n in enumerate(days)
    ]  # fmt: skip


def made(
    deals: list[dict[str, Any]],
    log: list[tuple[Any, ...]],
    fields: list[tuple[Any, ...]] | None = None,
    process: Process | None = None,
    **others: Any,
) -> Pipeline:
    frame = pd.DataFrame(deals)
    for column in ("created_at", "closed_at", "expected_close", "next_step_date"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column])
    history = pd.DataFrame(log, columns=["deal_id", "stage", "entered_at"])
    changes = None
    if fields:
        changes = pd.DataFrame(fields, columns=["deal_id", "field", "old", "new", "changed_at"])
    return from_frames(
        frame, history, changes,
        process=process or Process.from_stages(STAGES), as_of="2026-06-30", **others,
    )  # fmt: skip


def deal(name: str, **others: Any) -> dict[str, Any]:
    return {
        "deal_id": name, "outcome": "open", "owner": "Ada", "amount": 100.0,
        "created_at": day("06-01"), **others,
    }  # fmt: skip


def rows(result: Checkpoints, point: str) -> pd.DataFrame:
    return result.table[result.table["checkpoint"] == point]


TEN = list(range(1, 11))


def test_limit_is_the_p80_of_deals_that_moved_on() -> None:
    # ten deals left talk for offer after 1..10 days: 80 % within 8
    p = made(past(TEN), moved_on(TEN))
    limits = ageing_limits(p).set_index("stage")
    assert limits.loc["talk", ["moved_on", "amber_days", "red_days"]].tolist() == [10, 8, 12]
    assert limits.loc["terms", "source"] == "none"


def test_deals_that_were_lost_do_not_shorten_the_limit() -> None:
    deals, log = past(TEN), moved_on(TEN)
    for k in range(30):
        end = pd.Timestamp("2025-01-02")
        deals.append(deal(f"lost{k}", outcome="lost", created_at="2025-01-01", closed_at=end))
        log.append((f"lost{k}", "talk", pd.Timestamp("2025-01-01")))
    limits = ageing_limits(made(deals, log)).set_index("stage")
    assert limits.loc["talk", "amber_days"] == 8


def test_open_deals_are_censored() -> None:
    # 10 moved on after 1..10 days, 9 more are there since 6 days: those who went on after 6
    # days stand for them too. By hand: F(6) = 6/19; then 4 at risk share the other 13/19
    # evenly; 0.8 is reached at F(9) = 6/19 + 3/4 * 13/19 = .829
    deals, log = past(TEN), moved_on(TEN)
    for k in range(9):
        deals.append(deal(f"o{k}"))
        log.append((f"o{k}", "talk", day("06-24")))
    limits = ageing_limits(made(deals, log)).set_index("stage")
    assert limits.loc["talk", "amber_days"] == 9


def test_amber_and_red() -> None:
    deals = [*past(TEN), deal("fresh"), deal("amber"), deal("red", amount=50.0)]
    log = moved_on(TEN)
    log += [("fresh", "talk", day("06-22")), ("amber", "talk", day("06-20"))]
    log += [("red", "talk", day("06-10"))]
    # the long open stays shift the limit little: three at risk late
    result = checkpoints(made(deals, log))
    limit = ageing_limits(made(deals, log)).set_index("stage").loc["talk", "amber_days"]
    found = rows(result, "ageing").set_index("deal_id")
    assert found["severity"].to_dict() == {"red": "act", "amber": "watch"}
    assert found.loc["red", "days"] == 20
    assert (
        f"20 days in talk; 80% of the deals that move on have left within {limit:.0f}"
        in (found.loc["red", "reason"])
    )
    # the grave one first, though it is the smaller
    assert result.table["deal_id"].tolist()[0] == "red"
    assert result.by_owner.iloc[0][["owner", "deals", "act", "watch"]].tolist() == ["Ada", 2, 1, 1]
    assert result.by_owner.iloc[0]["amount"] == 150


def test_sheet_speaks_where_the_data_are_few() -> None:
    process = sheet(target={"median_days": 10})
    p = made([deal("a")], [("a", "talk", day("06-01"))], process=process)
    limits = ageing_limits(p).set_index("stage")
    # 10 exp(0.6 x 0.8416) = 16.57
    assert limits.loc["talk", ["amber_days", "source"]].tolist() == [17, "sheet"]
    assert rows(checkpoints(p), "ageing")["severity"].tolist() == ["act"]


def test_pushes_and_overdue_as_known_then() -> None:
    deals = [deal("a", expected_close=day("09-25")), deal("b", expected_close=day("06-30"))]
    deals += [deal("c", expected_close=day("06-25"))]
    log = [(n, "talk", day("06-01")) for n in "abc"]
    fields = [
        ("a", "expected_close", "2026-06-05", "2026-07-10", day("06-04")),
        ("a", "expected_close", "2026-07-10", "2026-07-08", day("06-06")),  # pulled in
        ("a", "expected_close", "2026-07-08", "2026-07-31", day("06-07")),  # inside the month
        ("a", "expected_close", "2026-07-31", "2026-08-01", day("06-09")),
        ("a", "expected_close", "2026-08-01", "2026-09-25", day("06-19")),
        ("c", "expected_close", "2026-06-08", "2026-06-25", day("06-09")),
    ]
    p = made(deals, log, fields)
    now = checkpoints(p)
    assert rows(now, "pushed")[["deal_id", "severity"]].values.tolist() == [["a", "act"]]
    assert "3 times" in rows(now, "pushed")["reason"].iloc[0]
    overdue = rows(now, "overdue")
    # 25 June to the end of 30 June; the day itself is not late
    assert overdue[["deal_id", "severity"]].values.tolist() == [["c", "watch"]]
    assert "5 days ago" in overdue["reason"].iloc[0]
    then = checkpoints(p, "2026-06-18")
    assert rows(then, "pushed")["severity"].tolist() == ["watch"]
    assert rows(then, "overdue").empty
    before = checkpoints(p, "2026-06-08")
    assert rows(before, "pushed").empty
    # on 8 June it was expected for 8 June
    assert rows(before, "overdue").empty
    assert rows(checkpoints(p, "2026-06-06"), "overdue").empty


def test_steps_of_the_buyer_and_contacts() -> None:
    deals = [deal("quiet", created_at=day("05-01")), deal("lively", created_at=day("05-01"))]
    log = [(n, s, day(d)) for n in ("quiet", "lively") for s, d in (("talk", "05-01"), ("terms", "06-25"))]  # fmt: skip # noqa: E501
    activities = pd.DataFrame(
        [
            ("quiet", day("05-20"), "mail", True), ("quiet", day("06-29"), "mail", False),
            ("lively", day("06-20"), "call", True),
        ],
        columns=["deal_id", "at", "kind", "by_buyer"],
    )  # fmt: skip
    contacts = pd.DataFrame(
        [
            ("c1", "quiet", "user", day("05-02")), ("c2", "lively", "user", day("05-02")),
            ("c3", "lively", "buyer", day("06-20")),
        ],
        columns=["contact_id", "deal_id", "role", "met_at"],
    )  # fmt: skip
    p = made(deals, log, tables={"activities": activities, "contacts": contacts})
    now = checkpoints(p)
    assert rows(now, "no-buyer-step")["deal_id"].tolist() == ["quiet"]
    # 20 May to the end of 30 June
    assert "nothing for 41 days" in rows(now, "no-buyer-step")["reason"].iloc[0]
    assert rows(now, "single-contact")["deal_id"].tolist() == ["quiet"]
    # both jumped over the offer
    assert set(rows(now, "stage-jump")["deal_id"]) == {"quiet", "lively"}
    # on 19 June nobody was in the third stage yet and nobody had jumped
    then = checkpoints(p, "2026-06-19")
    assert rows(then, "single-contact").empty
    assert rows(then, "stage-jump").empty
    assert rows(checkpoints(p, buyer_days=50), "no-buyer-step").empty


def test_discount_next_step_and_blank_values() -> None:
    deals = [
        deal("gift", discount_pct=0.15, discount_approved_by=None, next_step_date=day("06-20")),
        deal("blank", discount_pct=0.15, discount_approved_by="  ", next_step_date=day("07-05")),
        deal("fine", discount_pct=0.15, discount_approved_by="Bo", next_step_date=None),
        deal("small", discount_pct=0.10, discount_approved_by=None, next_step_date=day("06-30")),
    ]
    log = [(d["deal_id"], "talk", day("06-01")) for d in deals]
    now = checkpoints(made(deals, log))
    found = rows(now, "unapproved-discount")
    assert sorted(found["deal_id"]) == ["blank", "gift"]
    assert "Discount of 15% (limit 10%), nobody approved it" in found["reason"].iloc[0]
    assert rows(now, "next-step-past")["deal_id"].tolist() == ["gift"]
    assert rows(now, "no-next-step")["deal_id"].tolist() == ["fine"]


def plain() -> dict[str, Any]:
    parts = Process.from_stages(STAGES).model_dump()
    return parts | {"stages": [dict(s) for s in parts["stages"]]}


def sheet(**stage: Any) -> Process:
    parts = plain()
    parts["stages"][0] |= stage
    return Process.model_validate(parts)


def test_sheet_rules_stand_in_and_own_ones_are_asked() -> None:
    point = {"id": "twice", "name": {"en": "Twice", "zh": "两次"}, "rule": "push_count >= 2"}
    fields = [
        ("a", "expected_close", "2026-07-05", "2026-08-10", day("06-04")),
        ("a", "expected_close", "2026-08-10", "2026-09-12", day("06-05")),
    ]
    p = made(
        [deal("a", expected_close=day("09-12"))], [("a", "talk", day("06-01"))], fields,
        process=sheet(checkpoints=[point]),
    )  # fmt: skip
    result = checkpoints(p, rules=["age_days > 20 and owner == 'ada'"])
    assert len(rows(result, "twice")) == 1
    assert rows(result, "pushed").empty
    own = rows(result, "age_days > 20 and owner == 'ada'")
    assert own["severity"].tolist() == ["watch"]
    with speaking("zh"):
        assert "两次" in repr(result.shown())
        assert "延期次数 2" in repr(result.shown())


def test_a_slip_of_the_pen_is_refused_and_other_rules_are_named_as_not_asked() -> None:
    p = made([deal("a")], [("a", "talk", day("06-01"))])
    with pytest.raises(FunnelkitError, match='Nearest: "days_in_stage"'):
        checkpoints(p, rules=["days_in_stge > 3"])
    slip = {"id": "x", "name": {"en": "X", "zh": "X"}, "rule": "days_in_stge > 3"}
    p = made([deal("a")], [("a", "talk", day("06-01"))], process=sheet(checkpoints=[slip]))
    with pytest.raises(FunnelkitError, match='Nearest: "days_in_stage"'):
        checkpoints(p)
    gate = {"id": "gate", "name": {"en": "Gate", "zh": "评审"}, "rule": "go_decision is empty"}
    p = made([deal("a")], [("a", "talk", day("06-01"))], process=sheet(checkpoints=[gate]))
    result = checkpoints(p)
    named = result.unexamined.set_index("checkpoint")["needs"]
    assert named["Gate"] == "go_decision"
    assert "Could not be examined: Gate (needs go_decision)." in str(result.scope)
    with speaking("zh"):
        assert "无法检查：评审（需要 go_decision）" in str(result.scope)
    # every built-in one is either asked or named
    assert {"No step by the buyer", "Only one contact", "Evidence missing"} <= set(named.index)


def test_required_fields_of_stages_left() -> None:
    deals = [deal("a", budget="", need="x"), deal("b", budget="y", need=None)]
    deals += [deal("c", budget=None, need=None)]
    log = [("a", "talk", day("06-01")), ("a", "offer", day("06-02")), ("b", "offer", day("06-02"))]
    log += [("c", "talk", day("06-02"))]
    p = made(deals, log, process=sheet(required=("budget", "need", "map")))
    result = checkpoints(p)
    found = rows(result, "missing-fields").set_index("deal_id")["reason"]
    # c is still in the stage
    assert set(found.index) == {"a", "b"}
    assert found["a"].endswith(": budget")
    assert found["b"].endswith(": need")
    assert result.unexamined.set_index("checkpoint")["needs"]["Required fields empty"] == "map"


def test_evidence_of_stages_left() -> None:
    parts = plain()
    for k in (0, 1):
        parts["stages"][k]["evidence"] = [{"en": f"paper {k}", "zh": f"文件 {k}"}]
    process = Process.model_validate(parts)
    deals = [deal("a"), deal("b"), deal("late"), deal("jump")]
    log = [("a", "talk", day("06-01")), ("a", "offer", day("06-05")), ("a", "terms", day("06-10"))]
    log += [("b", "talk", day("06-01")), ("b", "offer", day("06-05"))]
    log += [("late", "offer", day("06-01")), ("late", "terms", day("06-20"))]
    log += [("jump", "talk", day("06-01")), ("jump", "terms", day("06-20"))]
    evidence = pd.DataFrame(
        [
            ("e1", "a", "talk", "mail", day("06-02"), "Ada"),
            ("e2", "b", "talk", "mail", day("06-28"), "Ada"),
            ("e3", "jump", "offer", "mail", day("06-21"), "Ada"),
        ],
        columns=["evidence_id", "deal_id", "stage", "kind", "dated", "by"],
    )
    p = made(deals, log, process=process, tables={"evidence": evidence})
    gaps = evidence_gaps(p)
    assert gaps.table[["deal_id", "stage", "now", "days"]].values.tolist() == [
        ["a", "offer", "terms", 20.0],
        ["jump", "talk", "terms", 10.0],
        ["late", "offer", "terms", 10.0],
    ]
    # passings asked for: a 2, b 1, late 1, jump 2
    assert "3 of 6" in gaps.summary()
    assert set(rows(checkpoints(p), "missing-evidence")["deal_id"]) == {"a", "late", "jump"}
    # on 27 June b had not filed anything yet
    assert "b" in set(evidence_gaps(p, "2026-06-27").table["deal_id"])
    assert len(gaps.plot().data) == 3
    with speaking("zh"):
        assert "缺依据" in gaps.summary()
        assert "依据" in repr(gaps)


def test_working_days_follow_the_calendar() -> None:
    parts = plain()
    parts["calendar"] = {"timezone": "UTC", "holidays": ["2026-06-19"]}
    process = Process.model_validate(parts)
    since = pd.Series([day("06-12"), day("06-19"), pd.NaT])
    until = pd.Series([day("06-22")] * 3)
    # Friday 12 to Monday 22: 12, 15-18 (the 19th is a holiday)
    assert working_days(since, until, process).tolist()[:2] == [5.0, 0.0]
    deals, log = [*past(TEN), deal("a")], [*moved_on(TEN), ("a", "talk", day("06-12"))]
    p = made(deals, log, process=process)
    facts = Facts(p, pd.DataFrame({"deal_id": ["a"], "moment": [day("06-22")]}), True)
    assert facts["days_in_stage"].tolist() == [5.0]
    assert "working days" in rows(checkpoints(p, working_days=True), "ageing")["reason"].iloc[0]


def test_first_response_of_the_default_sheet_and_lost_deals_without_a_reason() -> None:
    deals = [
        deal("slow", first_touch_at=None, created_at=day("06-28")),
        deal("quick", first_touch_at=day("06-28 05:00"), created_at=day("06-28")),
        deal("gone", outcome="lost", closed_at=day("06-20"), loss_reason=None, first_touch_at=None),
        deal("why", outcome="lost", closed_at=day("06-20"), loss_reason="price"),
        deal("ago", outcome="lost", closed_at=day("01-20"), created_at=day("01-02")),
    ]
    frame = pd.DataFrame(deals)
    frame["first_touch_at"] = pd.to_datetime(frame["first_touch_at"])
    log = pd.DataFrame({"deal_id": frame["deal_id"], "stage": "lead"})
    log["entered_at"] = frame["created_at"]
    p = from_frames(frame, log, as_of="2026-06-30")
    result = checkpoints(p)
    assert rows(result, "first-response")["deal_id"].tolist() == ["slow"]
    # three days open, the clock still runs: 28 June 0:00 to the end of 30 June
    assert "72 hours" in rows(result, "back-to-pool")["reason"].iloc[0]
    assert rows(result, "loss-reason")["deal_id"].tolist() == ["gone"]
    assert "missing in 1 of 2 deals closed lately" in result.summary()


def test_nothing_open() -> None:
    result = checkpoints(made(past(TEN), moved_on(TEN)))
    assert result.table.empty
    assert "No deal is open" in result.summary()
    assert repr(result)


def test_every_variable_is_explained_in_both_languages() -> None:
    english = rule_variables()
    with speaking("zh"):
        chinese = rule_variables(made([deal("a")], [("a", "talk", day("06-01"))]))
    assert english["meaning"].str.len().min() > 5
    assert chinese.set_index("variable")["available"]["days_in_stage"]
    assert not chinese.set_index("variable")["available"]["n_contacts"]


def test_picture_and_texts() -> None:
    deals = [*past(TEN), deal("red")]
    result = checkpoints(made(deals, [*moved_on(TEN), ("red", "talk", day("06-01"))]))
    assert result.plot().alt == result.summary()
    assert "1 of 1 open deal fired" in result.summary()
    with speaking("zh"):
        assert "阶段停滞" in repr(result)
        assert "控制点" in result.title
