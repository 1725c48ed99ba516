"""Printed pages: none half empty, every heading with what it heads, fonts in the file."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from funnelkit.errors import FunnelkitError
from funnelkit.page.pdf import browser
from funnelkit.report.factory.run import report

#: Share of its height that a page fills at least; the last one may be shorter.
LEAST = 0.55
#: Template, language, and the pages it may take.
PRINTED = (
    ("funnel-review", "en", 11), ("funnel-review", "zh", 10), ("scorecard", "en", 6),
    ("closed-loop", "zh", 7), ("course", "en", 18),
)  # fmt: skip
#: The margins of `page_rules.css`, as shares of the height of A4.
TOP, BOTTOM = 13 / 297, 1 - 15 / 297
Page = list[tuple[float, str]]


@pytest.fixture(scope="module", params=PRINTED, ids=lambda p: f"{p[0]}-{p[1]}")
def printed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, BeautifulSoup, list[Page], int]:
    try:
        browser()
    except FunnelkitError:
        pytest.skip("needs a browser (Debian: apt-get install chromium)")
    if not shutil.which("pdftotext"):
        pytest.skip("needs a reader of PDF (Debian: apt-get install poppler-utils)")
    template, lang, most = request.param
    out = tmp_path_factory.mktemp("print")
    given = {"lang": lang, "deals": "ids"}
    (run,) = report(template, "industrial", parameters=given, formats=["html", "pdf"], out=out)
    assert run.ok, run.error
    file = out / f"{template}.pdf"
    html = BeautifulSoup((out / f"{template}.html").read_text("utf-8"), "html.parser")
    return file, html, pages_of(file), most


def pages_of(file: Path) -> list[Page]:
    """Return the lines of every page from top to bottom: where each ends, and its text."""
    told = subprocess.run(
        ["pdftotext", "-bbox-layout", str(file), "-"], capture_output=True, check=True
    ).stdout.decode("utf-8")
    found = []
    for page in BeautifulSoup(told, "html.parser").select("page"):
        high = float(page["height"])
        lines = [
            (float(line["ymax"]) / high, " ".join(w.text for w in line.select("word")))
            for line in page.select("line")
        ]
        found.append(sorted(line for line in lines if line[0] < BOTTOM))
    return found


def test_no_page_is_half_empty(
    printed: tuple[Path, BeautifulSoup, list[Page], int],
) -> None:
    _, _, pages, most = printed
    full = [(page[-1][0] - TOP) / (BOTTOM - TOP) for page in pages]
    assert min(full[:-1]) >= LEAST, full
    assert len(pages) <= most


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_heading_stands_on_the_page_of_what_it_heads(
    printed: tuple[Path, BeautifulSoup, list[Page], int],
) -> None:
    _, html, pages, _ = printed
    heads = {plain(h.get_text()) for h in html.select("main h2, main h3, main caption")}
    heads -= {plain(p.get_text()) for p in html.select("main p, main td")}
    # nor a line that stands alone between a heading and what follows
    heads |= {plain(p.get_text()) for p in html.select("main h2 + p:not(:last-child)")}
    last = [plain(page[-1][1]) for page in pages]
    assert not heads & set(last)
    # a paragraph is not cut in two: no page begins in the middle of one
    texts = [plain(p.get_text()) for p in html.select("main section > p")]
    top = [plain(page[0][1]) for page in pages]
    cells = [plain(cell.get_text()) for cell in html.select("main td")]
    # a short line may be a label; a definition may go on
    whole = [x for x in top if len(x) > 20 and not any(x in cell for cell in cells)]
    assert not [x for x in whole if any(x in t and not t.startswith(x) for t in texts)]


def test_every_letter_is_in_the_file(
    printed: tuple[Path, BeautifulSoup, list[Page], int],
) -> None:
    file, html, pages, _ = printed
    told = subprocess.run(["pdffonts", str(file)], capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in told.splitlines()[2:]]
    assert rows
    assert all(row[-5] == "yes" for row in rows), told  # the column "emb"
    words = plain("".join(text for page in pages for _, text in page))
    for section in html.select("main h2:not(.fk-lead)"):
        if section.get("id") != "deals":  # lists are for the screen
            assert plain(section.get_text()) in words
