"""The mapping beside a file: written with the answers, found again the next time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.words import say, speaking

ENDING = ".mapping.yaml"


def place_of(source: Any) -> Path | None:
    """Return where the mapping of a file or folder stands; None for a table.

    Examples
    --------
    >>> place_of("exports/deals.csv").as_posix()
    'exports/deals.csv.mapping.yaml'
    """
    if not isinstance(source, str | Path):
        return None
    path = Path(source).expanduser()
    return path.with_name(path.name + ENDING) if path.name else None


def mapping_beside(source: Any) -> Path | None:
    """Return the mapping that stands beside a file or folder, if there is one."""
    place = place_of(source)
    return place if place is not None and place.is_file() else None


def mapping_text(
    mapping: Mapping[str, Any], given: Iterable[tuple[Question, Choice]] = (), file: str = ""
) -> str:
    """Return a mapping as commented YAML that says in both languages what was answered.

    Examples
    --------
    >>> print(mapping_text({"dates": "dmy"}))
    dates: dmy
    <BLANKLINE>
    """
    answers = list(given)
    lines = []
    for lang in ("en", "zh") if answers else ():
        with speaking(lang):
            lines.append(f"# {say('questions.file_head', file=file)}")
            for question, choice in answers:
                lines += [f"# {part}" for part in str(question.text).splitlines()]
                lines += [f"#   -> {part}" for part in str(choice.label).splitlines()]
    dumped = yaml.safe_dump(dict(mapping), allow_unicode=True, sort_keys=False, width=100)
    return "\n".join([*lines, dumped])


def draft_text(mapping: Mapping[str, Any], questions: Iterable[Question] = ()) -> str:
    """Return a draft: what was understood, and ``?`` with the answers above it where it asks.

    Examples
    --------
    >>> from funnelkit.data.defects import Phrase
    >>> won = Choice(Phrase("process.won"), (), {"outcomes": {"Signed": "won"}})
    >>> with speaking("en"):
    ...     print(draft_text({}, [Question("outcome:Signed", Phrase("process.open"), (won,))]))
    # Open
    #   outcomes: {Signed: won}  # Won
    outcomes:
      Signed: '?'
    <BLANKLINE>
    """
    draft = {k: dict(v) if isinstance(v, Mapping) else v for k, v in mapping.items()}
    lines = []
    for question in questions:
        lines += [f"# {part}" for part in str(question.text).splitlines()]
        lines += [
            f"#   {part}  # {choice.label}"
            for choice in question.choices
            for part in choice.line.splitlines()
        ]
        for key, value in next((dict(c.mapping) for c in question.choices), {}).items():
            if isinstance(value, Mapping):
                draft[key] = {**draft.get(key, {}), **dict.fromkeys(value, "?")}
            else:
                draft[key] = "?"
    dumped = yaml.safe_dump(draft, allow_unicode=True, sort_keys=False, width=100)
    return "\n".join([*lines, dumped]) if draft else ""
