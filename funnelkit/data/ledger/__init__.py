"""The ledger: what a CRM's exports said, week after week, and the history in between.

>>> from funnelkit.data.ledger import Ledger
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnelkit.data.ledger.book import Ledger
    from funnelkit.data.ledger.questions import Question, Unanswered
    from funnelkit.data.ledger.results import Added, DealHistory, Status
    from funnelkit.data.ledger.timing import Timing

_WHERE = {
    "Added": "results",
    "DealHistory": "results",
    "Ledger": "book",
    "Question": "questions",
    "Status": "results",
    "Timing": "timing",
    "Unanswered": "questions",
}
__all__ = ["Added", "DealHistory", "Ledger", "Question", "Status", "Timing", "Unanswered"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
