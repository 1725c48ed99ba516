"""What was found wrong or worth knowing in a file, told by file, row, column, value and reason."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import pandas as pd

from funnelkit.data.reasons import Costs, Reason, Severity, reason, sentence
from funnelkit.data.tally import Tally
from funnelkit.errors import FunnelkitError
from funnelkit.words import say

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
        Key of the reason, the same in both languages; see :mod:`funnelkit.data.reasons`.
    file, row, column, value
        Where it is seen first. ``row`` is the line of the file as an editor shows it.
    count : int
        How many rows have it.
    more : dict
        Further values of the text, such as what is allowed.
    """

    reason: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: Any = None
    count: int = 1
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reason(self.reason)  # one without texts would only be found when it is shown

    @property
    def about(self) -> Reason:
        """The reason itself."""
        return reason(self.reason)

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``info``: ``strict`` refuses on errors."""
        return self.about.severity

    @property
    def costs(self) -> Costs:
        """What it costs: the ``row``, the ``cell``, ``none`` (no data) or nothing (``told``)."""
        return self.about.costs

    @property
    def place(self) -> str:
        """File and row (or the file alone) in the current language."""
        if self.row is None:
            return self.file
        return say("data.place", file=self.file, row=self.row)

    @property
    def text(self) -> str:
        """The finding as a sentence in the current language."""
        text = sentence(
            self.reason,
            place=self.place,
            file=self.file,
            row=self.row,
            column=self.column,
            found=self.value,
            count=self.count,
            **self.more,
        )
        if self.count > 1 and self.row is not None:
            text += say("data.and_more", more=self.count - 1)
        return text

    def __str__(self) -> str:
        return self.text


class Findings(Sequence[Finding]):
    """All findings of one reading, errors first.

    Examples
    --------
    >>> found = Findings([Finding("no_history", file="deals.csv")])
    >>> len(found.errors), found.count("no_history")
    (0, 1)
    """

    def __init__(
        self,
        items: Iterable[Finding] = (),
        rows: pd.DataFrame | None = None,
        tallies: Mapping[str, Tally] | None = None,
    ) -> None:
        self._items = tuple(sorted(items, key=lambda f: ORDER.index(f.severity)))
        self._rows = rows
        #: What became of the rows of each table, ``deals`` and ``stage_history``.
        self.tallies = dict(tallies or {})

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
        return Findings((*self._items, *other), self._rows, self.tallies)

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
                    "costs": f.costs,
                    "text": f.text,
                }
                for f in self._items
            ],
            columns=[
                "severity", "reason", "file", "row", "column", "value", "count", "costs", "text",
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


def box(first: Sequence[Finding]) -> str:
    """Return what has to be read before the first number as a box of HTML; "" for nothing."""
    if not first:
        return ""
    head = html.escape(say("data.read_first"))
    lines = "".join(f"<li>{html.escape(f.text)}</li>" for f in first)
    return f'<aside class="fk-first"><strong>{head}</strong><ul>{lines}</ul></aside>'


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
