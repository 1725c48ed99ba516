"""One question, one answer: every headline number of a pipeline, asked of every surface.

What can be counted by hand is counted with pandas on the file's own columns; the rest is what the
measure says with its own settings.  API, page, workbook, slides, app and course say the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from pptx import Presentation
from python_calamine import CalamineWorkbook

import funnelkit as fk
from funnelkit.apps import find_app
from funnelkit.apps.app import open_app
from funnelkit.apps.forecast import _plain
from funnelkit.control import checkpoints
from funnelkit.data.pipeline import Pipeline
from funnelkit.measures import push_rate, snapshot, time_in_stage, win_rate
from funnelkit.planning import backtest, forecast, pipeline_coverage, plan_target
from funnelkit.report.blocks import headline_of
from funnelkit.report.factory.run import report
from funnelkit.report.pages.course import open_course
from funnelkit.report.pages.forecast import open_outlook
from funnelkit.report.pages.funnel_review import open_review

ASKED = {"data": "industrial", "lang": "en"}
FIRST, LAST, UNTIL = "2026-07-01", "2026-09-30", "2026-10-01"


@pytest.fixture(scope="module")
def p() -> Pipeline:
    return fk.load("industrial")


@pytest.fixture(scope="module")
def by_hand(p: Pipeline) -> dict[str, float]:
    """Count with pandas what needs no model."""
    frame = p.frame()
    closed = pd.to_datetime(frame["closed_at"])
    first, end = pd.Timestamp("2026-04-01"), pd.Timestamp("2026-07-01")
    quarter = (closed >= first) & (closed < end)
    won, still = frame["outcome"] == "won", frame["outcome"] == "open"
    return {
        "won": float(frame.loc[won & quarter, "amount"].sum()),
        "open": float(frame.loc[still, "amount"].sum()),
        "open_deals": float(still.sum()),
        "win_rate": float(won.sum() / (~still).sum()),
        **{
            f"in {stage}": float(n) for stage, n in frame.loc[still, "stage"].value_counts().items()
        },
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Make the review and the forecast in every format that holds numbers."""
    found = {}
    for template in ("funnel-review", "forecast"):
        out = tmp_path_factory.mktemp(template)
        runs = report(template, "industrial", parameters={"lang": "en"}, out=out,
                      formats=["html", "ipynb", "xlsx", "pptx"])  # fmt: skip
        assert [run.error for run in runs if not run.ok] == []
        found[template] = out / template
    return found


def facts(template: str) -> dict[str, Any]:
    opened = {"funnel-review": open_review, "forecast": open_outlook, "course": open_course}
    found: Any = opened[template](ASKED)
    return {fact.key: fact for fact in found.headline().facts}


def test_what_is_counted_by_hand_is_what_api_review_and_course_say(
    p: Pipeline, by_hand: dict[str, float]
) -> None:
    review, course = facts("funnel-review"), facts("course")
    now = snapshot(p).table.set_index("stage")
    assert float(now["amount"].sum()) == pytest.approx(by_hand["open"])
    assert float(win_rate(p).table.iloc[0]["rate"]) == pytest.approx(by_hand["win_rate"])
    for stage in p.process.open_ids:
        assert now.loc[stage, "deals"] == by_hand[f"in {stage}"], stage
    for found in (review, course):
        assert found["open"].value == pytest.approx(by_hand["open"])
        assert found["open"].note.startswith(f"{by_hand['open_deals']:.0f} deals")
        plan = by_hand["won"] / found["won"].value
        assert f"EUR {by_hand['won'] / 1e3:.0f}k of EUR {plan / 1e6:.2f}m" == found["won"].note
    lesson = open_course(ASKED)
    lesson_pipeline = next(r for k, r in _shown(lesson).items() if k.startswith("snapshot"))
    assert lesson_pipeline.table.set_index("stage")["deals"].to_dict() == now["deals"].to_dict()


def _shown(course: Any) -> dict[str, Any]:
    """Show every section of the course report; return the results it asked for."""
    template: Any = nbformat.read(_template("course"), as_version=4)
    for cell in template.cells:
        if cell.cell_type == "code":
            for line in cell.source.splitlines():
                if re.fullmatch(r"\w+\.\w+\([^=]*\)", line):
                    assert eval(line, {line.split(".")[0]: course}) is not None
    return dict(course.results)


def _template(name: str) -> Path:
    from funnelkit.report.template import find_template

    return find_template(name).path


