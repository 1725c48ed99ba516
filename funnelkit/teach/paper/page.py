"""Pages of the box: one file each, no address outside, the look of the charts, fit for print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from funnelkit.page.live import on_paper
from funnelkit.teach.paper.brand import worn
from funnelkit.teach.paper.face import packaged_face
from funnelkit.words import tag

_PRINT = """\
.fk-sheet { break-after: page; }
.fk-sheet:last-child { break-after: auto; }
.fk-lines { border-bottom: 1px solid var(--fk-rule); height: 2.2rem; }
.fk-page table { width: 100%; margin: var(--fk-space-s) 0; }
.fk-page td, .fk-page th { vertical-align: top; }
.fk-page td:first-child { white-space: nowrap; }
.fk-page td ul { margin: 0; padding-left: 1.1rem; }
.fk-page ul.fk-ticks { list-style: none; padding-left: 0.2rem; }
.fk-page table.fk-loose td:first-child { white-space: normal; }
.fk-exercise { border: 1px solid var(--fk-rule); border-radius: 6px;
  padding: var(--fk-space-s) var(--fk-space-m); margin: var(--fk-space-m) 0; break-inside: avoid; }
.fk-exercise ul { list-style: none; padding: 0; }
.fk-exercise li { margin: 0.3rem 0; }
.fk-two { columns: 2; column-gap: 2rem; }
.fk-page blockquote { background: var(--fk-wash); border-left: 4px solid var(--fk-accent);
  margin: var(--fk-space-m) 0; padding: var(--fk-space-s) var(--fk-space-m); }
@media print { @page { size: A4; }
  .fk-page h1 { font-size: 18pt; } .fk-page h2 { font-size: 13pt; }
  .fk-page h3 { font-size: 11pt; } }
"""


def page(title: str, body: str, *, css: str = "", script: str = "", bare: bool = False) -> str:
    """Return a whole page in the current language.

    Parameters
    ----------
    title : str
        What the tab shows.
    body : str
        HTML of the page.
    css, script : str
        Rules and code of this page alone.
    bare : bool
        Leave out the frame of a text page (slides have their own).
    """
    from funnelkit.charts.theme import css as look

    brand = worn()
    head, css = ("", css) if brand is None else (brand.head, css + brand.css)
    if bare:
        main = f'<div class="fk-corner">{head}</div>{body}' if head else body
    else:
        main = f'<main class="fk-page">{head}{body}</main>'
    code = f"<script>{script}</script>" if script else ""
    face = packaged_face(f"{title}{main}")
    text = (
        f'<!DOCTYPE html>\n<html lang="{tag()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{face}{look()}{_PRINT}{css}</style>\n</head>\n"
        f'<body class="fk-body">\n{main}\n{code}</body>\n</html>\n'
    )
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def markdown(text: str) -> Markup:
    """Turn the kit's own markdown into HTML; HTML inside stays."""
    import mistune

    made = mistune.create_markdown(escape=False, plugins=["table"])
    return Markup(made(text))


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, loose: bool = False) -> Markup:
    """Return a table; a cell is text unless it is ``Markup``, however it looks."""
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    kind = ' class="fk-loose"' if loose else ""
    return Markup(f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def items(lines: Iterable[Any], tag: str = "ul") -> Markup:
    """Return a list of texts or ``Markup``; a list of boxes to tick needs no bullets."""
    shown = list(lines)
    ticked = bool(shown) and all(str(line).startswith("☐") for line in shown)
    kind = ' class="fk-ticks"' if ticked else ""
    rows = "".join(f"<li>{escape(line)}</li>" for line in shown)
    return Markup(f"<{tag}{kind}>{rows}</{tag}>")


def outputs(cell: Any) -> list[Markup]:
    """Return the outputs of an executed cell as HTML."""
    found: list[str] = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            found.append(on_paper("".join(data["text/html"])))
        elif "image/png" in data:
            picture = "".join(data["image/png"]).strip()
            found.append(f'<img alt="" src="data:image/png;base64,{picture}">')
        else:
            text = "".join(data.get("text/plain", output.get("text", "")))
            found.append(f'<p class="fk-said">{escape(text.strip())}</p>' if text.strip() else "")
    return [Markup(f) for f in found if f and not f.startswith("<style>")]


def notebook_page(notebook: Any, title: str, *, trainer: bool = False) -> str:
    """Render an executed notebook; code is shown to trainers only, folded."""
    parts: list[str] = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "trainer" in tags and not trainer:
            continue
        if cell.cell_type == "markdown":
            parts.append(markdown(_local(cell.source)))
            continue
        if trainer and "exercise" not in tags and "setup" not in tags:
            code = escape(cell.source)
            parts.append(f"<details><summary>Python</summary><pre>{code}</pre></details>")
        parts += outputs(cell)
    return page(title, "\n".join(parts))


def _local(text: str) -> str:
    """Let links between lessons lead to the pages beside this one."""
    return re.sub(r"\]\((L\d\d|00_start_here)\.ipynb\)", r"](\1.html)", text)


def without_dead_links(text: str, files: Iterable[str]) -> str:
    """Take away links to lessons that are not in the folder."""
    known = set(files)

    def keep(found: re.Match[str]) -> str:
        return found[0] if found[2] in known else ""

    kept = re.sub(r"\[([^\]]*)\]\(([\w]+\.ipynb)\)", keep, text)
    return re.sub(r"(?: · )+$|^(?: · )+", "", re.sub(r"(?: · ){2,}", " · ", kept), flags=re.M)
