"""Rows of parameters and combinations of columns: all checked, by file, row and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner
from xlsxwriter import Workbook

from funnelkit.cli import app
from funnelkit.errors import FunnelkitError
from funnelkit.page.pdf import browser, to_pdf
from funnelkit.report.factory.run import plan
from funnelkit.words import speaking


def test_each_combination_that_has_deals(tmp_path: Path) -> None:
    batch = plan("funnel-review", "tiny", each=["region", "owner"], out=tmp_path)
    import funnelkit as fk

    frame = fk.load("tiny").frame()
    known = frame[["region", "owner"]].dropna().drop_duplicates()
    assert len(batch.jobs) == len(known)
    assert {tuple(j.values["where"].values()) for j in batch.jobs} == set(
        known.itertuples(index=False, name=None)
    )
    assert len({j.stem for j in batch.jobs}) == len(known)
    assert " · " in batch.jobs[0].value


CSV = "name,where.region,min_deals,lang\nNorden,North,3,zh\n,South,,\n\n"


def test_a_row_is_a_report(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(CSV, "utf-8-sig")
    batch = plan("funnel-review", "tiny", rows=file, parameters={"lang": "en"}, out=tmp_path)
    told = [(j.value, j.stem, j.values["where"], j.values["min_deals"], j.values["lang"])
            for j in batch.jobs]  # fmt: skip
    assert told == [
        ("Norden", "Norden", {"region": "North"}, 3, "zh"),
        ("South", "South", {"region": "South"}, 10, "en"),
    ]


def test_a_workbook_and_yaml_say_the_same(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "rows.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["where.region", "min_deals", "name"])
        sheet.write_row(1, 0, ["North", 3, "Norden"])
        sheet.write_row(2, 0, ["South"])
    (tmp_path / "rows.yaml").write_text(
        "- {name: Norden, where.region: North, min_deals: 3}\n- {where.region: South}\n", "utf-8"
    )
    found = [
        plan("funnel-review", "tiny", rows=tmp_path / f"rows.{ending}", out=tmp_path).jobs
        for ending in ("xlsx", "yaml")
    ]
    assert [j.values for j in found[0]] == [j.values for j in found[1]]
    assert [j.value for j in found[0]] == ["Norden", "South"]


def test_every_bad_row_is_named_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("where.region,min_deals\nNorth,5\nSouth,many\nNorth,0\n", "utf-8")
    with pytest.raises(FunnelkitError) as caught:
        plan("funnel-review", "tiny", rows=file, out=tmp_path / "out")
    with speaking("en"):
        assert str(caught.value) == (
            "2 rows cannot be used, so no report was started.\n"
            'rows.csv, row 3, column "min_deals": Parameter min_deals = "many": expected a whole '
            "number.\n"
            'rows.csv, row 4, column "min_deals": Parameter min_deals = 0 is out of range. '
            "Allowed: 1 to 1000."
        )
    with speaking("zh"):
        assert "rows.csv 第 3 行，“min_deals” 列：" in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "where.region\nNorth\nNort\n", 'a.csv, row 3, column "where.region": '),
        ("a.csv", "reigon\nNorth\n", 'a.csv, row 2, column "reigon": '),
        ("a.csv", "min_deals,min_deals\n1,2\n", '"min_deals"'),
        ("a.csv", "min_deals\n", "a.csv holds no row"),
        ("a.yaml", "min_deals: 3\n", "a.yaml has to be a list"),
        ("a.txt", "", "a.txt is no list of reports"),
        ("a.xlsx", "no workbook", "a.xlsx cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(FunnelkitError) as caught:
        plan("funnel-review", "tiny", rows=tmp_path / name, out=tmp_path / "out")
    with speaking("en"):
        assert said in str(caught.value)


def test_each_and_rows_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(FunnelkitError) as caught:
        plan("funnel-review", "tiny", each="region", rows=tmp_path / "a.csv")
    assert caught.value.key == "report.each_or_rows"


def test_pdf_without_a_browser_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FUNNELKIT_CHROMIUM", raising=False)
    monkeypatch.setattr("funnelkit.page.pdf._PLACES", ())
    with pytest.raises(FunnelkitError) as caught:
        plan("funnel-review", "tiny", formats=["html", "pdf"], out=tmp_path / "out")
    assert caught.value.key == "report.no_browser"
    monkeypatch.setenv("FUNNELKIT_CHROMIUM", "/no/such")
    with pytest.raises(FunnelkitError) as caught:
        browser()
    assert caught.value.key == "report.browser_not_there"


def test_a_template_says_what_it_can_be_given_and_can_be_copied(tmp_path: Path) -> None:
    runner = CliRunner()
    for words in (("--help",), ("--parameters",)):
        done = runner.invoke(app, ["report", "funnel-review", *words, "--lang", "en"])
        assert done.exit_code == 0
        assert "min_deals: int = 10" in done.stdout
        assert "Groups with fewer closed deals are not shown [1..1000]" in done.stdout
    own = tmp_path / "mine"
    done = runner.invoke(app, ["report", "new", str(own), "--from", "funnel-review"])
    assert done.stdout.splitlines()[-1] == f"{own}.ipynb"
    assert plan(f"{own}.ipynb", "tiny", out=tmp_path).template.name == "mine"
    assert runner.invoke(app, ["report", "new", str(own)]).exit_code == 2
    assert runner.invoke(app, ["report", "funnel-review"]).exit_code == 2


def test_a_page_is_printed_where_there_is_a_browser(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<!DOCTYPE html><title>漏斗</title><h1>漏斗</h1>", "utf-8")
    to_pdf(page, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def test_a_heading_of_the_file_names_a_part_and_an_empty_period_is_said(tmp_path: Path) -> None:
    from funnelkit.data.library import load
    from funnelkit.report import source

    tiny = load("tiny").frame()
    tiny = tiny.rename(columns={"region": "Region"})
    tiny.to_csv(tmp_path / "deals.csv", index=False)
    made = plan("funnel-review", tmp_path / "deals.csv", each="Region", out=tmp_path / "out")
    assert made.each == ("region",)
    assert [job.values["where"] for job in made.jobs] == [
        {"region": value} for value in sorted(tiny["Region"].dropna().unique())
    ]
    with pytest.raises(FunnelkitError, match=r'There is no column "Area".*Nearest: "region"'):
        plan("funnel-review", tmp_path / "deals.csv", each="Area", out=tmp_path / "out")
    part = source.matching(load("tiny"), {"Region": "North", "amount": "30000.."}).frame()
    assert (part["amount"] >= 30_000).all()
    assert set(part["region"]) == {"North"}
    for values in ({"since": "2030-01-01"}, {"until": "2001-01-01"}):
        with pytest.raises(FunnelkitError, match="No deal was created or closed in the period"):
            plan("funnel-review", "tiny", parameters=values, out=tmp_path / "out")
