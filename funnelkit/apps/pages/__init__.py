"""The pages around the apps: their style and script, the list of apps, the question for a token."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from funnelkit.apps.source import ROOM, Source
from funnelkit.page.style import page_css
from funnelkit.words import language, say, speaking, tag

#: A folder of Jupyter's kind, with the template of the pages in it.
TEMPLATES = Path(__file__).parent


#: Takes the token out of the address: it is in a cookie by then.
_FORGET = (
    "var s=new URLSearchParams(location.search);if(s.has('token')){s.delete('token');"
    "var q=s.toString();history.replaceState(null,'',location.pathname+(q?'?'+q:''));}"
)


def style() -> str:
    """Return the style sheet of app pages."""
    return page_css() + (TEMPLATES / "app.css").read_text("utf-8")


def resources(names: tuple[str, ...], lang: str) -> dict[str, Any]:
    """Return what the template is given: texts, style and script."""
    with speaking(lang):
        return {
            "lang": tag(), "css": style(), "script": (TEMPLATES / "app.js").read_text("utf-8"),
            "home": say("apps.home"), "waiting": say("apps.waiting"), "failed": say("apps.failed"),
            "titles": {name: say(f"app_{name}.title") for name in names},
        }  # fmt: skip


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='{tag()}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<meta name='referrer' content='same-origin'>{head}"
        f"<title>{escape(title)}</title><link rel='icon' href='data:;base64,='>"
        f"<style>{style()}</style></head><body class='fk-body'>"
        f"<main class='fk-page fk-app'>{body}</main></body></html>"
    )


def start_page(names: tuple[str, ...], source: Source, base: str) -> str:
    """Return the list of the apps, in the current language."""
    other = "en" if language() == "zh" else "zh"
    items = "".join(
        f"<li><h2><a href='{base}{name}?lang={language()}'>{escape(say(f'app_{name}.title'))}</a>"
        f"</h2><p>{escape(say(f'app_{name}.about'))}</p></li>"
        for name in names
    )
    if "game" in names and os.environ.get(ROOM):
        items += (
            f"<li><h2><a href='{base}game?boards=1&amp;lang={language()}'>"
            f"{escape(say('apps.boards'))}</a></h2><p>{escape(say('apps.boards_about'))}</p></li>"
        )
    with speaking(other):
        swap, there = say("apps.language"), tag()
    return _page(
        say("apps.start_title"),
        f"<nav class='fk-ways'><span></span><a href='?lang={other}' lang='{there}'>{swap}</a></nav>"
        f"<header><h1>{escape(say('apps.start_title'))}</h1>"
        f"<p class='fk-about'>{escape(say('apps.start_about'))}</p>"
        f"<p class='fk-muted'>{escape(say('apps.start_data', data=source.label))}</p></header>"
        f"<ul class='fk-list'>{items}</ul>"
        f"<script>{_FORGET}</script>",
    )


def full_page(most: int, again: int) -> str:
    """Return the page of those who wait for a place; it asks again by itself."""
    return _page(
        say("apps.full_title"),
        f"<header><h1>{escape(say('apps.full_title'))}</h1></header>"
        f"<p role='status'>{escape(say('apps.full_text', most=most))}</p>"
        f"<p class='fk-muted'>{escape(say('apps.full_next', seconds=again))}</p>",
        f"<meta http-equiv='refresh' content='{again}'>",
    )


def leading_to(address: str) -> str:
    """Return a page that leads to another at once."""
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>funnelkit</title>"
        f"<meta http-equiv='refresh' content='0;url={escape(address)}'></head>"
        f"<body><a href='{escape(address)}'>funnelkit</a></body></html>"
    )


def token_page(wanted: str) -> str:
    """Return the page for those who come without the token."""
    path, _, query = wanted.partition("?")
    kept = [part.partition("=") for part in query.split("&") if part]
    fields = "".join(
        f"<input type='hidden' name='{escape(_plain(name))}' value='{escape(_plain(value))}'>"
        for name, _, value in kept
        if name != "token"
    )
    return _page(
        say("apps.token_title"),
        f"<header><h1>{escape(say('apps.token_title'))}</h1></header>"
        f"<p>{escape(say('apps.token_text'))}</p>"
        f"<form class='fk-token' method='get' action='{escape(path)}'>{fields}"
        f"<label for='token'>{escape(say('apps.token_label'))}</label>"
        "<input id='token' name='token' type='password' autocomplete='off' required> "
        f"<button>{escape(say('apps.token_go'))}</button></form>",
    )


def _plain(text: str) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(text)
