"""Names of the columns the kit makes on the way: no column of a file can have one.

Every name here begins with a mark that a user's column loses when it is read, so whatever a
file calls its columns, it cannot stand in for one of these.
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir

# letters only: some warehouses take nothing else in a column's name
MARK = "__fk_"
#: Columns of a system that only serve to derive canonical ones.
SERVING = (
    "is_closed", "is_won", "deleted", "active", "closing_date", "won_at", "lost_at",
    "outcome_detail",
)  # fmt: skip


def inner(name: str) -> str:
    """Return the name of one of the kit's own columns."""
    return MARK + name


#: The line of the file a row stands in; the currency an amount is written with.
ROW, MONEY = inner("row"), inner("money")


def name_of(canonical: str) -> str:
    """Return the name a recognised column is read under: one that only serves is the kit's own.

    Examples
    --------
    >>> name_of("amount"), name_of("is_won")
    ('amount', '__fk_is_won')
    """
    serves = canonical in SERVING or canonical.startswith("entered:")
    return inner(canonical) if serves else canonical


def free(name: str, taken: Iterable[str]) -> str:
    """Return the name a user's column keeps: its own, unless it is taken.

    Examples
    --------
    >>> free("is_won", ["amount"]), free("Amount", ["amount"]), free("__fk_row", [])
    ('is_won', 'Amount_', 'row')
    """
    while name.casefold().startswith(MARK):
        name = name[len(MARK) :]
    name = name or "column"
    names = {t.casefold() for t in taken}
    while name.casefold() in names:
        name += "_"
    return name


def attach(table: ir.Table, more: ir.Table) -> ir.Table:
    """Add the columns of ``more``, one row a deal, to a table of deals.

    They are the kit's own: with the user's columns beside them no two have the same name.
    """
    own = more.rename({inner(c): c for c in more.columns})
    joined = table.left_join(own, table.deal_id == own[inner("deal_id")])
    return joined.drop(inner("deal_id"))
