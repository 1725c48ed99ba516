"""The boards of a room: one file a team in a shared folder, all of them on the trainer's page.

A file holds the decisions, never a result: the page plays them again. It is written whole or
not at all, so the trainer never reads half a board. No server but the folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from funnelkit.charts import Chart
from funnelkit.charts.matrix import matrix
from funnelkit.errors import FunnelkitError
from funnelkit.files.small import read_json
from funnelkit.files.whole import write_whole
from funnelkit.page.parts import Part, Sentence
from funnelkit.show.column import COUNT, TEXT, columns
from funnelkit.show.table import Table
from funnelkit.simulation.game import RULES, Game, replay
from funnelkit.words import language, say, speaking

#: The folder of the room, set by whoever starts the pages.
FOLDER = "FUNNELKIT_ROOM"
_LONGEST = 40  # letters of a team's name
_SECONDS = 5
_MOST = 64 << 10  # bytes of a board; a real one has some hundred


@dataclass(frozen=True)
class Board:
    """One team's game as it stands."""

    team: str
    game: Game


def room() -> Path | None:
    """Return the folder of the room, None where one person plays alone."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else None


def save(folder: Path, team: str, seed: int, hours: Sequence[float]) -> Path:
    """Write a team's decisions; its earlier file is replaced in one move."""
    name = " ".join(team.split())[:_LONGEST]
    folder.mkdir(parents=True, exist_ok=True)
    # any name makes a safe file name; the name itself stands inside
    path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
    told = {"team": name, "board": int(seed), "hours": list(hours)}
    write_whole(path, json.dumps(told, ensure_ascii=False))
    return path


def read(folder: Path) -> tuple[list[Board], list[str]]:
    """Return the boards of a folder, most wins first, and the files that are none."""
    boards, bad = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            kept = _File.model_validate(read_json(path, _MOST))
            boards.append(Board(kept.team, replay(kept.hours, kept.board, RULES)))
        except (FunnelkitError, ValidationError):
            bad.append(path.name.encode("utf-8", "replace").decode())
    return sorted(boards, key=lambda b: (-b.game.wins, b.team)), bad


class _File(BaseModel):
    model_config = ConfigDict(strict=True)

    team: str
    board: int = Field(ge=1, le=99)
    hours: list[Annotated[float, Field(ge=0, le=RULES.hours)]] = Field(max_length=RULES.months)

    @field_validator("team")
    @classmethod
    def _one_line(cls, text: str) -> str:
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]


def summary(folder: Path) -> tuple[Part, ...]:
    """Return the trainer's page: who stands where, and the picture of all months."""
    return standing(*read(folder))


def standing(boards: Sequence[Board], bad: Sequence[str] = ()) -> tuple[Part, ...]:
    """Return who stands where, and the picture of all months."""
    over = sum(b.game.over for b in boards)
    said = say("app_game.boards_said", teams=len(boards), over=over)
    parts: list[Part] = [Sentence(said if boards else say("app_game.boards_none"), "lead")]
    if boards:
        heads = columns("app_game.col_", team=TEXT, board=TEXT, played=TEXT, total=COUNT,
                        last=COUNT, found=COUNT, cold=COUNT)  # fmt: skip
        parts.append(Table(heads, [_row(b) for b in boards], say("app_game.boards_caption")))
    if bad:
        parts.append(Sentence(say("app_game.boards_bad", n=len(bad), files=list(bad)), "fk-muted"))
    if any(b.game.months for b in boards):
        parts.append(picture(boards))
    return tuple(parts)


def _row(board: Board) -> list[Any]:
    game = board.game
    last = game.months[-1] if game.months else None
    return [
        board.team, str(game.seed), f"{len(game.months)} / {RULES.months}", game.wins,
        last.wins if last else None, game.waiting, sum(m.cold for m in game.months),
    ]  # fmt: skip


def picture(boards: Sequence[Board]) -> Chart:
    """Draw every team's wins, one row a team and one cell a month."""
    names = _told_apart(boards)
    rows = [
        (name, str(m.number), float(m.wins), str(m.wins))
        for name, board in zip(names, boards, strict=True)
        for m in board.game.months
    ]
    frame = pd.DataFrame(rows, columns=["row", "column", "value", "text"])
    frame = frame.sort_values("column", key=lambda c: c.astype(int), kind="stable")
    wide = {n: [m.wins for m in b.game.months] for n, b in zip(names, boards, strict=True)}
    longest = max(map(len, wide.values()))
    data = pd.DataFrame({n: v + [None] * (longest - len(v)) for n, v in wide.items()})
    data.insert(0, say("app_game.col_month"), range(1, longest + 1))
    ways = [
        say("app_game.way_wins", way=n, wins=b.game.wins)
        for n, b in zip(names, boards, strict=True)
    ]
    return matrix(
        frame, title=say("app_game.boards_chart"),
        alt=say("app_game.boards_alt", ways=" · ".join(ways)), data=data,
        column_label=say("app_game.col_month"),
    )  # fmt: skip


def _told_apart(boards: Sequence[Board]) -> list[str]:
    """Return a name a board; two that read the same get a number."""
    seen: dict[str, int] = {}
    names = []
    for board in boards:
        seen[board.team] = seen.get(board.team, 0) + 1
        again = seen[board.team]
        names.append(board.team if again == 1 else f"{board.team} ({again})")
    return names


def render_boards(folder: Path) -> str:
    """Return the trainer's page as HTML; team names stay text."""
    return "".join(part._repr_html_() for part in summary(folder))


def boards(folder: Path) -> Any:
    """Return the trainer's page as a widget that looks into the folder every few seconds."""
    import ipywidgets as w

    lang = language()
    shown = w.HTML(value=render_boards(folder))
    button = w.Button(description=say("app_game.refresh"), tooltip=say("app_game.refresh_help"))
    buttons = w.Box([button])
    buttons.add_class("fk-buttons")

    def look(_: Any = None) -> None:
        with speaking(lang):
            new = render_boards(folder)
        if new != shown.value:
            shown.value = new

    button.on_click(look)

    async def follow() -> None:
        while True:
            await asyncio.sleep(_SECONDS)
            look()

    with suppress(RuntimeError):  # no loop, as on a printed page: the button is left
        # kept on the widget: a task nobody holds may be dropped
        shown.following = asyncio.get_running_loop().create_task(follow())
    return w.VBox([buttons, shown])
