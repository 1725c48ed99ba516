"""The ledger: what a CRM's exports said, week after week, and the history in between.

>>> from funnelkit.data.ledger import Ledger
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.lazy import names_from

if TYPE_CHECKING:
    from funnelkit.data.ledger.book import Ledger
    from funnelkit.data.ledger.questions import Question, Unanswered
    from funnelkit.data.ledger.results import Added, DealHistory, Status
    from funnelkit.data.ledger.timing import Timing

__getattr__ = names_from(
    __name__,
    {
        "book": ("Ledger",),
        "questions": ("Question", "Unanswered"),
        "results": ("Added", "DealHistory", "Status"),
        "timing": ("Timing",),
    },
)

__all__ = ["Added", "DealHistory", "Ledger", "Question", "Status", "Timing", "Unanswered"]
