"""L04 Setting and decomposing targets: from a gap to what has to be where by when."""

from __future__ import annotations

from funnelkit.teach.bank.l04.backwards import EXERCISES as BACKWARDS
from funnelkit.teach.bank.l04.gaps import EXERCISES as GAPS
from funnelkit.teach.bank.l04.panels import WHATIFS, next_target
from funnelkit.teach.bank.l04.parts import EXERCISES as PARTS
from funnelkit.teach.bank.l04.people import EXERCISES as PEOPLE

EXERCISES = (*GAPS, *BACKWARDS, *PARTS, *PEOPLE)

__all__ = ["EXERCISES", "WHATIFS", "next_target"]
