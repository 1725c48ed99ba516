"""Turn an executed notebook into one page that needs nothing else: no code, no outside address."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from funnelkit.page.style import page_css, with_fonts
from funnelkit.report.contents import contents_of
from funnelkit.words import say, speaking

_HERE = Path(__file__).resolve().parent
HTML_LANG = {"en": "en", "zh": "zh-CN"}


def to_html(notebook: Any, *, title: str, lang: str) -> str:
    """Render the page of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The executed notebook; cells tagged ``not-in-report`` are left out.
    title : str
        What the browser shows in its tab.
    lang : {"en", "zh"}
        The language of the page.
    """
    with speaking(lang):
        nav = say("report.nav")
    page = {
        "title": title,
        "lang": HTML_LANG[lang],
        "css": page_css(),
        "contents": contents_of(notebook).sections,
        "nav": nav,
    }
    body = _template().render(nb=notebook, page=page)
    lines = (line.rstrip() for line in body.splitlines() if line.strip())
    return with_fonts("\n".join(lines) + "\n")


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    pages = Environment(loader=FileSystemLoader(_HERE / "page"))
    pages.filters["markdown2html"] = _marked_up
    return pages.get_template("index.html.j2")


def _marked_up(text: str) -> str:
    """Turn the text of a template of one's own into HTML; the kit's have none to show."""
    from nbconvert.filters import markdown2html

    return str(markdown2html(text))
