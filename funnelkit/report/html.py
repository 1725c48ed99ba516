"""Turn an executed notebook into one page that needs nothing else: no code, no outside address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from funnelkit.page.style import page_css
from funnelkit.words import say, speaking

_HERE = Path(__file__).resolve().parent
_HEADING = re.compile(r'<h2 id="([\w-]+)">(.*?)</h2>', re.DOTALL)
HTML_LANG = {"en": "en", "zh": "zh-CN"}


def _contents(notebook: Any) -> list[tuple[str, str]]:
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/html", "")
            found += _HEADING.findall("".join(text))
    return found


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
        "contents": _contents(notebook),
        "nav": nav,
    }
    body, _ = exporter.from_notebook_node(notebook, resources={"page": page})
    return "\n".join(line.rstrip() for line in str(body).splitlines() if line.strip()) + "\n"
