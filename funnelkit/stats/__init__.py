"""Statistics: arrays and frames in, frames and small frozen results out."""

from funnelkit.stats.intervals import difference_size, newcombe, ratio_of_sums, wilson

__all__ = [
    "difference_size",
    "newcombe",
    "ratio_of_sums",
    "wilson",
]
