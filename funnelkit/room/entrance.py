"""The only pages without a code: the one that asks for it, and the one that waits."""

from __future__ import annotations

from html import escape

from funnelkit.page.style import page_css
from funnelkit.room.seat import room_css
from funnelkit.words import LANGUAGES, language, say, speaking, tag


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='{tag()}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<meta name='referrer' content='same-origin'>{head}<title>{escape(title)}</title>"
        f"<link rel='icon' href='data:;base64,='><style>{page_css()}{room_css()}</style></head>"
        f"<body class='fk-body'><main class='fk-page fk-join'>{body}</main></body></html>"
    )


def join_page(code: str = "", name: str = "", problem: str = "") -> str:
    """Return the page that asks for name, code and a personal word."""
    swap = ""
    for other in LANGUAGES:
        if other != language():
            with speaking(other):
                swap = f"<a href='/join?lang={other}' lang='{tag()}'>{say('apps.language')}</a>"
    told = f"<p class='fk-bad' role='alert'>{escape(problem)}</p>" if problem else ""
    fields = (
        _field("name", "text", name, "name"),
        _field("code", "text", code, "off"),
        _field("word", "password", "", "current-password"),
    )
    return _page(
        say("room.join_title"),
        f"<p class='fk-swap'>{swap}</p><h1>{escape(say('room.join_title'))}</h1>"
        f"<p>{escape(say('room.join_about'))}</p>{told}"
        f"<form method='post' action='/join?lang={language()}'>{''.join(fields)}"
        f"<button class='fk-main'>{escape(say('room.join_go'))}</button></form>",
    )


def _field(name: str, kind: str, value: str, fills: str) -> str:
    return (
        f"<div class='fk-row'><label for='{name}'>{escape(say(f'room.join_{name}'))}</label>"
        f"<input id='{name}' name='{name}' type='{kind}' value='{escape(value)}' required "
        f"maxlength='60' autocomplete='{fills}' aria-describedby='{name}-help'>"
        f"<small id='{name}-help'>{escape(say(f'room.join_{name}_help'))}</small></div>"
    )


def waiting_page(place: int, again: int) -> str:
    """Return the page of those whose page is being written; it asks again by itself."""
    title = say("room.wait_title")
    return _page(
        title,
        f"<h1>{escape(title)}</h1>"
        f"<p role='status'>{escape(say('room.wait_place', n=place))}</p>"
        f"<p class='fk-muted'>{escape(say('room.wait_next', seconds=again))}</p>",
        f"<meta http-equiv='refresh' content='{again}'>",
    )


def said_page(title: str, text: str) -> str:
    """Return a page that says why there is none."""
    return _page(title, f"<h1>{escape(title)}</h1><p role='alert'>{escape(text)}</p>")
