"""Which column serves for what: header words and how the column behaves, weighed together.

A system that was recognised is only a prior: what its layout does not name is looked for here, and
a column of its layout that behaves otherwise is not held on to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from funnelkit.data.columns import NO, YES
from funnelkit.data.defects import Phrase
from funnelkit.data.endings import read_label
from funnelkit.data.entered import entered_columns, unnamed
from funnelkit.data.headers import actual, planned, speaks_for, tokens, upkeep
from funnelkit.data.questions import Choice, Question
from funnelkit.data.sample import Column, Sample

#: Roles taken by their words alone, with the strength the words need.
_BY_WORDS: Mapping[str, float] = {
    "owner": 0.75, "account": 0.75, "name": 0.75, "source": 0.9, "region": 0.9, "currency": 0.75,
    "loss_reason": 0.75, "competitor": 0.75, "forecast_category": 0.9, "list_amount": 0.75,
}  # fmt: skip
#: The dates of a deal itself.
_DATES = ("created_at", "closed_at", "expected_close", "won_at", "lost_at")
_CLOSE_CALL = 0.12
_FEW = 0.05


@dataclass
class Understood:
    """The columns of a table by role, what they rest on, and what has to be asked."""

    columns: dict[str, str]
    why: dict[str, Phrase] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class _Ends:
    """For every row whether its deal is decided; None where that is not known."""

    decided: Sequence[bool | None]

    @property
    def tell(self) -> bool:
        """Whether there are both decided and open deals to compare."""
        return any(d is True for d in self.decided) and any(d is False for d in self.decided)

    def filled(self, column: Column, which: bool) -> float:
        """The share of decided (or open) deals whose cell is filled."""
        rows = [i for i, d in enumerate(self.decided) if d is which]
        if not rows:
            return 0.0
        return sum(column.cells[i] is not None for i in rows) / len(rows)

    def only_decided(self, column: Column) -> bool:
        """Whether the column is filled where deals are decided, and only there."""
        return self.tell and self.filled(column, False) <= _FEW and self.filled(column, True) >= 0.5


class Weigher:
    """Weighs the columns of one table of deals."""

    def __init__(
        self,
        sample: Sample,
        columns: Mapping[str, str],
        told: Iterable[str] = (),
        without: Iterable[str] = (),
    ) -> None:
        self.sample = sample
        self.told = {*told}
        self.without = {*without}
        self.found = Understood(dict(columns))
        self.headers = list(sample.sheet.columns)
        self.stages: dict[str, str] = {}

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
            told = any(speaks_for(header, r) >= 0.5 for r in (*_DATES, *_BY_WORDS, "amount"))
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
                if all(s >= speaks_for(h, r) for r in _DATES)
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

    def _dated(self, header: str) -> bool:
        column = self.sample[header]
        return column.moments is not None and not column.plain_numbers

    def run(self) -> Understood:
        """Return every role that could be told, and the questions; labels are known."""
        self.dates()
        self.amount()
        self.rest()
        return self.found

    def _free(self) -> list[str]:
        taken = {*self.found.columns.values()}
        return [h for h in self.headers if h not in taken]

    def _missing(self, role: str) -> bool:
        return role not in self.found.columns and role not in self.without

    def _take(self, role: str, column: str, why: str = "words", **values: object) -> None:
        self.found.columns[role] = column
        self.found.why[role] = Phrase(f"questions.why_{why}", **values)

    def _by_words(self, role: str, least: float = 0.5) -> list[tuple[float, str]]:
        scored = [(speaks_for(h, role), h) for h in self._free()]
        return sorted(((s, h) for s, h in scored if s >= least), key=lambda x: -x[0])

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

    # --- dates ------------------------------------------------------------------------------

    def dates(self) -> None:
        """Find when deals began, when they ended, and when they are meant to."""
        wanted = [r for r in ("created_at", "closed_at", "expected_close") if self._missing(r)]
        has_both = "closing_date" in self.found.columns
        if has_both:
            wanted = [r for r in wanted if r == "created_at"]
            speaking = [h for h in self._free() if actual(h) and speaks_for(h, "closed_at") > 0.5]
            wanted += ["closed_at"] if speaking and self._missing("closed_at") else []
        dated: dict[str, Column] = {}
        blind = any(r in wanted for r in ("created_at", "closed_at"))
        for header in self._free():
            speaks = max(speaks_for(header, r) for r in _DATES)
            if speaks < 0.3 and not (blind and not upkeep(header)):
                continue
            column = self.sample[header]
            if column.moments is not None and (speaks >= 0.3 or not column.plain_numbers):
                dated[header] = column
        self._won_and_lost(dated)
        if not wanted:
            return
        ends = self._ends()
        if "created_at" in wanted:
            self._created(dated)
        if "closed_at" in wanted:
            self._closed(dated, ends, has_both)
        if self._missing("expected_close") and "closing_date" not in self.found.columns:
            self._planned(dated, ends)

    def _ends(self) -> _Ends:
        """Which rows are decided, by outcome, stage, flags or dates of winning and losing."""
        have = self.found.columns
        size = len(self.sample[self.headers[0]].cells)
        decided: list[bool | None] = [None] * size
        if "outcome" in have or "stage" in have:
            cells = self.sample[have.get("outcome") or have["stage"]].cells
            meaning: dict[object, bool | None] = {None: None}
            for text in dict.fromkeys(c for c in cells if c is not None):
                said = read_label(str(text))
                if said.hold or not said.sure:
                    meaning[text] = None
                elif said.outcome is None:
                    meaning[text] = None if "outcome" in have else False
                else:
                    meaning[text] = said.outcome != "open"
            decided = [meaning[c] for c in cells]
        for role in ("is_closed", "is_won"):
            if role in have and (role == "is_closed" or not any(decided)):
                flags = [None if c is None else str(c).strip().lower() for c in
                         self.sample[have[role]].cells]  # fmt: skip
                # where the cells of some are empty, "won: no" is an end too
                ends = YES | NO if role == "is_won" and None in flags else YES
                decided = [d if d is not None and role == "is_won" else f in ends
                           for d, f in zip(decided, flags, strict=True)]  # fmt: skip
        dates = [self.sample[have[r]].cells for r in ("won_at", "lost_at") if r in have]
        if dates and not any(decided):
            decided = [any(c is not None for c in cells) for cells in zip(*dates, strict=True)]
        return _Ends(decided)

    def _won_and_lost(self, dated: dict[str, Column]) -> None:
        for role in ("won_at", "lost_at"):
            if self._missing(role):
                hits = [(speaks_for(h, role), h) for h in dated if not planned(h)]
                best = max(hits, default=(0.0, ""))
                if best[0] >= 0.9:
                    self._take(role, best[1])
                    dated.pop(best[1])

    def _created(self, dated: dict[str, Column]) -> None:
        scored: list[tuple[float, float, str]] = []
        closing = [h for h in dated if speaks_for(h, "closed_at") >= 0.7]
        for header, column in dated.items():
            word = speaks_for(header, "created_at")
            later = [c for h, c in dated.items() if h != header and not upkeep(h)]
            later += [self.sample[h] for h in self.stages.values()]
            if planned(header) or (header in closing and word < 0.8):
                continue
            if upkeep(header) and word < 0.9:
                continue
            full = len(column.filled) / max(len(column.cells), 1)
            score = word + (0.1 if full >= 0.95 else -0.3 if full < 0.5 else 0.0)
            first = _before(column, later)
            if first is not None:
                score += 0.2 if first >= 0.9 else -0.4 if first < 0.5 else 0.0
            scored.append((score, word, header))
        scored.sort(key=lambda s: -s[0])
        good = [s for s in scored if s[1] >= 0.3 and s[0] >= 0.45]
        if good:
            best = good[0]
            close = [s[2] for s in good[1:] if best[0] - s[0] < _CLOSE_CALL]
            close = [h for h in close if _differ(dated[h], dated[best[2]])]
            self._take("created_at", best[2], "words" if best[1] >= 0.75 else "earliest")
            if close and best[1] < 1.0:
                self._ask("created_at", [best[2], *close])
            dated.pop(best[2])
        elif scored and scored[0][0] > 0.25:
            self.found.columns["created_at"] = scored[0][2]
            self._ask("created_at", [s[2] for s in scored[:3]])
            dated.pop(scored[0][2])

    def _closed(self, dated: dict[str, Column], ends: _Ends, has_both: bool) -> None:
        scored: list[tuple[float, float, bool, str]] = []
        have = self.found.columns
        start = have.get("created_at")
        dates_tell = "won_at" in have and "lost_at" in have  # the days of the end are known
        for header, column in dated.items():
            word = speaks_for(header, "closed_at")
            if (
                ends.tell and ends.filled(column, True) >= 0.9
            ):  # "Won / lost on": the end, all in one
                word = max(word, *(0.7 * speaks_for(header, r) for r in ("won_at", "lost_at")))
            only = ends.only_decided(column) and not (dates_tell and word == 0)
            if planned(header) and not actual(header) and not (only and word > 0):
                continue
            if word < 0.5 and (not only or upkeep(header)):
                continue
            score = word + (0.2 if actual(header) else 0.0)
            score += 0.6 if only else -0.2 if ends.tell else 0.0
            score -= 0.4 if planned(header) and not actual(header) else 0.0
            score -= 0.3 if upkeep(header) else 0.0
            if start is not None:
                after = _before(self.sample[start], [column])
                score -= 0.4 if after is not None and after < 0.5 else 0.0
            scored.append((score, word, only, header))
        scored.sort(key=lambda s: -s[0])
        if has_both:  # the system's own date of closing gives way to a real one alone
            scored = [s for s in scored if s[2]]
        if not scored or scored[0][0] < 0.35:
            return
        score, word, only, header = scored[0]
        close = [s for s in scored[1:] if score - s[0] < _CLOSE_CALL]
        close = [s for s in close if _differ(dated[s[3]], dated[header])]
        if only:
            n = sum(d is not False and c is not None for d, c in
                    zip(ends.decided, dated[header].cells, strict=True))  # fmt: skip
            self._take("closed_at", header, "closed" if self.sample.whole else "only", n=n)
        elif actual(header) or not ends.tell or ends.filled(dated[header], False) <= _FEW:
            self._take("closed_at", header)
        else:
            self._take("closing_date", header, "both")
        if close or (only and word == 0):
            self._ask("closed_at", [header, *(s[3] for s in close)])
        if has_both and "closed_at" in self.found.columns:
            plan = self.found.columns.pop("closing_date")
            self.found.columns.setdefault("expected_close", plan)
        dated.pop(header)

    def _planned(self, dated: dict[str, Column], ends: _Ends) -> None:
        scored = []
        for header, column in dated.items():
            word = speaks_for(header, "expected_close")
            closing = speaks_for(header, "closed_at")
            if planned(header):
                word = max(word, closing)
            elif closing >= 0.7 and ends.tell and ends.filled(column, False) >= 0.5:
                word = max(word, 0.6)  # filled where nothing has closed yet
            if word >= 0.5 and not (ends.only_decided(column) and not planned(header)):
                scored.append((word, header))
        if scored:
            self._take("expected_close", max(scored, key=lambda s: s[0])[1])

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
            if best[0] - s < _CLOSE_CALL
            or (planned(h) != planned(best[1]) and best[0] - s < 3 * _CLOSE_CALL)
        ]  # fmt: skip
        close = [h for h in close if _differ(self.sample[h], self.sample[best[1]])]
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

    def _ask(self, role: str, headers: Sequence[str], none: bool = True) -> None:
        choices = [
            Choice(
                Phrase("questions.column", column=h),
                tuple(self.sample[h].texts[:3]),
                {"columns": {role: h}},
            )
            for h in headers
        ]
        if none:
            choices.append(Choice(Phrase("questions.no_column"), (), {"columns": {role: None}}))
        several = len(headers) > 1
        text = Phrase(
            f"questions.{'which' if several else 'this'}_column",
            role=Phrase(f"questions.role_{role}"), columns=list(headers), column=headers[0],
        )  # fmt: skip
        self.found.questions.append(Question(f"column:{role}", text, tuple(choices)))


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


def _before(column: Column, others: Sequence[Column]) -> float | None:
    """The share of rows in which the column is no later than every other date."""
    mine = column.moments
    rest = [c.moments for c in others if c.moments is not None]
    if mine is None or not rest:
        return None
    hits = total = 0
    for i, at in enumerate(mine):
        seen = [m[i] for m in rest if m[i] is not None]
        if at is not None and seen:
            total += 1
            hits += all(at.date() <= s.date() for s in seen if s is not None)
    return hits / total if total else None


def _differ(one: Column, other: Column) -> bool:
    """Whether two columns say different things in more than one row in twenty."""
    both = [(a, b) for a, b in zip(one.cells, other.cells, strict=True)]
    return bool(sum(a != b for a, b in both) > _FEW * max(len(both), 1))
