"""Single contact: deals that hang on one person at the customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from funnelkit.measures.signatures.base import Signature, stake, versus
from funnelkit.measures.signatures.facts import Facts


@dataclass(frozen=True)
class SingleContact(Signature):
    """Deals with one contact are won less often than deals of the same size with more.

    Small deals normally have one contact, and small and large deals are not won equally
    often: the exact Cochran-Mantel-Haenszel test compares within classes of amount
    and, where it is recorded, of the customer's size. Only
    deals that came to the last open stage count, since a deal lost early had no time for a
    second contact.
    """

    size_classes: int = 4

    id: ClassVar[str] = "single_contact"
    needs: ClassVar[tuple[str, ...]] = ("n_contacts", "amount", "outcome", "stage_history")

    def rows(self, f: Facts) -> list[dict[str, Any]]:
        """One row: the win rate of deals with one contact."""
        stages = f.p.process.open_ids
        k = len(stages) - 1
        contacts = f.number("n_contacts")
        counted = f.over & (f.far >= k) & (contacts >= 1)
        one = counted & (contacts == 1)
        size = f.size_class(counted, self.size_classes).astype(str)
        if f.p.has("size"):  # the customer's size, where it is recorded
            size = np.char.add(size, f.text("size").astype(str))
        v = versus(f.won, one, counted & ~one, "less", size)
        worth = stake(v.expected - v.k / max(v.n, 1), v.n, f.amount[one])
        return [self.row(v.k, v.n, v.expected, v.p_value, stage=stages[k], stake=worth)]
