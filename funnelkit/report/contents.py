"""What a report shows, as values: it travels in the notebook beside the HTML a person sees.

A cell's output carries its headings, leading sentences and tables as blocks of plain values; the
workbook, the mail and the page's table of contents are made of them.  A template of one's own is
served too: a measure's result, a chart, a table or a pandas frame that a cell shows is a block.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from funnelkit.charts.chart import Chart
from funnelkit.charts.inline import inline
from funnelkit.measures.result import Result
from funnelkit.show.table import BLOCKS, Table
from funnelkit.show.workbook import Sheet


@dataclass
class Contents:
    """What the outputs of a notebook say.

    Attributes
    ----------
    sections : list of (name, title)
        The headings, in order.
    points : list of str
        The leading sentences.
    sheets : list of Sheet
        The tables, each under the title of its section.
    """

    sections: list[tuple[str, str]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)


def carry() -> None:
    """Let the notebook that runs here carry blocks beside a chart, a result, a table, a frame."""
    import pandas as pd
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is not None:
        bundles = shell.display_formatter.mimebundle_formatter
        for kind in (Table, Chart, Result):
            bundles.for_type(kind, lambda part, **_: {BLOCKS: list(part.blocks())})
        inline.set(True)
        bundles.for_type(pd.DataFrame, lambda f, **_: {BLOCKS: list(Table.of(f).blocks())})


def contents_of(notebook: Any) -> Contents:
    """Collect the blocks of an executed notebook."""
    found = Contents()
    title = ""
    for cell in notebook.cells:
        if "not-in-report" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for block in data.get(BLOCKS, ()):
                if block["kind"] == "section":
                    title = block["title"]
                    found.sections.append((block["name"], title))
                elif block["kind"] == "points":
                    found.points += block["items"]
                else:
                    _add(found.sheets, Sheet(title, Table.from_json(block), block["chart"]))
    return found


def _add(sheets: list[Sheet], sheet: Sheet) -> None:
    """Add a table; the numbers of a picture that the section has already are not added again."""
    for k, known in enumerate(sheets):
        same = known.title == sheet.title and known.table.rows == sheet.table.rows
        if same and [c.label for c in known.table.columns] == [
            c.label for c in sheet.table.columns
        ]:
            if sheet.chart and not known.chart:
                drawn = replace(known.table, drawn=sheet.table.drawn)
                sheets[k] = replace(known, table=drawn, chart=sheet.chart)
            return
    sheets.append(sheet)
