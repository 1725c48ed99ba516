"""What can be wrong with a sheet beyond the shape of its parts, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Path = tuple[str | int, ...]


class Flaw(ValueError):
    """One thing wrong at one place of a sheet; ``key`` names its text in the catalogue."""

    def __init__(self, path: Path, key: str, **values: Any) -> None:
        super().__init__(key)
        self.path = path
        self.key = key
        self.values = values

    def __str__(self) -> str:
        where = ".".join(map(str, self.path))
        return f"{self.key}: {where} {self.values}"


class Flaws(ValueError):
    """Several flaws found together, so that a reader mends them in one go."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("; ".join(map(str, flaws)))
        self.flaws = tuple(flaws)
