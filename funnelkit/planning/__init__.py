"""Planning: what is aimed at, what may come, and the market it comes from.

``targets`` goes from a sum of money to deals by stage, region, person and month; ``forecasting``
says what a period may bring and how well that was said before; ``acting`` says what acting in
month m of a decline saves; ``market`` holds territories,
customers, opening positions and competitors.
"""

from __future__ import annotations

from funnelkit.data.asked import ask_of_pipelines
from funnelkit.planning import acting, forecasting, market, targets
from funnelkit.planning.acting import *  # noqa: F403
from funnelkit.planning.forecasting import *  # noqa: F403
from funnelkit.planning.market import *  # noqa: F403
from funnelkit.planning.targets import *  # noqa: F403

__all__: list[str] = []
__all__ += acting.__all__
__all__ += forecasting.__all__
__all__ += market.__all__
__all__ += targets.__all__

ask_of_pipelines(globals(), __all__)
