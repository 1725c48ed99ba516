"""What the trainer opens and closes: lessons, the two tests, what-ifs, cases, the game."""

from __future__ import annotations

from funnelkit.room.store import Store
from funnelkit.teach.quiz import When
from funnelkit.teach.site.shelf import Shelf
from funnelkit.words import say

TESTS: tuple[When, ...] = ("before", "after")
ROOMS = ("apps", "cases", "game", "paths")
#: Pages that lie behind a door of another name.
_BEHIND = {"case": "cases", "path": "paths", "exit": "paths"}


def doors(shelf: Shelf, store: Store) -> dict[str, bool]:
    """Return every door and whether it is open; at first the test before and the first lesson."""
    names = ["before", *(f.id for f in shelf.fronts), *ROOMS, "after"]
    first = {"before", "apps", *(f.id for f in shelf.fronts[:1])}
    told = store.doors()
    return {name: told.get(name, name in first) for name in names}


def door_of(path: str) -> str:
    """Return the door a page lies behind; empty where there is none.

    Examples
    --------
    >>> door_of("lesson/L03/ask/L03.2"), door_of("apps/levers"), door_of("progress")
    ('L03', 'apps', '')
    """
    first, _, rest = path.strip("/").partition("/")
    if first == "lesson":
        return rest.partition("/")[0]
    if first == "quiz":
        return rest
    if first == "certificate" and rest:
        return "paths"
    return _BEHIND.get(first, first if first in ROOMS else "")


def page_of(name: str) -> str:
    """Return the page behind a door."""
    if name in TESTS:
        return "quiz"
    return name if name in ROOMS else f"lesson/{name}"


def title_of(name: str, shelf: Shelf) -> str:
    """Return what a door is called, in the current language."""
    if name in TESTS:
        return say(f"quiz.title_{name}")
    if name in ROOMS:
        return say(f"room.way_{name}")
    front = next(f for f in shelf.fronts if f.id == name)
    return f"{name} {front.title}"
