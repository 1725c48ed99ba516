"""The market: territories, customers, the opening of an opportunity, competitors."""

from __future__ import annotations

from funnelkit.planning.market.competitors import competitor_matrix
from funnelkit.planning.market.customers import abc, rfm, service_hours
from funnelkit.planning.market.discount import discount_effect
from funnelkit.planning.market.grids import growth_share, wallet_grid
from funnelkit.planning.market.opening import bid_portfolio, go_no_go, opening_questions
from funnelkit.planning.market.positions import position_strategy
from funnelkit.planning.market.territory import allocate, balance, territories, workload

__all__ = [
    "abc",
    "allocate",
    "balance",
    "bid_portfolio",
    "competitor_matrix",
    "discount_effect",
    "go_no_go",
    "growth_share",
    "opening_questions",
    "position_strategy",
    "rfm",
    "service_hours",
    "territories",
    "wallet_grid",
    "workload",
]
