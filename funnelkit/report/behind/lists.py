"""Which lists of deals a report carries: each is asked for by the cell or mark that opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from funnelkit.data.reasons import scope_line
from funnelkit.measures import Result
from funnelkit.measures.behind import ids_behind, reasons_behind
from funnelkit.show.chart_table import ChartTable
from funnelkit.words import language, say


@dataclass(frozen=True)
class Listed:
    """One list.

    Attributes
    ----------
    anchor : str
        The part of the page that it is.
    title, note : str
        Which deals these are, and how they are counted.
    ids : list of str
        All of them, the largest amount first.
    """

    anchor: str
    title: str
    note: str
    ids: list[str]


@dataclass
class Lists:
    """The lists of one report, in the order they were asked for.

    Attributes
    ----------
    mode : str
        What the parameter ``deals`` of a template says: no lists, "names", or "ids" alone.
    deals : dict
        The deals that the page opens one by one, by their number.
    """

    mode: str = "no"
    lists: dict[Any, Listed] = field(default_factory=dict)
    deals: dict[str, int] = field(default_factory=dict)
    _results: list[Result] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.mode != "no"

    def deal(self, deal_id: str) -> str:
        """Return the anchor of one deal; "" where the report carries none."""
        if not self:
            return ""
        return f"d{self.deals.setdefault(deal_id, len(self.deals) + 1)}"

    def of(self, found: Result, title: str, column: str, **cell: Any) -> str:
        """Return the anchor of the list behind a cell; "" where there is none.

        Parameters
        ----------
        column, **cell
            As `funnelkit.measures.behind.ids_behind` takes them.
        """
        if not self:
            return ""
        if not any(known is found for known in self._results):
            self._results.append(found)  # so that no other takes its place in memory
        key = (id(found), column, tuple((k, str(v)) for k, v in sorted(cell.items())))
        return self.add(key, title, found.definition, lambda: ids_behind(found, column, **cell))

    def add(self, key: Any, title: str, note: str, ids: Callable[[], list[str]]) -> str:
        """Return the anchor of a list, worked out the first time it is asked for."""
        if not self:
            return ""
        if key not in self.lists:
            self.lists[key] = Listed(f"l-{len(self.lists) + 1}", title, note, ids())
        listed = self.lists[key]
        return listed.anchor if listed.ids else ""

    def left_out(self, found: Result) -> list[tuple[str, str]]:
        """Return why deals are left out of a result, each reason with its list."""
        if not self:
            return []
        return [
            (text, self.of(found, f"{found.title}: {text}", found.counts[0], left_out=why))
            for why, n in reasons_behind(found).items()
            for text in [scope_line(why, n)]
        ]

    def behind(
        self,
        chart: ChartTable,
        found: Result,
        cells: Sequence[Mapping[str, Any] | None],
        columns: Mapping[str, str],
        marks: str = "",
    ) -> ChartTable:
        """Let the cells and marks of a chart in rows open the deals that they count.

        Parameters
        ----------
        cells : sequence of mapping
            What tells each row of the chart from others in ``found``, and its ``column`` where
            it counts by one of its own; None for a row without lists.
        columns : mapping
            The column of the result that each column of the chart counts by.
        marks : str
            The column of the result that a row's marks stand for.
        """
        if not self:
            return chart
        heads = {c.name: c.label for c in chart.table.columns}
        links: dict[tuple[int, str], str] = {}
        told = []
        for k, (cell, texts) in enumerate(zip(cells, chart.table.texts(), strict=True)):
            told.append(chart.told[k] if k < len(chart.told) else _told(chart, texts))
            if cell is None:
                continue
            for name, column in columns.items():
                title = _title(found.title, texts[0], heads[name])
                links[k, name] = self.of(found, title, **{"column": column, **cell})
            if marks and chart.plots[k]:
                links[k, ""] = self.of(
                    found, _title(found.title, texts[0]), **{"column": marks, **cell}
                )
        return replace(
            chart, links={**chart.links, **{k: v for k, v in links.items() if v}}, told=told,
            rest=self.left_out(found), note=found.definition,
        )  # fmt: skip


def _title(*parts: str) -> str:
    """Return what a list holds: the measure, then the row, then the column."""
    first, *rest = filter(None, parts)
    comma, colon = ("，", "：") if language() == "zh" else (", ", ": ")
    return colon.join(filter(None, [first, comma.join(rest)]))


def _told(chart: ChartTable, texts: Sequence[str]) -> str:
    """Say a row: its label, and each number with its heading."""
    label, *rest = texts
    said = [
        say("behind.told", label=c.label, text=text)
        for c, text in zip(chart.table.columns[1:], rest, strict=True)
    ]
    return _title(label, *said)
