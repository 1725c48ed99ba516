"""Movement: what turned the open pipeline of one date into that of another, to the cent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.data.engines import drop, keep
from funnelkit.data.pipeline import Pipeline, end_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.changes.rows import (
    Event,
    both_ends,
    cents_of,
    events,
    moved,
    quiet,
)
from funnelkit.measures.changes.steps import (
    HANDED,
    PRECEDENCE_IN,
    PRECEDENCE_OUT,
    STEPS,
    State,
    Window,
    in_scope,
    split,
)
from funnelkit.measures.columns import CENTS, each
from funnelkit.measures.drawn import listed
from funnelkit.measures.engine import group_columns, groups_first, period, within
from funnelkit.measures.result import Result
from funnelkit.measures.scope import make_scope
from funnelkit.measures.winning import single_currency
from funnelkit.show.column import Money
from funnelkit.words import money, say
from funnelkit.words.formats import money_signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, eq=False, repr=False)
class Movement(Result):
    """The waterfall of the open amount between two dates.

    Attributes
    ----------
    owners : DataFrame
        Changes of hands between the two dates: ``from_owner, to_owner, deals, amount``.
    """

    name: ClassVar[str] = "movement"
    room: ClassVar[str] = "movement"
    units: ClassVar = each(CENTS, "amount gross_amount")
    counts: ClassVar = ("deals", "amount")
    keys: ClassVar = ("step",)
    owners: pd.DataFrame = field(default_factory=pd.DataFrame)
    #: The steps of every deal that changed: ``[by], deal_id, step, amount``.
    steps: pd.DataFrame = field(default_factory=pd.DataFrame)

    def _behind(self, p: Pipeline) -> pd.DataFrame:
        """Return the steps of the deals that changed, and both ends of those that did not."""
        deals, window = p.deals, self.option("due")
        stays = deals.filter(deals.outcome == "open")
        if window is not None:
            stays = stays.filter(within(stays.expected_close, *window))
        still = stays.select("deal_id", *self.by, cents=cents_of(stays.amount)).to_pandas()
        still = groups_first(still[~still["deal_id"].isin(self.steps["deal_id"])], list(self.by))
        still = still.assign(amount=still.pop("cents").fillna(0) / 100)
        ends = [still.assign(step=step) for step in ("start", "end")]
        return pd.concat([self.steps, *ends]).assign(deals=1, why=None)

    @property
    def definition(self) -> str:
        """How the steps are counted and in which order reasons are tried."""
        given = dict(self.options)
        key = "movement.scope_all" if given["due"] is None else "movement.scope_due"
        since, until = given["due"] or (None, None)
        order = {
            name: " > ".join(step_label(s) for s in steps)
            for name, steps in (("ways_in", PRECEDENCE_IN), ("ways_out", PRECEDENCE_OUT))
        }
        parts = [say("movement.definition", **order), say(key, since=since, until=until)]
        if not given["fields"]:
            parts.append(say("movement.no_fields"))
        return " ".join(parts)

    @property
    def denominator(self) -> str:
        """What the amounts add up to, in the current language."""
        return say("movement.denominator")

    @property
    def title(self) -> str:
        """Name of the measure in the current language."""
        return say("movement.title")

    def amount(self, step: str) -> float:
        """Return the signed amount of a step over all groups."""
        return float(self.table.loc[self.table["step"] == step, "amount"].sum())

    def summary(self) -> str:
        """Give both ends and the step that moved most."""
        if self.scope.used == 0:
            return say("measures.nothing")
        if "currency" in self.by:  # no sum over currencies
            return say("movement.summary_groups", n=self.table["currency"].nunique())
        flows = {s: self.amount(s) for s in STEPS[1:-1]}
        top = max(flows, key=lambda s: abs(flows[s]))
        text = say(
            "movement.summary" if flows[top] else "movement.summary_still",
            start=self.amount("start"), end=self.amount("end"),
            change=money_signed(self.amount("end") - self.amount("start")),
            step=step_label(top), amount=money_signed(flows[top]), won=-flows["won"],
        )  # fmt: skip
        hands = int(self.owners["deals"].sum()) if len(self.owners) else 0
        return text + (say("movement.hands", n=hands) if hands else "")

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw the waterfall; groups are added up."""
        from funnelkit.charts.waterfall import waterfall

        table, notes = self.table, []
        if "currency" in self.by and len(table):
            first = table["currency"].iloc[0]
            if (table["currency"] != first).any():
                notes.append(say("hygiene.chart_first_currency", currency=first))
            table = table[table["currency"] == first]
        if self.by and len(table.drop_duplicates(list(self.by))) > 1:
            notes.append(say("hygiene.chart_pooled"))
        sums = table.groupby("step", sort=False)["amount"].sum().reset_index()
        ends = sums["step"].isin(["start", "end"])
        frame = pd.DataFrame(
            {
                "label": sums["step"].map(step_label),
                "value": sums["amount"],
                "kind": ends.map({True: "total", False: "change"}),
                "colour": sums["step"].where(sums["step"].isin(["won", "lost", "no_decision"])),
            }
        )[ends | (sums["amount"] != 0)]
        written = [
            money(r["value"]) if r["kind"] == "total" else money_signed(r["value"])
            for r in frame.to_dict("records")
        ]
        alt = say("hygiene.alt_parts", title=self.title, parts=listed(frame["label"], written))
        return waterfall(
            frame,
            heading=say("hygiene.chart_net"),
            write=money,
            unit=Money(currency=self.scope.currency),
            **self._around(ax, *notes, alt=alt),
        )


