"""What holds for every template of the kit, also for one that is added tomorrow.

Each is made warm in both languages, in an order nobody chose, by one worker that so has another
report behind it each time; then once more in a cold kernel of its own.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from funnelkit.report.factory.engine import run_notebook
from funnelkit.report.factory.pool import run_jobs
from funnelkit.report.parameters import checked
from funnelkit.report.template import find_template, template_names

NAMES = template_names()
LANGS = ("en", "zh")
#: Small values for whatever would make a template slow; those it has are taken.
CHEAP = {
    "data": "tiny", "min_deals": 2, "draws": 200, "origins": 2, "lessons": "L01,L06",
    "actions": "example",
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def values_of(name: str, lang: str) -> dict[str, Any]:
    known = find_template(name).parameters
    given = {p.name: CHEAP[p.name] for p in known if p.name in CHEAP}
    return checked(known, {**given, "lang": lang})


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Make every template in both languages and return where each stands."""
    folder = tmp_path_factory.mktemp("every")
    asked = [(name, lang) for name in NAMES for lang in LANGS]
    random.Random(20261123).shuffle(asked)
    jobs, found = [], {}
    for name, lang in asked:
        place = folder / f"{name}-{lang}"
        place.mkdir()
        found[name, lang] = place / "r"
        jobs.append(
            {
                "template": str(find_template(name).path), "values": values_of(name, lang),
                "folder": str(place), "stem": "r", "formats": ["html", "ipynb"], "lang": lang,
            }
        )  # fmt: skip
    for place, answer, _ in run_jobs(jobs, 1, 300):
        assert "files" in answer, (asked[place], answer)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_warm_equals_cold(name: str, warm: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    lang = LANGS[NAMES.index(name) % 2]  # cold kernels are slow: each template in one language
    cold = run_notebook(find_template(name).path, tmp_path / "x.ipynb", values_of(name, lang), 300)
    done = nbformat.read(warm[name, lang].with_suffix(".ipynb"), as_version=4)
    assert len(done.cells) == len(cold.cells)
    for one, two in zip(done.cells, cold.cells, strict=True):
        assert one.source == two.source
        assert one.get("execution_count") == two.get("execution_count")
        assert one.get("outputs") == two.get("outputs"), one.source


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_and_for_everybody(
    name: str, lang: str, warm: dict[tuple[str, str], Path]
) -> None:
    text = warm[name, lang].with_suffix(".html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert text.startswith("<!DOCTYPE html>")
    assert page.html["lang"] == {"en": "en", "zh": "zh-CN"}[lang]
    assert page.title.text.strip()
    outside = re.sub(r'<a [^>]*href="https?://[^"]*"', "<a", text)  # a link is not loaded
    assert not re.search(
        r"""(src|href|action)=["']?(https?:)?//|@import|url\((?!data:|#)""", outside
    )
    assert page.select("script, link, iframe, object, embed, base, form[action]") == []
    for tag in page.select("[src]"):
        assert str(tag["src"]).startswith("data:image/"), str(tag)[:90]
    levels = [int(h.name[1]) for h in page.select("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    for image in page.select("img"):
        alt = str(image.get("alt", ""))
        assert re.search(r"\w", alt), str(image)[:90]
        assert bool(CHINESE.search(alt)) == (lang == "zh"), alt
    for picture in page.select("svg"):
        assert picture.get("aria-label") or picture.get("aria-hidden"), str(picture)[:90]
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for link in page.select("a[href^='#']"):
        assert link["href"][1:] in ids
    for table in page.select("table"):
        heads = table.select("th")
        assert heads, str(table)[:90]
        assert all(th.get("scope") in ("col", "row") for th in heads), str(table)[:300]
    words = page.body.get_text(" ")
    for code in ("In [", "Out[", "import ", "open_", "Traceback", "<NA>", "nan", "NaT"):
        assert not re.search(rf"(?<!\w){re.escape(code)}(?!\w)", words), code
    cells = {cell.get_text().strip() for cell in page.select("td, th, dd b")}
    assert not cells & {"None", "nan", "NaT", "inf", "-inf"}
    if lang == "en":
        assert not CHINESE.search(words), CHINESE.findall(words)[:5]
    else:
        assert CHINESE.search(words)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_as_published() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the lightest grey


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_can_be_read(scheme: str) -> None:
    from funnelkit.page.style import page_css

    block = re.search(rf":root \{{ color-scheme: {scheme};(.*?)\}}", page_css(), re.DOTALL)
    assert block is not None
    colours = dict(re.findall(r"--fk-([a-z]+): (#[0-9a-f]{6})", block[1]))
    for name in ("ink", "muted", "link", "accent", "good", "watch", "bad"):
        for ground in ("paper", "wash"):
            found = contrast(colours[name], colours[ground])
            assert found >= 4.5, (name, ground, round(found, 2))  # WCAG 2, level AA
