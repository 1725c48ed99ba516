"""The course report: twelve sections, each with the numbers of its own lesson."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

import funnelkit as fk
from funnelkit import measures
from funnelkit.control import conformance
from funnelkit.report.factory.run import report
from funnelkit.report.pages.course import LESSONS, CourseReport, open_course
from funnelkit.report.pages.sections.lessons_7_to_12 import focus_of
from funnelkit.words import say, speaking
from funnelkit.words.formats import counted_in

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def aloud(found: Any) -> str:
    """Return a result's sentence as a page writes it: its amounts with their currency."""
    with counted_in("EUR"):
        return str(found.summary())


@pytest.fixture(scope="module")
def course() -> CourseReport:
    return open_course({"data": "industrial", "lang": "en", "learner": "Ada"})


def test_each_lesson_has_its_section_and_question() -> None:
    tiny = open_course({"data": "tiny", "lang": "en"})
    for number in range(1, 13):
        made = tiny.lesson(number)
        assert made is not None
        assert made.title.startswith(f"R{number} · ")
        assert repr(made.parts[0]).endswith("?")
    with speaking("zh"):
        chinese = open_course({"data": "tiny", "lang": "zh"})
        for number in range(1, 13):
            text = repr(chinese.lesson(number))
            assert say(f"coursereport.question_r{number}") in text


def test_the_numbers_are_those_of_the_lessons(course: CourseReport) -> None:
    p = fk.load("industrial")
    said = {
        1: measures.funnel(p), 2: measures.stage_win_rate(p), 3: measures.time_in_stage(p),
        4: fk.plan_target(
            p, course.regional.goal.amount, "2027-07-01", unit=1000, by=["region", "owner"],
            potential=course.regional.potential(),
        ),
        7: measures.win_rate(p, by="owner"), 10: conformance(p, by="region"),
    }  # fmt: skip
    for number, found in said.items():
        assert aloud(found) in repr(course.lesson(number)), number
    assert aloud(measures.sales_cycle(p)) in repr(course.lesson(3))
    # counted in the frame: enough for a score needs 50 won and 150 lost deals
    outcome = p.frame()["outcome"].value_counts()
    text = repr(course.lesson(12))
    assert f"{outcome['won']:,} won and {outcome['lost']:,} lost deals: enough" in text


def test_every_seller_has_one_step_and_nobody_a_rank(course: CourseReport) -> None:
    table = focus_of(course)
    owners = sorted(fk.load("industrial").frame()["owner"].unique())
    assert table["group"].tolist() == owners
    text = repr(course.lesson(7))
    assert "Too little to tell" in text
    assert [r[0] for r in course.lesson(7).parts[4].rows] == owners  # type: ignore[union-attr]


def test_the_lasting_drop_of_the_failure_case_is_seen() -> None:
    text = repr(open_course({"data": "failure", "lang": "en", "lessons": ["L11"]}).lesson(11))
    watch = next(line for line in text.splitlines() if line.startswith("Need identification |"))
    assert "a lasting drop" in watch
    calm = repr(open_course({"data": "control", "lang": "en"}).lesson(11))
    assert "a lasting drop" not in calm


def test_only_the_lessons_asked_for() -> None:
    course = open_course({"data": "tiny", "lang": "en", "lessons": ["l03"]})
    assert course.asked == ("L03",)
    assert [course.lesson(n) is not None for n in (2, 3, 4)] == [False, True, False]
    assert "Lessons L03 only." in repr(course.cover())
    wrong = open_course({"data": "tiny", "lang": "zh", "lessons": ["L13"]})
    with pytest.raises(fk.FunnelkitError, match="L13"):
        wrong.lesson(1)
    assert open_course({"data": "tiny", "lang": "en"}).asked == LESSONS


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_snapshot_is_told_what_it_cannot_show(tmp_path: Path, lang: str) -> None:
    rows = [f"{n},{'won' if n % 3 else 'lost'},S{n % 3},2026-01-05,2026-02-0{n % 8 + 1},100"
            for n in range(90)]  # fmt: skip
    header = "deal_id,outcome,owner,created_at,closed_at,amount"
    file = tmp_path / "deals.csv"
    file.write_text("\n".join([header, *rows]), "utf-8")
    with speaking(lang):
        course = open_course({"data": str(file), "lang": lang})
        texts = [repr(course.lesson(n)) for n in range(1, 13)]
        about = repr(course.about())
    why = {"en": "Left out here", "zh": "此处从略"}[lang]
    assert sum(why in text for text in texts) >= 9
    assert {"en": "your own data", "zh": "你自己的数据"}[lang] in about
    assert "CC BY 4.0" in about


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_whole(tmp_path: Path, lang: str) -> None:
    parameters = {"lang": lang, "learner": "Ada", "lessons": ["L01", "L02", "L07", "L09", "L10"]}
    formats = ["html", "xlsx", "png"]
    runs = report("course", "industrial", parameters=parameters, formats=formats, out=tmp_path)
    assert [run.error for run in runs] == [""]
    page = BeautifulSoup((tmp_path / f"{runs[0].job.stem}.html").read_text("utf-8"), "html.parser")
    assert len(page.select("h1")) == 1
    assert [h["id"] for h in page.select("h2")] == [
        "glance", "about", "r1", "r2", "r7", "r9", "r10", "definitions", "reproduce",
    ]  # fmt: skip
    assert not re.search(r"https?://", str(page))
    for image in page.select("img"):
        assert bool(CHINESE.search(image["alt"])) == (lang == "zh"), image["alt"]
    body = page.body.get_text()
    if lang == "en":
        assert not CHINESE.search(body)
    assert {"en": "Synthetic data", "zh": "模拟数据"}[lang] in body
    assert "CC BY 4.0" in body
