"""Scores of forecasts against what came, and whether the better one is better for certain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnelkit.stats.accuracy import interval_coverage, pinball, point_scores
from funnelkit.stats.calibration import murphy

Floats = NDArray[np.float64]

QUANTILES = (0.1, 0.5, 0.9)
_FEWEST_ORIGINS = 6
_RESAMPLES = 4000


def score(part: pd.DataFrame, stated: Floats, happened: Floats) -> dict[str, float]:
    """Return the scores of one method.

    Parameters
    ----------
    part : DataFrame
        ``mean_amount, p10_amount, p50_amount, p90_amount, crps_amount, actual_amount``, one row
        an origin.
    stated, happened : ndarray
        Chances of deals and whether they were won in the period; may be empty.
    """
    actual = part["actual_amount"].to_numpy(float)
    points = point_scores(part["mean_amount"], actual)
    held = interval_coverage(part["p10_amount"], part["p90_amount"], actual)
    losses = [pinball(part[f"p{round(100 * q)}_amount"], actual, q) for q in QUANTILES]
    deal = dict.fromkeys(["brier", "reliability", "resolution", "uncertainty"], float("nan"))
    if stated.size:
        parts = murphy(stated, happened)
        deal = {name: float(getattr(parts, name)) for name in deal}
    return {
        "origins": points.n, "wape": points.wape, "bias": points.bias, "mape": points.mape,
        "rmse_amount": points.rmse, "pinball_amount": float(np.mean(losses)),
        "crps_amount": float(part["crps_amount"].mean()), **deal,
        "coverage": held.share, "low": held.low, "high": held.high,
        "deal_forecasts": int(stated.size),
    }  # fmt: skip


def against_best(errors: pd.DataFrame, actual: Floats, block: int, seed: int) -> pd.DataFrame:
    """Compare every method's error with the best one's, on the same origins.

    Parameters
    ----------
    errors : DataFrame
        Absolute errors, one row an origin in order of time, one column a method.
    actual : ndarray
        What came.
    block : int
        Origins whose periods overlap: they are drawn together.

    Returns
    -------
    DataFrame
        ``method, difference, difference_low, difference_high, verdict``: by how much WAPE is
        above the best method's with its 95% interval. ``worse`` if the interval lies above 0,
        ``within_noise`` if it does not, ``too_few`` below six origins.

    Notes
    -----
    Moving-block bootstrap (Kuensch 1989, Annals of Statistics 17, 1217-1241) of the paired
    differences that Diebold and Mariano (1995, Journal of Business & Economic Statistics 13,
    253-263) test.
    """
    n = len(errors)
    scale = float(np.abs(actual).sum())
    best = errors.sum().idxmin()
    rng = np.random.default_rng(seed)
    block = max(1, min(block, n))
    begins = rng.integers(0, n - block + 1, (_RESAMPLES, -(-n // block)))
    picks = (begins[..., None] + np.arange(block)).reshape(_RESAMPLES, -1)[:, :n]
    came = np.maximum(np.abs(actual)[picks].sum(axis=1), 1e-300)
    rows = []
    for method in errors.columns:
        gap = (errors[method] - errors[best]).to_numpy(float)
        row = {"method": method, "difference": gap.sum() / scale if scale else float("nan")}
        low, high = np.quantile(gap[picks].sum(axis=1) / came, [0.025, 0.975])
        verdict = "worse" if low > 0 else "within_noise"
        if n < _FEWEST_ORIGINS:
            low = high = float("nan")
            verdict = "too_few"
        if method == best:
            verdict = "best"
        rows.append(row | {"difference_low": low, "difference_high": high, "verdict": verdict})
    return pd.DataFrame(rows)
