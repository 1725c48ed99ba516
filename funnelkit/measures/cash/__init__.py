"""What follows the signature: payments as they come due, and the ways a result is counted."""

from __future__ import annotations

from funnelkit.measures.cash.bookings import BASES, Bookings, bookings
from funnelkit.measures.cash.payments import STANDINGS, Payments, payments

__all__ = ["BASES", "STANDINGS", "Bookings", "Payments", "bookings", "payments"]
