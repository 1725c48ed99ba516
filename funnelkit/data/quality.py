"""How good a pipeline's data is: what is missing or contradictory, and a grade with its rule."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnelkit.data.contract import DEALS
from funnelkit.data.defects import Finding, Findings, box
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.show.column import COUNT, RATE, TEXT, columns
from funnelkit.show.table import Table
from funnelkit.words import say

GRADES = "ABCD"
LIMITS = (0.02, 0.10, 0.30)


def grade_of(share: float) -> str:
    """Return the grade of a share of rows affected.

    Examples
    --------
    >>> grade_of(0.0), grade_of(0.05), grade_of(0.2), grade_of(0.5)
    ('A', 'B', 'C', 'D')
    """
    return GRADES[sum(share > limit for limit in LIMITS)]


@dataclass(frozen=True)
class Quality:
    """The grade of a pipeline's data.

    Attributes
    ----------
    grade : {"A", "B", "C", "D"}
        The grade of the weakest check; a snapshot, and data with something to be read before
        their numbers, are at best B.
    table : DataFrame
        One row a check: ``check, affected, of, share, grade``.
    findings : Findings
        What the reader noticed.
    first : tuple of Finding
        What has to be read before the first number; see :func:`read_first`.
    """

    grade: str
    table: pd.DataFrame
    findings: Findings
    snapshot: bool
    size: int
    left_out: tuple[tuple[str, int], ...] = field(default=())
    first: tuple[Finding, ...] = ()
    pipeline: Pipeline | None = field(default=None, repr=False)

    @property
    def definition(self) -> str:
        """The rule of the grade."""
        return say("data.quality_rule", a=LIMITS[0], b=LIMITS[1], c=LIMITS[2])

    @property
    def denominator(self) -> str:
        """What the shares are of."""
        return say("data.quality_of", n=self.size)

    def deals(self, check: str | None = None) -> pd.DataFrame:
        """Return the deals behind a check, as :meth:`funnelkit.measures.Result.deals` does.

        Parameters
        ----------
        check : str, optional
            One of ``table["check"]``; without it all of them.

        Returns
        -------
        DataFrame
            ``check`` and the deals' columns that the source has, largest amount first. For rows
            that were set aside: ``check, deal_id, row`` of the file and the ``reason`` (the first
            thousand of each).

        Raises
        ------
        FunnelkitError
            There is no such check.

        Examples
        --------
        >>> import funnelkit as fk
        >>> found = fk.quality(fk.load("tiny"))
        >>> len(found.deals("amount"))
        0
        """
        p = self.pipeline
        names = list(self.table["check"])
        if check is not None and check not in names:
            raise FunnelkitError("measures.unknown_option", name="check", found=check,
                                 allowed=nearest(check, names))  # fmt: skip
        parts = []
        aside = self.findings.set_aside
        for name in names if check is None else [check]:
            if name in _ASIDE:
                rows = aside[aside["table"] == _ASIDE[name]]
                parts.append(rows.drop(columns="table").assign(check=name))
            elif p is not None:
                d = p.deals
                lacking = d.filter(_lacking(p)[name]) if name in _lacking(p) else None
                if name == "no_visits" and p.stage_history is not None:
                    lacking = d.anti_join(p.stage_history, "deal_id")
                if lacking is not None:
                    given = [c for c in DEALS if c == "deal_id" or c in p.given]
                    frame = lacking.select(*given).to_pandas()
                    order = ["amount"] if "amount" in given else []
                    frame = frame.sort_values(
                        [*order, "deal_id"], ascending=[*(False for _ in order), True]
                    )
                    parts.append(frame.assign(check=name))
        parts = [part for part in parts if len(part)]
        if not parts:
            return pd.DataFrame(columns=["check", "deal_id"])
        found = pd.concat(parts, ignore_index=True)
        return found[["check", "deal_id", *(c for c in found if c not in ("check", "deal_id"))]]

    def summary(self) -> str:
        """The grade, and the weakest check, in one sentence."""
        graded = self.table[self.table["grade"] != ""]
        if graded.empty or graded["share"].max() == 0:
            key = "data.quality_snapshot" if self.snapshot else "data.quality_clean"
            return say(key, grade=self.grade, n=self.size)
        worst = graded.sort_values("share", kind="stable").iloc[-1]
        return say(
            "data.quality_summary",
            grade=self.grade,
            check=say(f"data.check_{worst['check']}"),
            affected=int(worst["affected"]),
            of=int(worst["of"]),
            share=float(worst["share"]),
        )

    def shown(self) -> Table:
        """The table with labels in the current language."""
        heads = columns(
            "data.col_", check=TEXT, affected=COUNT, of=COUNT, share=RATE, grade=TEXT
        )  # fmt: skip
        rows = [
            (say(f"data.check_{r.check}"), r.affected, r.of, r.share,
             r.grade or say("data.not_graded"))
            for r in self.table.itertuples()
        ]  # fmt: skip
        return Table(heads, rows)

    def readable(self) -> pd.DataFrame:
        """The same as texts, as people read them."""
        return self.shown().frame()

    def __repr__(self) -> str:
        rows = [str(t) for t in self.findings.tallies.values()]
        parts = [self.summary(), self.readable().to_string(index=False), self.definition, *rows]
        return "\n".join([*map(str, self.first), *parts])

    def _repr_html_(self) -> str:
        texts = [self.definition, *map(str, self.findings.tallies.values())]
        parts = [
            box(self.first),
            f"<p><strong>{html.escape(self.summary())}</strong></p>",
            self.readable().to_html(index=False, border=0),
            *(f"<p>{html.escape(text)}</p>" for text in texts),
            self.findings._repr_html_(),
        ]
        return "".join(parts)


def read_first(p: Pipeline, measure: str | None = None) -> tuple[Finding, ...]:
    """Return what has to be read before the first number, of all or of one measure.

    Rows set aside in number, an order of stages that was guessed, no loss on record, amounts of
    won deals only, deals and history that contradict each other.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": ["a"], "outcome": ["won"]})
    >>> read_first(from_frames(deals, as_of="2026-06-30"))
    ()
    """
    return tuple(
        f for f in p.findings
        if f.about.first != () and (measure is None or f.about.concerns(measure))
    )  # fmt: skip


def quality(p: Pipeline) -> Quality:
    """Grade the data of a pipeline.

    Every check counts the rows that lack what they should have. The grade is that of the weakest
    check: A up to 2% of the rows, B up to 10%, C up to 30%, D beyond. Without a stage history,
    and where something has to be read before the numbers, it is at best B.

    Examples
    --------
    >>> import pandas as pd
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": ["a", "b"], "stage": ["need", "need"],
    ...     "outcome": ["open", "won"], "amount": [5.0, 7.0],
    ...     "created_at": pd.to_datetime(["2026-01-05", "2026-01-06"]),
    ...     "closed_at": pd.to_datetime([None, "2026-02-01"])})
    >>> quality(from_frames(deals)).grade
    'B'
    """
    found = p.findings if isinstance(p.findings, Findings) else Findings(p.findings or ())
    counts = _counts(p)
    deals = int(counts["n"])
    rows: list[dict[str, Any]] = []

    def add(check: str, affected: int, of: int, *, graded: bool = True) -> None:
        share = affected / of if of else 0.0
        rows.append(
            {
                "check": check,
                "affected": affected,
                "of": of,
                "share": min(share, 1.0),
                "grade": grade_of(share) if graded else "",
            }
        )

    def faults(table: str) -> int:
        return found.tallies[table].faults if table in found.tallies else 0

    add("set_aside", faults("deals"), deals + faults("deals"))
    add("cells", sum(f.count for f in found.errors if f.costs == "cell"), deals)
    if p.stage_history is not None:
        add(
            "history_rows", faults("stage_history"),
            int(counts.get("visits") or 0) + faults("stage_history"),
        )  # fmt: skip
        add("no_visits", int(counts["no_visits"] or 0), deals)
    if "stage" in p.given:
        add("stage", int(counts["stage"] or 0), int(counts["open"] or 0))
    if "created_at" in p.given:
        add("created_at", int(counts["created_at"] or 0), deals)
    if "closed_at" in p.given:
        add("closed_at", int(counts["closed_at"] or 0), int(counts["closed"] or 0))
    if "amount" in p.given:
        add("amount", int(counts["amount"] or 0), deals)
    if "owner" in p.given:
        add("owner", int(counts["owner"] or 0), deals)
    if "expected_close" in p.given:
        add("overdue", int(counts["overdue"] or 0), int(counts["planned"] or 0), graded=False)
    table = pd.DataFrame(rows)
    snapshot = p.stage_history is None
    worst = max((g for g in table["grade"] if g), default="A")
    if snapshot or read_first(p):
        worst = max(worst, "B")
    return Quality(worst, table, found, snapshot, deals, p.left_out, read_first(p), p)


#: Checks that count rows which are no deals of the pipeline, and the tables these come from.
_ASIDE = {"set_aside": "deals", "history_rows": "stage_history"}


def _lacking(p: Pipeline) -> dict[str, ir.BooleanValue]:
    """Return which deals lack what they should have, by check: counted and listed by the same."""
    d = p.deals
    is_open = d.outcome == "open"
    return {
        "stage": is_open & d.stage.isnull(),
        "created_at": d.created_at.isnull(),
        "closed_at": ~is_open & d.closed_at.isnull(),
        "amount": d.amount.isnull(),
        "owner": d.owner.isnull(),
        "overdue": is_open & (d.expected_close < ibis.literal(p.as_of)),
    }


def _counts(p: Pipeline) -> dict[str, Any]:
    """All counts of the deals in one query, those of the history in another."""
    d = p.deals
    is_open = d.outcome == "open"
    row: dict[str, Any] = (
        d.aggregate(
            n=d.count(),
            open=is_open.sum(),
            closed=(~is_open).sum(),
            planned=(is_open & d.expected_close.notnull()).sum(),
            **{check: lacks.sum() for check, lacks in _lacking(p).items()},
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    if p.stage_history is not None:
        h = p.stage_history
        row["visits"] = int(h.count().execute())
        row["no_visits"] = int(d.anti_join(h, "deal_id").count().execute())
    return row


__all__ = ["Quality", "grade_of", "quality", "read_first"]
