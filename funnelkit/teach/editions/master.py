"""A lesson's master: one text file with both languages side by side and shared code.

The master is a percent script. Its header holds the front matter under ``lesson:``. A markdown
cell carries ``[en]`` and ``[zh]`` on lines of their own, each followed by its text; code cells
are shared and hold no sentence. Tags say what a cell is for (:data:`TAGS`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from funnelkit.process.text import Part, Text

#: What a cell may be: the closed list of the course.
TAGS = (
    "parameters", "setup", "guess", "story", "demo", "predict", "misconception", "exercise",
    "whatif", "debrief", "limits", "keypoints", "exit", "report", "trainer", "plan",
)  # fmt: skip
VERBS = (
    "calculate", "choose", "classify", "compare", "decide", "define", "explain", "find", "judge",
    "name", "order", "plan", "predict", "read", "rebuild", "recognise", "set", "split", "test",
    "tell", "write",
)  # fmt: skip


class Objective(Part):
    """What a learner can do afterwards: begins with a verb of :data:`VERBS` in English."""

    id: str = Field(pattern=r"^O\d$")
    text: Text


class Front(Part):
    """The front matter of a lesson.

    Attributes
    ----------
    teach_minutes, exercise_minutes : int
        The latter is the sum of the exercises' own minutes.
    seeds : tuple of str
        Sentences of the founding article the lesson answers to.
    terms : tuple of str
        English terms of the glossary that are new here.
    """

    id: str = Field(pattern=r"^L\d\d$")
    title: Text
    summary: Text
    audience: Text
    teach_minutes: int = Field(gt=0)
    exercise_minutes: int = Field(gt=0)
    needs: tuple[str, ...] = ()
    data: Text = Text(en="industrial", zh="industrial-zh")
    questions: tuple[Text, ...]
    objectives: tuple[Objective, ...]
    terms: tuple[str, ...]
    seeds: tuple[str, ...]
    status: Literal["alpha", "beta", "stable"] = "beta"


@dataclass(frozen=True)
class Cell:
    """One cell: markdown with a text a language, or code."""

    kind: Literal["markdown", "code"]
    tags: tuple[str, ...]
    source: str

    def text(self, language: str) -> str:
        """Return the text of one language.

        Raises
        ------
        ValueError
            The cell does not say it in this language.
        """
        if self.kind == "code":
            return self.source
        parts = dict(
            re.findall(r"^\[(en|zh)\]\n(.*?)(?=^\[(?:en|zh)\]$|\Z)", self.source, re.M | re.S)
        )
        if language not in parts or not parts[language].strip():
            message = f"a cell says nothing in {language}: {self.source[:60]!r}"
            raise ValueError(message)
        text = str(parts[language]).strip()
        return _joined(text) if language == "zh" else text


def _joined(text: str) -> str:
    """Join the lines of a Chinese paragraph: a line break would show as a space."""
    return re.sub(r"(?<=[。？！；：，”）])\n(?=[^\s#>|*`\-\d])", "", text)


@dataclass(frozen=True)
class Master:
    """A lesson as it is written."""

    path: Path

    @cached_property
    def _notebook(self) -> Any:
        import jupytext

        return jupytext.reads(self.path.read_text("utf-8"), fmt="py:percent")

    @cached_property
    def front(self) -> Front:
        """The front matter."""
        import yaml

        text = self.path.read_text("utf-8")
        head = re.match(r"# ---\n(.*?)# ---\n", text, re.S)
        if head is None:
            message = f"{self.path.name} has no front matter"
            raise ValueError(message)
        plain = "\n".join(line[2:] for line in head[1].splitlines())
        return Front.model_validate(yaml.safe_load(plain)["lesson"])

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells in order."""
        return tuple(
            Cell(c.cell_type, tuple(c.metadata.get("tags", [])), c.source)
            for c in self._notebook.cells
            if c.source.strip() and c.cell_type in ("markdown", "code")
        )


def masters(folder: Path) -> tuple[Master, ...]:
    """Return the masters of a folder in order."""
    return tuple(Master(path) for path in sorted(folder.glob("L[0-9][0-9]_*.py")))
