"""Statistics: arrays and frames in, frames and small frozen results out."""

from funnelkit.stats.competing_risks import aalen_johansen
from funnelkit.stats.control_limits import funnel_limits, funnel_positions
from funnelkit.stats.decomposition import MixRate, kitagawa, product_split
from funnelkit.stats.intervals import difference_size, newcombe, ratio_of_sums, wilson
from funnelkit.stats.life_table import at_risk, causes_of, kaplan_meier, life_table, quantile
from funnelkit.stats.multiplicity import (
    Adjusted,
    benjamini_hochberg,
    binomial_p,
    difference_p,
    holm,
    sidak_level,
)
from funnelkit.stats.shrinkage import shrink

__all__ = [
    "Adjusted",
    "MixRate",
    "aalen_johansen",
    "at_risk",
    "benjamini_hochberg",
    "binomial_p",
    "causes_of",
    "difference_p",
    "difference_size",
    "funnel_limits",
    "funnel_positions",
    "holm",
    "kaplan_meier",
    "kitagawa",
    "life_table",
    "newcombe",
    "product_split",
    "quantile",
    "ratio_of_sums",
    "shrink",
    "sidak_level",
    "wilson",
]
