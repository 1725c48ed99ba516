"""Which data an app stands on, and how a page's server tells its kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: How the server tells its kernels what to read: JSON with data, options, lang.
VARIABLE = "FUNNELKIT_APPS"
#: Where a warm kernel asks the server for its request, and the token it shows there.
DOOR, TOKEN = "FUNNELKIT_DOOR", "FUNNELKIT_TOKEN"
#: The shared folder of the game's teams.
ROOM = "FUNNELKIT_ROOM"


@dataclass(frozen=True)
class Source:
    """The data an app stands on, as they are named on the command line."""

    data: str = "industrial"
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The data's name without any folder: a page may be shown to others."""
        return Path(self.data).name


def source_of(data: str, options: Mapping[str, str | None]) -> Source:
    """Return the data by full paths: a kernel starts in another folder."""
    given = {k: v for k, v in options.items() if v}
    paths = {k: str(Path(v).resolve()) if Path(v).exists() else v for k, v in given.items()}
    return Source(str(Path(data).resolve()) if Path(data).exists() else data, paths)
