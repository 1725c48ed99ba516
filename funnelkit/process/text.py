"""A text in both languages, and the base of every part of a process sheet."""

from __future__ import annotations

import unicodedata
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from funnelkit.words import language


class Part(BaseModel):
    """A frozen part of a sheet that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Text(Part):
    """A text in English and Chinese; ``str(text)`` is the one of the current language.

    A plain string stands for both languages, and a text given in one language is
    used for the other.

    Examples
    --------
    >>> str(Text(en="Negotiation", zh="谈判"))
    'Negotiation'
    """

    en: str
    zh: str

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        if isinstance(given, str | int | float) and not isinstance(given, bool):
            return {"en": str(given), "zh": str(given)}
        if isinstance(given, dict) and given.keys() & {"en", "zh"}:
            return {"en": given.get("zh"), "zh": given.get("en"), **given}
        return given

    @classmethod
    def of(cls, text: str) -> Text:
        """Make a text that reads the same in both languages."""
        return cls(en=text, zh=text)

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en


def plain(label: object) -> str:
    """Reduce a label to what identifies it: case, width, spaces and punctuation go.

    Examples
    --------
    >>> plain("Closed - Won") == plain("closedwon") == plain("CLOSED_WON")
    True
    """
    text = unicodedata.normalize("NFKC", str(label)).casefold()
    return "".join(c for c in text if c.isalnum())


def slug(label: str) -> str:
    """Make an id of a label: lower case, one underscore for whatever is no letter or digit.

    Examples
    --------
    >>> slug("Needs Analysis"), slug("需求识别")
    ('needs_analysis', '需求识别')
    """
    text = unicodedata.normalize("NFKC", label).casefold()
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return "_".join(words) or "stage"
