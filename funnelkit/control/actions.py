"""The action log: what was tried against which problem, and whether it worked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnelkit.control.action_checks import DATES, checked, day_of, pair
from funnelkit.control.action_results import ClosureRate, Reviews
from funnelkit.control.verdicts import Verdict, judge
from funnelkit.data.ledger.store import OnStore, Store
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.files.tables import write_csv
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.process import load_process
from funnelkit.stats import wilson
from funnelkit.words import say

if TYPE_CHECKING:
    pass

# the class has a method of that name
_Rows = list[dict[str, Any]]

VERSION = 1
_STEPS = {
    1: """
    CREATE TABLE actions (
        id INTEGER PRIMARY KEY, problem VARCHAR NOT NULL, stage VARCHAR, segment VARCHAR,
        control VARCHAR, hypothesis VARCHAR, measure VARCHAR NOT NULL, baseline DOUBLE,
        expected DOUBLE, owner VARCHAR NOT NULL, start DATE NOT NULL, due DATE NOT NULL,
        review_date DATE NOT NULL, result VARCHAR, verdict VARCHAR, effect DOUBLE, low DOUBLE,
        high DOUBLE, reviewed_at DATE, closed_at DATE
    )"""
}
_WRITABLE = (
    "problem", "stage", "segment", "control", "hypothesis", "measure", "baseline", "expected",
    "owner", "start", "due", "review_date", "result",
)  # fmt: skip


class ActionLog(OnStore):
    """Actions against problems, kept in an embedded file, with computed verdicts.

    Parameters
    ----------
    path : str or Path, optional
        A DuckDB file, made when it does not exist; in memory when not given. While it is open
        no other program can open it: :meth:`shut` it, or use ``with``.

    Examples
    --------
    >>> log = ActionLog()
    >>> log.add("Proposals stay silent", stage="proposal", measure="step_rate", owner="Ada",
    ...         start="2026-03-01", due="2026-04-30", expected=0.6)
    1
    >>> log.list()[["id", "owner", "verdict"]].values.tolist()
    [[1, 'Ada', None]]
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._store = Store(path)
        self._store.part("actions", VERSION, _STEPS)

    def __len__(self) -> int:
        row = self._store.run("SELECT count(*) FROM actions").fetchone()
        return 0 if row is None else int(row[0])

    def __repr__(self) -> str:
        return say("control.log_repr", n=len(self), file=str(self._store.path or ":memory:"))

    def add(
        self,
        problem: str,
        *,
        measure: str,
        owner: str,
        start: dt.date | str,
        due: dt.date | str,
        stage: str | None = None,
        segment: str | Mapping[str, str] | None = None,
        control: str | Mapping[str, str] | None = None,
        hypothesis: str = "",
        baseline: float | None = None,
        expected: float | None = None,
        review_date: dt.date | str | None = None,
    ) -> int:
        """Write an action down and return its number.

        Parameters
        ----------
        problem, hypothesis : str
            What is wrong, and why this should help.
        measure : {"step_rate", "win_rate", "no_decision_rate", "median_days"}
            What should change; ``stage`` says where.
        owner : str
            Who sees to it. An action without an owner is not an action.
        start, due : date
            When it begins and when it should be done.
        segment : str or mapping, optional
            ``"region=East"`` or ``{"region": "East"}``; all deals when not given.
        control : str or mapping, optional
            A group without the action: ``"region=West"``, or ``"region=rest"`` for the others.
        baseline, expected : float, optional
            What the measure is and should become.
        review_date : date, optional
            When the verdict is looked at; `due` when not given.

        Raises
        ------
        FunnelkitError
            No owner, unknown measure, dates in the wrong order.
        """
        row: dict[str, Any] = {
            "problem": problem, "stage": stage, "segment": segment, "control": control,
            "hypothesis": hypothesis, "measure": measure, "baseline": baseline,
            "expected": expected, "owner": owner, "start": start, "due": due,
            "review_date": due if review_date is None else review_date,
        }  # fmt: skip
        row = checked(row)
        with self._store.transaction():
            last = self._store.run("SELECT coalesce(max(id), 0) FROM actions").fetchone()
            number_ = 1 if last is None else int(last[0]) + 1
            columns = ", ".join(["id", *row])
            marks = ", ".join("?" * (len(row) + 1))
            self._store.run(
                f"INSERT INTO actions ({columns}) VALUES ({marks})", [number_, *row.values()]
            )
        return number_

    def update(self, id: int, **changes: Any) -> None:
        """Change an action that is not closed; a verdict cannot be typed in.

        Raises
        ------
        FunnelkitError
            No such action, unknown field, a closed action, dates in the wrong order.
        """
        for name in changes:
            if name in ("verdict", "effect", "low", "high", "reviewed_at"):
                raise FunnelkitError("control.verdict_computed", found=name)
            if name not in _WRITABLE:
                raise FunnelkitError(
                    "control.unknown_field", found=name, allowed=nearest(name, _WRITABLE)
                )
        row = self._row(id)
        if row["closed_at"] is not None:
            raise FunnelkitError("control.already_closed", id=id, date=row["closed_at"])
        new = checked({k: row[k] for k in _WRITABLE} | changes)
        changed = {k: new[k] for k in changes}
        if not changed:
            return
        # another question has another answer: an older verdict does not stand
        if set(changes) & {"stage", "segment", "control", "measure", "start"}:
            changed |= dict.fromkeys(("verdict", "effect", "low", "high", "reviewed_at"))
        self._write(id, changed)

    def list(self, *, open_only: bool = False) -> pd.DataFrame:
        """Return the actions, one row each, by number."""
        where = "WHERE closed_at IS NULL" if open_only else ""
        table = self._store.run(f"SELECT * FROM actions {where} ORDER BY id").df()
        texts = ["stage", "segment", "control", "hypothesis", "result", "verdict"]
        for column in texts:
            table[column] = table[column].astype("object").where(table[column].notna(), None)
        return table

    def review(
        self, p: Pipeline, id: int | None = None, *, at: dt.date | str | None = None,
        window: int | None = None, enough: int = 20,
    ) -> Reviews:  # fmt: skip
        """Compute the verdict of every open action, or of one, and keep it.

        Parameters
        ----------
        at : date, optional
            As known then.
        window : int, optional
            Days after which every deal is looked at; by default those in which 80% of what
            happens had happened before the start.
        enough : int
            Deals on either side below which it is too early.

        Returns
        -------
        Reviews
            ``table``: ``id, problem, stage, measure, segment, window, before, n_before, after,
            n_after, by_chance, control_change, effect, low, high, expected, verdict``.
            ``by_chance`` is what a segment that was picked because it lay low was to come back by
            itself; ``effect`` is the change less that, and less ``control_change``, the change of
            the control. Where none was named it is that of the segment's other groups, and
            ``effect`` the part of the change that is there with them and without them.
        """
        p = p if at is None else p.at(at)
        rows = [self._row(id)] if id is not None else self._rows(open_only=True)
        out = []
        for row in rows:
            found = self._judge(p, row, window, enough)
            out.append(_reviewed(row, found))
            self._keep(row["id"], p, found)
        columns = [
            "id", "problem", "stage", "measure", "segment", "window", "before", "n_before",
            "after", "n_after", "by_chance", "control_change", "effect", "low", "high", "expected",
            "verdict",
        ]  # fmt: skip
        table = pd.DataFrame(out, columns=columns)
        options = (("enough", enough),)
        return Reviews(table, make_scope(p, p.size), p.process, (), options, p.synthetic)

    def close(
        self, id: int, p: Pipeline, *, result: str = "", window: int | None = None,
        enough: int = 20, at: dt.date | str | None = None,
    ) -> str:  # fmt: skip
        """Close an action with the verdict the data give, and return it.

        Raises
        ------
        FunnelkitError
            It is too early for a verdict, or the action is closed.
        """
        p = p if at is None else p.at(at)
        row = self._row(id)
        if row["closed_at"] is not None:
            raise FunnelkitError("control.already_closed", id=id, date=row["closed_at"])
        found = self._judge(p, row, window, enough)
        if found.verdict == "too_early":
            raise FunnelkitError(
                "control.too_early_to_close",
                id=id, before=found.segment.n_before, after=found.segment.n_after, enough=enough,
                date=found.ready,
            )  # fmt: skip
        self._keep(id, p, found, result=result or row["result"], closed_at=p.as_of.date())
        return found.verdict

    def closure_rate(self, at: dt.date | str | None = None) -> ClosureRate:
        """Return the share of the actions due by a day that were closed with a verdict by then."""
        day = day_of(at, "at") if at is not None else dt.date.today()
        rows = [r for r in self._rows() if r["due"] <= day]
        done = [r for r in rows if r["closed_at"] is not None and r["closed_at"] <= day]
        low, high = wilson(len(done), len(rows)) if rows else (float("nan"),) * 2
        rate = len(done) / len(rows) if rows else float("nan")
        row = {"due": len(rows), "closed": len(done), "rate": rate, "low": low, "high": high}
        scope = Scope(len(rows), (), dt.datetime.combine(day, dt.time.max))
        return ClosureRate(pd.DataFrame([row]), scope, load_process(None))

    def export(self, path: str | Path) -> Path:
        """Write the actions to a .csv or .xlsx file and return its path.

        Raises
        ------
        FunnelkitError
            Another ending.
        """
        path = Path(path)
        table = self.list()
        for column in (*DATES, "reviewed_at", "closed_at"):
            table[column] = pd.to_datetime(table[column]).dt.strftime("%Y-%m-%d")
        if path.suffix == ".csv":
            write_csv(path, table)
        elif path.suffix == ".xlsx":
            # a text that starts with = is a text, not a formula
            options = {"strings_to_formulas": False, "strings_to_urls": False}
            with pd.ExcelWriter(
                path, engine="xlsxwriter", engine_kwargs={"options": options}
            ) as book:
                table.to_excel(book, index=False, sheet_name="actions")
        else:
            raise FunnelkitError("control.export_kind", found=path.suffix or path.name)
        return path

    # ---------------------------------------------------------------- inside

    def _rows(self, open_only: bool = False) -> _Rows:
        where = "WHERE closed_at IS NULL" if open_only else ""
        found = self._store.run(f"SELECT * FROM actions {where} ORDER BY id")
        names = [c[0] for c in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _row(self, id: int) -> dict[str, Any]:
        rows = self._rows()
        for row in rows:
            if row["id"] == id:
                return row
        raise FunnelkitError(
            "control.unknown_action", found=id, allowed=nearest(id, [r["id"] for r in rows])
        )

    def _write(self, id: int, values: dict[str, Any]) -> None:
        marks = ", ".join(f"{name} = ?" for name in values)
        with self._store.transaction():
            self._store.run(f"UPDATE actions SET {marks} WHERE id = ?", [*values.values(), id])

    def _judge(self, p: Pipeline, row: dict[str, Any], window: int | None, enough: int) -> Verdict:
        return judge(
            p, measure=row["measure"], start=row["start"], stage=row["stage"],
            segment=pair(row["segment"]), control=pair(row["control"]),
            window=window, enough=enough,
        )  # fmt: skip

    def _keep(self, id: int, p: Pipeline, found: Verdict, **others: Any) -> None:
        values = {
            "verdict": found.verdict, "effect": found.effect, "low": found.low,
            "high": found.high, "reviewed_at": p.as_of.date(), **others,
        }  # fmt: skip
        self._write(id, values)


def _reviewed(row: dict[str, Any], found: Verdict) -> tuple[Any, ...]:
    s = found.segment
    return (
        row["id"], row["problem"], row["stage"], row["measure"], row["segment"] or "",
        found.window, s.before, s.n_before, s.after, s.n_after, found.by_chance,
        float("nan") if found.control is None else found.control.change,
        found.effect, found.low, found.high, row["expected"], found.verdict,
    )  # fmt: skip


__all__ = ["ActionLog"]
