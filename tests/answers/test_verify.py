# ruff: noqa: E501
"""Fifty statements, twenty of them altered: every altered one is caught, and none of the others."""

from __future__ import annotations

from functools import cache

import pytest

import funnelkit as fk
from funnelkit.answers.reference import parse, references_in
from funnelkit.answers.verify import verify
from funnelkit.data.pipeline import Pipeline

HALF = 'since="2025-07-01", until="2026-01-01"'


@cache
def data() -> Pipeline:
    return fk.load("industrial")


@cache
def told() -> tuple[tuple[str, str, dict[str, tuple[str, str]]], ...]:
    """Statements with what may be altered in each: kind -> (as it stands, altered)."""
    p = data()
    found: list[tuple[str, str, dict[str, tuple[str, str]]]] = []
    by_region = fk.win_rate(p, "region").table.set_index("region")
    for region, other in (
        ("East", "West"),
        ("North", "South"),
        ("South", "East"),
        ("West", "North"),
    ):
        row = by_region.loc[region]
        rate = f"{100 * row['rate']:.1f}%"
        found.append((
            f"{region} wins {rate} of its closed deals, {int(row['won'])} of {int(row['of'])}",
            f'[fk.win_rate(p, by="region") @ rate, won, of, region="{region}"]',
            {"group": (region, other), "unit": (rate, rate[:-1] + " points"),
             "digit": (f" {int(row['of'])}", f" {int(row['of']) + 10}")},
        ))  # fmt: skip
        found.append((
            f"{region}的赢单率为 {rate}（95% 区间 {100 * row['low']:.1f}% 至 {100 * row['high']:.1f}%）",
            f'[fk.win_rate(p, by="region") @ rate, low, high, region="{region}"]',
            {"group": (region, other), "digit": (rate, f"{100 * row['rate'] + 0.3:.1f}%"),
             "unit": (rate, rate[:-1] + " 个百分点")},
        ))  # fmt: skip
    half = fk.win_rate(p, since="2025-07-01", until="2026-01-01").table.iloc[0]
    found.append((
        f"From 1 Jul 2025 to 31 Dec 2025 {int(half['won'])} deals were won",
        f"[fk.win_rate(p, {HALF}) @ won]",
        {"date": ("31 Dec 2025", "31 Dec 2024"), "digit": (f" {int(half['won'])} ", f" {int(half['won']) + 1} ")},
    ))  # fmt: skip
    found.append((
        f"2025-07-01 起至 2025-12-31，已关闭 {int(half['of']):,} 个商机",
        f"[fk.win_rate(p, {HALF}) @ of]",
        {"date": ("2025-07-01", "2025-06-01"), "digit": (f"{int(half['of']):,}", f"{int(half['of']) + 200:,}")},
    ))  # fmt: skip
    quarter = fk.win_rate(p, of="created", since="2025-10-01", until="2026-01-01").table.iloc[0]
    for when, wrong in (("Q4 2025", "Q3 2025"), ("2025年第四季度", "2025年第三季度")):
        found.append((
            f"{when}: {100 * quarter['rate']:.0f}% of {int(quarter['of'])} new deals were won so far",
            '[fk.win_rate(p, of="created", since="2025-10-01", until="2026-01-01") @ rate, of]',
            {"date": (when, wrong), "digit": (f" {int(quarter['of'])} ", f" {int(quarter['of']) + 1} ")},
        ))  # fmt: skip
    funnel = fk.funnel(p).table.set_index("stage")
    for stage, name, wrong in (
        ("need", "Need identification", "Contact"), ("proposal", "Proposal", "Negotiation"),
        ("negotiation", "Negotiation", "Proposal"),
    ):  # fmt: skip
        row = funnel.loc[stage]
        found.append((
            f"{int(row['deals']):,} deals came to {name}, {100 * row['step_rate']:.1f} % of those before",
            f'[fk.funnel(p) @ deals, step_rate, stage="{stage}"]',
            {"group": (name, wrong), "digit": (f"{int(row['deals']):,}", f"{int(row['deals']) + 9:,}"),
             "unit": (" % of", " days of")},
        ))  # fmt: skip
    stays = fk.time_in_stage(p).table.set_index("stage")
    for stage in ("contact", "need", "proposal", "negotiation"):
        days = stays.loc[stage, "median_days"]
        found.append((
            f"Half of the deals leave it within {days:.0f} days",
            f'[fk.time_in_stage(p) @ median_days, stage="{stage}"]',
            {"unit": ("days", "weeks"), "digit": (f"{days:.0f} ", f"{days + 2:.0f} ")},
        ))  # fmt: skip
        found.append((
            f"停留中位数为 {days:.0f} 天",
            f'[fk.time_in_stage(p) @ median_days, stage="{stage}"]',
            {"unit": ("天", "个月"), "digit": (f"{days:.0f} ", f"{days + 1:.0f} ")},
        ))  # fmt: skip
    open_ = fk.snapshot(p).table.set_index("stage")
    for stage in ("contact", "need", "proposal", "negotiation"):
        amount = open_.loc[stage, "amount"]
        found.append((
            f"EUR {amount / 1e3:,.0f}k stands open there, in {int(open_.loc[stage, 'deals'])} deals",
            f'[fk.snapshot(p) @ amount, deals, stage="{stage}"]',
            {"unit": ("EUR", "USD"), "digit": ("k stands", "m stands")},
        ))  # fmt: skip
        found.append((
            f"在途金额 {amount / 1e4:,.1f} 万",
            f'[fk.snapshot(p) @ amount, stage="{stage}"]',
            {"unit": (" 万", " 亿"), "digit": (f"{amount / 1e4:,.1f}", f"{amount / 1e4 + 1:,.1f}")},
        ))  # fmt: skip
    cycle = fk.sales_cycle(p).table.set_index("outcome")
    for outcome, word in (("won", "Won"), ("lost", "Lost")):
        row = cycle.loc[outcome]
        found.append((
            f"{word} deals took {row['median_days']:.1f} days ({int(row['deals'])} deals)",
            f'[fk.sales_cycle(p) @ median_days, deals, outcome="{outcome}"]',
            {"unit": (" days", "%"), "digit": (f"({int(row['deals'])}", f"({int(row['deals']) + 7}")},
        ))  # fmt: skip
    by_seller = fk.win_rate(p, "owner").table
    for _, row in by_seller.head(11).iterrows():
        wrong = by_seller["owner"].iloc[-1]
        found.append((
            f"{row['owner']} closed {int(row['of'])} deals",
            f'[fk.win_rate(p, by="owner") @ of, owner="{row["owner"]}"]',
            {"group": (row["owner"], wrong), "digit": (f" {int(row['of'])} ", f" {int(row['of']) + 1} ")},
        ))  # fmt: skip
    found += [
        (
            f"In {source} {100 * row['rate']:.1f}% were won",
            f'[fk.win_rate(p.where(source="{source}")) @ rate]',
            {"group": (source, other)},
        )
        for source, other in (
            ("Referral", "Website"),
            ("Website", "Referral"),
            ("Cold call", "Website"),
        )
        for row in [fk.win_rate(p.where(source=source)).table.iloc[0]]
    ]
    change = fk.compare(
        p, ("2025-01-01", "2025-07-01"), ("2025-07-01", "2026-01-01"), "region"
    ).table
    for _, row in change.head(3).iterrows():
        value = f"{100 * row['rate_effect']:+.2f}"
        found.append((
            f"{row['region']} moved it by {value} points",
            '[fk.compare(p, before=("2025-01-01", "2025-07-01"), after=("2025-07-01", "2026-01-01"), '
            f'by="region") @ rate_effect, region="{row["region"]}"]',
            {"unit": ("points", "%"), "digit": (value, f"{100 * row['rate_effect'] + 0.4:+.2f}")},
        ))  # fmt: skip
    return tuple(found)


