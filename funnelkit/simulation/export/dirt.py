"""Dirt as it is met in real exports, planted and written down: which file, row and kind.

Every kind is one that a person has had to clean: the record of what was planted is the answer
key of an import exercise. Only uniform draws are taken, so that a seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnelkit.files.tables import csv_text
from funnelkit.words import say, speaking

if TYPE_CHECKING:
    from funnelkit.simulation.export.layout import Layout
    from funnelkit.simulation.export.source import Source

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥"}


@dataclass
class Row:
    """Cells of one line; ``defect`` is what was planted in it."""

    cells: list[str]
    defect: Defect | None = None


@dataclass
class Page:
    """One file before it is written."""

    name: str
    header: list[str]
    rows: list[Row]
    above: list[list[str]] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    encoding: str = "utf-8"

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame) -> Page:
        """Take a frame of texts; what is missing becomes an empty cell."""
        cells = frame.astype("object").where(frame.notna(), "").to_numpy().tolist()
        return cls(name, [str(c) for c in frame.columns], [Row(row) for row in cells])

    def bytes(self) -> bytes:
        """The file as it is written."""
        text = csv_text([*self.above, self.header, *(row.cells for row in self.rows)], "\n")
        return (text + "".join(f"{line}\n" for line in self.below)).encode(self.encoding)


@dataclass(frozen=True)
class Defect:
    """One planted defect.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    file, row, column : str, int, str
        Where; ``row`` is the line as an editor shows it, None for the file as a whole.
    deal_id : str
        The deal it was planted in.
    before, after : str
        The cell as it was and as it is.
    reported_as : str
        Reason of the finding the reader gives for it; empty where the reader repairs it in
        silence because nothing is lost.
    """

    kind: str
    file: str
    row: int | None = None
    column: str = ""
    deal_id: str = ""
    before: str = ""
    after: str = ""
    reported_as: str = ""

    @property
    def text(self) -> str:
        """What the kind is, in the current language."""
        return say(f"export.dirt_{self.kind}")


#: Kind of dirt and the reason by which the reader reports it (empty: repaired in silence).
KINDS: dict[str, str] = {
    "odd_label": "",
    "second_date_format": "",
    "amount_as_text": "amount_as_text",
    "spaces": "",
    "no_owner": "",
    "repeated_row": "repeated_row",
    "second_version": "duplicate_id",
    "negative_amount": "negative_amount",
    "unreadable_amount": "unparsable_amount",
    "unreadable_date": "unparsable_date",
    "closed_before_created": "closed_before_created",
    "unknown_stage": "unknown_stage",
    "history_without_deal": "orphan_history",
    "blank_lines": "",
    "total_line": "footer",
    "title_lines": "header_below",
    "gb18030": "",
}
WHOLE_FILE = ("blank_lines", "total_line", "title_lines", "gb18030")


class _Soil:
    """Plants defects in the pages of one export."""

    def __init__(self, pages: list[Page], layout: Layout, s: Source, draw: Any) -> None:
        self.pages, self.layout, self.source, self.draw = pages, layout, s, draw
        self.page = pages[0]
        self.place = {name: i for i, name in enumerate(self.page.header)}

    def one(self, options: list[Any]) -> Any:
        """One of these, by one uniform draw."""
        return options[int(self.draw.random() * len(options))]

    def cell(self, row: Row, column: str) -> str:
        return row.cells[self.place[column]]

    def put(self, row: Row, kind: str, column: str, after: str) -> bool:
        """Write a cell and the record of it; no where the cell says the same already."""
        before = self.cell(row, column)
        if after == before:
            return False
        row.cells[self.place[column]] = after
        deal = self.cell(row, self.layout.deal_id)
        row.defect = Defect(kind, self.page.name, None, column, deal, before, after, KINDS[kind])
        return True

    # --- defects of a row: each says whether it could be planted ------------------------------

    def odd_label(self, row: Row) -> bool:
        was = self.cell(row, self.layout.stage)
        odd = self.one([str.upper, str.lower, lambda t: t.replace(" ", "_"), lambda t: f"{t} "])
        return bool(was) and self.put(row, "odd_label", self.layout.stage, odd(was))

    def second_date_format(self, row: Row) -> bool:
        column = self.layout.created
        was = self.cell(row, column)
        when = pd.to_datetime(was, errors="coerce") if was and not self.layout.serials else pd.NaT
        if pd.isna(when) or when.tzinfo is not None:
            return False
        day = (f"{when.year}年{when.month}月{when.day}日" if self.source.language == "zh"
               else f"{when.day} {_MONTHS[when.month - 1]} {when.year}")  # fmt: skip
        time = was[11:]
        return self.put(row, "second_date_format", column, f"{day} {time}".strip())

    def amount_as_text(self, row: Row) -> bool:
        was = self.cell(row, self.layout.amount)
        if not was or "." in was:
            return False
        value, sign = int(was), _SIGNS.get(self.source.process.currency, "")
        shapes = [f"{value:,}", f"{sign}{value:,}"]
        if value % 1000 == 0 and value >= 10_000 and self.source.language == "zh":
            shapes = [*shapes, f"{value / 10_000:g}万"]
        after = self.one(shapes)
        # the separator has to tell: 950 looks the same with and without it
        return after != was and self.put(row, "amount_as_text", self.layout.amount, after)

    def spaces(self, row: Row) -> bool:
        column = self.one([self.layout.owner, self.layout.stage, self.layout.deal_id])
        was = self.cell(row, column)
        return bool(was) and self.put(row, "spaces", column, self.one([f"{was}  ", f" {was}"]))

    def no_owner(self, row: Row) -> bool:
        return self.put(row, "no_owner", self.layout.owner, "")

    def repeated_row(self, row: Row) -> bool:
        return self._again(row, "repeated_row", self.layout.deal_id, None)

    def second_version(self, row: Row) -> bool:
        was = self.cell(row, self.layout.amount)
        if not was or "." in was:
            return False
        return self._again(row, "second_version", self.layout.amount, str(int(was) + 1000))

    def _again(self, row: Row, kind: str, column: str, after: str | None) -> bool:
        cells = list(row.cells)
        before = cells[self.place[column]]
        if after is not None:
            cells[self.place[column]] = after
        deal = self.cell(row, self.layout.deal_id)
        made = Defect(kind, self.page.name, None, column, deal, before, after or before,
                      KINDS[kind])  # fmt: skip
        self.page.rows.append(Row(cells, made))
        return True

    def negative_amount(self, row: Row) -> bool:
        was = self.cell(row, self.layout.amount)
        return bool(was) and self.put(row, "negative_amount", self.layout.amount, f"-{was}")

    def unreadable_amount(self, row: Row) -> bool:
        after = "待报价" if self.source.language == "zh" else "see offer"
        return self.put(row, "unreadable_amount", self.layout.amount, after)

    def unreadable_date(self, row: Row) -> bool:
        after = "待定" if self.source.language == "zh" else "after Easter"
        return self.put(row, "unreadable_date", self.layout.created, after)

    def closed_before_created(self, row: Row) -> bool:
        if not self.closed(row):
            return False
        was = self.cell(row, self.layout.closed)
        if not was:
            return False
        if self.layout.serials:
            after = str(int(float(was)) - 1461)
        else:
            after = f"{int(was[:4]) - 4}{was[4:]}".replace("-02-29", "-02-28")
        planted = self.put(row, "closed_before_created", self.layout.closed, after)
        if planted and row.defect and "closed_plan" in self.layout.loses and self.source.has_moves:
            # such a system's history tells the close better, and the reader takes it from there
            row.defect = replace(row.defect, reported_as="")
        return planted

    def unknown_stage(self, row: Row) -> bool:
        if self.closed(row) and not self.cell(row, self.layout.stage):
            return False
        after = "样品试制" if self.source.language == "zh" else "Pilot order"
        return self.put(row, "unknown_stage", self.layout.stage, after)

    def history_without_deal(self, row: Row) -> bool:
        page = next((p for p in self.pages if p.name == self.layout.history), None)
        if page is None or not page.rows:
            return False
        at = int(self.draw.random() * len(page.rows))
        names = ("deal_id", "OpportunityId", "Deal Id", "Record", "res_id")
        column = next(c for c in names if c in page.header)
        cells = list(page.rows[at].cells)
        before = cells[page.header.index(column)]
        after = f"{before}X"
        cells[page.header.index(column)] = after
        made = Defect("history_without_deal", page.name, None, column, after, before, after,
                      KINDS["history_without_deal"])  # fmt: skip
        page.rows.insert(at + 1, Row(cells, made))
        return True

    def closed(self, row: Row) -> bool:
        return row.cells[self.place[self.layout.deal_id]] in self.closed_ids

    @property
    def closed_ids(self) -> set[str]:
        if not hasattr(self, "_closed"):
            d = self.source.deals
            self._closed = set(d.loc[d["outcome"] != "open", "deal_id"])
        return self._closed

    # --- defects of the file -------------------------------------------------------------------

    def whole(self, kind: str) -> Defect | None:
        page, width = self.page, len(self.page.header)
        made = Defect(kind, page.name, reported_as=KINDS[kind])
        if kind == "blank_lines":
            page.below += ["", "," * (width - 1), ""]
            return made
        if kind == "title_lines":
            with speaking(self.source.language):
                page.above = [[say("export.title_line")], []]
            return made
        if kind == "total_line":
            with speaking(self.source.language):
                word = say("export.total_word")
            cells = [word, *[""] * (width - 1)]
            amounts = (self.cell(r, self.layout.amount) for r in page.rows)
            total = sum(float(a) for a in amounts if a.replace(".", "").isdigit())
            cells[self.place[self.layout.amount]] = f"{total:.0f}"
            page.rows.append(Row(cells, replace(made, after=word)))
            return None
        text = "".join(c for r in page.rows for c in r.cells)
        if text.isascii():  # the bytes would be the same
            return None
        page.encoding = "gb18030"
        return made


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def soil(
    pages: list[Page], layout: Layout, s: Source, share: float, draw: np.random.Generator
) -> list[Defect]:
    """Plant defects in about ``share`` of the deals and in the file; return the record."""
    work = _Soil(pages, layout, s, draw)
    page = pages[0]
    kinds = [k for k in KINDS if k not in WHOLE_FILE]
    plant: dict[str, Callable[[Row], bool]] = {k: getattr(work, k) for k in kinds}
    rows = list(page.rows)
    # the kinds come in turn, so that a small file has each of them before one comes twice
    order = np.argsort(draw.random(len(rows)), kind="stable")
    turn = [kinds[i] for i in np.argsort(draw.random(len(kinds)), kind="stable")]
    for place in order[: round(share * len(rows))]:
        row = rows[int(place)]
        for kind in list(turn):
            if plant[kind](row):
                turn.remove(kind)
                turn.append(kind)
                break
    found = [work.whole(kind) for kind in WHOLE_FILE if draw.random() < 0.5]
    defects = [d for d in found if d is not None]
    for one in pages:
        top = len(one.above) + 1
        for i, row in enumerate(one.rows, start=top + 1):
            if row.defect is not None:
                defects.append(replace(row.defect, row=i))
    return defects