def step_label(step: str) -> str:
    """Return a step's name in the current language."""
    return say(f"movement.step_{step}")


def movement(
    p: Pipeline,
    start: dt.date | str,
    end: dt.date | str,
    by: str | list[str] | None = None,
    *,
    due: tuple[dt.date | str, dt.date | str] | None = None,
) -> Movement:
    """Split the change of the open amount between two dates into its reasons.

    Both ends are the pipeline as known at the end of that day (:meth:`Pipeline.at`).

    Parameters
    ----------
    start, end : date
        The two dates; movements after ``start`` up to and including ``end``.
    by : str or list of str, optional
        One waterfall a group. A deal that changes its group is handed out and handed in, apart
        from all other reasons.
    due : (date, date), optional
        Only deals expected to close in [since, until); a deal whose date moves into or out of
        it is pulled or pushed. Without it all open deals count.

    Returns
    -------
    Movement
        ``table``: [by], ``step, deals, amount, gross_amount``. ``amount`` compares the two
        ends; ``gross_amount`` follows every recorded change in between. Both add from
        ``start`` to ``end`` to the cent. ``owners``: changes of hands.

    Notes
    -----
    The amount of a deal is split: what was there at the start leaves or stays, the change of
    its amount is an increase or decrease, and it enters or leaves at its amount at the end.
    A deal that came and was closed in between is shown on both sides. With ``due``, a won deal
    belongs to the period in which it was won, any other deal to that of its expected date.

    Raises
    ------
    FunnelkitError
        A missing column, several currencies, or an end before the start.

    Examples
    --------
    >>> from funnelkit.data.pipeline import from_frames
    >>> deals = pd.DataFrame({"deal_id": ["a", "b"], "amount": [100.0, 50.0],
    ...     "outcome": ["won", "open"], "closed_at": pd.to_datetime(["2026-02-10", None]),
    ...     "created_at": pd.to_datetime(["2026-01-05", "2026-02-05"])})
    >>> table = movement(from_frames(deals), "2026-01-31", "2026-02-28").table
    >>> table.loc[table["deals"] > 0, ["step", "amount"]].values.tolist()
    [['start', 100.0], ['new', 50.0], ['won', -100.0], ['end', 50.0]]
    """
    groups = group_columns(p, by, "step", "amount", "gross_amount")
    dated = ["expected_close", "field_history"] if due else []
    p.need("outcome", "amount", *dated, what="movement")
    p.need_open_amounts("movement")
    single_currency(p, groups)
    first, last = end_of(start), end_of(end)
    if last <= first:
        raise FunnelkitError("measures.period_order", since=first, until=last)
    window: Window = None
    if due is not None:
        since, until = period(*due)
        assert since is not None
        assert until is not None
        window = (since, until)
    closing = p.as_known(last)
    both = both_ends(p, p.as_known(first), closing, groups, first, last)
    kept = keep(both, "both_ends", p.deals.get_backend())
    still = list(quiet(both if kept is None else kept, groups, window))
    before, after = moved(both if kept is None else kept, groups)
    if kept is not None:
        drop(kept)
    logs = events(p, first, last)

    deals: dict[tuple[tuple[Any, ...], str], int] = defaultdict(int)
    cents: dict[tuple[tuple[Any, ...], str], int] = defaultdict(int)
    gross: dict[tuple[tuple[Any, ...], str], int] = defaultdict(int)
    hands: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    used = no_amount = 0

    told: list[tuple[Any, ...]] = []

    def book(
        group: tuple[Any, ...],
        step: str,
        amount: int,
        path: int | None = None,
        n: int = 1,
        deal: str = "",
    ) -> None:
        deals[group, step] += n
        cents[group, step] += amount
        gross[group, step] += amount if path is None else path
        if deal:
            told.append((*group, deal, step, amount / 100))

    for group, n, amount, empty in still:
        used, no_amount = used + n, no_amount + empty
        for side in ("start", "end"):
            book(group, side, amount, n=n)

    for deal in sorted(before.keys() | after.keys()):
        old, new = before.get(deal), after.get(deal)
        b, a = old.state if old else None, new.state if new else None
        log = logs.get(deal, [])
        if a is not None and any(e[1] == "outcome" and e[2] == "open" for e in log):
            a = a._replace(reopened=True)
        group = (new or old).group  # type: ignore[union-attr]
        flows = split(b, a, window)
        steps = flows
        if log:
            path = pairwise(_path(b, a, log))
            steps = [flow for earlier, later in path for flow in split(earlier, later, window)]
        inside = in_scope(b, window)
        if inside or flows or steps:
            used += 1
            no_amount += int((new or old).no_amount)  # type: ignore[union-attr]
        if old is not None and b is not None and inside:
            book(old.group, "start", b.cents, deal=deal)
            if old.group != group:
                book(old.group, "handed_out", -b.cents, deal=deal)
                book(group, "handed_in", b.cents, deal=deal)
            if new is not None and old.owner != new.owner:
                hands[old.owner, new.owner][0] += 1
                hands[old.owner, new.owner][1] += b.cents
        for step, amount in flows:
            book(group, step, amount, 0, deal=deal)
        for step, amount in steps:
            gross[group, step] += amount
        if new is not None and a is not None and in_scope(a, window):
            book(new.group, "end", a.cents, deal=deal)

    order = (*STEPS[:-1], *(HANDED if groups else ()), "end")
    keys = sorted({g for g, _ in gross}, key=lambda g: [str(v) for v in g]) or (
        [] if groups else [()]
    )
    table = pd.DataFrame(
        [(*g, s, deals[g, s], cents[g, s] / 100, gross[g, s] / 100) for g in keys for s in order],
        columns=[*groups, "step", "deals", "amount", "gross_amount"],
    )
    owners = pd.DataFrame(
        [(x, y, n, c / 100) for (x, y), (n, c) in sorted(hands.items())],
        columns=["from_owner", "to_owner", "deals", "amount"],
    )
    tick = dt.timedelta(microseconds=1)
    scope = make_scope(closing, used, [("no_amount", no_amount)], first + tick, last + tick)
    options = (("due", window), ("fields", p.has("field_history")))
    names = [*groups, "deal_id", "step", "amount"]
    own = pd.DataFrame(told, columns=names).astype({"amount": "float64"})
    return Movement(table, scope, p.process, tuple(groups), options, p.synthetic, owners, own)


def _path(b: State | None, a: State | None, log: list[Event]) -> list[State | None]:
    """Return the states from the start to the end, one a recorded change."""
    if a is None:
        return [b, a]
    path = [b]
    state = b
    if state is None:
        first = {what: old for _, what, old, _ in reversed(log)}
        state = State("open", first.get("amount", a.cents), first.get("expected_close", a.due))
        path.append(state)
    for when, what, old, new in log:
        if what == "outcome":
            state = state._replace(outcome=old, closed_at=None if old == "open" else when)
        elif what == "amount":
            state = state._replace(cents=new)
        else:
            state = state._replace(due=new)
        path.append(state)
    return [*path, a._replace(reopened=False)]


__all__ = ["HANDED", "PRECEDENCE_IN", "PRECEDENCE_OUT", "STEPS", "Movement", "movement"]
