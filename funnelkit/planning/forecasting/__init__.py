"""Forecasts for a period, each with its distribution, and their back-test."""

from __future__ import annotations

from funnelkit.planning.forecasting.backtest import Backtest, backtest
from funnelkit.planning.forecasting.forecast import Forecast, forecast, weighted_distribution
from funnelkit.planning.forecasting.methods import METHODS

__all__ = ["METHODS", "Backtest", "Forecast", "backtest", "forecast", "weighted_distribution"]
