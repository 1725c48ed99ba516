"""The game in teams: one board a team, any member decides the month, all see it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape
from typing import Any

from funnelkit.apps.game import answer, prepare
from funnelkit.apps.game.room import Board, standing
from funnelkit.room.store import Person, Store
from funnelkit.simulation.game import RULES, replay
from funnelkit.teach.site.course import Sent
from funnelkit.words import say

#: Members of a team at least; with fewer people there is one team.
_LEAST = 2
#: All teams play one game: the same months bring the same luck.
NUMBER = 7


def make_teams(store: Store, teams: int) -> int:
    """Spread everybody over teams by lot and begin the game anew; return how many there are."""
    people = store.people()
    n = max(1, min(teams, len(people) // _LEAST))
    random.SystemRandom().shuffle(people)
    store.seat({p.id: str(k % n + 1) for k, p in enumerate(people)})
    store.new_game()
    return n


def join_team(store: Store, person: Person) -> str:
    """Return somebody's team; who comes late joins the smallest one. Empty before there are any."""
    if person.team:
        return person.team
    sizes: dict[str, int] = {}
    for p in store.people():
        if p.team:
            sizes[p.team] = sizes.get(p.team, 0) + 1
    if not sizes:
        return ""
    smallest = min(sizes, key=lambda t: (sizes[t], t))
    store.seat({person.id: smallest})
    return smallest


def boards(store: Store) -> list[Board]:
    """Return every team's board, most wins first."""
    teams = {p.team for p in store.people() if p.team}
    found = [
        Board(say("room.team", n=int(t)), replay([m.hours for m in store.moves(t)], NUMBER, RULES))
        for t in teams
    ]
    return sorted(found, key=lambda b: (-b.game.wins, b.team))


def boards_html(store: Store) -> str:
    """Return who stands where, with the picture of all months."""
    return "".join(part._repr_html_() for part in standing(boards(store)))


def page(store: Store, person: Person) -> str:
    """Return the body of a participant's page of the game."""
    team = join_team(store, person)
    head = f"<h1>{escape(say('app_game.title'))}</h1><p>{escape(say('app_game.about'))}</p>"
    if not team:
        return f"{head}<p role='status'>{escape(say('room.no_teams'))}</p>"
    mates = [p.name for p in store.people() if p.team == team]
    said = say("room.your_team", team=say("room.team", n=int(team)), names=mates)
    return f"{head}<p>{escape(said)}</p><div id='board'>{board(store, team)}</div>"


def moves(store: Store, person: Person) -> int:
    """Return how many months somebody's team has decided: whether there is anything new."""
    return len(store.moves(person.team)) if person.team else 0


def board(store: Store, team: str, check: str = "") -> str:
    """Return a team's board with the question for the next month."""
    made = store.moves(team)
    hours = tuple(m.hours for m in made)
    shown = answer(prepare(None), {"hours": hours, "board": NUMBER, "check": check})  # type: ignore[arg-type]
    chart = shown.chart()._repr_html_() if shown.chart else ""
    by = escape(say("room.decided_by", month=len(made), name=made[-1].by)) if made else ""
    return (
        f"<div data-moves='{len(made)}'></div>{_ask(len(made) + 1)}"
        f"<p class='fk-muted'>{by}</p>{shown.html}<div class='fk-drawn'>{chart}</div>"
    )


def _ask(month: int) -> str:
    if month > RULES.months:
        return ""
    label = escape(say("app_game.slider", hours=RULES.hours))
    go = escape(say("app_game.next_month", month=month))
    return (
        f"<form class='fk-ask' data-ask='/game/decide' data-id='game' novalidate>"
        f"<input type='hidden' name='month' value='{month}'>"
        f"<div class='fk-row'><label for='hours'>{label} <output id='hours-now'>50</output></label>"
        f"<input type='range' id='hours' name='hours' min='0' max='{RULES.hours:.0f}' step='5' "
        "value='50'></div>"
        f"<div class='fk-buttons'><button class='fk-main'>{go}</button></div>"
        "<div class='fk-told' role='status'></div></form>"
    )


def decide(store: Store, person: Person, sent: Sent) -> dict[str, Any]:
    """Keep a month's decision and return the board; what cannot be one is told so."""
    team = join_team(store, person)
    if not team:
        return {"html": f"<p>{escape(say('room.no_teams'))}</p>"}
    month, hours = _number(sent, "month"), _number(sent, "hours")
    if month is None or hours is None or not 0 <= hours <= RULES.hours or month > RULES.months:
        return {"html": f"<p role='alert'>{escape(say('room.no_decision'))}</p>"}
    late = ""
    if not store.move(team, int(month), hours, person.id):
        made = store.moves(team)
        if 1 <= month <= len(made):
            there = made[int(month) - 1]
            told = say("room.decided", month=int(month), name=there.by, hours=there.hours)
            late = f"<p role='alert'>{escape(told)}</p>"
    return {"html": "", "parts": {"board": late + board(store, team)}}


def _number(sent: Sent, name: str) -> float | None:
    given: Sequence[str] = sent.get(name, ())
    try:
        return float(given[0])
    except (IndexError, ValueError):
        return None
