"""Turn an executed notebook into one page that needs nothing else: no code, no outside address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funnelkit.page.style import page_css
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
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(_HERE)], template_file="index.html.j2"
    )
    with speaking(lang):
        nav = say("report.nav")
    page = {
        "title": title,
        "lang": HTML_LANG[lang],
        "css": page_css(),
        "contents": contents_of(notebook).sections,
        "nav": nav,
    }
    body, _ = exporter.from_notebook_node(notebook, resources={"page": page})
    return "\n".join(line.rstrip() for line in str(body).splitlines() if line.strip()) + "\n"
