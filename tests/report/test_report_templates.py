"""Forecast and scorecard from end to end: pages, workbook, both languages, warm and cold."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from funnelkit.report.contents import contents_of
from funnelkit.report.factory.engine import run_notebook
from funnelkit.report.factory.run import Run, report
from funnelkit.report.template import find_template

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = ("forecast", "scorecard")
# English on data that carry everything, Chinese on data that lack dates, targets and people
CASES = [
    (template, lang, data)
    for template in TEMPLATES
    for lang, data in (("en", "industrial"), ("zh", "tiny"))
]
Made = dict[tuple[str, str], tuple[Path, Run]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found: Made = {}
    for template, lang, data in CASES:
        out = tmp_path_factory.mktemp(f"{template}-{lang}")
        where = {"region": "North"}
        runs = report(
            template, data, parameters={"lang": lang, "where": where},
            formats=["html", "ipynb", "xlsx", "png"], out=out,
        )  # fmt: skip
        assert [run.error for run in runs if not run.ok] == []
        found[template, lang] = (out, runs[0])
    return found


@pytest.fixture(scope="module")
def pages(made: Made) -> dict[tuple[str, str], BeautifulSoup]:
    return {
        key: BeautifulSoup((out / f"{run.job.stem}.html").read_text("utf-8"), "html.parser")
        for key, (out, run) in made.items()
    }


def test_one_title_headings_in_order_and_every_link_leads_somewhere(
    pages: dict[tuple[str, str], BeautifulSoup],
) -> None:
    for (_, lang), page in pages.items():
        assert page.html["lang"] == {"en": "en", "zh": "zh-CN"}[lang]
        assert len(page.select("h1")) == 1
        levels = [int(h.name[1]) for h in page.select("h1, h2, h3, h4, h5, h6")]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        ids = [tag["id"] for tag in page.select("[id]")]
        assert len(ids) == len(set(ids))
        assert all(a["href"][1:] in ids for a in page.select("a[href^='#']"))


def test_nothing_from_outside_and_every_picture_says_its_numbers(
    pages: dict[tuple[str, str], BeautifulSoup],
) -> None:
    assert any(page.select("svg[role=img]") for page in pages.values())
    for (_, lang), page in pages.items():
        assert not re.search(r"https?://|//cdn|@import|url\((?!data:|#)|<script", str(page))
        assert not page.select("img")
        images = page.select("svg[role=img]")
        assert images or page.select("td.fk-plot")  # drawn, or a chart in rows
        for image in images:
            assert re.search(r"\d", str(image["aria-label"]))
            assert bool(CHINESE.search(str(image["aria-label"]))) == (lang == "zh")


def test_pages_speak_one_language(pages: dict[tuple[str, str], BeautifulSoup]) -> None:
    for (template, lang), page in pages.items():
        words = page.body.get_text()
        if lang == "en":
            assert not CHINESE.search(words)
        else:
            for english in ("interval", " deals", "seller", "chance", "Target", "Win rate"):
                assert english not in words, (template, english)
        assert not re.search(r"\b(outlook|scorecard|report)\.[a-z_]+\b", words)
        assert "nan" not in re.findall(r"[a-z]+", words), template


def test_the_headline_is_the_page_s_and_goes_to_the_index(
    made: Made, pages: dict[tuple[str, str], BeautifulSoup]
) -> None:
    for key, (_, run) in made.items():
        tiles = [tile.b.text for tile in pages[key].select("dl.headline > div")]
        assert run.headline is not None
        texts = [fact.text for fact in run.headline.facts]
        left = iter(texts)  # in this order; what a block of the screen shows is not shown twice
        assert all(tile in left for tile in tiles)
        assert 1 <= len(tiles) <= 6


def test_the_workbook_says_what_the_page_says(made: Made) -> None:
    from python_calamine import CalamineWorkbook

    out, run = made["forecast", "en"]
    book = CalamineWorkbook.from_path(str(out / f"{run.job.stem}.xlsx"))
    cells = {
        str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    }  # fmt: skip
    shown = contents_of(nbformat.read(out / f"{run.job.stem}.ipynb", as_version=4))
    for text in shown.points:
        assert text in cells
    assert (out / f"{run.job.stem}.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_at_the_end_names_the_template(
    pages: dict[tuple[str, str], BeautifulSoup],
) -> None:
    for (template, lang), page in pages.items():
        data = {"en": "industrial", "zh": "tiny"}[lang]
        told = page.select_one("pre.command").text.strip()
        assert told == f"funnelkit report {template} {data} --lang {lang} -p where=region=North"


@pytest.mark.parametrize("template", TEMPLATES)
def test_warm_equals_cold(template: str, made: Made, tmp_path: Path) -> None:
    out, run = made[template, "zh"]
    cold = run_notebook(find_template(template).path, tmp_path / "x.ipynb", run.job.values)
    warm = nbformat.read(out / f"{run.job.stem}.ipynb", as_version=4)

    def outputs(notebook: Any) -> list[Any]:
        cells = nbformat.from_dict(notebook).cells
        return [(c.source, c.get("execution_count"), c.get("outputs")) for c in cells]

    assert outputs(warm) == outputs(cold)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_parameter_says_in_both_languages_what_it_is(template: str) -> None:
    for parameter in find_template(template).parameters:
        english, dot, chinese = parameter.help.partition(" · ")
        assert dot, parameter.name
        assert english.isascii(), parameter.name
        assert CHINESE.search(chinese), parameter.name
