"""The ledger: what a CRM's exports said, week after week, and the history in between.

>>> from funnelkit.data.ledger import Ledger
"""

from __future__ import annotations

from funnelkit.lazy import names_from

__getattr__, __dir__, __all__ = names_from(__name__)
