"""Who learns what: the paths as they are written, and how far a learner is on one."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.nodes import read_nodes
from funnelkit.process.text import Part, Text
from funnelkit.teach.learner.progress import Progress
from funnelkit.teach.source import folder


class Block(Part):
    """A part of a path: when, what, how long; exercises, or a page of the course."""

    when: Text
    title: Text
    minutes: int = Field(ge=1)
    exercises: tuple[str, ...] = ()
    page: str = ""


class Draw(Part):
    """The exit of a path: how many items of each pool, how many have to be right."""

    draw: dict[str, int]
    mark: int
    minutes: int

    @property
    def asked(self) -> int:
        """Number of items."""
        return sum(self.draw.values())


class Role(Part):
    """A path through the course."""

    id: str
    name: Text
    about: Text
    blocks: tuple[Block, ...]
    exit: Draw
    own: Text
    untested: tuple[Text, ...]

    @property
    def minutes(self) -> int:
        """Time of all blocks and the exit."""
        return sum(b.minutes for b in self.blocks) + self.exit.minutes

    @property
    def exercises(self) -> tuple[str, ...]:
        """Ids of all exercises on the path."""
        return tuple(id for b in self.blocks for id in b.exercises)

    def right(self, progress: Progress) -> int:
        """Return how many exercises of the path are right."""
        return sum(map(progress.right, self.exercises))


class _File(Part):
    roles: tuple[Role, ...]


@cache
def roles() -> tuple[Role, ...]:
    """Return all paths."""
    file = folder() / "paths" / "roles.yaml"
    return _File.model_validate(read_nodes(file.read_text("utf-8"), file.name)[0]).roles


def role(id: str) -> Role:
    """Find a path.

    Raises
    ------
    FunnelkitError
        There is none of that name.
    """
    known = {r.id: r for r in roles()}
    if id not in known:
        raise FunnelkitError("paths.unknown", found=id, allowed=nearest(id, known))
    return known[id]
