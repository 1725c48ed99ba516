"""What became of one report of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from funnelkit.report.blocks import Headline
from funnelkit.report.factory.batch import Job


@dataclass(frozen=True)
class Run:
    """One report made, or the reason why not."""

    job: Job
    seconds: float
    files: tuple[str, ...] = ()
    headline: Headline | None = None
    error: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False
    cells: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the report was made."""
        return not self.error
