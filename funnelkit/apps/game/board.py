"""The controls of the game as widgets: one slider and one button a month.

They stand where other apps have their controls. What the board shows is the app's answer; whoever
shows it hears every new state.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from funnelkit.apps.game.room import room, save
from funnelkit.page.controls import State
from funnelkit.simulation.game import RULES
from funnelkit.words import language, say, speaking

if TYPE_CHECKING:
    from funnelkit.apps.app import OpenApp


def board(opened: OpenApp, state: State, changed: Callable[[dict[str, Any]], None]) -> Any:
    """Return the controls of the game.

    Parameters
    ----------
    opened : OpenApp
        The game, opened.
    state : mapping
        Where it stands: decisions, number of the game, answer to the check question.
    changed : callable
        Called with the new state after every month, new game and answer.
    """
    return Board(opened, state, changed).widget


class Board:
    """The state of a game and the widgets that move it on."""

    def __init__(
        self, opened: OpenApp, state: State, changed: Callable[[dict[str, Any]], None]
    ) -> None:
        import ipywidgets as w

        self.now = {**state, "hours": tuple(state["hours"])}
        self.changed = changed
        self.lang = language()
        self.folder = room()
        known = {c.name: c for c in opened.controls}
        look = {"style": {"description_width": "initial"}, "layout": w.Layout(width="95%")}
        self.team = w.Text(
            description=say("app_game.team"), tooltip=say("app_game.team_help"),
            style={"description_width": "initial"}, layout=w.Layout(width="95%"),
        )  # fmt: skip
        self.seed = w.BoundedIntText(
            value=int(self.now["board"]), min=1, max=99, description=known["board"].label,
            tooltip=known["board"].help, **look,
        )  # fmt: skip
        self.hours = w.IntSlider(
            value=50, min=0, max=int(RULES.hours), step=5, continuous_update=False,
            description=say("app_game.slider", hours=RULES.hours), tooltip=known["hours"].help,
            **look,
        )  # fmt: skip
        self.rest, self.told = w.HTML(), w.HTML()
        self.on = w.Button(button_style="primary")
        self.again = w.Button(description=say("app_game.again"), tooltip=say("app_game.again_help"))
        check = known["check"]
        self.check = w.Dropdown(
            options=[(label, value) for value, label in getattr(check, "options", ())],
            value=self.now["check"], description=check.label, tooltip=check.help, **look,
        )  # fmt: skip
        rows = [self.seed, self.hours, self.check]
        if self.folder is not None:
            rows.insert(0, self.team)
        self.rows = {id(row): _row(w, row) for row in rows}
        buttons = w.Box([self.on, self.again])
        buttons.add_class("fk-buttons")
        shown = [self.rows[id(row)] for row in rows]
        self.widget = w.VBox([*shown[:-1], self.rest, buttons, self.told, shown[-1]])
        self.on.on_click(self._speaking(self.month))
        self.again.on_click(self._speaking(self.restart))
        self.seed.observe(self._speaking(self.renumber), "value")
        self.check.observe(self._speaking(self.reply), "value")
        self.hours.observe(self._speaking(self.say_rest), "value")
        self.show()

    def _speaking(self, act: Callable[[], None]) -> Callable[[Any], None]:
        """Let a callback speak the language of the page."""

        def heard(_: Any) -> None:
            with speaking(self.lang):
                act()

        return heard

    @property
    def over(self) -> bool:
        """Whether the last month was played."""
        return len(self.now["hours"]) >= RULES.months

    def say_rest(self) -> None:
        """Say what stays for the late deals."""
        text = say("app_game.rest", hours=RULES.hours - self.hours.value)
        self.rest.value = "" if self.over else f"<p>{escape(text)}</p>"

    def show(self) -> None:
        """Bring the widgets to the state."""
        self.say_rest()
        month = min(len(self.now["hours"]) + 1, RULES.months)
        self.on.description = say("app_game.next_month", month=month)
        self.on.tooltip = self.on.description
        running = "none" if self.over else None
        self.on.layout.display = self.rows[id(self.hours)].layout.display = running
        self.rows[id(self.check)].layout.display = None if self.over else "none"
        # another number while a game runs would change what already happened
        self.seed.disabled = bool(self.now["hours"])

    def tell(self) -> None:
        """Leave the board in the room and tell whoever shows it."""
        self.told.value = ""
        if self.folder is not None and self.team.value.strip():
            try:
                save(self.folder, self.team.value, int(self.now["board"]), self.now["hours"])
            except OSError as problem:
                self.alert(say("app_game.not_kept", reason=problem.strerror or str(problem)))
        self.show()
        self.changed(dict(self.now))

    def alert(self, text: str) -> None:
        """Say what went wrong."""
        self.told.value = f"<p class='fk-bad' role='alert'>{escape(text)}</p>"

    def month(self) -> None:
        """Play a month."""
        if self.folder is not None and not self.team.value.strip():
            self.alert(say("app_game.team_first"))
        elif not self.over:
            self.now["hours"] = (*self.now["hours"], float(self.hours.value))
            self.tell()

    def restart(self) -> None:
        """Begin anew, with the same number until another is set."""
        self.now["hours"], self.now["check"] = (), ""
        self.check.value = ""
        self.tell()

    def renumber(self) -> None:
        """Take another number, before the first month only."""
        if not self.now["hours"] and self.now["board"] != self.seed.value:
            self.now["board"] = self.seed.value
            self.tell()

    def reply(self) -> None:
        """Answer the check question."""
        if self.now["check"] != self.check.value:
            self.now["check"] = self.check.value
            self.tell()


def _row(w: Any, control: Any) -> Any:
    """Let a control look as those of other apps do."""
    row = w.Box([control])
    row.add_class("fk-control")
    return row
