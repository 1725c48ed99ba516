"""Statistics: arrays and frames in, frames and small frozen results out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelkit.lazy import names_from

if TYPE_CHECKING:
    from funnelkit.stats.accuracy import (
        Coverage,
        PointScores,
        bias,
        crps,
        interval_coverage,
        mape,
        pinball,
        point_scores,
        rmse,
        tracking_signal,
        wape,
    )
    from funnelkit.stats.calibration import Murphy, brier, log_score, murphy, reliability_table
    from funnelkit.stats.competing_risks import aalen_johansen
    from funnelkit.stats.control_chart import ControlChart, cusum, p_chart
    from funnelkit.stats.control_limits import funnel_limits, funnel_positions
    from funnelkit.stats.convolution import Total, bernoulli_sum
    from funnelkit.stats.cure import ultimate_curve, ultimate_share
    from funnelkit.stats.decomposition import MixRate, kitagawa, product_split
    from funnelkit.stats.delta import (
        ProductInterval,
        bootstrap_counts,
        product_interval,
        quantile_of_counts,
    )
    from funnelkit.stats.intervals import difference_size, newcombe, ratio_of_sums, wilson
    from funnelkit.stats.life_table import at_risk, causes_of, kaplan_meier, quantile, to_life_table
    from funnelkit.stats.multiplicity import (
        Adjusted,
        benjamini_hochberg,
        binomial_p,
        difference_p,
        holm,
        sidak_level,
    )
    from funnelkit.stats.rounding import largest_remainder
    from funnelkit.stats.shrinkage import shrink

__getattr__ = names_from(
    __name__,
    {
        "accuracy": (
            "Coverage",
            "PointScores",
            "bias",
            "interval_coverage",
            "mape",
            "crps",
            "pinball",
            "point_scores",
            "rmse",
            "tracking_signal",
            "wape",
        ),
        "calibration": ("Murphy", "brier", "log_score", "murphy", "reliability_table"),
        "competing_risks": ("aalen_johansen",),
        "control_chart": ("ControlChart", "cusum", "p_chart"),
        "control_limits": ("funnel_limits", "funnel_positions"),
        "convolution": ("Total", "bernoulli_sum"),
        "cure": ("ultimate_curve", "ultimate_share"),
        "decomposition": ("MixRate", "kitagawa", "product_split"),
        "delta": ("ProductInterval", "bootstrap_counts", "product_interval", "quantile_of_counts"),
        "intervals": ("difference_size", "newcombe", "ratio_of_sums", "wilson"),
        "life_table": ("at_risk", "causes_of", "kaplan_meier", "quantile", "to_life_table"),
        "multiplicity": (
            "Adjusted",
            "benjamini_hochberg",
            "binomial_p",
            "difference_p",
            "holm",
            "sidak_level",
        ),
        "rounding": ("largest_remainder",),
        "shrinkage": ("shrink",),
    },
)

__all__ = [
    "Adjusted",
    "ControlChart",
    "Coverage",
    "MixRate",
    "Murphy",
    "PointScores",
    "ProductInterval",
    "Total",
    "aalen_johansen",
    "at_risk",
    "benjamini_hochberg",
    "bernoulli_sum",
    "bias",
    "binomial_p",
    "bootstrap_counts",
    "brier",
    "causes_of",
    "cusum",
    "difference_p",
    "difference_size",
    "funnel_limits",
    "funnel_positions",
    "holm",
    "interval_coverage",
    "kaplan_meier",
    "kitagawa",
    "largest_remainder",
    "log_score",
    "mape",
    "murphy",
    "newcombe",
    "p_chart",
    "crps",
    "pinball",
    "point_scores",
    "product_interval",
    "product_split",
    "quantile",
    "quantile_of_counts",
    "ratio_of_sums",
    "reliability_table",
    "rmse",
    "shrink",
    "sidak_level",
    "to_life_table",
    "tracking_signal",
    "ultimate_curve",
    "ultimate_share",
    "wape",
    "wilson",
]
