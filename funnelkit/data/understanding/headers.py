"""What the words of a header speak for, in the languages and systems people export from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from funnelkit.data.cells.units import brackets
from funnelkit.words.texts import packaged

_STRENGTH = {"sure": 1.0, "fair": 0.8, "weak": 0.55}
_HAN = re.compile(r"[\u3400-\u9fff]")
#: Units people write behind an amount: what one of them is worth.


@dataclass(frozen=True)
class Words:
    """The phrases that speak for a role, with their strength, and those that speak against it."""

    phrases: tuple[tuple[tuple[str, ...], float], ...]
    against: frozenset[str]


@cache
def _raw() -> dict[str, Any]:
    loaded: dict[str, Any] = packaged("funnelkit.data.understanding", "headers.yaml")
    return loaded


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(_raw()[name])


@cache
def _roles() -> Mapping[str, Words]:
    made = {}
    for role, given in _raw()["roles"].items():
        phrases = [
            (tokens(str(phrase)), strength)
            for level, strength in _STRENGTH.items()
            for phrase in given.get(level, ())
        ]
        made[role] = Words(tuple(phrases), frozenset(map(str, given.get("not", ()))))
    return made


@cache
def tokens(header: str) -> tuple[str, ...]:
    """Return the words of a header; what stands in brackets is a unit or a note, and goes.

    Examples
    --------
    >>> tokens("OpportunityId"), tokens("Close Date (A)"), tokens("商机金额(元)")
    (('opportunity', 'id'), ('close', 'date'), ('商机金额',))
    """
    text = unicodedata.normalize("NFKC", header)
    text = re.sub(r"__c$|__s$", "", text)
    text = re.sub(r"[(\[【].*?[)\]】]", " ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    if size == 1 and _HAN.search(phrase[0]):
        return any(phrase[0] in w for w in words)
    return any(words[i : i + size] == phrase for i in range(len(words) - size + 1))


def _any(words: tuple[str, ...], of: frozenset[str]) -> bool:
    return any(w in of for w in words) or any(
        t in w for t in of if _HAN.search(t) for w in words if _HAN.search(w)
    )


def planned(header: str) -> bool:
    """Whether a header speaks of what is meant to be."""
    return _any(tokens(header), _set("planned"))


def actual(header: str) -> bool:
    """Whether a header speaks of what has been."""
    words = tokens(header)
    if _any(words, _set("actual")) or brackets(header).casefold() in ("a", "actual"):
        return True
    return _any(words, _set("past")) and not _any(words, _set("planned"))


def upkeep(header: str) -> bool:
    """Whether a header speaks of record keeping or of a matter beside the deal."""
    return _any(tokens(header), _set("upkeep"))


@cache
def speaks_for(header: str, role: str) -> float:
    """Return how strongly a header speaks for a role, from 0 to 1.

    Examples
    --------
    >>> speaks_for("Account Executive", "account"), speaks_for("Account Executive", "owner")
    (0.0, 1.0)
    >>> speaks_for("list_price_mrr_usd", "amount") < speaks_for("final_mrr_usd", "amount")
    True
    """
    words = tokens(header)
    given = _roles()[role]
    if not words or _against(words, given.against):
        return 0.0
    best = 0.0
    whole = _weight(words)
    for phrase, strength in given.phrases:
        if words == phrase:
            best = max(best, strength)
        elif _holds(words, phrase):
            share = min(_weight(phrase) / whole, 1.0) if whole else 1.0
            best = max(best, strength * (0.45 + 0.5 * share))
    return round(best, 3)


def _against(words: tuple[str, ...], against: frozenset[str]) -> bool:
    return any(_holds(words, tokens(p)) for p in against)


def _weight(words: tuple[str, ...]) -> float:
    """How much a header says: its words without those that say nothing, its characters in Han."""
    total = 0.0
    for word in words:
        if _HAN.search(word):
            rest = word
            for noise in _set("noise"):
                if _HAN.search(noise):
                    rest = rest.replace(noise, "")
            total += len(rest) / 2
        elif word not in _set("noise") and not word.isdigit():
            total += 1
    return total or 0.5


def known_words(header: str) -> bool:
    """Whether a header speaks clearly for some role."""
    starts, signs = _openings()
    words = tokens(header)
    if not any(w in starts or any(sign in w for sign in signs) for w in words):
        return False  # as nearly every cell below a header, each of which is asked
    return any(speaks_for(header, role) >= 0.8 for role in _roles())


@cache
def _openings() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words phrases begin with, and the phrases in Han, found inside a word."""
    phrases = [phrase for given in _roles().values() for phrase, _ in given.phrases]
    starts = frozenset(phrase[0] for phrase in phrases)
    return starts, frozenset(p[0] for p in phrases if len(p) == 1 and _HAN.search(p[0]))
