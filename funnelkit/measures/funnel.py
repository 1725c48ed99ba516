"""The funnel: how many deals came to each stage, under a named counting rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnelkit.data.pipeline import Pipeline
from funnelkit.measures.behind import because, dated, ones
from funnelkit.measures.drawn import whole_groups
from funnelkit.measures.engine import (
    deals_in,
    group_columns,
    groups_first,
    outside,
    period,
    rank_of,
)
from funnelkit.measures.eventual_rates import eventual_rates
from funnelkit.measures.result import Result, choose
from funnelkit.measures.scope import Scope, make_scope
from funnelkit.stats.intervals import wilson
from funnelkit.words import percent, say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart

RULES = ("reached", "touched", "strict", "direct", "backfilled")


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Result):
    """The deals at each stage; the last row is the won deals."""

    name: ClassVar[str] = "funnel"
    counts: ClassVar = ("deals", "still_open")
    keys: ClassVar = ("stage",)

    @property
    def rule(self) -> str:
        """The counting rule."""
        return str(self.option("rule"))

    @property
    def definition(self) -> str:
        """How a deal is counted at a stage, in the current language."""
        return say("measures.funnel_definition", rule=say(f"measures.rule_{self.rule}"))

    def summary(self) -> str:
        """Name the ends of the funnel and its narrowest step."""
        if self.by:
            groups = self.table.drop_duplicates(list(self.by))
            return say("measures.funnel_summary_groups", n=len(groups), used=self.scope.used)
        steps = self.table.dropna(subset=["step_rate"])
        if self.scope.used == 0 or steps.empty:
            return say("measures.nothing")
        worst = steps.iloc[int(steps["step_rate"].argmin())]
        before = self.process.funnel_ids[list(self.process.funnel_ids).index(worst["stage"]) - 1]
        told = say(
            "measures.funnel_summary",
            n=int(self.table["deals"].iloc[0]),
            won=int(self.table["deals"].iloc[-1]),
            overall=percent(self.table["overall_rate"].iloc[-1], 1),
            before=self.process.label(before),
            stage=self.process.label(worst["stage"]),
            rate=worst["step_rate"],
            low=worst["low"],
            high=worst["high"],
        )
        known = worst["eventual_rate"] == worst["eventual_rate"]
        if not known or percent(worst["eventual_rate"]) == percent(worst["step_rate"]):
            return told
        in_the_end = {n: worst[f"eventual_{n}"] for n in ("rate", "low", "high")}
        return sentences([told, say("measures.funnel_eventual", **in_the_end)])

    def _behind(self, p: Pipeline) -> ir.Table:
        shape, _ = _placed(p, p.deals, ["created_at"], self.rule)
        top = len(p.process.open_ids)
        if "won_counts" not in shape.columns:
            at = [shape.far >= k for k in range(top + 1)]
        else:
            at = [*(shape[f"at_{k}"] for k in range(top)), shape.won_counts]
        why = because((shape.far < 0, "no_stage"))
        why = ibis.coalesce(dated(shape, "created_at", self.scope), why)
        parts = []
        for k, stage in enumerate(p.process.funnel_ids):
            last = at[k]
            for later in at[k + 1 :]:
                last = last & ~later
            parts.append(
                shape.select(
                    "deal_id",
                    stage=ibis.literal(stage),
                    deals=ones(at[k]),
                    still_open=ones(last & shape.is_open),
                    why=why,
                )
            )
        return ibis.union(*parts)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw one bar a stage with its number, step rate and interval."""
        from funnelkit.charts.funnel_bars import funnel_bars

        rows, cut = whole_groups(self)
        names = {"deals": "n", "overall_rate": "overall", "step_rate": "rate"}
        table = pd.DataFrame(rows, columns=self.table.columns)
        frame = (
            table[[*names, "low", "high"]]
            .rename(columns=names)
            .assign(
                label=table["stage"].map(self.process.label),
                open=table[["still_open", "deals"]].min(axis=1),
            )
        )
        if self.by:
            frame["group"] = [self._where(row) for row in rows]
        parts = [
            say(
                f"measures.alt_funnel_{'step' if rate == rate else 'part'}",
                stage=self._where(row, "stage"),
                deals=row["deals"],
                rate=rate,
            )
            for row, rate in zip(rows, frame["rate"], strict=True)
        ]
        alt = say("measures.alt_funnel", n=len(rows), parts=say("measures.list", parts=parts))
        notes = (say("measures.chart_hollow_open"), self._in_the_end(), cut)
        heads = ("deals", "step_rate", "interval", "overall")
        return funnel_bars(
            frame,
            headings=[say(f"measures.chart_{head}") for head in heads],
            **self._around(ax, *notes, alt=alt, drawn=["deals"]),
        )

    def _in_the_end(self) -> str:
        """Name the rates that come in the end, where there is one funnel only."""
        table = self.table.dropna(subset=["eventual_rate"])
        if self.by or table.empty:
            return ""
        parts = [
            say(
                "measures.chart_eventual_part",
                stage=self._where(row, "stage"),
                **{n: row[f"eventual_{n}"] for n in ("rate", "low", "high")},
            )
            for row in table.to_dict("records")
        ]
        return say("measures.chart_eventual", parts=say("measures.list", parts=parts))