def test_what_a_model_says_is_said_alike_by_api_reports_app_and_course(p: Pipeline) -> None:
    api = forecast(p, LAST)
    assert api.distribution is not None
    low, middle, high = (api.distribution.quantile(q) for q in (0.1, 0.5, 0.9))
    past = backtest(p).table.set_index("method").loc["simulation"]
    outlook = open_outlook(ASKED)
    there = {f.key: f for f in outlook.headline().facts}
    assert there["expected"].value == pytest.approx(middle)
    assert there["error"].value == pytest.approx(past["wape"])
    review = facts("funnel-review")
    target = there["target"].value
    assert target is not None
    assert review["chance"].value == pytest.approx(api.chance(target))
    assert there["chance"].value == pytest.approx(review["chance"].value)
    cover = float(pipeline_coverage(p, target, FIRST, UNTIL).table.iloc[0]["to_go_ratio"])
    assert review["coverage"].value == pytest.approx(cover)
    assert there["coverage"].value == pytest.approx(cover)
    app: Any = open_app(find_app("forecast"), p).base
    asked = _plain(app, LAST, app.methods[0]).distribution
    assert [asked.quantile(q) for q in (0.1, 0.9)] == pytest.approx([low, high])
    record = app.record.table.set_index("method")
    assert record.loc["simulation", "wape"] == pytest.approx(past["wape"])
    course = open_course(ASKED)
    results = _shown(course)
    assert results["backtest"].table.set_index("method").loc["simulation", "wape"] == (
        pytest.approx(past["wape"])
    )
    whole = results["forecast"].distribution
    assert whole.quantile(0.5) == pytest.approx(middle)
    reported = outlook.backtest().table.set_index("method")["wape"]
    assert reported.to_dict() == pytest.approx(record["wape"].to_dict())


def test_new_deals_needed_are_the_plan_s_in_api_report_and_app(p: Pipeline) -> None:
    from funnelkit.apps.targets import plan_of
    from funnelkit.report.pages.regional_plan import open_regional

    target, until = 2_500_000.0, "2027-07-01"
    needed = plan_target(p, target, until).new_deals_in_period
    regional = open_regional(ASKED | {"target": target})
    told = {f.key: f for f in regional.headline().facts}
    assert told["new_deals"].value == needed
    base: Any = open_app(find_app("targets"), p).base
    assert plan_of(base, until, target, 0, 1, 0, 1.0, None).new_deals_in_period == needed


def test_pushes_and_deals_to_act_on_are_said_alike(p: Pipeline) -> None:
    row = push_rate(p).table.iloc[0]
    review = open_review(ASKED)
    review.glance()
    shown = repr(review.discipline())
    assert f"{row['pushed']:.0f} of {row['deals']:.0f} deals" in shown
    assert f"{row['pushes']:.0f} pushes" in shown
    found = checkpoints(p)
    act = found.table[found.table["severity"] == "act"]
    act = act[~act["checkpoint"].isin(dict(found.options)["closing"])]
    assert {f.key: f for f in review.headline().facts}["act"].value == act["deal_id"].nunique()
    # what stands in a stage is the snapshot's; stays that run are another thing, and say so
    now = snapshot(p).table.set_index("stage")["deals"]
    assert (time_in_stage(p).table.set_index("stage")["still_there"] <= now).all()
    assert "Standing here now" not in repr(review.funnel())


def test_page_workbook_and_slides_hold_the_headline_of_the_notebook(made: dict[str, Any]) -> None:
    for template, stem in made.items():
        notebook = nbformat.read(stem.with_suffix(".ipynb"), as_version=4)
        headline = headline_of(notebook)
        assert headline is not None
        page = BeautifulSoup(stem.with_suffix(".html").read_text("utf-8"), "html.parser")
        words = page.get_text(" ")
        book = CalamineWorkbook.from_path(str(stem.with_suffix(".xlsx")))
        front = {row[0]: row[1] for row in book.get_sheet_by_index(0).to_python() if len(row) > 1}
        deck = Presentation(str(stem.with_suffix(".pptx")))
        slide = " ".join(
            text for shape in deck.slides[0].shapes
            for text in ([shape.text_frame.text] if shape.has_text_frame else [
                cell.text for row in shape.table.rows for cell in row.cells
            ] if shape.has_table else [])
        )  # fmt: skip
        for fact in headline.facts:
            assert front[fact.label] == pytest.approx(fact.value), (template, fact.label)
            assert fact.text in words, (template, fact.label)
            assert fact.text in slide, (template, fact.label)
