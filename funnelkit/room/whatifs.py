"""The what-ifs as pages of a room: an app is a pure function, so no page needs a kernel."""

from __future__ import annotations

from html import escape
from typing import Any

from funnelkit.apps import NAMES, find_app
from funnelkit.apps.app import OpenApp, open_app
from funnelkit.apps.served import read_source
from funnelkit.apps.source import Source
from funnelkit.page.whatif import Panel
from funnelkit.teach.site.course import NoPage, Sent
from funnelkit.teach.site.frame import way
from funnelkit.teach.site.panels import answered, panel_form, state_of
from funnelkit.words import language, say

#: The game has a page of its own, for teams.
LISTED = tuple(name for name in NAMES if name != "game")


class WhatIfs:
    """The apps on one source of data, opened when somebody first asks."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._data: Any = None
        self._open: dict[tuple[str, str], tuple[OpenApp, Panel]] = {}

    def open(self, name: str) -> tuple[OpenApp, Panel]:
        """Return an app and its panel in the current language.

        Raises
        ------
        FunnelkitError
            The data cannot carry the app.
        """
        if name not in LISTED:
            raise NoPage(name)
        key = (name, language())
        if key not in self._open:
            if self._data is None:
                self._data = read_source(self.source)
            opened = open_app(find_app(name), self._data)
            panel = Panel(opened.controls, lambda state: opened.render(state))
            self._open[key] = (opened, panel)
        return self._open[key]

    def list_(self) -> str:
        """Return the page that names them all."""
        rows = "".join(
            f"<li><div>{way(f'apps/{name}', find_app(name).title)}"
            f"<p class='fk-muted'>{escape(find_app(name).about)}</p></div></li>"
            for name in LISTED
        )
        return (
            f"<h1>{escape(say('room.way_apps'))}</h1><p>{escape(say('learn.apps_about'))}</p>"
            f"<ul class='fk-whatifs'>{rows}</ul>"
        )

    def page(self, name: str) -> str:
        """Return the body of an app's page."""
        opened, panel = self.open(name)
        data = opened.pipeline
        mark = f"<p class='badge'>{escape(say('apps.synthetic'))}</p>" if data.synthetic else ""
        return (
            f"<h1>{escape(opened.app.title)}</h1>{mark}<p>{escape(opened.app.about)}</p>"
            f"<div data-draw='/apps/{name}/drawn'>{panel_form(panel, f'/apps/{name}')}"
            f"<div class='fk-drawn' role='status'>{_picture(opened, panel.start)}</div></div>"
            f"<p>{way('apps', say('apps.home'))}</p>"
        )

    def moved(self, name: str, sent: Sent) -> dict[str, Any]:
        """Return the answer to where the controls stand."""
        return answered(self.open(name)[1], sent)

    def drawn(self, name: str, sent: Sent) -> dict[str, Any]:
        """Return the picture of where the controls stand."""
        opened, panel = self.open(name)
        return {"html": _picture(opened, state_of(panel, sent))}


def _picture(opened: OpenApp, state: dict[str, Any]) -> str:
    chart = opened.answer(state).chart
    return "" if chart is None else chart()._repr_html_()
