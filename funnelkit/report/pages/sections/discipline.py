"""The section on discipline: dates that move, dates that were never right, steps passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from funnelkit.errors import FunnelkitError
from funnelkit.measures.fiscal import last_quarter
from funnelkit.page.parts import Sentence
from funnelkit.report.blocks import left_out
from funnelkit.report.pages.frame import drawn

if TYPE_CHECKING:
    from funnelkit.report.pages.funnel_review import Review


def discipline(review: Review) -> tuple[Any, ...]:
    """Return pushed and slipped dates, their hygiene, and how far the process is followed."""
    from funnelkit.control import conformance
    from funnelkit.measures.hygiene import close_date_hygiene, slippage
    from funnelkit.measures.moves import returns, skips
    from funnelkit.measures.pushes import push_rate

    p = review.pipeline
    start, end = last_quarter(p.as_of.date(), p.process.calendar)
    since, until = (review.period[k] for k in ("since", "until"))
    made: dict[str, Callable[[], Any]] = {
        "push_rate": lambda: push_rate(p, since=since, until=until),
        "slippage": lambda: slippage(p, start, end + dt.timedelta(days=1)),
        "close_date_hygiene": lambda: close_date_hygiene(p),
        "conformance": lambda: conformance(p),
        "skips": lambda: skips(p, since=since, until=until),
        "returns": lambda: returns(p, since=since, until=until),
    }
    parts: list[Any] = []
    refused: dict[str, FunnelkitError] = {}
    for name, make in made.items():
        try:
            found = review.kept(name, make)
        except FunnelkitError as problem:  # what several lack is said once
            refused.setdefault(f"{problem.key} {problem.values.get('missing')}", problem)
            continue
        parts.append(Sentence(found.summary()))
        if name in ("close_date_hygiene", "conformance"):
            parts.append(drawn(found))
    return (*parts, *(left_out(problem) for problem in refused.values()))
