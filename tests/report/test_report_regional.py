"""The regional plan: its numbers are those of planning, every sum is exact, gaps are said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import funnelkit as fk
from funnelkit.planning import allocate, competitor_matrix, service_hours, territories
from funnelkit.report.factory.run import report
from funnelkit.report.pages.regional_plan import RegionalPlan, open_regional
from funnelkit.report.pages.sections.plan_goal import cells_of, tables
from funnelkit.report.template import defaults_of, find_template
from funnelkit.show import Table
from funnelkit.words import speaking
from funnelkit.words.formats import counted_in

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SECTIONS = ("target", "closes", "stages", "territory_section", "grid", "customers", "rivals",
            "positions")  # fmt: skip


def aloud(found: Any) -> str:
    """Return a result's sentence as a page writes it: its amounts with their currency."""
    with counted_in("EUR"):
        return str(found.summary())


@pytest.fixture(scope="module")
def plan() -> RegionalPlan:
    return open_regional({"data": "industrial", "lang": "en", "target": 6_000_000.0})


def amounts(table: Table) -> list[list[int]]:
    return [[int(cell) for cell in row[1:]] for row in table.rows]


def test_the_target_is_broken_down_with_exact_sums(plan: RegionalPlan) -> None:
    months, persons = tables(plan)
    for table in (months, persons):
        rows = amounts(table)
        assert rows[-1][-1] == 6_000_000
        assert all(sum(row[:-1]) == row[-1] for row in rows)
        assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]
    assert len(months.rows) == 12 + 1
    # the same amounts on both tables: East's months are East's persons
    east = amounts(months)[-1][[c.label for c in months.columns].index("East") - 1]
    people = [r for r in persons.rows if r[0].endswith("East")]
    assert sum(r[-1] for r in people) == east


def test_shares_are_half_last_years_sales_and_half_potential(plan: RegionalPlan) -> None:
    # worked from the tables themselves: won amounts of the last 365 days, sums of potential
    p = fk.load("industrial")
    frame = p.frame()
    since = pd.Timestamp(p.as_of) - pd.Timedelta(days=365)
    last = frame[(frame["outcome"] == "won") & (frame["closed_at"] >= since)]
    history = last.groupby("region")["amount"].sum()
    potential = p.tables["accounts"].to_pandas().groupby("region")["potential"].sum()
    share = (history / history.sum() + potential / potential.sum()) / 2
    got = cells_of(plan).groupby("region")["amount"].sum()
    for region, part in share.items():
        assert abs(got[region] - 6_000_000 * part) <= 1000
    frame = pd.DataFrame({"region": history.index, "history": history.to_numpy(),
                          "potential": potential[history.index].to_numpy()})  # fmt: skip
    expected = allocate(6_000_000, frame, unit=1000).table["allotted"].tolist()
    assert got[list(history.index)].tolist() == expected


def test_the_pages_of_the_parts_show_what_the_page_of_all_shows(plan: RegionalPlan) -> None:
    whole = cells_of(plan)
    parts = []
    for region in ("East", "North", "South", "West"):
        part = open_regional(
            {"data": "industrial", "lang": "en", "target": 6e6, "where": {"region": region}}
        )
        parts.append(part.goal.amount)
        of_whole = whole[whole["region"] == region].sort_values(["owner", "month"])
        assert part.goal.amount == of_whole["amount"].sum()
        if region == "South":
            own = cells_of(part).sort_values(["owner", "month"])["amount"].tolist()
            assert own == of_whole["amount"].tolist()
    assert sum(parts) == 6_000_000


def test_the_numbers_are_those_of_planning(plan: RegionalPlan) -> None:
    p = fk.load("industrial")
    own = fk.plan_target(p, 6_000_000, "2027-07-01", "2026-07-01", unit=1000,
                         by=["region", "owner"], potential=plan.potential())  # fmt: skip
    assert aloud(own) in repr(plan.closes())
    assert aloud(own) in repr(plan.opening())
    assert aloud(own.stages) in repr(plan.stages())
    matrix = competitor_matrix(p, "region")
    assert aloud(matrix) in repr(plan.rivals())
    facts = {f.key: f for f in plan.facts()}
    assert facts["target"].value == 6_000_000
    assert facts["expected"].value == own.outlook.expected
    assert facts["new_deals"].value == own.new_deals_in_period
    found = territories(p=p, since="2025-06-30T23:59:59.999999").table
    rate = found["sales_amount"].sum() / found["potential_amount"].sum()
    assert facts["penetration"].value == pytest.approx(rate)


def test_the_service_plan_is_read_and_added_up() -> None:
    given = {"A": "10x2", "B": "6 x 1", "C": "2×0.5"}
    plan = open_regional({"data": "industrial", "lang": "en", "service": given})
    text = repr(plan.customers())
    hours = service_hours(plan.results["abc"], {"A": (10, 2), "B": (6, 1), "C": (2, 0.5)})  # type: ignore[arg-type]
    assert aloud(hours) in text
    bad = open_regional({"data": "industrial", "lang": "en", "service": {"A": "often"}})
    assert "visits a year x hours" in repr(bad.customers())


