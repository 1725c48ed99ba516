"""Reading what people really have: files, folders, frames and tables into one pipeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, overload

from funnelkit.data.ledger.opening import is_ledger, read_ledger
from funnelkit.data.ledger.stack import finish
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.reading.reading import OnDefect, Reading
from funnelkit.data.understanding.mapping import FileMapping
from funnelkit.errors import FunnelkitError, nearest


@overload
def read(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Any = None,
    process: Any = None,
    as_of: Any = None,
    *,
    on_defect: OnDefect = "repair",
    name: str | None = None,
    ask: Literal[True],
) -> Any: ...
@overload
def read(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Mapping[str, Any] | str | FileMapping | None = None,
    process: Any = None,
    as_of: dt.date | dt.datetime | str | None = None,
    *,
    on_defect: OnDefect = "repair",
    name: str | None = None,
    ask: Literal[False] = False,
) -> Pipeline: ...
def read(
    path_or_table: Any,
    history: Any = None,
    fields: Any = None,
    mapping: Mapping[str, Any] | str | FileMapping | None = None,
    process: Any = None,
    as_of: dt.date | dt.datetime | str | None = None,
    *,
    on_defect: OnDefect = "repair",
    name: str | None = None,
    ask: bool = False,
) -> Any:
    """Read a CRM export, a folder of tables, a frame or a database table into a pipeline.

    The system is recognised by the headers (Salesforce, HubSpot, Pipedrive, Dynamics 365, Zoho,
    Odoo, Bitrix24, the kit's own); what its layout does not name, and any other file, is understood
    by header words and by how the columns behave, told in one line each. What could change a main
    figure and is not sure is asked: the refusal holds the line of the mapping for each answer.
    Whatever is wrong with the data is
    in ``.findings`` of the pipeline, by file, row, column, value and reason. A ledger
    (``"sales.duckdb"``, see :class:`funnelkit.data.ledger.Ledger`) brings a history derived
    from its exports, with times known to within an interval.

    Parameters
    ----------
    path_or_table : path, frame, Ibis table or Ibis connection
        CSV or TSV (UTF-8, UTF-16, GB18030; gzip), Excel, Parquet, a folder of such files;
        pandas, polars, Arrow; an Ibis table or connection. Parquet and tables stay lazy.
    history : the same, optional
        The stage history; without one the file is a snapshot.
    fields : the same, optional
        The history of amounts, closing dates, owners and forecast categories.
    mapping : dict or YAML path, optional
        Which column is which: ``{"columns": {"deal_id": "opportunity_id"},
        "stages": {"Engaging": "engaging"}}``.
    process : str, path, dict or Process, optional
        The stages. Without it the default process serves when it knows every stage of the file
        (slips apart); otherwise the file's own stages make a process, and it is told in which
        order.
    as_of : date, optional
        The moment the data is seen from; the day of the latest event without it. An earlier
        day gives what was known then, as :meth:`Pipeline.at` does: later closings are open
        again, later deals are not there. A later one says when the data was taken.
    on_defect : {"repair", "strict"}
        ``repair`` empties cells that cannot be read, sets aside rows that cannot be placed and
        reports both; ``strict`` refuses on the first list of errors.

    ask : bool
        Ask what could change a main figure and cannot be known: question by question on a
        terminal, as a form in a notebook. The answers become a mapping beside the file, which
        is found again the next time.

    Returns
    -------
    Pipeline
        With ``ask``, in a notebook and with questions open, a form; ``.pipeline`` has the
        pipeline once it is answered.

    Raises
    ------
    FunnelkitError
        What is given is no table, or its columns are not understood.
    Unsure
        Something is open that could change a main figure: its questions, each answer with the
        mapping that gives it.
    DataRefused
        ``strict`` met errors, or no row is left.

    Examples
    --------
    >>> import pandas as pd
    >>> deals = pd.DataFrame({"deal_id": ["a", "b"], "stage": ["need", "Proposal"],
    ...                       "created_at": ["2026-01-05", "2026-01-09"],
    ...                       "outcome": ["open", "won"]})
    >>> p = read(deals)
    >>> p.size, p.stage_history is None
    (2, True)
    """
    if on_defect not in ("repair", "strict"):
        raise FunnelkitError(
            "data.on_defect", found=on_defect, allowed=nearest(on_defect, ("repair", "strict"))
        )
    if is_ledger(path_or_table):
        if any(given is not None for given in (history, fields, mapping, process)):
            raise FunnelkitError("ledger.read_alone", file=str(path_or_table))
        return read_ledger(path_or_table, as_of, name)

    def reading(told: Any) -> Pipeline:
        return finish(
            Reading(path_or_table, history, fields, told, process, as_of, on_defect, name)
        )

    if ask:
        from funnelkit.data.ask import asked

        return asked(reading, path_or_table, mapping)
    return reading(mapping)
