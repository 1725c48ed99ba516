"""``Frame``: a frame as a lesson shows it: whole cells, one line of headings, no count of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd


@dataclass(frozen=True, repr=False)
class Frame:
    """A frame of pandas that shows itself to people who do not know pandas.

    Parameters
    ----------
    shown : pandas.DataFrame
        A named index is the first column; one that only counts, or is empty, is left out.

    Examples
    --------
    >>> Frame(pd.DataFrame({"Stage": ["Contact"], "Won": [12]}))
      Stage  Won
    Contact   12
    """

    shown: pd.DataFrame

    @cached_property
    def _headed(self) -> pd.DataFrame:
        return self.shown.reset_index() if any(self.shown.index.names) else self.shown

    @property
    def _named(self) -> bool:
        """Whether the rows have names that no column holds."""
        index = self._headed.index
        return not isinstance(index, pd.RangeIndex) and bool((index != "").any())

    def __repr__(self) -> str:
        return str(self._headed.to_string(index=self._named, na_rep="–"))

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):  # no cell is cut
            html = self._headed.to_html(index=self._named, border=0, classes="fk-table", na_rep="–")
        return str(html)
