"""Answers an expert gives are right, however they are written; seeds are swept where drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnelkit.teach.bank import exercise
from funnelkit.teach.check import judge
from funnelkit.teach.exercise import Case
from funnelkit.words import speaking


def state(id: str, answer: Any, seed: int = 1) -> str:
    return judge(exercise(id).case(seed), answer).state


def changed(id: str, **fields: str) -> Any:
    case = exercise(id).case(1)
    return judge(case, case.right | fields)


@pytest.mark.parametrize(
    "words",
    [
        "confirmed the need summary in writing, with figures",
        "The CFO confirmed the budget in writing",
        "Procurement signed the price sheet",
        "书面确认了需求摘要",
        "reviewed the offer with the CFO and replied in writing",
        "Site survey positive and logged",
    ],
)
def test_a_standard_in_own_words_is_not_judged(words: str) -> None:
    assert changed("L02.6", exit=words).state == "right"


def test_evidence_of_a_trial_can_be_picked() -> None:
    assert changed("L02.6", kept="record of a trial, scores of evaluators").state == "right"


@pytest.mark.parametrize("id", ["L10.10", "L12.12", "L06.13", "L11.10"])
@pytest.mark.parametrize(
    ("owner", "right"),
    [
        ("Sales manager South", True), ("Head of sales", True),
        ("Regional sales manager East", True), ("Sales operations, Ms Li", True),
        ("销售部门经理", True), ("市场部门李总", True),
        ("the team", False), ("everybody", False), ("大家", False), ("the sales team", False),
    ],
)  # fmt: skip
def test_a_role_owns_an_action_and_a_group_does_not(id: str, owner: str, right: bool) -> None:
    assert (changed(id, owner=owner).state == "right") == right


DAYS = ("30 June 2027", "June 30, 2027", "30.06.2027", "30/06/2027", "2027/6/30", "2027年6月30日")


@pytest.mark.parametrize("day", [*DAYS, "2027 Q2", "Q2 2027", "2027-06", "June 2027"])
def test_a_goal_may_name_its_date_as_people_do(day: str) -> None:
    assert changed("L01.3", by=day).state == "right"
    assert changed("L06.13", due=day).state == "right"


@pytest.mark.parametrize("day", DAYS)
def test_a_day_may_be_written_as_people_do(day: str) -> None:
    assert changed("L11.10", by=day).state == "right"


@pytest.mark.parametrize("form", ["{d} {b} {y}", "{d}.{m}.{y}", "{b} {d}, {y}", "{y}年{m}月{d}日"])
def test_dates_counted_back_are_read_in_any_form(form: str) -> None:
    import datetime as dt

    case = exercise("L10.6").case(3)
    days = [dt.date.fromisoformat(day) for day in case.right]
    told = [form.format(d=x.day, m=x.month, y=x.year, b=f"{x:%B}") for x in days]
    assert judge(case, told).state == "right"


@pytest.mark.parametrize("id", ["L09.1", "L08.1", "L10.1", "L12.1"])
def test_a_share_counts_with_and_without_its_sign(id: str) -> None:
    case = exercise(id).case(1)
    bare = {k: str(v).replace("%", "").strip() for k, v in case.right.items()}
    signed = {k: f"{v} %" if float(v.rstrip("k")) <= 100 else v for k, v in bare.items()}
    assert judge(case, bare).state == "right"
    if id != "L08.1" and id != "L09.1":
        assert judge(case, signed).state == "right"


@pytest.mark.parametrize("cost", ["60,000 CNY", "¥60,000", "about 50k", "60 000", "6万"])
def test_a_cost_may_name_its_currency(cost: str) -> None:
    assert changed("L09.1", cost=cost).state == "right"


def test_hours_may_carry_their_unit() -> None:
    assert changed("L08.1", hours="60 h").state == "right"


@pytest.mark.parametrize("seed", range(1, 13))
@pytest.mark.parametrize("id", ["L03.7", "L05.8", "L06.10", "Q.11", "Q.15", "Q.16", "L12.4"])
def test_whole_percents_are_right_where_no_precision_is_asked(id: str, seed: int) -> None:
    case = exercise(id).case(seed)
    right = case.right if isinstance(case.right, list) else [case.right]
    told = [f"{round(100 * x)} %" for x in right]
    bare = [round(100 * x) for x in right]
    one = isinstance(case.right, list)
    assert judge(case, told if one else told[0]).state == "right"
    if all(abs(n) > 1 for n in bare):
        assert judge(case, bare if one else bare[0]).state == "right"


@pytest.mark.parametrize("unit", ["{} points", "{} pp", "{}个百分点", "{} %", "+{} points"])
def test_points_are_points(unit: str) -> None:
    for seed in range(1, 13):
        case = exercise("L11.3").case(seed)
        assert judge(case, unit.format(round(100 * case.right, 1))).state == "right"


def test_the_unit_of_a_shown_column_is_named() -> None:
    case = exercise("L04.8").case(1)
    with speaking("en"):
        found = judge(case, [x / 100_000 for x in case.right])
    assert found.state == "unit"
    assert "share" not in found.message


def test_a_plan_a_little_too_high_is_told_so() -> None:
    # two steps at their upper end: .55 x .40 x .55 x .60 x .60 = 43.6 wins
    found = changed(
        "L03.9", contact="0.55", need="0.40", proposal="0.55", negotiation="0.60", close="0.60"
    )
    assert found.state == "known_mistake"
    assert "never" not in found.message
    assert "at once" not in found.message
    percents = {"contact": "56", "need": "42", "proposal": "52", "negotiation": "61", "close": "56"}
    assert changed("L03.9", **{k: f"{v} %" for k, v in percents.items()}).state == "right"


@pytest.mark.parametrize(
    ("id", "order"),
    [
        ("L02.3", ("stages", "crm", "targets", "control")),
        ("L02.3", ("stages", "targets", "crm", "control")),
        ("L06.4", ("moved", "actions", "alarms", "chance", "cause", "agree")),
        ("L11.9", ("vote", "see", "causes", "number", "monday", "hidden")),
        ("L11.9", ("vote", "see", "hidden", "number", "causes", "monday")),
    ],
)
def test_orders_that_can_be_defended_are_right(id: str, order: tuple[str, ...]) -> None:
    assert state(id, list(order)) == "right"


def test_an_order_is_told_which_item_waits_for_which() -> None:
    with speaking("en"):
        found = judge(exercise("L02.3").case(1), ["crm", "stages", "targets", "control"])
    assert found.state == "known_mistake"
    assert "Cut the sale into stages" in found.message


@pytest.mark.parametrize(
    ("id", "pairs"),
    [
        ("L11.6", {"survey": "C"}),
        ("L11.6", {"survey": "B", "appendix": "B"}),
        ("L01.6", {"c05": "need", "c06": "lead", "c01": "contact", "c18": "proposal"}),
        ("L07.8", {"own": "d90", "record": "d30", "words": "d60"}),
        ("L07.7", {"n03": "stay", "n06": "stay", "n08": "stay", "n01": "may", "n04": "may"}),
    ],
)
def test_pairs_that_can_be_defended_are_right(id: str, pairs: dict[str, str]) -> None:
    case = exercise(id).case(1)
    assert judge(case, case.right | pairs).state == "right"


def test_a_pair_is_told_which_card_and_how_many_are_right() -> None:
    case = exercise("L02.4").case(1)
    with speaking("en"):
        found = judge(case, case.right | {"c01": "evidence"})
    assert "The offer went out by mail on Friday" in found.message
    assert "9 of 10 are right" in found.message


def test_a_table_is_told_which_row_is_wrong() -> None:
    case = exercise("L04.5").case(1)
    answer = [*case.right[:2], case.right[2] + 9, *case.right[3:]]
    with speaking("en"):
        found = judge(case, answer)
    assert "Need identification" in found.message
    assert "4 of 5 are right" in found.message


@pytest.mark.parametrize("strategy", ["Flanking", "侧翼进攻", "Walk away"])
def test_a_strategy_is_one_of_six_and_its_proof_is_kept_as_it_is(strategy: str) -> None:
    own = {"strategy": strategy, "proof": "mail of the CFO, last Tuesday"}
    assert changed("L09.10", **own).state == "right"


@pytest.mark.parametrize("vote", ["A", "keep", "C", "cannot say yet", "留任"])
def test_a_vote_may_be_a_letter_or_its_words(vote: str) -> None:
    assert changed("L11.1", vote=vote).state == "right"


@pytest.mark.parametrize("picked", [{"potential": ">= {cut}", "wallet_share": "< 0.5"}])
def test_a_rule_is_picked_or_written(picked: dict[str, str]) -> None:
    case = exercise("L08.8").case(5)
    menus = {k: v.format(cut=case["cut"]) for k, v in picked.items()}
    assert judge(case, menus).state == "right"
    assert judge(case, f"potential >= {case['cut']} and wallet_share < 0.5").state == "right"
    with speaking("en"):
        said = {"potential": f"{case['cut']} or more", "wallet_share": "less than 50%"}
        assert judge(case, said).state == "right"


#: Read off what the form shows, by somebody who makes no mistake.
SWEPT = (
    "L02.8", "L03.2", "L03.4", "L03.5", "L03.6", "L03.7", "L03.8", "L04.2", "L04.4", "L04.5",
    "L04.6", "L04.7", "L04.10", "L04.11", "L04.12", "L05.2", "L05.5", "L05.7", "L05.8", "L05.10",
    "L06.5", "L06.6", "L06.10", "L06.11", "L07.3", "L07.9", "L07.11", "L07.12", "L08.3", "L08.4",
    "L08.6", "L08.7", "L08.9", "L09.3", "L09.4", "L09.5", "L11.3", "L11.5", "L11.8", "L12.4",
    "L12.7", "L12.8", "L12.9",
)  # fmt: skip


@pytest.mark.parametrize("id", SWEPT)
def test_a_mistake_is_never_taken_for_right_and_the_answer_never_for_a_mistake(id: str) -> None:
    asked = exercise(id)
    for seed in range(1, 301):
        case: Case = replace(asked).case(seed)
        assert judge(case, case.right).state == "right", seed
        for mistake in asked.mistakes:
            found = judge(case, mistake.given(case))
            assert found.state in ("known_mistake", "right"), (seed, mistake.id, found.state)


def test_the_ends_of_a_range_are_read_off_without_doubt() -> None:
    """Whoever reads the shown percents, rounded as they are, finds the right rows."""
    for seed in range(1, 301):
        case = exercise("L05.4").case(seed)
        table = case.exercise.show(case) if case.exercise.show else None
        assert table is not None
        below = [float(text.rstrip("%")) for text in table.iloc[:, 1]]
        rows = [next(k for k, share in enumerate(below) if share >= end) for end in (10, 50, 90)]
        told = [str(table.iloc[k, 0]).replace(",", "") for k in rows]
        assert judge(case, told).state == "right", (seed, told, case.right)


def test_one_step_alone_has_changed_beyond_chance() -> None:
    for seed in range(1, 301):
        case = exercise("L12.3").case(seed)
        table = case.exercise.show(case) if case.exercise.show else None
        assert table is not None
        ends = [
            [float(x.replace("−", "-")) for x in text.split(" … ")] for text in table.iloc[:, 4]
        ]
        beyond = [str(k) for k, (low, high) in enumerate(ends, 1) if low > 0 or high < 0]
        assert beyond == [case.right], seed