def funnel(
    p: Pipeline,
    by: str | list[str] | None = None,
    *,
    rule: str = "reached",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    cluster: str | None = None,
) -> Funnel:
    """Count the deals that came to each stage, and the share that went on.

    Parameters
    ----------
    p : Pipeline
        With a stage history.
    by : str or list of str, optional
        One funnel a group.
    rule : {"reached", "touched", "strict", "direct", "backfilled"}
        *reached*: ever in the stage or any later one, or won. *touched*: at some time in the
        stage itself; a step is a deal that was in both stages. *strict*: in every stage up to
        it, first entries in process order. *direct*: as touched, and only moves from one stage
        straight to the next count as conversion. *backfilled*: every stage up to the one the
        deal stands in (or stood in when it closed) counts as passed; won deals passed all.
    since, until : date, optional
        Deals created in [since, until).
    cluster : str, optional
        Deals of one value hang together, and the interval of the eventual rate is wider for it;
        ``account`` where the source has it, and always the months in which deals came.
        ``deal_id``: every deal for itself.

    Returns
    -------
    Funnel
        ``table``: [by], ``stage, deals, step_rate, overall_rate, low, high, still_open,
        eventual_rate, eventual_low, eventual_high``. ``step_rate`` is the share of the deals at
        the previous stage that has come *so far*, ``overall_rate`` the share of the first stage,
        ``low`` and ``high`` the 95% Wilson interval of ``step_rate``; ``still_open`` deals may
        yet go on: they are not losses. ``eventual_rate`` is the share that goes on in the end,
        with its 95% interval: the one to plan with and to hold against a target. It follows
        the reached rule and is missing under the others, and where closing dates are.

    Raises
    ------
    FunnelkitError
        Snapshot without history; unknown rule or column.

    Notes
    -----
    The reached rule is the one under which rates multiply to the overall rate even where
    deals skip stages.

    Examples
    --------
    >>> import pandas as pd
    >>> from funnelkit.data.pipeline import from_frames
    >>> from funnelkit.process import Process
    >>> log = pd.DataFrame({"deal_id": list("aab"), "stage": ["first", "won", "first"],
    ...     "entered_at": pd.to_datetime(["2026-01-01", "2026-01-09", "2026-01-02"])})
    >>> p = from_frames(stage_history=log, process=Process.from_stages(["first"]))
    >>> funnel(p).table["deals"].tolist()
    [2, 1]
    """
    choose(rule, RULES, "rule")
    groups = group_columns(p, by, *COLUMNS, *_EVENTUAL, "place", "day", "exit", "began")
    p.need("stage_history", what="funnel")
    start, end = period(since, until)
    counts = counted(p, deals_in(p, start, end), groups, rule)
    table, unplaced = tabulated(counts, p, groups, rule)
    if rule == "reached" and p.has("closed_at"):
        table = _with_eventual(table, eventual_rates(p, groups, start, end, cluster), p, groups)
    else:
        table = table.assign(**dict.fromkeys(_EVENTUAL, np.nan))
    return Funnel(
        table,
        scope_of(p, counts, unplaced, start, end),
        p.process,
        tuple(groups),
        (("rule", rule),),
        p.synthetic,
    )


