"""What all weighing of columns needs: what was found, what is free, what has to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from funnelkit.data.defects import Phrase
from funnelkit.data.understanding.headers import speaks_for
from funnelkit.data.understanding.questions import Choice, Question
from funnelkit.data.understanding.sample import Column, Sample

CLOSE_CALL = 0.12
FEW = 0.05


@dataclass
class Understood:
    """The columns of a table by role, what they rest on, and what has to be asked."""

    columns: dict[str, str]
    why: dict[str, Phrase] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


class Weighing:
    """The columns of one table, those that have a role and those that are free."""

    def __init__(
        self,
        sample: Sample,
        columns: Mapping[str, str],
        told: Iterable[str] = (),
        without: Iterable[str] = (),
    ) -> None:
        self.sample = sample
        self.told = {*told}
        self.without = {*without}
        self.found = Understood(dict(columns))
        self.headers = list(sample.sheet.columns)
        self.stages: dict[str, str] = {}

    def _free(self) -> list[str]:
        taken = {*self.found.columns.values()}
        return [h for h in self.headers if h not in taken]

    def _missing(self, role: str) -> bool:
        return role not in self.found.columns and role not in self.without

    def _take(self, role: str, column: str, why: str = "words", **values: object) -> None:
        self.found.columns[role] = column
        self.found.why[role] = Phrase(f"questions.why_{why}", **values)

    def _by_words(self, role: str, least: float = 0.5) -> list[tuple[float, str]]:
        scored = [(speaks_for(h, role), h) for h in self._free()]
        return sorted(((s, h) for s, h in scored if s >= least), key=lambda x: -x[0])

    def _ask(self, role: str, headers: Sequence[str], none: bool = True) -> None:
        choices = [
            Choice(
                Phrase("questions.column", column=h),
                tuple(self.sample[h].texts[:3]),
                {"columns": {role: h}},
            )
            for h in headers
        ]
        if none:
            choices.append(Choice(Phrase("questions.no_column"), (), {"columns": {role: None}}))
        several = len(headers) > 1
        text = Phrase(
            f"questions.{'which' if several else 'this'}_column",
            role=Phrase(f"questions.role_{role}"), columns=list(headers), column=headers[0],
        )  # fmt: skip
        self.found.questions.append(Question(f"column:{role}", text, tuple(choices)))


def differ(one: Column, other: Column) -> bool:
    """Whether two columns say different things in more than one row in twenty."""
    both = [(a, b) for a, b in zip(one.cells, other.cells, strict=True)]
    return bool(sum(a != b for a, b in both) > FEW * max(len(both), 1))