# Five of each kind, spread over the text.
ALTERED = {
    0: "digit", 3: "unit", 4: "group", 7: "digit", 8: "date", 9: "date", 10: "date", 11: "date",
    12: "unit", 13: "group", 15: "unit", 18: "digit", 20: "unit", 23: "digit", 25: "unit",
    31: "digit", 34: "group", 37: "group", 42: "group", 47: "digit",
}  # fmt: skip


def written(altered: dict[int, str]) -> str:
    lines = []
    for k, (words, reference, may) in enumerate(told()[:50]):
        if kind := altered.get(k):
            stands, instead = may[kind]
            assert stands in words
            words = words.replace(stands, instead, 1)
        lines.append(f"{words} {reference}.")
    return "\n".join(lines)


def test_there_are_fifty_and_twenty_are_altered_in_four_ways() -> None:
    assert len(told()) >= 50
    assert len(ALTERED) == 20
    assert {k: list(ALTERED.values()).count(k) for k in ("digit", "unit", "group", "date")} == {
        "digit": 6, "unit": 5, "group": 5, "date": 4
    }  # fmt: skip


def test_all_altered_are_caught_and_none_of_the_others() -> None:
    found = verify(written(ALTERED), data()).table
    wrong = set(found.loc[found["verdict"] != "right", "line"] - 1)
    assert wrong == set(ALTERED), found[found["verdict"] != "right"].to_string()
    assert set(found["line"] - 1) == set(range(50))


def test_each_statement_can_be_altered_in_each_way_it_allows() -> None:
    for k, (words, reference, may) in enumerate(told()[:50:5]):
        for kind, (stands, instead) in may.items():
            text = f"{words.replace(stands, instead, 1)} {reference}."
            assert not verify(text, data()).right, (k, kind)


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("Sales grew by 12%.", ["no_source"]),
        ("1. First\n2. Second\n\nNothing is counted here.", []),
        ("On 3 May 2026 we met, with a 95 % interval in mind.", []),
        ("About 7 [fk.win_rate(p, by='nowhere') @ won] deals", ["changed"]),
        ("About 7 [fk.no_such(p) @ won] deals", ["changed"]),
        ("About 7 [fk.funnel(p) @ deals] deals", ["changed"]),  # which of the rows?
        ('7 [fk.win_rate(__import__("os").getcwd()) @ won]', ["changed"]),
        ("7 [fk.win_rate(p) @ won", ["no_source"]),  # never closed
        ("", []),
    ],
)
def test_what_is_no_reference_vouches_for_nothing(text: str, verdicts: list[str]) -> None:
    assert verify(text, data()).table["verdict"].tolist() == verdicts


def test_a_number_beside_those_a_reference_names_is_not_vouched_for() -> None:
    row = fk.win_rate(data()).table.iloc[0]
    text = f"{row['won']} deals were won by 87 sellers [fk.win_rate(p) @ won]."
    assert verify(text, data()).table["verdict"].tolist() == ["right", "changed"]


def test_references_survive_writing_and_reading() -> None:
    hostile = 'A "quoted" ] name, \\ and 中文'
    text = f'[fk.win_rate(p, by="region") @ rate, region={hostile!r}]'
    ((_, _, found),) = references_in(f"before {text} after")
    assert found == text
    assert parse(str(parse(found))) == parse(found)
    assert parse(found).row["region"] == hostile
