"""Which column serves for what: header words and how the column behaves, weighed together.

A system that was recognised is only a prior: what its layout does not name is looked for here, and
a column of its layout that behaves otherwise is not held on to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from funnelkit.data.understanding.date_roles import DATES, DateRoles
from funnelkit.data.understanding.endings import read_label
from funnelkit.data.understanding.entered import entered_columns, unnamed
from funnelkit.data.understanding.headers import planned, speaks_for, tokens
from funnelkit.data.understanding.sample import Column
from funnelkit.data.understanding.weighing import CLOSE_CALL, Understood, differ

#: Roles taken by their words alone, with the strength the words need.
_BY_WORDS: Mapping[str, float] = {
    "owner": 0.75, "account": 0.75, "name": 0.75, "source": 0.9, "region": 0.9, "currency": 0.75,
    "loss_reason": 0.75, "competitor": 0.75, "forecast_category": 0.9, "list_amount": 0.75,
}  # fmt: skip


class Weigher(DateRoles):
    """Weighs the columns of one table of deals."""

    # --- identity ---------------------------------------------------------------------------

    def identity(self) -> bool:
        """Find what names a deal; false where nothing does and the row has to be the deal.

        A name is no id once it repeats.
        """
        have = self.found.columns
        own = have.get("deal_id")
        if own is not None and ("deal_id" in self.told or not _only_a_name(own)):
            return True
        if own is not None and _coded(self.sample[own]):
            return True
        if own is not None:
            if self.sample.unique(own):
                return True
            have.pop("deal_id")
            if self._missing("name"):
                have["name"] = own
        if "deal_id" in self.without:
            return False
        hits = self._by_words("deal_id", 0.55)
        for score, header in hits:
            if self.sample.unique(header):
                self._take("deal_id", header, "unique" if score < 0.9 else "words")
                return True
        if hits and hits[0][0] >= 0.9:
            self._take("deal_id", hits[0][1])
            return True
        for header in self._free():  # one code a row, whatever its header is called
            column = self.sample[header]
            told = any(speaks_for(header, r) >= 0.5 for r in (*DATES, *_BY_WORDS, "amount"))
            if not told and column.kind is None and _serial(column) and self.sample.unique(header):
                self._take("deal_id", header, "unique")
                return True
        named = [have["name"]] if "name" in have else []
        for header in (*named, *(h for _, h in self._by_words("name", 0.75))):
            if self.sample.unique(header):
                self._take("deal_id", header, "unique")
                return True
        return False

    def visits(self, *, sure: bool = False) -> bool:
        """Find the columns of a history: a deal that comes again, a stage, and when it was entered.

        A table with one row a deal is a history only where its header says "entered", or ``sure``.
        """
        have = self.found.columns
        if self._missing("stage"):
            fits = [(s, h) for s, h in self._by_words("stage") if self._labels(h)]
            if not fits:
                return False
            have["stage"] = fits[0][1]
        if self._missing("entered_at"):
            dated = [
                (s, h) for s, h in self._by_words("entered_at")
                if all(s >= speaks_for(h, r) for r in DATES)
                and self.sample[h].moments is not None
                and not {"snapshot", "export", "report", "快照"} & {*tokens(h)}
            ]  # fmt: skip
            if not dated:
                return False
            have["entered_at"] = dated[0][1]
        if self._missing("deal_id"):
            hits = self._by_words("deal_id", 0.55) or self._by_words("name", 0.75)
            again = [h for _, h in hits if not self.sample.unique(h)]
            if not hits:
                return False
            have["deal_id"] = again[0] if again else hits[0][1]
        column = self.sample[have["deal_id"]]
        strong = sure or speaks_for(have["entered_at"], "entered_at") >= 0.95
        return strong or len(column.values) < 0.9 * len(column.filled)

    # --- the steps --------------------------------------------------------------------------

    def comes_again(self) -> bool:
        """Whether most rows are of a deal that stands elsewhere too."""
        own = self.found.columns.get("deal_id")
        column = self.sample[own] if own else None
        return column is not None and len(column.values) <= 0.6 * len(column.filled)

    def moves(self, before: str) -> None:
        """Take the column with the stage that was left, and the day a deal was created."""
        self.found.columns["from_stage"] = before
        if self._missing("created_at"):
            born = [h for _, h in self._by_words("created_at", 0.9) if self.sample[h].moments]
            if born:
                self._take("created_at", born[0])

    def entered(self) -> dict[str, str]:
        """Find the columns with the day a deal came to a stage, one a stage."""
        have = self.found.columns
        labels = self.sample[have["stage"]].texts if "stage" in have else []
        self.stages = entered_columns(self._free(), labels, self._dated)
        return self.stages

    def unnamed(self) -> list[str]:
        """Find columns worded like those, for a stage nobody knows; they stay attributes."""
        rest = [h for h in self._free() if h not in self.stages.values()]
        return unnamed(rest, self._dated) if self.stages else []

    def run(self) -> Understood:
        """Return every role that could be told, and the questions; labels are known."""
        self.dates()
        self.amount()
        self.rest()
        return self.found

    # --- stage and outcome ------------------------------------------------------------------

    def labels(self) -> None:
        """Find the stage and what says how deals ended."""
        if self._missing("outcome") and "is_won" not in self.told:
            for word, header in self._by_words("outcome"):
                column = self.sample[header]
                others = [h for _, h in self._by_words("stage") if h != header]
                has_stage = not self._missing("stage") or any(map(self._labels, others))
                whole = word < 0.75 or not has_stage
                if self._labels(column) and _says_ends(column, whole=whole):
                    self._take("outcome", header, "labels")
                    break
        self._outcome_by_values()
        if self._missing("stage"):
            fits = [(s, h) for s, h in self._by_words("stage") if self._labels(self.sample[h])]
            if fits:
                best = fits[0]
                close = [h for s, h in fits[1:] if best[0] - s < 0.05]
                close = [h for h in close if self.sample[h].cells != self.sample[best[1]].cells]
                self._take("stage", best[1])
                if close:
                    self._ask("stage", [best[1], *close], none=False)
        if "outcome" not in self.found.columns:
            for role in ("is_won", "is_closed"):
                if self._missing(role):
                    for _, header in self._by_words(role, 0.9):
                        if self.sample[header].flags and len(self.sample[header].values) <= 2:
                            self._take(role, header)
                            break

    def _outcome_by_values(self) -> None:
        """Take a column of won and lost for the outcome, whatever its header is called."""
        if not self._missing("outcome") or {"is_won", "is_closed"} & self.found.columns.keys():
            return
        stages = self.found.columns.get("stage"), *(h for _, h in self._by_words("stage"))
        for header in self._free():
            if header in stages or {"previous", "prior", "last", "上次"} & {*tokens(header)}:
                continue
            column = self.sample[header]
            if len(column.values) > 12 or column.kind is not None or not self._labels(column):
                continue
            said = {s.outcome for s in map(read_label, column.texts) if s.sure and not s.hold}
            if {"won", "lost"} <= said and _says_ends(column, whole=True):
                self._take("outcome", header, "labels")
                return

    def _labels(self, column: Column | str) -> bool:
        """Whether the cells are labels: few, short, and neither dates nor amounts of money."""
        if isinstance(column, str):
            column = self.sample[column]
        many = len(column.values) > max(60, 0.2 * len(column.filled))
        if not column.values or many or column.kind == "date" or column.flags:
            return False
        if any(len(t) > 80 for t in column.texts):
            return False
        return column.plain_numbers or column.moments is None

    # --- amounts and the rest ---------------------------------------------------------------

    def amount(self) -> None:
        """Find the amount of a deal."""
        if not self._missing("amount"):
            return
        fits: list[tuple[float, str]] = []
        for word, header in self._by_words("amount", 0.4):
            column = self.sample[header]
            if column.amounts and not (column.moments is not None and not column.plain_numbers):
                full = len(column.filled) / max(len(column.cells), 1)
                fits.append((word + 0.1 * full, header))
        if not fits:
            return
        fits.sort(key=lambda s: -s[0])
        best = fits[0]
        # what was hoped for and what was signed are two amounts, whichever word is the stronger
        close = [
            h for s, h in fits[1:]
            if best[0] - s < CLOSE_CALL
            or (planned(h) != planned(best[1]) and best[0] - s < 3 * CLOSE_CALL)
        ]  # fmt: skip
        close = [h for h in close if differ(self.sample[h], self.sample[best[1]])]
        self._take("amount", best[1])
        if close:
            self._ask("amount", [best[1], *close])

    def rest(self) -> None:
        """Find what is told by its words: who, for whom, where, from where."""
        if self._missing("probability"):
            for _, header in self._by_words("probability", 0.75):
                column = self.sample[header]
                if column.plain_numbers or (column.texts and all("%" in t for t in column.texts)):
                    self._take("probability", header)
                    break
        hits = sorted(
            (
                (-score, place, role, header)
                for role, least in _BY_WORDS.items()
                if self._missing(role)
                for place, (score, header) in enumerate(self._by_words(role, least))
            ),
        )
        for _, _, role, header in hits:
            if self._missing(role) and header in self._free():
                column = self.sample[header]
                fits = column.amounts if role == "list_amount" else not column.flags
                if column.values and fits:
                    self._take(role, header)


def _only_a_name(header: str) -> bool:
    """Whether a header names a deal for people, not for a system."""
    return speaks_for(header, "name") >= 0.75 and speaks_for(header, "deal_id") < 0.75


def _coded(column: Column) -> bool:
    """Whether the cells are codes of a system, which no person would call a deal by."""
    coded = sum(bool(re.fullmatch(r"[^\s]*\d[^\s]*", t)) for t in column.texts)
    return bool(column.texts) and coded >= 0.95 * len(column.texts)


def _serial(column: Column) -> bool:
    """Whether the cells are serial codes: letters and digits in one pattern, "A-0017"."""
    shapes = {re.sub(r"[0-9]+", "0", t) for t in column.texts}
    return len(shapes) == 1 and _coded(column) and bool(re.search(r"[^\W\d_]", shapes.pop()))


def _says_ends(column: Column, whole: bool) -> bool:
    """Whether the labels of a column say how deals ended, all of them or the most."""
    said = [read_label(t) for t in column.texts]
    ends = [s for s in said if s.outcome is not None and s.sure]
    decided = any(s.outcome != "open" for s in ends)
    if whole:
        return len(ends) == len(said)
    return len(ends) >= 0.5 * len(said) or decided
