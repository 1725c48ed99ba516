"""The plan of a simulated business: the business, and the patterns that are planted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import PrivateAttr, field_validator

from funnelkit.process import Process
from funnelkit.process.flaws import Flaw
from funnelkit.simulation.business import Business
from funnelkit.simulation.patterns.base import Pattern, pattern_of


@dataclass(frozen=True)
class Origin:
    """The file a plan was read from and the line each part stands in; empty for a dict."""

    file: str | None = None
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)


class Plan(Business):
    """What to simulate. All of it may be left out.

    Examples
    --------
    >>> Plan(deals_per_month=100, months=6).deals_planned
    600
    """

    _origin: Origin = PrivateAttr(default_factory=Origin)
    patterns: tuple[Any, ...] = ()

    @field_validator("patterns", mode="before")
    @classmethod
    def _patterns(cls, given: Any) -> Any:
        if isinstance(given, str | Mapping | Pattern):
            given = [given]
        found: list[Any] = []
        for i, part in enumerate(given or ()):
            if isinstance(part, Pattern):
                found.append(part)
                continue
            try:
                found.append(pattern_of(part))
            except Flaw as flaw:
                raise Flaw((i, *flaw.path), flaw.key, **flaw.values) from None
        labels = [p.label for p in found]
        for i, label in enumerate(labels):
            if label in labels[:i]:
                raise Flaw((i,), "pattern_twice", found=label)
        return tuple(found)

    @classmethod
    def reference(cls, language: str = "en", patterns: Any = ()) -> Plan:
        """Return the reference business: 24 months, 4 regions, 12 sellers, about 4,100 leads."""
        return cls.model_validate({"language": language, "patterns": patterns})

    @property
    def origin(self) -> Origin:
        """Where the plan was read."""
        return self._origin

    @staticmethod
    def example(language: str = "en", process: Process | None = None) -> str:
        """Return a commented plan to start from, as YAML text; a process lends its stages."""
        from funnelkit.simulation.example import example

        return example("zh" if language == "zh" else "en", process)
