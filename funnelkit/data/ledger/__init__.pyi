"""The public names, each once: what is imported here is opened when it is first asked for."""

from funnelkit.data.ledger.book import Ledger as Ledger
from funnelkit.data.ledger.questions import Question as Question
from funnelkit.data.ledger.questions import Unanswered as Unanswered
from funnelkit.data.ledger.results import Added as Added
from funnelkit.data.ledger.results import DealHistory as DealHistory
from funnelkit.data.ledger.results import Status as Status
from funnelkit.data.ledger.timing import Timing as Timing
