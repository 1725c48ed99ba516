"""The page that links the reports of a batch: sums, sorting, search, a telephone; ways on and back.

Sums are held against the reports' own numbers in the manifest.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from funnelkit.report import report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs into one folder: the data of a month before, then all of them."""
    out = tmp_path_factory.mktemp("batch")
    for as_of in ("2026-05-31", "2026-06-30"):
        runs = report(
            "funnel-review", "tiny", parameters={"as_of": as_of}, each=["owner", "source"],
            formats=["html"], out=out,
        )  # fmt: skip
        assert all(run.ok for run in runs), [run.error for run in runs]
        assert len(runs) > 4
    return out


@pytest.fixture(scope="module")
def tab(browser: Any, made: Path) -> Any:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((made / "index.html").as_uri())
    return page


def manifest(made: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((made / "manifest.json").read_text("utf-8"))["reports"]
    return found


def test_amounts_and_counts_add_up_and_medians_do_not(made: Path, tab: Any) -> None:
    facts = [{f["key"]: f for f in entry["headline"]} for entry in manifest(made)]
    acts = sum(f["act"]["value"] for f in facts)
    heads = tab.locator(".reports thead th").all_text_contents()
    cells = tab.locator(".reports tfoot tr > *").all_text_contents()
    assert cells[heads.index(facts[0]["act"]["label"])] == f"{acts:,.0f}"
    # a median of what may be won is no sum of medians
    assert cells[heads.index(facts[0]["likely"]["label"])] == ""


def test_a_column_sorts_and_a_word_searches(made: Path, tab: Any) -> None:
    tab.set_viewport_size({"width": 1366, "height": 900})
    values = {e["value"]: {f["key"]: f for f in e["headline"]} for e in manifest(made)}
    label = next(iter(values.values()))["open"]["label"]
    tab.locator(".reports thead button", has_text=label).click()
    names = tab.locator(".reports tbody th > a:first-child").all_text_contents()
    assert names == sorted(names, key=lambda name: values[name]["open"]["value"])
    assert tab.locator("th[aria-sort=ascending]").count() == 1
    tab.locator("#search").fill("costa")
    shown = tab.locator(".reports tbody tr:visible th > a:first-child").all_text_contents()
    assert shown == [name for name in names if name.startswith("Costa")]
    tab.locator("#search").fill("")


def test_it_reads_on_a_telephone(made: Path, tab: Any) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    wide, high = tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert wide <= 390
    assert high <= 10 * 800


def test_each_report_leads_back_and_on(made: Path) -> None:
    stems = [entry["stem"] for entry in manifest(made)]
    for k, stem in enumerate(stems):
        page = (made / f"{stem}.html").read_text("utf-8")
        nav = re.search(r'<nav class="fk-page fk-around".*?</nav>', page, re.DOTALL)
        assert nav is not None
        links = re.findall(r'href="([^"]+)"', nav[0])
        around = [s for j, s in enumerate(stems) if abs(j - k) == 1]
        assert links == ["index.html", *(f"{s.replace(' ', '%20')}.html" for s in around)]


def test_changes_are_those_since_the_last_report_in_the_folder(made: Path) -> None:
    for entry in manifest(made):
        assert entry["parameters"]["changed_since"] == "2026-05-31"
        page = (made / f"{entry['stem']}.html").read_text("utf-8")
        assert "since 31 May" in page.partition("<main")[2] or "Since 31 May" in page