def test_without_a_target_it_is_last_years_wins_with_growth() -> None:
    plan = open_regional({"data": "industrial", "lang": "en", "growth": 0.2})
    won = fk.load("industrial").frame().query("outcome == 'won'")
    last = won[won["closed_at"] >= pd.Timestamp("2025-06-30 23:59:59.999999")]["amount"].sum()
    assert plan.goal.amount == round(1.2 * last / 1000) * 1000
    assert "last year's wins plus 20%" in repr(plan.target())
    # half a year that the data's own targets hold: they are taken
    half = open_regional(
        {"data": "industrial", "lang": "en", "plan_until": "2027-01-01",
         "where": {"region": "East"}}
    )  # fmt: skip
    rows = fk.load("industrial").tables["targets"].to_pandas()
    rows = rows[(rows["level"] == "plan") & (rows["period"] >= "2026-07")]
    assert half.goal.source == "table"
    assert half.goal.whole == rows["amount"].sum()
    assert half.goal.amount == rows.loc[rows["region"] == "East", "amount"].sum()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_data_lack_is_said(tmp_path: Path, lang: str) -> None:
    rows = [f"{n},{'won' if n % 3 else 'lost'},S{n % 3},2026-01-05,2026-02-0{n % 8 + 1},100"
            for n in range(90)]  # fmt: skip
    header = "deal_id,outcome,owner,created_at,closed_at,amount"
    file = tmp_path / "deals.csv"
    file.write_text("\n".join([header, *rows]), "utf-8")
    with speaking(lang):
        plan = open_regional({"data": str(file), "lang": lang, "target": 9000.0})
        said = {name: repr(getattr(plan, name)()) for name in SECTIONS}
    why = {"en": "Left out here", "zh": "此处从略"}[lang]
    for name in ("target", "closes", "stages", "territory_section", "grid", "rivals", "positions"):
        assert why in said[name], name
    for text in said.values():
        assert bool(CHINESE.search(text)) == (lang == "zh")
    assert [f.text for f in plan.facts()][1] == "–"


def test_positions_are_named_by_the_file_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    deal = fk.load("industrial").frame().query("outcome == 'open'").sort_values("amount").iloc[-1]
    file = tmp_path / "positions.csv"
    file.write_text(f"deal_id,strength\n{deal['deal_id']},superior\nX-1,equal\n", "utf-8")
    plan = open_regional({"data": "industrial", "lang": "en", "positions": str(file)})
    text = repr(plan.positions())
    assert f"{deal['deal_id']}: Frontal (rule 1)" in text
    assert '"X-1"' in text
    file.write_text(f"deal_id,strength\n{deal['deal_id']},strong\n", "utf-8")
    plan = open_regional({"data": "industrial", "lang": "en", "positions": str(file)})
    assert 'row 2: strength = "strong" is not allowed' in repr(plan.positions())
    plan = open_regional({"data": "industrial", "lang": "zh", "positions": "nowhere.csv"})
    assert "找不到文件“nowhere.csv”" in repr(plan.positions()).replace(" ", "")


def test_the_market_may_be_given(tmp_path: Path) -> None:
    rows = ["region,market_before,market_after,own,rival", "East,120,124,18,14",
            "North,90,106,15,12", "South,100,118,6,16", "West,80,82,5,9"]  # fmt: skip
    file = tmp_path / "market.csv"
    file.write_text("\n".join(rows), "utf-8")
    plan = open_regional({"data": "industrial", "lang": "en", "market": str(file)})
    text = repr(plan.grid())
    # 124/120 and 82/80 grow slower than all together (430/390), 18 > 14 and 15 > 12
    assert "Star: North. Question mark: South. Cash cow: East. Low growth, low share: West." in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_whole(tmp_path: Path, lang: str) -> None:
    parameters = {"lang": lang, "target": 6e6, "where": {"region": "East"}}
    formats = ["html", "xlsx", "png"]
    runs = report(
        "regional-plan", "industrial", parameters=parameters, formats=formats, out=tmp_path
    )
    assert [run.error for run in runs] == [""]
    page = BeautifulSoup((tmp_path / f"{runs[0].job.stem}.html").read_text("utf-8"), "html.parser")
    assert len(page.select("h1")) == 1
    assert len(page.select("h2")) == 12
    assert not re.search(r"https?://", str(page))
    for image in page.select("img"):
        assert bool(CHINESE.search(image["alt"])) == (lang == "zh"), image["alt"]
    if lang == "en":
        assert not CHINESE.search(page.body.get_text())
    assert len(page.select("dl.headline > div")) == 5
    assert find_template("regional-plan").parameters


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_spring_festival_moves_the_months(lang: str) -> None:
    # four even years, in each month four won and four lost deals of 1,000
    deals, visits = [], []
    for month in pd.date_range("2022-11-01", "2026-12-01", freq="MS"):
        for k in range(8):
            name, won = f"{month:%y%m}-{k}", k < 4
            days = [month + pd.Timedelta(days=2 * n + 1) for n in range(5)]
            visits += [
                (name, stage, day)
                for stage, day in zip(
                    ("lead", "contact", "need", "proposal", "negotiation"), days, strict=True
                )
            ]
            end = days[-1] + pd.Timedelta(days=5)
            deals.append((name, "won" if won else "lost", month, end, 1000.0, "Li", "华东"))
    columns = ["deal_id", "outcome", "created_at", "closed_at", "amount", "owner", "region"]
    p = fk.from_frames(
        pd.DataFrame(deals, columns=columns),
        pd.DataFrame(visits, columns=["deal_id", "stage", "entered_at"]),
        as_of="2026-12-31",
    )
    values = defaults_of("regional-plan") | {"lang": lang, "target": 600_000.0, "unit": 1}
    with speaking(lang):
        plan = RegionalPlan(p, p, values)
        text = repr(plan.target())
    months = cells_of(plan).groupby("month")["amount"].sum()
    # the festival of 2027 is on 6 February: 31 days of January and 21 of February outside it
    assert months["2027-01"] / months["2027-02"] == pytest.approx(31 / 21, abs=0.001)
    assert months["2027-01"] + months["2027-02"] == pytest.approx(100_000, abs=1)
    assert months["2027-03"] == 50_000
    assert {"en": "Spring Festival", "zh": "春节"}[lang] in text
