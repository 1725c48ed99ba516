"""What was found wrong or worth knowing in a file, told by file, row, column, value and reason."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import pandas as pd

from funnelkit.errors import FunnelkitError
from funnelkit.words import say

Severity = Literal["error", "warning", "info"]
Effect = Literal["row", "cell", "kept"]
ORDER: tuple[Severity, ...] = ("error", "warning", "info")


class Phrase:
    """A piece of catalogue text that takes the language current when it is shown."""

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values

    def __str__(self) -> str:
        return say(self.key, **self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phrase) and (self.key, self.values) == (other.key, other.values)

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True)
class Finding:
    """One kind of defect at one place: how often, where first, and what was done with it.

    Attributes
    ----------
    reason : str
        Key of the reason, the same in both languages (``"unknown_stage"``); that of another
        room than the reader's with its room (``"ledger.timing"``).
    severity : {"error", "warning", "info"}
        ``strict`` refuses on errors; the others are only reported.
    file, row, column, value
        Where it is seen first. ``row`` is the line of the file as an editor shows it.
    count : int
        How many rows have it.
    effect : {"row", "cell", "kept"}
        What ``repair`` does: sets the row aside, empties the cell, or keeps it as it is.
    more : dict
        Further values of the text, such as what is allowed.
    """

    reason: str
    severity: Severity
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: Any = None
    count: int = 1
    effect: Effect = "kept"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """File and row (or the file alone) in the current language."""
        if self.row is None:
            return self.file
        return say("data.place", file=self.file, row=self.row)

    @property
    def text(self) -> str:
        """The finding as a sentence in the current language."""
        sentence = say(
            self.reason if "." in self.reason else f"data.{self.reason}",
            place=self.place,
            file=self.file,
            row=self.row,
            column=self.column,
            found=self.value,
            count=self.count,
            **self.more,
        )
        if self.count > 1 and self.row is not None:
            sentence += say("data.and_more", more=self.count - 1)
        return sentence

    def __str__(self) -> str:
        return self.text


class Findings(Sequence[Finding]):
    """All findings of one reading, errors first.

    Examples
    --------
    >>> found = Findings([Finding("no_history", "info", file="deals.csv")])
    >>> len(found.errors), found.count("no_history")
    (0, 1)
    """

    def __init__(self, items: Iterable[Finding] = (), rows: pd.DataFrame | None = None) -> None:
        self._items = tuple(sorted(items, key=lambda f: ORDER.index(f.severity)))
        self._rows = rows

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._items)

    def __add__(self, other: Iterable[Finding]) -> Findings:
        return Findings((*self._items, *other), self._rows)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(f for f in self._items if f.severity == severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What ``strict`` refuses."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What should be looked at."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What was decided on the way: formats, order of stages, missing tables."""
        return self._of("info")

    def count(self, value: Any) -> int:
        """Return how many rows have the reason ``value``."""
        return sum(f.count for f in self._items if f.reason == value)

    @property
    def reasons(self) -> dict[str, int]:
        """Rows by reason."""
        total: Counter[str] = Counter()
        for f in self._items:
            total[f.reason] += f.count
        return dict(total)

    @property
    def left_out(self) -> tuple[tuple[str, int], ...]:
        """Rows set aside, by reason."""
        total: Counter[str] = Counter()
        for f in self._items:
            if f.effect == "row":
                total[f.reason] += f.count
        return tuple(total.items())

    @property
    def set_aside(self) -> pd.DataFrame:
        """The rows set aside: table, row, deal_id, reason (the first thousand of each reason)."""
        if self._rows is None:
            return pd.DataFrame(columns=["table", "row", "deal_id", "reason"])
        return self._rows.copy()

    @property
    def table(self) -> pd.DataFrame:
        """All findings as a frame, the texts in the current language."""
        return pd.DataFrame(
            [
                {
                    "severity": f.severity,
                    "reason": f.reason,
                    "file": f.file,
                    "row": f.row,
                    "column": f.column,
                    "value": None if f.value is None else str(f.value),
                    "count": f.count,
                    "effect": f.effect,
                    "text": f.text,
                }
                for f in self._items
            ],
            columns=[
                "severity", "reason", "file", "row", "column", "value", "count", "effect", "text",
            ],
        )  # fmt: skip

    def __str__(self) -> str:
        if not self._items:
            return say("data.no_findings")
        lines = [f"{say('data.severity_' + f.severity)}: {f.text}" for f in self._items]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self._items:
            return f"<p>{html.escape(say('data.no_findings'))}</p>"
        rows = "".join(
            f"<tr><td>{html.escape(say('data.severity_' + f.severity))}</td>"
            f"<td style='text-align:left'>{html.escape(f.text)}</td></tr>"
            for f in self._items
        )
        return f"<table>{rows}</table>"


class DataRefused(FunnelkitError):
    """A file that ``strict`` will not read, with every reason in ``.findings``."""

    def __init__(self, findings: Findings, key: str = "data.refused", **values: Any) -> None:
        super().__init__(key, **values)
        self.findings = findings

    def __str__(self) -> str:
        errors = self.findings.errors
        shown = "\n".join(f"- {f.text}" for f in errors[:20])
        rest = len(errors) - 20
        if rest > 0:
            shown += "\n" + say("data.more_reasons", more=rest)
        return say(self.key, problems=len(errors), **self.values) + "\n" + shown
