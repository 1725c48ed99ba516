"""The glossary: one term a concept in each language, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from funnelkit.words.language import language, tag
from funnelkit.words.texts import packaged


@dataclass(frozen=True)
class Term:
    """A concept with its name and meaning in both languages.

    ``str(term)`` is the name in the current language, ``term.means`` what it means;
    ``variants`` are patterns of Chinese words that say the same and are not used.
    """

    id: str
    en: str
    zh: str
    means_en: str
    means_zh: str
    variants: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en

    @property
    def means(self) -> str:
        """The meaning in one sentence, in the current language."""
        return self.means_zh if language() == "zh" else self.means_en

    def _repr_html_(self) -> str:
        from html import escape

        return f'<p lang="{tag()}"><dfn>{escape(str(self))}</dfn>: {escape(self.means)}</p>'


@cache
def _terms() -> dict[str, Term]:
    entries: dict[str, dict[str, list[str]]] = packaged("funnelkit.words", "glossary.yaml")
    return {
        key: Term(key, e["en"][0], e["zh"][0], e["en"][1], e["zh"][1], tuple(e.get("not", ())))
        for key, e in entries.items()
    }


def terms() -> tuple[Term, ...]:
    """Return every term, in the order of the glossary."""
    return tuple(_terms().values())


def term(name: str) -> Term:
    """Return a term by its id or by its name in either language.

    Examples
    --------
    >>> term("win_rate").zh
    '赢单率'
    >>> term("赢单率").en
    'win rate'
    """
    known = _terms()
    if name in known:
        return known[name]
    for found in known.values():
        if name.casefold() in (found.en.casefold(), found.zh.casefold()):
            return found
    from funnelkit.errors import FunnelkitError, nearest

    raise FunnelkitError("words.unknown_term", found=name, allowed=nearest(name, known))
