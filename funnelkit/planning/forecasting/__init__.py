"""Forecasts for a period, each with its distribution, and their back-test."""

from __future__ import annotations

from funnelkit.planning.forecasting.backtest import Backtest, backtest
from funnelkit.planning.forecasting.commits import Commits, commits
from funnelkit.planning.forecasting.forecast import Forecast, forecast, weighted_distribution
from funnelkit.planning.forecasting.methods import METHODS
from funnelkit.planning.forecasting.scenario import BY_DEAL, Scenarios

__all__ = [
    "BY_DEAL",
    "METHODS",
    "Backtest",
    "Commits",
    "Forecast",
    "Scenarios",
    "backtest",
    "commits",
    "forecast",
    "weighted_distribution",
]
