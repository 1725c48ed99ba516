"""What one unit of a column of amounts is worth: thousands, 万元, millions."""

from __future__ import annotations

import re
import unicodedata

_UNITS = {"亿元": 1e8, "亿": 1e8, "百万": 1e6, "万元": 1e4, "万": 1e4, "千元": 1e3, "元": 1.0,
          "k": 1e3, "thousand": 1e3, "thousands": 1e3, "k€": 1e3, "k$": 1e3, "t€": 1e3, "teur": 1e3,
          "keur": 1e3, "kusd": 1e3, "m": 1e6, "million": 1e6, "millions": 1e6, "mio": 1e6,
          "mio€": 1e6, "mn": 1e6}  # fmt: skip


def brackets(header: str) -> str:
    """Return what stands in brackets at the end of a header."""
    m = re.search(r"[(\[【]([^()\[\]【】]*)[)\]】]\s*$", unicodedata.normalize("NFKC", header))
    return m[1].strip() if m else ""


def unit(header: str) -> float | None:
    """Return what one unit of a column of amounts is worth by its header; None where it is silent.

    Examples
    --------
    >>> unit("金额（万元）"), unit("Deal value (k€)"), unit("金额（元）"), unit("Amount")
    (10000.0, 1000.0, 1.0, None)
    """
    note = brackets(header).casefold().replace(" ", "").removeprefix("in")
    for sign in ("cny", "rmb", "人民币", "usd", "eur"):
        note = note.removeprefix(sign) or note
    if note in _UNITS:
        return _UNITS[note]
    return next((w for u, w in (("万元", 1e4), ("亿元", 1e8)) if header.strip().endswith(u)), None)


def unit_said(line: str) -> float:
    """Return what one unit of the amounts is worth by a line above a table; 1 where none says it.

    Examples
    --------
    >>> unit_said("华东大区商机台账（单位：万元）"), unit_said("Pipeline, amounts in k€")
    (10000.0, 1000.0)
    >>> unit_said("编制单位：华东分公司"), unit_said("Leads in May")
    (1.0, 1.0)
    """
    text = unicodedata.normalize("NFKC", line).casefold()
    named = re.search(r"单位\s*:?\s*(?:人民币)?\s*([^\s)\]】,。;]+)", text) or re.search(
        r"\b(?:amounts?|values?|figures?|all|beträge|montants|importes)\s+(?:are\s+)?(?:in|en)\s+"
        r"(?:(?:usd|eur|cny|rmb|gbp)\s+)?([^\s)\],;]+)",
        text,
    )
    return _UNITS.get(named[1].removesuffix("."), 1.0) if named else 1.0
