"""Which system a table comes from, told by its headers alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from funnelkit.data.understanding.headers import known_words
from funnelkit.words.texts import packaged

ROLES = ("deals", "history", "changes", "stages")
_ORDER = ("salesforce", "hubspot", "pipedrive", "dynamics365", "zoho", "odoo", "bitrix24", "kit")


def plain_header(text: str) -> str:
    """Reduce a header to what identifies it: ``Stage Name``, ``stage_name``, ``StageName`` agree.

    Examples
    --------
    >>> plain_header("Deal - Lost reason"), plain_header("Probability (%)")
    ('deallostreason', 'probability')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True)
class Layout:
    """One table of a system: its role, what identifies it and where each column stands."""

    role: str
    signs: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    weight: float = 0.0
    utc: bool = False


@dataclass(frozen=True)
class Dialect:
    """How one system writes its exports."""

    id: str
    name: str
    layouts: tuple[Layout, ...]
    stages: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entered: tuple[str, ...] = ()
    not_entered: tuple[str, ...] = ()
    closing_date: bool = False
    inactive_is_lost: bool = False

    def field_named(self, name: str) -> str | None:
        """Return the canonical field a change log's field name means."""
        wanted = plain_header(name)
        for canonical, names in self.fields.items():
            if wanted in {plain_header(n) for n in names}:
                return canonical
        return None


@dataclass(frozen=True)
class Recognised:
    """A table taken for one role of one dialect, with the source column of each canonical one."""

    dialect: Dialect
    role: str
    columns: dict[str, str]
    score: float
    entered: dict[str, str] = field(default_factory=dict)
    utc: bool = False


@cache
def dialects() -> tuple[Dialect, ...]:
    """Return every known dialect, the kit's own last."""
    return tuple(_load(name) for name in _ORDER)


@cache
def dialect(name: str) -> Dialect:
    """Return one dialect by its id."""
    return next(d for d in dialects() if d.id == name)


def _load(name: str) -> Dialect:
    raw: dict[str, Any] = packaged("funnelkit.data.understanding", "dialects", f"{name}.yaml")
    layouts = tuple(
        Layout(
            role=t["role"],
            signs=tuple(frozenset(plain_header(s) for s in sign) for sign in t["signs"]),
            columns={k: tuple(map(str, v)) for k, v in t["columns"].items()},
            weight=float(t.get("weight", 0)),
            utc=t.get("times") == "utc",
        )
        for t in raw["tables"]
    )
    return Dialect(
        id=name,
        name=raw["name"],
        layouts=layouts,
        stages=tuple(raw.get("stages", ())),
        labels=raw.get("labels", {}),
        codes=raw.get("codes", {}),
        fields={k: tuple(v) for k, v in raw.get("fields", {}).items()},
        entered=tuple(raw.get("entered", ())),
        not_entered=tuple(raw.get("not_entered", ())),
        closing_date=raw.get("close_date") == "closes",
        inactive_is_lost=raw.get("inactive") == "lost",
    )


def _entered(d: Dialect, headers: Iterable[str]) -> dict[str, str]:
    """Columns that hold the date a deal entered a stage: stage label to column."""
    found: dict[str, str] = {}
    for header in headers:
        for start in d.entered:
            if header.lower().startswith(start.lower()):
                rest = header[len(start) :].strip()
                quoted = re.match(r'^["“](?P<stage>.+?)(?:\s*\([^()]*\))?["”]$', rest)
                stage = quoted["stage"] if quoted else rest
                if plain_header(stage) not in {plain_header(n) for n in d.not_entered}:
                    found.setdefault(stage, header)
                break
    return found


def recognise(headers: Iterable[str], role: str | None = None) -> Recognised | None:
    """Tell what a table with these headers is, or None.

    Examples
    --------
    >>> found = recognise(["Id", "StageName", "CloseDate", "Amount", "IsWon"])
    >>> found.dialect.name, found.role, found.columns["stage"]
    ('Salesforce', 'deals', 'StageName')
    """
    names = list(headers)
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain_header(name), name)
    best: Recognised | None = None
    for d in dialects():
        for layout in d.layouts:
            if role is not None and layout.role != role:
                continue
            fitting = [s for s in layout.signs if s <= by_plain.keys()]
            if not fitting:
                continue
            columns: dict[str, str] = {}
            for canonical, candidates in layout.columns.items():
                for candidate in candidates:
                    source = by_plain.get(plain_header(candidate))
                    if source is not None and source not in columns.values():
                        columns[canonical] = source
                        break
            # more columns understood is better; a history before a deals table of the same headers
            score = len(columns) + max(map(len, fitting)) + layout.weight
            if best is None or score > best.score:
                entered = _entered(d, names) if layout.role == "deals" else {}
                best = Recognised(d, layout.role, columns, score, entered, layout.utc)
    return best


def header_score(cells: list[str]) -> float:
    """How much a row of cells looks like a header: 0 for a row of cells that speak for nothing.

    Examples
    --------
    >>> header_score(["Vorgang", "Phase", "Betrag"]) > header_score(["My report", "", ""])
    True
    """
    named = [c.strip() for c in cells if c.strip()]
    found = recognise(named)
    if found:
        return found.score
    known = sum(known_words(c) for c in dict.fromkeys(named) if len(c) < 60)
    return known / 2 if known >= 2 else 0.0
