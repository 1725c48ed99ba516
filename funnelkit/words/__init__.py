"""Both languages: the current language, the catalogue of texts, numbers and dates."""

from __future__ import annotations

from funnelkit.words.formats import (
    count,
    date,
    days,
    money,
    number,
    options,
    percent,
    sentences,
)
from funnelkit.words.glossary import Term, term, terms
from funnelkit.words.language import LANGUAGES, language, set_language, speaking, tag
from funnelkit.words.texts import fill, say

__all__ = [
    "LANGUAGES",
    "Term",
    "count",
    "date",
    "days",
    "fill",
    "language",
    "money",
    "number",
    "options",
    "percent",
    "say",
    "sentences",
    "set_language",
    "speaking",
    "tag",
    "term",
    "terms",
]
