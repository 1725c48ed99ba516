"""A pipeline as plain frames with labels, and the small tools every layout writes cells with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from funnelkit.data.pipeline import DEALS, OUTCOMES, Pipeline
from funnelkit.process import Process
from funnelkit.words import speaking

#: What the closing stages are called in systems that end a deal by a stage.
CLOSED = {
    "en": {"won": "Closed Won", "lost": "Closed Lost", "no_decision": "Closed No Decision"},
    "zh": {"won": "赢单关闭", "lost": "输单关闭", "no_decision": "无效/搁置"},
}
_EXCEL_ZERO = pd.Timestamp("1899-12-30")


@dataclass
class Source:
    """What a layout writes from.

    Attributes
    ----------
    deals, moves, changes : DataFrame
        The canonical tables in order; ``moves`` and ``changes`` are empty without a history.
    tables : dict of DataFrame
        The further tables.
    language : {"en", "zh"}
        Language of the labels of stages and outcomes.
    """

    deals: pd.DataFrame
    moves: pd.DataFrame
    changes: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    process: Process
    language: str
    has_moves: bool = True
    has_changes: bool = True
    _initial: dict[str, pd.Series] = field(default_factory=dict)

    @property
    def attributes(self) -> list[str]:
        """Columns of the deals beside the canonical ones."""
        return [c for c in self.deals.columns if c not in DEALS]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Ids of stages and outcomes with their label."""
        with speaking(self.language):
            ids = (*self.process.stage_ids, *OUTCOMES, "open")
            return {i: self.process.label(i) for i in ids}

    @cached_property
    def closing_labels(self) -> dict[str, str]:
        """The labels, with closing stages where a system ends a deal by a stage."""
        return self.labels | CLOSED[self.language]

    @cached_property
    def chance(self) -> dict[str, float]:
        """The probability a system shows for each stage: one that somebody typed in once."""
        ids = self.process.open_ids
        steps = {s: round((i + 1) / (len(ids) + 1), 1) for i, s in enumerate(ids)}
        return steps | {"won": 1.0, "lost": 0.0, "no_decision": 0.0}

    def where_it_is(self) -> pd.Series:
        """Stage of an open deal, outcome of a closed one."""
        open_ = self.deals["outcome"] == "open"
        return self.deals["stage"].where(open_, self.deals["outcome"])

    def initial(self, name: str) -> pd.Series:
        """Value of a field when the deal was created, by deal: before its first change."""
        if name not in self._initial:
            column = self.deals[name] if name in self.deals else pd.Series(index=self.deals.index)
            now = plain(column)
            now.index = pd.Index(self.deals["deal_id"])
            of = self.changes[self.changes["field"] == name]
            first = of.drop_duplicates("deal_id").set_index("deal_id")["old"]
            now.loc[first.index] = first.to_numpy()
            self._initial[name] = now
        return self._initial[name]

    def value_at(self, name: str, deal: pd.Series, at: pd.Series) -> pd.Series:
        """Value of a field of these deals at these moments, as text."""
        asked = pd.DataFrame({"deal_id": deal.to_numpy(), "at": at.to_numpy()})
        asked["place"] = range(len(asked))
        of = self.changes[self.changes["field"] == name]
        of = of.sort_values("changed_at", kind="stable")[["deal_id", "changed_at", "new"]]
        of = of.assign(found=True)
        asked = asked.sort_values("at", kind="stable")
        told = pd.merge_asof(asked, of, left_on="at", right_on="changed_at", by="deal_id")
        start = told["deal_id"].map(self.initial(name))
        value = told["new"].where(told["found"].eq(True), start)
        return value.set_axis(told["place"].to_numpy()).sort_index().set_axis(deal.index)


def source(p: Pipeline, language: str) -> Source:
    """Take the tables of a pipeline out of its database, in a fixed order."""
    deals = p.frame()

    def frame(table: object, columns: list[str], by: str) -> pd.DataFrame:
        if table is None:
            return pd.DataFrame({c: pd.Series(dtype="object") for c in columns}).astype(
                {by: "datetime64[us]"}
            )
        ordered: pd.DataFrame = table.order_by(["deal_id", by, "seq"]).to_pandas()  # type: ignore[attr-defined]
        return ordered[columns]

    return Source(
        deals=deals,
        moves=frame(p.stage_history, ["deal_id", "stage", "entered_at"], "entered_at"),
        changes=frame(
            p.field_history, ["deal_id", "field", "old", "new", "changed_at"], "changed_at"
        ),
        tables={name: table.to_pandas() for name, table in p.tables.items()},
        process=p.process,
        language=language,
        has_moves=p.stage_history is not None,
        has_changes=p.field_history is not None,
    )


# --- cells ------------------------------------------------------------------------------------


def local(times: pd.Series, *, day: bool = False) -> pd.Series:
    """Times as they stand: ``2026-07-20 09:15``, with seconds only where there are any."""
    if day:
        days: pd.Series = times.dt.strftime("%Y-%m-%d")
        return days
    known = times.dropna()
    fine = known.dt.microsecond.any() if len(known) else False
    seconds = known.dt.second.any() if len(known) else False
    clock = "%H:%M:%S.%f" if fine else "%H:%M:%S" if seconds else "%H:%M"
    text: pd.Series = times.dt.strftime(f"%Y-%m-%d {clock}")
    return text


def in_utc(s: Source, times: pd.Series, pattern: str = "%Y-%m-%d %H:%M:%S") -> pd.Series:
    """Times of the pipeline's clock as instants of UTC."""
    text: pd.Series = (times - s.process.calendar.offset).dt.strftime(pattern)
    return text


def instant(s: Source, times: pd.Series, end: str = "Z") -> pd.Series:
    """Instants of UTC with milliseconds: ``2024-05-20T19:50:06.000Z``."""
    text = in_utc(s, times.dt.floor("ms"), "%Y-%m-%dT%H:%M:%S.%f").str.slice(0, 23)
    return text + end


def with_offset(s: Source, times: pd.Series) -> pd.Series:
    """Local times with their offset: ``2026-09-22T13:00:27+08:00``."""
    seconds = int(s.process.calendar.offset.total_seconds())
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    end = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    text: pd.Series = times.dt.strftime("%Y-%m-%dT%H:%M:%S") + end
    return text


def serial(times: pd.Series) -> pd.Series:
    """Excel's day numbers, with the time of day as a fraction."""
    days = (times - _EXCEL_ZERO) / pd.Timedelta(days=1)
    return days.map(lambda d: f"{d:.6f}".rstrip("0").rstrip("."), na_action="ignore")


def plain(column: pd.Series) -> pd.Series:
    """Any column as text: whole numbers without a point, midnights as days."""
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "true", False: "false"}).astype("object")
    if pd.api.types.is_datetime64_any_dtype(column):
        known = column.dropna()
        midnight = bool((known == known.dt.normalize()).all())
        return local(column, day=midnight).astype("object")
    if pd.api.types.is_numeric_dtype(column):
        return column.map(number, na_action="ignore").astype("object")
    return column.astype("object").map(str, na_action="ignore")


def number(value: float) -> str:
    """``20000`` for 20000.0, ``0.125`` for 0.125."""
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def keys(column: pd.Series, start: str) -> pd.Series:
    """An id of the system for each distinct value: ``001000000000007``."""
    codes, _ = pd.factorize(column, sort=True)
    made = pd.Series(codes, index=column.index).map(lambda c: f"{start}{c + 1:0{15 - len(start)}d}")
    return made.where(column.notna())
