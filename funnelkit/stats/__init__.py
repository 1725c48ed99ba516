"""Statistics: arrays and frames in, frames and small frozen results out."""

from funnelkit.stats.competing_risks import aalen_johansen
from funnelkit.stats.intervals import difference_size, newcombe, ratio_of_sums, wilson
from funnelkit.stats.life_table import at_risk, causes_of, kaplan_meier, life_table, quantile

__all__ = [
    "aalen_johansen",
    "at_risk",
    "causes_of",
    "difference_size",
    "kaplan_meier",
    "life_table",
    "newcombe",
    "quantile",
    "ratio_of_sums",
    "wilson",
]
