"""One catalogue of every text a person reads, both languages side by side."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from funnelkit.words import formats
from funnelkit.words.language import language


def packaged(package: str, *path: str) -> Any:
    """Read a YAML file that comes with the kit, by the C parser where there is one."""
    file = resources.files(package).joinpath(*path)
    return yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def texts(room: str) -> dict[str, dict[str, str]]:
    """Return the texts of one room: ``{key: {"en": ..., "zh": ...}}``."""
    loaded: dict[str, dict[str, str]] = packaged("funnelkit.words", "catalogue", f"{room}.yaml")
    return loaded or {}


class _Writer(string.Formatter):
    """``str.format`` whose specs (``{rate:percent}``) follow the current language."""

    def format_field(self, value: Any, format_spec: str) -> str:
        spec, *forms = format_spec.split("|")
        match spec:
            case "percent":
                return formats.percent(value)
            case "percent1":
                return formats.percent(value, 1)
            case "count":
                text = formats.count(value)
                if len(forms) > 2 and value == 0 and language() == "en":
                    return forms[2]  # "none of them was": nobody says "0 were"
                if forms and language() == "en":
                    text += " " + (forms[0] if value == 1 else forms[1])
                return text
            case "number":
                return formats.number(value, 1)
            case "thousand" | "million":  # an amount counted so, in the unit of the language
                told = formats.in_unit(value, spec)
                return formats.number(told, 0 if told == int(told) else 1)
            case "money":
                # "nothing was won": nobody says "EUR 0 was"
                return forms[0] if forms and not value else formats.money(value)
            case "days":
                return formats.days(value)
            case "date":
                return formats.date(value)
            case "options":
                return formats.options(value)
            case "list":
                return ("、" if language() == "zh" else ", ").join(map(str, value))
            case "quoted":
                return f"“{value}”" if language() == "zh" else f'"{value}"'
        return str(super().format_field(value, format_spec))


_writer = _Writer()


def say(key: str, **values: Any) -> str:
    """Return the text ``room.key`` in the current language with its values filled in.

    Examples
    --------
    >>> say("words.missing")
    'not available'
    """
    room, _, name = key.partition(".")
    return fill(texts(room)[name][language()], values)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Fill values into a text with the formats of the catalogue."""
    return _writer.vformat(text, (), values)
