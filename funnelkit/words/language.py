"""The language in which the kit speaks now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_current: ContextVar[Language | None] = ContextVar("funnelkit_language", default=None)


def language() -> Language:
    """Return the current language, ``"en"`` or ``"zh"``.

    Starts as the environment variable ``FUNNELKIT_LANG`` (English when unset).

    Examples
    --------
    >>> with speaking("zh"):
    ...     language()
    'zh'
    """
    chosen = _current.get()
    if chosen is not None:
        return chosen
    return "zh" if os.environ.get("FUNNELKIT_LANG", "").lower().startswith("zh") else "en"


def _checked(lang: str) -> Language:
    for known in LANGUAGES:
        if lang == known:
            return known
    from funnelkit.errors import FunnelkitError, nearest

    raise FunnelkitError("words.unknown_language", found=lang, allowed=nearest(lang, LANGUAGES))


def set_language(lang: str) -> None:
    """Speak ``lang`` from now on (results already made follow when shown again)."""
    _current.set(_checked(lang))


def tag(lang: str | None = None) -> str:
    """Return a language, the current one unless named, as the files people get name it.

    Examples
    --------
    >>> tag("en"), tag("zh")
    ('en', 'zh-CN')
    """
    return "zh-CN" if (lang or language()) == "zh" else "en"


@contextmanager
def speaking(lang: str | None) -> Iterator[None]:
    """Speak ``lang`` inside the block; ``None`` leaves the language as it is."""
    token = _current.set(_checked(lang) if lang is not None else _current.get())
    try:
        yield
    finally:
        _current.reset(token)