def scope_of(
    p: Pipeline,
    counts: pd.DataFrame,
    unplaced: int,
    start: dt.datetime | None,
    end: dt.datetime | None,
) -> Scope:
    """Return the scope of counts of which ``unplaced`` deals stand at no stage."""
    left_out = [*outside(p.deals, "created_at", start, end), ("no_stage", unplaced)]
    return make_scope(p, int(counts["n"].sum()) - unplaced, left_out, start, end)


def _with_eventual(
    table: pd.DataFrame, found: pd.DataFrame, p: Pipeline, by: list[str]
) -> pd.DataFrame:
    """Write the eventual rate of each stage beside the stage it leads to."""
    ids = p.process.funnel_ids
    found = found.assign(stage=[ids[k + 1] for k in found["place"]]).drop(
        columns=["place", "n", "eventual_error"]
    )
    if table.empty or found.empty:
        return table.assign(**dict.fromkeys(_EVENTUAL, np.nan))
    return table.merge(found, on=[*by, "stage"], how="left")


def counted(p: Pipeline, deals: ir.Table, by: list[str], rule: str) -> pd.DataFrame:
    """Return how many deals share a group, a pattern of stages, an end and an openness.

    ``at_k`` says whether the deal counts at the k-th stage, ``go_k`` (direct rule only)
    whether it moved straight from the k-th to the next.
    """
    shape, columns = _placed(p, deals, by, rule)
    keys = [*by, *columns, "is_open"]
    return groups_first(shape.group_by(keys).agg(n=shape.count()).to_pandas(), by)


def _placed(
    p: Pipeline, deals: ir.Table, extra: list[str], rule: str
) -> tuple[ir.Table, list[str]]:
    """Return one row a deal with the columns that say at which stages it counts."""
    per_deal = _per_deal(p, rule)
    facts = deals.select(*dict.fromkeys(["deal_id", "stage", "outcome", *extra]))
    joined = facts.left_join(per_deal, "deal_id")
    joined = joined.drop("deal_id_right")
    top = len(p.process.open_ids)
    won = joined.outcome == "won"
    here = rank_of(joined.stage, p)
    if rule in ("reached", "backfilled"):
        ever = ibis.greatest(joined.furthest.fill_null(-1), here.fill_null(-1))
        now = ibis.coalesce(here, joined.latest, ibis.literal(-1, "int64"))
        far = won.ifelse(top, ever if rule == "reached" else now)
        columns = {"far": far}
    else:
        columns = {c: joined[c].fill_null(False) for c in per_deal.columns if c != "deal_id"}
        ever = joined.at_0.fill_null(False)
        for k in range(1, top):
            ever = ever | joined[f"at_{k}"].fill_null(False)
        columns["far"] = (won | ever).ifelse(0, -1)
        columns["won_counts"] = won
        if rule == "strict":
            columns["won_counts"] = won & joined[f"at_{top - 1}"].fill_null(False)
    return joined.mutate(**columns, is_open=joined.outcome == "open"), list(columns)


def _per_deal(p: Pipeline, rule: str) -> ir.Table:
    if rule == "reached":
        return p.furthest.mutate(latest=ibis.null("int64"))
    history = p.stage_history
    assert history is not None
    stages = p.process.open_ids
    if rule == "backfilled":
        # the last visit stands in where the deals table does not know the stage
        last = ibis.window(
            group_by="deal_id", order_by=[history.entered_at.desc(), history.seq.desc()]
        )
        open_rows = history.filter(history.stage.isin(stages))
        rows = open_rows.mutate(rank=rank_of(open_rows.stage, p), back=ibis.row_number().over(last))
        return rows.group_by("deal_id").agg(
            furthest=rows["rank"].max(), latest=rows["rank"].max(where=rows.back == 0)
        )
    if rule == "touched":
        touched = {f"at_{k}": (history.stage == s).any() for k, s in enumerate(stages)}
        return history.group_by("deal_id").agg(**touched)
    along = ibis.window(group_by="deal_id", order_by=[history.entered_at, history.seq])
    if rule == "direct":
        rows = history.mutate(next=history.stage.lead().over(along))
        # a log without outcome rows: the close follows the last visit
        outcome = p.deals.select("deal_id", "outcome")
        rows = rows.left_join(outcome, "deal_id").drop("deal_id_right")
        rows = rows.mutate(next=ibis.coalesce(rows.next, rows.outcome.nullif("open")))
        followed = [*stages[1:], "won"]
        at = {f"at_{k}": (rows.stage == s).any() for k, s in enumerate(stages)}
        go = {
            f"go_{k}": ((rows.stage == s) & (rows.next == followed[k]).fill_null(False)).any()
            for k, s in enumerate(stages)
        }
        return rows.group_by("deal_id").agg(**at, **go)
    rows = history.mutate(place=ibis.row_number().over(along))
    first = rows.group_by("deal_id").agg(
        **{f"place_{k}": rows.place.min(where=rows.stage == s) for k, s in enumerate(stages)}
    )
    in_order = first.place_0.notnull()
    flags = {"at_0": in_order}
    for k in range(1, len(stages)):
        in_order = in_order & (first[f"place_{k}"] > first[f"place_{k - 1}"]).fill_null(False)
        flags[f"at_{k}"] = in_order
    return first.select("deal_id", **flags)


