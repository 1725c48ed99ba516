"""What a layout is: the files a system exports, and what its export cannot carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from funnelkit.simulation.export.source import Source
from funnelkit.words import say

Files = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Layout:
    """The export of one system.

    Attributes
    ----------
    id, name : str
        How it is asked for, and what the system is called.
    files : callable
        Makes the tables, file name to frame; the first one holds the deals.
    loses : tuple of str
        Keys of what a pipeline loses on the way through this export; see :meth:`losses`.
    deal_id, stage, amount, owner, created, closed, entered : str
        Columns in which dirt is planted; empty where the layout has none.
    """

    id: str
    name: str
    files: Callable[[Source], Files]
    loses: tuple[str, ...] = ()
    deal_id: str = "deal_id"
    stage: str = "stage"
    amount: str = "amount"
    owner: str = "owner"
    created: str = "created_at"
    closed: str = "closed_at"
    history: str = ""
    entered: str = ""
    serials: bool = False

    def losses(self) -> list[str]:
        """What this export cannot carry, in the current language.

        Examples
        --------
        >>> from funnelkit.simulation.export import LAYOUTS
        >>> LAYOUTS["kit"].losses()
        []
        """
        return [say(f"export.loses_{key}") for key in self.loses]
