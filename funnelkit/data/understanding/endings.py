"""Whether a label says how a deal ended: by its words, and by what is known of its deals."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from funnelkit.process.outcomes import USUAL_LABELS
from funnelkit.process.text import plain
from funnelkit.words.texts import packaged

Ending = Literal["won", "lost", "no_decision", "open"]
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Hint:
    """What the words of a label say.

    ``outcome`` is None where they say nothing; ``sure`` is false where the same words may stand in
    the name of a stage ("Signed", "Almost won"); ``hold`` marks deals put off.
    """

    outcome: Ending | None = None
    sure: bool = True
    hold: bool = False


@dataclass(frozen=True)
class Known:
    """What the rows of a label tell: how many, how many with a closing date, their chance."""

    rows: int = 0
    closed: int | None = None
    chance: tuple[float, float] | None = None


@cache
def _words(kind: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_tokens(str(w)) for w in _listed()[kind])


@cache
def _listed() -> Any:
    return packaged("funnelkit.data.understanding", "endings.yaml")


@cache
def _usual() -> dict[str, Ending]:
    return {plain(x): k for k, labels in USUAL_LABELS.items() for x in labels}  # type: ignore[misc]


def _tokens(text: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    return tuple(re.findall(r"[^\W\d_]+", text))


def bare(label: str) -> str:
    """Return a label without number, letter, code and percentage around it.

    Examples
    --------
    >>> bare("6 - Closed Won"), bare("Closed Won (100%)"), bare("C6:WON"), bare("G. Project Won")
    ('Closed Won', 'Closed Won', 'WON', 'Project Won')
    """
    text = unicodedata.normalize("NFKC", label).strip()
    text = re.sub(r"\(?\s*\d{1,3}(?:[.,]\d+)?\s*%\s*\)?", " ", text)
    text = re.sub(r"^[A-Z]{1,3}\d+\s*[:：]\s*", "", text.strip())
    text = re.sub(r"^(?:\d{1,3}|[A-Z])\s*(?:[-.)、:：_–]\s*|\s+(?=\D))", "", text.strip())
    return text.strip(" -–—:：.") or label


def _found(words: tuple[str, ...], kind: str) -> tuple[str, ...] | None:
    for phrase in _words(kind):
        if len(phrase) == 1 and _HAN.search(phrase[0]):
            if any(phrase[0] in w for w in words):
                return phrase
        elif any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1)):
            return phrase
    return None


@cache
def read_label(label: str) -> Hint:
    """Read what a label says of the deals that carry it.

    Examples
    --------
    >>> read_label("Closed Lost - Price"), read_label("Proposal").outcome
    (Hint(outcome='lost', sure=True, hold=False), None)
    >>> read_label("Signed").sure, read_label("Almost won").sure, read_label("On Hold").hold
    (False, False, True)
    """
    text = bare(label)
    told = _usual().get(plain(text))
    if told is not None:
        return Hint(told)
    words = _tokens(text)
    ends: dict[Ending, tuple[str, ...]] = {}
    kinds: tuple[Ending, ...] = ("won", "lost", "no_decision")
    for kind in kinds:
        if hit := _found(words, kind):
            ends[kind] = hit
    if "未中标" in text or "未成交" in text:
        return Hint("lost", "未中标" in text)
    hedged = _found(words, "hedges") is not None
    if len(ends) == 1:
        outcome, words_of_it = next(iter(ends.items()))
        return Hint(outcome, not hedged and _carries(words, words_of_it))
    if len(ends) > 1:
        both = "no_decision" in ends and "lost" in ends
        first: Ending | None = "no_decision" if both else None
        return Hint(first or next(iter(ends)), first is not None and not hedged)
    if _found(words, "hold"):
        return Hint("open", True, hold=True)
    if _found(words, "open") and not hedged:
        return Hint("open", len(words) <= 2)
    if hit := _found(words, "perhaps"):
        # "Close plan" or "合同签约" names a stage as likely as an end
        return Hint("won" if plain(text) != "closed" else None, False)
    return Hint()


def _carries(words: tuple[str, ...], hit: tuple[str, ...]) -> bool:
    """Whether the ending is what the label is about: it leads, it ends, or little stands beside."""
    beside = {w for p in _words("beside") for w in p}
    if any(_HAN.search(h) for h in hit):
        rest = "".join(words).replace(hit[0], "")
        for word in beside:
            rest = rest.replace(word, "") if _HAN.search(word) else rest
        return len(rest) <= 4
    core = [w for w in words if w not in beside]
    return core[: len(hit)] == list(hit) or core[-len(hit) :] == list(hit)


def may_end(label: str) -> bool:
    """Whether the words of a label may mean an end without saying so surely.

    Examples
    --------
    >>> may_end("Deal Closed"), may_end("Converted"), may_end("Proposal"), may_end("Closed Won")
    (True, True, False, False)
    """
    said = read_label(label)
    return not said.sure


def settled(
    label: str, known: Known, *, dates_tell: bool, only_win: bool = False
) -> tuple[Ending | None, bool]:
    """Return what a label means for its deals, and whether that is sure.

    Words that are sure decide. Otherwise the closing date (where the file fills it for decided
    deals only) and the probability have to agree with the words; where a file tells lost deals and
    has ``only_win`` this label that may mean won, the closing dates are enough.

    Examples
    --------
    >>> settled("Signed", Known(9, 9, (1.0, 1.0)), dates_tell=True)
    ('won', True)
    >>> settled("Signed", Known(9, 9, None), dates_tell=True)
    ('won', False)
    >>> settled("Signed", Known(9, 9, None), dates_tell=True, only_win=True)
    ('won', True)
    >>> settled("Passed on", Known(9, None, (0.0, 0.0)), dates_tell=False)[1]
    False
    >>> settled("Signed", Known(9, 0, (0.6, 0.6)), dates_tell=True)
    ('open', True)
    """
    said = read_label(label)
    all_closed = dates_tell and known.closed is not None and known.closed >= 0.9 * known.rows
    none_closed = dates_tell and known.closed is not None and known.closed <= 0.05 * known.rows
    if said.hold:
        return ("no_decision" if all_closed else "open"), True
    if said.outcome is not None and said.sure:
        return said.outcome, True
    low, high = known.chance or (None, None)
    if low is not None and high is not None:
        if low >= 0.999 and not none_closed:
            return "won", True
        if high <= 0.001 and all_closed:
            return ("no_decision" if said.outcome == "no_decision" else "lost"), True
        if low > 0.001 and high < 0.999 and not all_closed:
            return "open", True
    if none_closed:
        return "open", True
    if high is not None and high <= 0.001 and said == Hint():
        return "lost", False  # without a chance: over, or only just begun
    if only_win and all_closed and said.outcome == "won" and high is None:
        return "won", True
    if said.outcome is None and said.sure and not all_closed:
        return None, True
    return said.outcome, False


__all__ = ["Ending", "Known", "Hint", "bare", "may_end", "read_label", "settled"]