def tabulated(
    counts: pd.DataFrame, p: Pipeline, by: list[str], rule: str
) -> tuple[pd.DataFrame, int]:
    """Turn the patterns into one row a stage."""
    unplaced = int(counts.loc[counts["far"] < 0, "n"].sum())
    counts = counts[counts["far"] >= 0]
    ids = list(p.process.funnel_ids)
    frames = []
    pieces: list[tuple[Any, pd.DataFrame]] = (
        list(counts.groupby(by, sort=True)) if by else [((), counts)]
    )
    for key, part in pieces:
        n, is_open = part["n"].to_numpy(), part["is_open"].to_numpy(dtype=bool)
        at = _at(part, len(ids), rule)
        deals = at @ n
        furthest = np.where(at.any(axis=0), len(ids) - 1 - at[::-1].argmax(axis=0), -1)
        still_open = np.array([n[(furthest == k) & is_open].sum() for k in range(len(ids))])
        if rule == "direct":
            gone = np.array([part[f"go_{k}"].to_numpy(dtype=bool) for k in range(len(ids) - 1)])
        else:
            gone = at[:-1] & at[1:]
        overall = None if rule == "direct" else (at[0] & at) @ n
        frame = _rates(ids, deals, gone @ n, overall, still_open)
        for column, value in zip(by, key, strict=True):
            frame.insert(by.index(column), column, value)
        frames.append(frame)
    if not frames:  # grouped, and not one deal in the period
        none = np.zeros(len(ids), int)
        empty = _rates(ids, none, none[1:], none, none).iloc[:0]
        frames = [empty.reindex(columns=[*by, *COLUMNS])]
    return pd.concat(frames, ignore_index=True), unplaced


def _at(part: pd.DataFrame, rows: int, rule: str) -> np.ndarray:
    """Return stages x patterns: whether the pattern counts at the stage."""
    if rule in ("reached", "backfilled"):
        return np.arange(rows)[:, None] <= part["far"].to_numpy()[None, :]
    flags = [part[f"at_{k}"].to_numpy(dtype=bool) for k in range(rows - 1)]
    return np.array([*flags, part["won_counts"].to_numpy(dtype=bool)])


COLUMNS = ("stage", "deals", "step_rate", "overall_rate", "low", "high", "still_open")
_EVENTUAL = ("eventual_rate", "eventual_low", "eventual_high")


def _rates(
    ids: list[str],
    deals: np.ndarray,
    passed: np.ndarray,
    overall: np.ndarray | None,
    still_open: np.ndarray,
) -> pd.DataFrame:
    """Turn counts into rates.

    ``passed`` are the deals of each stage that count at the next one too, ``overall`` those of
    the first stage that count at each; without it the step rates are multiplied.
    """
    before = deals[:-1].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        step = np.where(before > 0, passed / before, np.nan)
        low, high = wilson(passed, before)
        one = deals[:1] / deals[:1]
        share = np.cumprod(np.concatenate([one, step])) if overall is None else overall / deals[0]
    return pd.DataFrame(
        {
            "stage": ids,
            "deals": deals.astype("int64"),
            "step_rate": np.concatenate([[np.nan], step]),
            "overall_rate": share,
            "low": np.concatenate([[np.nan], low]),
            "high": np.concatenate([[np.nan], high]),
            "still_open": still_open.astype("int64"),
        }
    )
