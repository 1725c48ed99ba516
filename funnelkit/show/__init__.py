"""Numbers stay numbers until they are shown: columns with units, tables, workbooks."""

from funnelkit.show.column import (
    COUNT,
    DATE,
    DAYS,
    RATE,
    SHARE,
    TEXT,
    Column,
    Days,
    Money,
    Number,
    PercentagePoints,
    Quantity,
    Rate,
    Unit,
    columns,
)
from funnelkit.show.table import Table

__all__ = [
    "COUNT", "DATE", "DAYS", "RATE", "SHARE", "TEXT", "Column", "Days", "Money", "Number",
    "PercentagePoints", "Quantity", "Rate", "Table", "Unit", "columns",
]  # fmt: skip
