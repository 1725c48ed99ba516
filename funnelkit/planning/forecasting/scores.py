"""Scores of forecasts against what came, and whether the better one is better for certain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
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
        above the best method's with its interval. ``worse`` if the interval lies above 0,
        ``within_noise`` if it does not, ``too_few`` below six origins.

    Notes
    -----
    The best one is only known from these errors, so every pair of methods is a question, and
    the 95% are meant for all of them together: Student's t at Bonferroni's level, of the
    differences that F. X. Diebold and R. S. Mariano (1995, Journal of Business & Economic
    Statistics 13, 253-263) test. Their spread is that of the moving-block bootstrap (Kuensch
    1989, Annals of Statistics 17, 1217-1241). Periods that
    overlap by ``1 - h / block`` vary by ``block``, and blocks that long see ``(2 block² + 1) /
    (3 block)`` of it: the spread is made up for that, and so many fewer origins are counted.
    """
    n = len(errors)
    scale = float(np.abs(actual).sum())
    names, values = list(errors.columns), errors.to_numpy(float)
    at = int(values.sum(axis=0).argmin())
    rng = np.random.default_rng(seed)
    block = max(1, min(block, n))
    begins = rng.integers(0, n - block + 1, (_RESAMPLES, -(-n // block)))
    picks = (begins[..., None] + np.arange(block)).reshape(_RESAMPLES, -1)[:, :n]
    came = np.abs(actual)[picks].sum(axis=1)
    if (there := came > 0).any():  # where nothing came, an error is a share of nothing
        picks, came = picks[there], came[there]
    else:
        came = np.ones(len(picks))
    wape = values.sum(axis=0) / scale if scale else np.full(len(names), np.nan)
    drawn = values[picks].sum(axis=1) / came[:, None]
    spread = (drawn - drawn[:, [at]]).std(axis=0)
    seen = (2 * block**2 + 1) / (3 * block)
    origins = max(n / seen, 2.0)
    spread *= np.sqrt(block / seen * origins / (origins - 1))
    pairs = max(len(names) * (len(names) - 1) // 2, 1)
    bar = float(scipy.special.stdtrit(origins - 1, 1 - 0.025 / pairs))
    rows = []
    for k, method in enumerate(names):
        gap, half = wape[k] - wape[at], bar * spread[k]
        low, high = gap - half, gap + half
        verdict = "worse" if low > 0 else "within_noise"
        if n < _FEWEST_ORIGINS:
            low = high = float("nan")
            verdict = "too_few"
        if k == at:
            verdict = "best"
        rows.append({"method": method, "difference": gap, "difference_low": low,
                     "difference_high": high, "verdict": verdict})  # fmt: skip
    return pd.DataFrame(rows)
