"""Slides as a room sees them: few enough, large enough, nothing cut, none empty."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from funnelkit.teach.editions.notebooks import lesson_notebook
from funnelkit.teach.site.shelf import course
from funnelkit.teach.workshop.agenda import build_agenda
from funnelkit.teach.workshop.slides import Slide, slides, slides_page
from funnelkit.words import speaking

ROOT = Path(__file__).parents[2]
AGENDAS = ("half-day", "one-day", "two-day")
#: Smallest text, what is cut, and whether a title stands alone, slide by slide.
MEASURE = """() => [...document.querySelectorAll('.slide')].map((s, i) => {
  show(i);
  const c = s.querySelector('.content'), h = s.querySelector('h1');
  const sizes = [...s.querySelectorAll('*')]
    .filter(e => !e.closest('aside'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize));
  return {
    title: h.innerText, least: Math.min(...sizes),
    cut: Math.max(c.scrollHeight - c.clientHeight, c.scrollWidth - c.clientWidth,
                  s.scrollHeight - s.clientHeight, h.scrollWidth - h.clientWidth),
    alone: !c.innerText.trim() && !c.querySelector('img'),
  };
})"""


def executed(lesson: Any, lang: str) -> Any:
    """The trainer's edition with the outputs stored in the lesson: the same code, run once."""
    made = lesson_notebook(lesson, lang, "trainer")
    stored = nbformat.read(ROOT / "notebooks" / lang / f"{lesson.front.id}.ipynb", as_version=4)
    outputs = {c.source: c.get("outputs", []) for c in stored.cells if c.cell_type == "code"}
    for cell in made.cells:
        if cell.cell_type == "code":
            cell["outputs"] = outputs.get(cell.source, [])
    return made


@cache
def made(name: str, lang: str) -> tuple[int, list[Slide], str]:
    with speaking(lang):
        agenda = build_agenda(name, [m.front for m in course()], "09:00")
        run = {m.front.id: executed(m, lang) for m in course() if m.front.id in agenda.lessons}
        shown = slides(agenda, run, "Room")
        return len(agenda.days), shown, slides_page(shown, "Room")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", AGENDAS)
def test_a_day_has_at_most_sixty_slides(name: str, lang: str) -> None:
    days, shown, _ = made(name, lang)
    assert 20 * days <= len(shown) <= 60 * days
    pictures = sum("<img" in "".join(s.body) for s in shown)
    assert pictures >= 4 * days  # the lessons' charts are not what is given up


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_exercise_of_the_agenda_stands_on_a_slide(lang: str) -> None:
    with speaking(lang):
        agenda = build_agenda("one-day", [m.front for m in course()], "09:00")
    _, _, html = made("one-day", lang)
    asked = [e.id for row in agenda.rows for e in row.block.exercises]
    assert asked
    assert not [id for id in asked if id not in html]


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", AGENDAS)
def test_slides_measured_in_a_browser(
    browser: Any, tmp_path: Path, name: str, lang: str, size: tuple[int, int]
) -> None:
    file = tmp_path / "slides.html"
    file.write_text(made(name, lang)[2], "utf-8")
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
    tab.goto(file.as_uri())
    found = tab.evaluate(MEASURE)
    tab.close()
    assert len(found) >= 20
    assert not [s for s in found if s["least"] < 18 or s["cut"] > 1 or s["alone"]]
