"""Which date of a deal is which: words, and where the column is filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from funnelkit.data.cells.kinds import NO, YES
from funnelkit.data.understanding.endings import read_label
from funnelkit.data.understanding.headers import actual, planned, speaks_for, upkeep
from funnelkit.data.understanding.sample import Column
from funnelkit.data.understanding.weighing import CLOSE_CALL, FEW, Weighing, differ

#: The dates of a deal itself.
DATES = ("created_at", "closed_at", "expected_close", "won_at", "lost_at")


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
        return self.tell and self.filled(column, False) <= FEW and self.filled(column, True) >= 0.5


class DateRoles(Weighing):
    """Weighs the dates of one table of deals."""

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
            speaks = max(speaks_for(header, r) for r in DATES)
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
            close = [s[2] for s in good[1:] if best[0] - s[0] < CLOSE_CALL]
            close = [h for h in close if differ(dated[h], dated[best[2]])]
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
        close = [s for s in scored[1:] if score - s[0] < CLOSE_CALL]
        close = [s for s in close if differ(dated[s[3]], dated[header])]
        if only:
            n = sum(d is not False and c is not None for d, c in
                    zip(ends.decided, dated[header].cells, strict=True))  # fmt: skip
            self._take("closed_at", header, "closed" if self.sample.whole else "only", n=n)
        elif actual(header) or not ends.tell or ends.filled(dated[header], False) <= FEW:
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

    def _dated(self, header: str) -> bool:
        column = self.sample[header]
        return column.moments is not None and not column.plain_numbers


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
