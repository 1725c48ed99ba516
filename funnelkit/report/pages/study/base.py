"""The pipeline a report is about, and what was worked out of it, each answer once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from funnelkit import measures
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import Result
from funnelkit.page.parts import Points, Sentence
from funnelkit.report.behind.lists import Lists
from funnelkit.words import say, sentences

if TYPE_CHECKING:
    from funnelkit.measures.diagnose import Diagnosis

#: Measures that say nothing where no loss is on record.
_OF_CLOSED = ("win_rate", "stage_win_rate", "velocity", "trend")


@dataclass(frozen=True, eq=False)
class Study:
    """A pipeline with what a report's parameters ask of it.

    A template names itself (``template``) and the room its texts stand in (``room``).
    """

    template: ClassVar[str] = ""
    #: The section behind a headline number that counts no deals, by the number's key.
    leads: ClassVar[Mapping[str, str]] = {}
    room: ClassVar[str] = "report"

    whole: Pipeline
    pipeline: Pipeline
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    #: Sections that the data do not carry, with the reason.
    lacking: dict[str, str] = field(default_factory=dict)
    _once: dict[str, Any] = field(default_factory=dict)
    #: The results that were asked for, in order.
    _asked: list[str] = field(default_factory=list)
    #: Where each sentence stands.
    _spoken: dict[str, str] = field(default_factory=dict)

    @property
    def period(self) -> dict[str, str | None]:
        """The half-open period, as the measures take it."""
        return {name: self.parameters.get(name) or None for name in ("since", "until")}

    def measure(self, name: str, *, whole: bool = False, **options: Any) -> Any:
        """Return a measure of the part under review (or of the whole), computed once."""
        key = f"{name} {sorted(options.items())} {whole}"
        pipeline = self.whole if whole else self.pipeline
        make = getattr(measures, name)
        if name in _OF_CLOSED and options.get("of") != "created":
            pipeline.need_losses(name)
        return self.kept(key, lambda: make(pipeline, **options, **self.period))

    def kept(self, key: str, make: Callable[[], Any]) -> Any:
        """Return a result computed once; its definition stands at the back of the page."""
        if key not in self.results:
            self.results[key] = make()
        self._asked.append(key)
        return self.results[key]

    def counted(self, since: int) -> tuple[str, ...]:
        """Say how the results that were asked for since then are counted."""
        found = [self.results[key] for key in dict.fromkeys(self._asked[since:])]
        return tuple(sentences([say("report.note_of", title=r.title), r.definition, r.denominator,
                                str(r.scope)]) for r in found)  # fmt: skip

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """Return something worked out once; a refusal is kept and raised again."""
        if key not in self._once:
            try:
                self._once[key] = make()
            except FunnelkitError as problem:
                self._once[key] = problem
        if isinstance(self._once[key], FunnelkitError):
            raise self._once[key]
        return self._once[key]

    def said_once(self, name: str, parts: Iterable[Any]) -> tuple[Any, ...]:
        """Return parts without the sentences that the first screen or another section has."""
        found: list[Any] = []
        for part in parts:
            if isinstance(part, Sentence) and part.kind != "fk-callout":
                if self._spoken.setdefault(part.text, name) != name:
                    continue
            elif isinstance(part, Points):
                items = (t for t in part.items if self._spoken.setdefault(t, name) == name)
                part = replace(part, items=tuple(items))
            found.append(part)
        return tuple(found)

    def diagnosis(self) -> Diagnosis:
        """Return what lies below its expectation."""
        from funnelkit.measures.diagnose import diagnose

        since, until = (self.parameters.get(k) or None for k in ("since", "until"))
        looks = self.parameters.get("looks", "once")
        found: Diagnosis = self.kept(
            "diagnosis",
            lambda: diagnose(self.pipeline, since=since, until=until, looks=looks),
        )
        return found

    @property
    def subject(self) -> str:
        """What part of the pipeline this is."""
        return " · ".join(str(v) for v in self.parameters["where"].values())

    @cached_property
    def lists(self) -> Lists:
        """The lists of deals that the page's cells and marks open; empty where none are asked."""
        return Lists(str(self.parameters.get("deals", "no")))
