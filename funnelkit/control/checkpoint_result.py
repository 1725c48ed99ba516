"""Checkpoints that fired, with those that could not be asked beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from funnelkit.control.reasons import explained, named
from funnelkit.control.rules import needs
from funnelkit.measures.columns import Named
from funnelkit.measures.result import Result
from funnelkit.measures.scope import Scope
from funnelkit.process import Process
from funnelkit.show.table import Table
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from funnelkit.charts import Chart


@dataclass(frozen=True, slots=True)
class Examined(Scope):
    """The scope of checkpoints: also the rules the data could not answer.

    Attributes
    ----------
    lacking : tuple of (checkpoint, variables)
        Rules that were not asked, and the variables, fields or tables they need.
    process : Process, optional
        Names the points.
    """

    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    process: Process | None = None

    def said(self) -> list[tuple[str, list[str]]]:
        """Return the points that were not asked with their needs, in the current language."""
        return [(named(self.process, point), needs(list(why))) for point, why in self.lacking]

    def __str__(self) -> str:
        parts = [Scope.__str__(self)]
        together: dict[tuple[str, ...], list[str]] = {}
        for name, lacking in self.said():
            names = together.setdefault(tuple(lacking), [])
            names += [] if name in names else [name]
        parts += [
            say("control.unexamined", names=names, needs=list(lacking))
            for lacking, names in together.items()
        ]
        return sentences(parts)


@dataclass(frozen=True, eq=False, repr=False)
class Checkpoints(Result):
    """Control points that fired."""

    name: ClassVar[str] = "checkpoints"
    room: ClassVar[str] = "control"
    units: ClassVar = {"checkpoint": Named(lambda r, value: named(r.process, value))}

    #: From how many days on a deal is amber and red in each stage.
    limits: pd.DataFrame | None = None
    #: What the reasons are made of, row by row, so that they can be said in either language.
    reasons: tuple[tuple[Any, ...], ...] = ()

    @property
    def unexamined(self) -> pd.DataFrame:
        """One row a point the data could not answer: ``checkpoint, needs``."""
        assert isinstance(self.scope, Examined)
        rows = [(name, say("control.joined", parts=why)) for name, why in self.scope.said()]
        return pd.DataFrame(rows, columns=["checkpoint", "needs"])

    @property
    def by_owner(self) -> pd.DataFrame:
        """One row an owner: deals that fired, rows to act on and to watch, money."""
        rows = []
        for owner, part in self.table.groupby("owner", dropna=False, sort=True):
            deals = part.drop_duplicates("deal_id")
            rows.append(
                {
                    "owner": owner,
                    "deals": len(deals),
                    "act": int((part["severity"] == "act").sum()),
                    "watch": int((part["severity"] == "watch").sum()),
                    "amount": deals["amount"].sum(min_count=1),
                }
            )
        table = pd.DataFrame(rows, columns=["owner", "deals", "act", "watch", "amount"])
        order = ["act", "amount"]
        return table.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)

    def summary(self) -> str:
        """Say how many deals fired, how many to act on, and the point that fires most."""
        options = dict(self.options)
        of_open = self.table[~self.table["checkpoint"].isin(options["closing"])]
        parts = []
        if of_open.empty:
            none = "checkpoints_none" if options["open"] else "checkpoints_no_open"
            parts.append(say(f"control.{none}", n=options["open"]))
        else:
            act = of_open[of_open["severity"] == "act"].drop_duplicates("deal_id")
            top = of_open["checkpoint"].value_counts()
            money = float(act["amount"].sum())
            parts.append(
                say(
                    "control.checkpoints_summary",
                    deals=int(of_open["deal_id"].nunique()), open=options["open"], act=len(act),
                    worth=say("control.worth", money=money) if money else "",
                    top=self.name_value("checkpoint", str(top.index[0])), n=int(top.iloc[0]),
                )
            )  # fmt: skip
        over = self.table.loc[self.table["checkpoint"].isin(options["closing"]), "deal_id"]
        if len(over):
            parts.append(say("control.checkpoints_closed", n=over.nunique(), of=options["closed"]))
        return sentences(parts)

    def shown(self, *drawn: str) -> Table:
        """Return the table for people, with its reasons in the current language."""
        said = [explained(self.process, *r) for r in self.reasons]
        table = self.table.assign(reason=[r for r, _ in said], action=[a for _, a in said])
        return Result.shown(replace(self, table=table), *drawn)

    def plot(self, ax: Axes | None = None) -> Chart:
        """Draw how often each point fires; those to act on carry the accent."""
        from funnelkit.charts.bars import bars

        grouped = self.table.groupby("checkpoint", sort=False)
        frame = pd.DataFrame(
            [
                {
                    "label": self.name_value("checkpoint", str(name)),
                    "n": int(part["deal_id"].nunique()),
                    "mark": bool((part["severity"] == "act").any()),
                }
                for name, part in grouped
            ],
            columns=["label", "n", "mark"],
        )
        frame = frame.sort_values("n", ascending=False, kind="stable")
        return bars(
            frame,
            headings=[say("control.chart_deals")],
            **self._around(ax, say("control.chart_act")),
        )


__all__ = ["Checkpoints", "Examined"]
