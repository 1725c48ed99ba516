"""A drawing inside a page: SVG whose text is text, in the page's font and its colours."""

from __future__ import annotations

import hashlib
import re
from contextvars import ContextVar
from html import escape

from funnelkit.charts import tokens as t

#: Whether charts show themselves as drawings of a page; a notebook of its own shows pictures.
inline: ContextVar[bool] = ContextVar("funnelkit_inline", default=False)

_ROLES = {
    t.PAPER: "paper", t.INK: "ink", t.MUTED: "muted", t.RULE: "rule", t.WASH: "wash",
    t.ACCENT: "accent", t.STAGE: "stage", t.STAGE_DARK: "stage-dark", t.STAGE_LIGHT: "band",
    t.STROKE_LIGHT: "edge", "#000000": "ink",
    **{colour: name.replace("_", "-") for name, colour in t.OUTCOMES.items()},
}  # fmt: skip
_GROUND = re.compile(r'<a (href="#l-\d+")>(?=\s*<path)')
_FONT = re.compile(r"font-family: [^;\"]*")


def as_part_of_page(svg: str, alt: str) -> str:
    """Return an SVG file as a part of a page.

    Colours that mean something follow the page's light, dark and print styles; names are made
    unique, since a page holds several drawings.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    body = body.replace("xlink:href", "href")
    used = set(re.findall(r'(?:url\(#|href="#(?!l-))([^)"]+)', body))
    mark = hashlib.sha256((alt + body[:2000]).encode()).hexdigest()[:8]
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="{mark}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r'(url\(#|href="#(?!l-))', rf"\g<1>{mark}-", body)
    opens = '<a href="#l-' in body
    if opens:  # a cell is one link: its number; the ground under it is for the mouse
        body = body.replace(' target="_blank"', "")
        body = _GROUND.sub(r'<a \1 tabindex="-1" aria-hidden="true">', body)
    body = _FONT.sub("font-family: inherit", body)
    body = re.sub(r"#[0-9a-f]{6}\b", _coloured, body)
    body = re.sub(r"(\d+\.\d{2})\d+", r"\1", body)  # a hundredth of a point is not seen
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="[\d. ]+"', head)
    width = re.search(r'width="([\d.]+)pt"', head)
    wide = round(float(width[1]) * 96 / 72) if width else 768
    return (
        f'<svg {box[0] if box else ""} width="{wide}" role="{"group" if opens else "img"}" '
        f'aria-label="{escape(alt)}">{rest.strip()}'
    )


def _coloured(found: re.Match[str]) -> str:
    role = _ROLES.get(found[0])
    return f"var(--fk-{role}, {found[0]})" if role else found[0]


__all__ = ["as_part_of_page", "inline"]
