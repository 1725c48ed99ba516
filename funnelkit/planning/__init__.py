"""Planning: targets and forecasts with their back-test, and the market they are made in.

``targets`` goes from a sum of money to deals by stage, region, person and month; ``market`` holds
territories, customers, opening positions and competitors; the forecast stands between them.
"""

from __future__ import annotations

from funnelkit.planning import market, targets
from funnelkit.planning.backtest import backtest
from funnelkit.planning.forecast import forecast, weighted_distribution
from funnelkit.planning.market import *  # noqa: F403
from funnelkit.planning.targets import *  # noqa: F403

__all__ = ["backtest", "forecast", "weighted_distribution"]
__all__ += market.__all__
__all__ += targets.__all__
