"""A mapping: which column of a file is which, and which label means which stage."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from funnelkit.data.understanding.questions import positive
from funnelkit.data.understanding.recognise import plain_header
from funnelkit.errors import FunnelkitError, nearest

KEYS = (
    "columns", "stages", "outcomes", "history", "fields", "entered", "dates", "decimal",
    "currency", "exchange", "snapshot", "name",
)  # fmt: skip
DATE_ORDERS = ("mdy", "dmy")
DECIMALS = (".", ",")
#: What a draft writes where somebody has to decide.
OPEN = ("?", "？")
OUTCOMES = ("won", "lost", "no_decision", "open")


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping.

    Attributes
    ----------
    columns : dict
        Canonical name to column of the file: ``{"deal_id": "opportunity_id"}``; ``None`` says that
        the file has none.
    stages : dict
        Label to stage id or outcome; ``None`` leaves rows with the label out, ``"*"`` stands for
        every label not named. The order is the order of the stages.
    outcomes : dict
        Label to what it says of the deal: ``won``, ``lost``, ``no_decision`` or ``open``.
    history, fields : dict
        As ``columns``, for the file of the stage history and of the field history alone.
    entered : dict
        Stage to the column that holds the date it was entered.
    dates : str
        ``"mdy"`` or ``"dmy"`` for numeric dates.
    decimal : str
        ``"."`` or ``","``, the decimal mark of amounts.
    currency : str
        Currency of all amounts, whatever a column says.
    exchange : dict
        Currency to what one unit of it is worth in the one whose rate is 1: ``{"EUR": 1,
        "USD": 0.92}``; ``None`` leaves the amounts in it out.
    snapshot : str
        The column with the day each row was exported, where several exports are stacked.
    """

    columns: dict[str, str | None] = field(default_factory=dict)
    stages: dict[str, str | None] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    history: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    currency: str | None = None
    exchange: dict[str, float | None] = field(default_factory=dict)
    snapshot: str | None = None
    name: str | None = None

    def __bool__(self) -> bool:
        return self != FileMapping()


def load_mapping(mapping: Mapping[str, Any] | str | Path | FileMapping | None) -> FileMapping:
    """Read a mapping from a dict or a YAML file.

    Raises
    ------
    FunnelkitError
        A key or value that a mapping does not have, nearest first.

    Examples
    --------
    >>> load_mapping({"columns": {"deal_id": "opportunity_id"}}).columns
    {'deal_id': 'opportunity_id'}
    """
    if mapping is None:
        return FileMapping()
    if isinstance(mapping, FileMapping):
        return mapping
    where = "mapping"
    if isinstance(mapping, (str, Path)):
        path = Path(mapping)
        where = path.name
        text = ""
        try:
            text = path.read_text("utf-8-sig")
            loaded = yaml.safe_load(text)
        except FileNotFoundError:
            raise FunnelkitError("data.no_file", found=str(path)) from None
        except (yaml.YAMLError, UnicodeDecodeError) as why:
            mark = getattr(why, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            there = (text.splitlines() or [""])[min(line, len(text.splitlines()) or 1) - 1]
            key, _, told = there.strip().rpartition(":")
            if told.strip() in OPEN:  # without quotation marks it is no YAML at all
                raise FunnelkitError(
                    "data.mapping_open", file=where, found=key, part=line
                ) from None
            raise FunnelkitError("data.mapping_yaml", file=where, line=line) from None
    else:
        loaded = dict(mapping)
    if not isinstance(loaded, Mapping):
        raise FunnelkitError("data.mapping_shape", file=where, allowed=KEYS)
    values: dict[str, Any] = {}
    for key, value in loaded.items():
        if key not in KEYS:
            raise FunnelkitError(
                "data.mapping_key", file=where, found=key, allowed=nearest(key, KEYS)
            )
        if key == "exchange":
            values[key] = _exchange(value, where)
        elif key in ("columns", "stages", "outcomes", "history", "fields", "entered"):
            if not isinstance(value or {}, Mapping):
                raise FunnelkitError("data.mapping_part", file=where, found=key)
            values[key] = {
                str(k): (None if v is None else str(v)) for k, v in (value or {}).items()
            }
        else:
            values[key] = value
    for key, value in values.items():
        for name, told in value.items() if isinstance(value, Mapping) else ((None, value),):
            if isinstance(told, str) and told.strip() in OPEN:
                raise FunnelkitError("data.mapping_open", file=where, found=name or key, part=key)
    order = values.get("dates")
    if order is not None and order not in DATE_ORDERS:
        raise FunnelkitError("data.mapping_dates", file=where, found=order, allowed=DATE_ORDERS)
    mark = values.get("decimal")
    if mark is not None and mark not in DECIMALS:
        raise FunnelkitError("data.mapping_decimal", file=where, found=mark, allowed=DECIMALS)
    for label, outcome in values.get("outcomes", {}).items():
        if outcome not in OUTCOMES:
            raise FunnelkitError(
                "data.mapping_outcome", file=where, label=label, found=outcome,
                allowed=nearest(outcome, OUTCOMES),
            )  # fmt: skip
    return FileMapping(**values)


def _exchange(found: Any, file: str) -> dict[str, Any]:
    """Check rates: numbers above 0, None for amounts that are left out, one of them 1."""
    if not isinstance(found or {}, Mapping):
        raise FunnelkitError("data.mapping_part", file=file, found="exchange")
    rates: dict[str, Any] = {}
    for key, rate in (found or {}).items():
        if isinstance(rate, str) and rate.strip() not in OPEN:
            rate = positive(rate) or rate
        number = isinstance(rate, int | float) and not isinstance(rate, bool)
        if not (rate is None or rate in OPEN or (number and 0 < rate < float("inf"))):
            raise FunnelkitError("data.mapping_rate", file=file, currency=str(key), found=rate)
        rates[str(key).strip().upper()] = float(rate) if number else rate
    if rates and not any(rate in OPEN for rate in rates.values()) and 1.0 not in rates.values():
        raise FunnelkitError("data.mapping_no_base", file=file, currencies=list(rates))
    return rates


def plain_mapping(mapping: FileMapping) -> dict[str, Any]:
    """Return a mapping as it is written: only what it says.

    Examples
    --------
    >>> plain_mapping(load_mapping({"dates": "dmy", "stages": {}}))
    {'dates': 'dmy'}
    """
    return {key: told for key in KEYS if (told := getattr(mapping, key))}


def apply_columns(
    wanted: Mapping[str, str], columns: list[str], known: list[str], file: str
) -> dict[str, str]:
    """Return the wanted columns under the file's own spelling; a missing one is an error."""
    by_plain = {plain_header(c): c for c in columns}
    found: dict[str, str] = {}
    for canonical, source in wanted.items():
        if canonical not in known and canonical in columns and source in known:
            raise FunnelkitError("data.mapping_turned", file=file, found=canonical, other=source)
        close = difflib.get_close_matches(canonical, known, n=1, cutoff=0.8)
        if known and canonical not in known and close:
            raise FunnelkitError(
                "data.mapping_unknown", file=file, found=canonical,
                allowed=nearest(canonical, known),
            )  # fmt: skip
        own = source if source in columns else by_plain.get(plain_header(source))
        if own is None:
            raise FunnelkitError(
                "data.mapping_column",
                file=file,
                found=source,
                column=canonical,
                allowed=nearest(source, columns),
            )
        found[canonical] = own
    return found
