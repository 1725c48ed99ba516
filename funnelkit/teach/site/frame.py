"""What every page of the course has around it: its ways, its language, its style and script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from funnelkit.charts.fonts import FAMILY, path
from funnelkit.page.style import page_css
from funnelkit.words import language, say, speaking, tag

_HERE = Path(__file__).parent
#: Chinese fonts that systems bring.
_INSTALLED = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC")
#: Takes the key out of the address: it is in a cookie by then.
_FORGET = (
    "var s=new URLSearchParams(location.search);if(s.has('token')){s.delete('token');"
    "var q=s.toString();history.replaceState(null,'',location.pathname+(q?'?'+q:''));}"
)


def link(path: str) -> str:
    """Return the address of a page of the course, in the current language."""
    return f"/{path}?lang={language()}"


def way(path: str, text: str, kind: str = "") -> str:
    """Return a link to a page of the course."""
    named = f" class='{kind}'" if kind else ""
    return f"<a href='{link(path)}'{named}>{escape(text)}</a>"


_WAYS = (("", "learn.way_start"), ("quiz", "learn.way_quiz"), ("review", "learn.way_review"),
         ("progress", "learn.way_progress"), ("apps", "learn.way_apps"))  # fmt: skip


def frame(
    title: str, body: str, *, here: str, languages: tuple[str, ...],
    ways: Sequence[tuple[str, str]] = _WAYS, lost: str = "learn.lost", style: str = "",
    script: str = "",
) -> str:  # fmt: skip
    """Return a whole page.

    Parameters
    ----------
    title, body : str
        What the tab shows; the page as HTML.
    here : str
        Path of the page, for the same page in the other language.
    languages : tuple of str
        Languages the course is there in.
    ways : sequence of (str, str)
        Pages of the head of the page: path, and the text that names it.
    lost : str
        The text for a server that does not answer.
    style, script : str
        Rules and code beside the course's own.
    """
    links = "".join(way(path, say(name)) for path, name in ways)
    for other in languages:
        if other != language():
            with speaking(other):
                swap = say("apps.language")
                links += f"<a href='{link(here)}' lang='{tag()}' class='fk-other'>{swap}</a>"
    texts = escape(json.dumps({"lost": say(lost)}))
    return (
        f"<!DOCTYPE html><html lang='{tag()}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<meta name='referrer' content='same-origin'><title>{escape(title)}</title>"
        f"<link rel='icon' href='data:;base64,='><style>{_style()}{style}</style></head>"
        f"<body class='fk-body' data-lang='{language()}' data-texts='{texts}'>"
        f"<a class='fk-skip' href='#main'>{escape(say('learn.skip'))}</a>"
        f"<nav class='fk-ways' aria-label='{escape(say('learn.ways'))}'>{links}</nav>"
        f"<main class='fk-page fk-learn' id='main'>{body}</main>"
        f"<script>{_FORGET}{_script()}{script}</script></body></html>"
    )


@cache
def _style() -> str:
    return _face() + page_css() + (_HERE / "course.css").read_text("utf-8")


def _face() -> str:
    """Return the rule that brings Chinese to a machine without a Chinese font, and only there."""
    own = ", ".join(f'local("{name}")' for name in _INSTALLED)
    return (
        f'@font-face {{ font-family: "{FAMILY}"; src: {own}, '
        f'url("/font/{path().name}") format("opentype"); font-display: swap; '
        "unicode-range: U+2E80-9FFF, U+F900-FAFF, U+FE30-FE4F, U+FF00-FFEF; }\n"
    )


@cache
def _script() -> str:
    return (_HERE / "course.js").read_text("utf-8")
