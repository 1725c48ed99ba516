"""Every sentence the reports make of real data, in both languages, in one file to be read through.

``python tests/tools/sentences.py [FILE] [DATASET ...]`` opens every template on bundled data in
English and in Chinese, asks each for all it says, and writes each text of the catalogue that was
filled once, with what was filled in: ``build/sentences.md`` where no file is named.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from funnelkit.answers.definitions import MEASURES, definition
from funnelkit.data.library import load
from funnelkit.errors import FunnelkitError
from funnelkit.report.template import template_names
from funnelkit.words import catalogue, set_language, texts

_SPEC = spec_from_file_location(
    "sayable", Path(__file__).parents[1] / "report/test_report_sentences.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
SAYABLE = module_from_spec(_SPEC)
_SPEC.loader.exec_module(SAYABLE)
cells, opened, said = SAYABLE.cells, SAYABLE.opened, SAYABLE.said

SETS = ("industrial-zh", "equipment-zh", "success", "tiny")
#: What ends like a sentence is one; headings and units are not.
_SENTENCE = re.compile(r"[.。?？!！]$")


def keys() -> dict[str, str]:
    """Return the key of every text of the catalogue, by the text."""
    found: dict[str, str] = {}
    for file in sorted(Path(catalogue.__path__[0]).glob("*.yaml")):
        for key, entry in yaml.safe_load(file.read_text("utf-8")).items():
            for lang in ("en", "zh"):
                if isinstance(entry, dict) and isinstance(entry.get(lang), str):
                    found.setdefault(entry[lang], f"{file.stem}.{key}")
    return found


def collect(names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Return the texts that were said: by key and language, the first of each."""
    known, heard = keys(), defaultdict[str, dict[str, str]](dict)
    plain = texts.fill

    def listen(text: str, values: Mapping[str, Any]) -> str:
        filled = plain(text, values)
        if key := known.get(text):
            heard[key].setdefault(texts.language(), filled)
        return filled

    with patch.object(texts, "fill", listen):
        for name in names:
            for lang in ("en", "zh"):
                set_language(lang)
                reports(name, lang)
                for measure in MEASURES:
                    definition(measure)
    set_language("en")
    return dict(sorted(heard.items()))


def reports(name: str, lang: str) -> None:
    """Let every template say all it has to say of a bundled set."""
    for template in template_names():
        try:
            report = opened(template, {"lang": lang, "data": name})
        except FunnelkitError as problem:
            str(problem)
            continue
        names = {re.match(r"\w+", cells(template)[0]).group(): report}  # type: ignore[union-attr]
        for cell in cells(template):
            part = eval(cell, names)
            list(said(part))
            if hasattr(part, "_repr_html_"):
                part._repr_html_()


def written(heard: Mapping[str, Mapping[str, str]]) -> str:
    """Return the file: a heading a room, each text with both languages below its key."""
    lines = ["# What the reports say", ""]
    room = ""
    for key, said_in in heard.items():
        if not any(_SENTENCE.search(t) for t in said_in.values()):
            continue
        if key.split(".")[0] != room:
            room = key.split(".")[0]
            lines += [f"## {room}", ""]
        lines += [
            f"- `{key}`",
            *(f"  - {said_in[lang]}" for lang in ("en", "zh") if lang in said_in),
        ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file and say how many texts stand in it."""
    file = Path(arguments[0] if arguments else "build/sentences.md")
    names = tuple(arguments[1:]) or SETS
    for name in names:
        load(name)  # an unknown one is refused before anything is run
    heard = collect(names)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written(heard), "utf-8")
    both = sum(len(v) == 2 for v in heard.values())
    sys.stdout.write(f"{file}: {len(heard)} texts, {both} of them in both languages\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
