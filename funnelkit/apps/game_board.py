"""The board of the game as widgets: one slider, one button, what a manager sees."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from funnelkit.apps.game import RULES
from funnelkit.apps.game_room import room, save
from funnelkit.page.controls import State
from funnelkit.words import say

if TYPE_CHECKING:
    from funnelkit.apps.app import OpenApp


def board(opened: OpenApp, state: State, changed: Callable[[dict[str, Any]], None]) -> Any:
    """Return the board as widgets.

    Parameters
    ----------
    opened : OpenApp
        The game, opened.
    state : mapping
        Where it stands: decisions, number of the game, answer to the check question.
    changed : callable
        Called with the new state after every month, new game and answer.
    """
    import ipywidgets as w

    now = dict(state)
    folder = room()
    named = {"description_width": "initial"}
    wide = w.Layout(width="min(34rem, 95%)")
    known = {c.name: c for c in opened.controls}
    number, check = known["board"], known["check"]
    hours = w.IntSlider(
        value=50, min=0, max=int(RULES.hours), step=5, style=named, layout=wide,
        description=say("app_game.slider", hours=RULES.hours), tooltip=known["hours"].help,
    )  # fmt: skip
    rest = w.Label()
    seed = w.BoundedIntText(
        value=int(now["board"]), min=1, max=99, description=number.label, style=named,
        tooltip=number.help,
    )  # fmt: skip
    team = w.Text(
        description=say("app_game.team"), tooltip=say("app_game.team_help"), style=named,
        layout=wide,
    )  # fmt: skip
    on = w.Button(button_style="primary", layout=w.Layout(width="auto"))
    again = w.Button(description=say("app_game.again"), layout=w.Layout(width="auto"))
    chosen = w.RadioButtons(
        options=[(label, value) for value, label in getattr(check, "options", ())],
        value=now["check"], description=check.label, style=named, layout=wide,
    )  # fmt: skip
    told = w.HTML()
    shown, drawn = w.HTML(), w.HTML()

    def show() -> None:
        over = len(now["hours"]) >= RULES.months
        rest.value = say("app_game.rest", hours=RULES.hours - hours.value)
        on.description = say("app_game.next_month", month=min(len(now["hours"]) + 1, RULES.months))
        on.tooltip = on.description
        on.layout.display = hours.layout.display = rest.layout.display = "none" if over else None
        chosen.layout.display = None if over else "none"
        # the number of a game under way would change what already happened
        seed.disabled = bool(now["hours"])
        found = opened.answer(now)
        shown.value = found.html
        drawn.value = found.chart()._repr_html_() if found.chart else ""

    def alert(text: str) -> None:
        told.value = f"<p role='alert'>{escape(text)}</p>"

    def tell() -> None:
        if folder is not None and team.value.strip():
            try:
                save(folder, team.value, int(now["board"]), now["hours"])
            except OSError as problem:
                alert(say("app_game.not_kept", reason=problem.strerror or str(problem)))
        show()
        changed(dict(now))

    def month(_: Any) -> None:
        if folder is not None and not team.value.strip():
            alert(say("app_game.team_first"))
            return
        told.value = ""
        if len(now["hours"]) < RULES.months:
            now["hours"] = (*now["hours"], float(hours.value))
            tell()

    def restart(_: Any) -> None:
        now["hours"], now["check"] = (), ""
        chosen.value = ""
        tell()

    def renumber(_: Any) -> None:
        if not now["hours"]:
            now["board"] = seed.value
            tell()

    def reply(_: Any) -> None:
        if now["check"] != chosen.value:
            now["check"] = chosen.value
            tell()

    def left(_: Any) -> None:
        rest.value = say("app_game.rest", hours=RULES.hours - hours.value)

    on.on_click(month)
    again.on_click(restart)
    seed.observe(renumber, "value")
    chosen.observe(reply, "value")
    hours.observe(left, "value")
    show()
    asked = [team] if folder is not None else []
    return w.VBox([*asked, seed, hours, rest, w.HBox([on, again]), told, shown, drawn, chosen])
