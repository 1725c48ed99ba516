"""The public names, each once: what is imported here is opened when it is first asked for."""

from funnelkit.control import ActionLog as ActionLog
from funnelkit.control import checkpoints as checkpoints
from funnelkit.control import deal as deal
from funnelkit.data.connect import connect as connect
from funnelkit.data.ledger import Ledger as Ledger
from funnelkit.data.library import datasets as datasets
from funnelkit.data.library import load as load
from funnelkit.data.pipeline import Pipeline as Pipeline
from funnelkit.data.pipeline import from_frames as from_frames
from funnelkit.data.quality import quality as quality
from funnelkit.data.read import read as read
from funnelkit.errors import FunnelkitError as FunnelkitError
from funnelkit.measures import bookings as bookings
from funnelkit.measures import cohorts as cohorts
from funnelkit.measures import compare as compare
from funnelkit.measures import conversion_curve as conversion_curve
from funnelkit.measures import conversion_window as conversion_window
from funnelkit.measures import counting_rules as counting_rules
from funnelkit.measures import diagnose as diagnose
from funnelkit.measures import drift as drift
from funnelkit.measures import funnel as funnel
from funnelkit.measures import in_out as in_out
from funnelkit.measures import movement as movement
from funnelkit.measures import payments as payments
from funnelkit.measures import returns as returns
from funnelkit.measures import sales_cycle as sales_cycle
from funnelkit.measures import skips as skips
from funnelkit.measures import snapshot as snapshot
from funnelkit.measures import stage_pairs as stage_pairs
from funnelkit.measures import stage_win_rate as stage_win_rate
from funnelkit.measures import time_in_stage as time_in_stage
from funnelkit.measures import time_to_reach as time_to_reach
from funnelkit.measures import velocity as velocity
from funnelkit.measures import win_rate as win_rate
from funnelkit.planning import backtest as backtest
from funnelkit.planning import forecast as forecast
from funnelkit.planning import plan_target as plan_target
from funnelkit.process import Process as Process
from funnelkit.simulation import simulate as simulate
from funnelkit.teach import check as check
from funnelkit.teach import hint as hint
from funnelkit.teach import open_lesson as open_lesson
from funnelkit.teach import solution as solution
from funnelkit.words import set_language as set_language

__version__: str
