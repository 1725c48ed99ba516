"""A page on a telephone: short, without sideways scrolling, and nothing of it lost elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from funnelkit.report.factory.pool import run_jobs
from funnelkit.report.html import LIMIT
from funnelkit.report.template import find_template, template_names

NAMES, LANGS = template_names(), ("en", "zh")
PAGES = [(name, lang) for name in NAMES for lang in LANGS]
NARROW, HIGH, WIDE = 390, 844, 1366
A4 = 696  # CSS pixels between the margins
#: Screens of a telephone: what a page promises; the course's report has twelve lessons in it.
MOST = {"course": 11}
PROMISED = 10


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    folder = tmp_path_factory.mktemp("narrow")
    jobs = [
        {
            "template": str(find_template(name).path),
            "values": {"data": "industrial", "lang": lang},
            "folder": str(folder),
            "stem": f"{name}.{lang}",
            "formats": ["html"],
            "lang": lang,
        }
        for name, lang in PAGES
    ]
    for place, answer, _ in run_jobs(jobs, 1, 300):
        assert "files" in answer, (PAGES[place], answer)
    return {(name, lang): folder / f"{name}.{lang}.html" for name, lang in PAGES}


@pytest.fixture
def tab(browser: Any) -> Any:
    page = browser.new_page(viewport={"width": NARROW, "height": HIGH})
    yield page
    page.close()


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_page_can_be_mailed(name: str, lang: str, made: dict[tuple[str, str], Path]) -> None:
    assert LIMIT == 700_000
    assert made[name, lang].stat().st_size <= LIMIT


HEIGHT = "document.documentElement.scrollHeight"
#: Short Chinese words that are written on several lines although their cell is as wide as one.
BROKEN = """() => [...document.querySelectorAll('td, th, dt, summary')].filter((cell) => {
  const text = cell.textContent.trim();
  if (!/^[\\u4e00-\\u9fff]{2,4}$/.test(text) || !cell.checkVisibility()) return false;
  const range = document.createRange();
  range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map((r) => Math.round(r.top / 4))).size > 1;
}).map((cell) => cell.textContent)"""


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_telephone_shows_a_page_on_few_screens(
    name: str, lang: str, made: dict[tuple[str, str], Path], tab: Any
) -> None:
    tab.goto(made[name, lang].as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert tab.evaluate(HEIGHT) <= MOST.get(name, PROMISED) * HIGH
    assert tab.evaluate(BROKEN) == []


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_every_link_of_a_page_leads_somewhere(
    name: str, lang: str, made: dict[tuple[str, str], Path], tab: Any
) -> None:
    tab.goto(made[name, lang].as_uri())
    dead = tab.evaluate("""() => [...document.querySelectorAll("a[href^='#']")]
      .map((a) => a.getAttribute("href").slice(1)).filter((id) => !document.getElementById(id))""")
    assert dead == []
    if name in ("funnel-review", "forecast"):
        assert tab.locator("section.fk-now a[href='#ahead']").count() >= 2


def hidden(tab: Any) -> list[str]:
    """Return the cells, sentences and marks that somebody cannot see without unfolding.

    Links to lists are for the screen alone.
    """
    found: list[str] = tab.evaluate("""() => [...document.querySelectorAll(
      'main :is(td, th, p, h3, li, figure, svg)')].filter((e) => !e.checkVisibility()
      && !e.closest('details, .fk-rest')).map((e) => `${e.tagName} ${e.textContent}`)""")
    return found


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_nothing_is_folded_on_wide_screens_and_on_paper(
    name: str, lang: str, made: dict[tuple[str, str], Path], tab: Any
) -> None:
    tab.goto(made[name, lang].as_uri())
    assert hidden(tab)
    tab.set_viewport_size({"width": A4, "height": HIGH})
    tab.emulate_media(media="print")
    assert hidden(tab) == []
    tab.emulate_media(media="screen")
    tab.set_viewport_size({"width": WIDE, "height": 768})
    assert hidden(tab) == []
    assert not tab.locator(".fk-fold").first.is_visible()


def test_what_is_folded_opens_without_a_script(
    made: dict[tuple[str, str], Path], browser: Any
) -> None:
    tab = browser.new_page(viewport={"width": NARROW, "height": HIGH}, java_script_enabled=False)
    tab.goto(made["funnel-review", "en"].as_uri())
    later = tab.locator("#segments ~ h3").last
    assert not later.is_visible()
    tab.locator("section:has(#segments) > .fk-tail > summary").click()
    assert later.is_visible()
    rows = tab.locator("#attention ~ .fk-table-wrap tbody tr")
    n = rows.count()
    assert [rows.nth(k).is_visible() for k in range(n)] == [k < 3 for k in range(n)]
    tab.locator("#attention ~ .fk-cut > summary").first.click()
    assert all(rows.nth(k).is_visible() for k in range(n))
    tab.close()


def test_no_serious_fault_on_a_telephone(made: dict[tuple[str, str], Path], tab: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.base")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    for lang in LANGS:
        tab.goto(made["funnel-review", lang].as_uri())
        tab.evaluate(script)
        found = tab.evaluate("axe.run().then((r) => r.violations)")
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
