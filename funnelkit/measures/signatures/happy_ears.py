"""Happy ears: deals of one seller come far, and then are not signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from funnelkit.measures.signatures.base import Signature, stake, values_of, versus
from funnelkit.measures.signatures.exact import together
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class HappyEars(Signature):
    """More deals than the team's come to the last open stage, and fewer of those are won.

    Both signs are needed: hard accounts lower the second share and leave the first one as it
    is. Given how many came to the last stage the two counts are independent.
    """

    id: ClassVar[str] = "happy_ears"
    needs: ClassVar[tuple[str, ...]] = ("owner", "outcome", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row a seller: the share won of the deals that came to the last open stage."""
        stages = f.p.process.open_ids
        last, need = len(stages) - 1, max(len(stages) - 3, 0)
        owner = f.text("owner")
        known = owner != None  # noqa: E711
        came, start = f.far >= last, known & (f.far >= need) & ((f.far >= last) | f.over)
        end = known & came & f.over
        out = []
        for name in values_of(owner, known & came):
            own = owner == name
            up = versus(came, start & own, start & ~own, "greater")
            down = versus(f.won, end & own, end & ~own, "less")
            worth = stake(down.expected - down.k / max(down.n, 1), down.n, f.amount[end & own])
            p = together(up.p_value, down.p_value, level=self.sign_level)
            out.append(
                self.row(
                    down.k, down.n, down.expected, p,
                    column="owner", group=name, stage=stages[last], stake=worth,
                )
            )  # fmt: skip
        return out
