"""What a written exercise may hold, and the exercise made of it.

A value that starts with ``=`` is a sum over the numbers of the question (``= n * win``); a bare
name is a function of the lesson's module.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from funnelkit.process.flaws import Flaw
from funnelkit.process.text import Part, Text
from funnelkit.teach.exercise import Case, Exercise, Kind, Mistake
from funnelkit.teach.kinds.choices import Choice, Match, Option, Order, Several
from funnelkit.teach.kinds.days import Dates
from funnelkit.teach.kinds.faults import CHECKS, fault
from funnelkit.teach.kinds.formula import work_out
from funnelkit.teach.kinds.numbers import Number, Series, Unit
from funnelkit.teach.kinds.written import ANY, Blank, Find, Menu, Rule, Sheet

#: Finds a function of the lesson's module by its name.
Functions = Callable[[str], Callable[..., Any]]
Sum = str | list[str] | dict[str, str]
_NOTHING = Text(en="", zh="")


def no_functions(name: str) -> Callable[..., Any]:
    """Find nothing: an exercise that stands alone has sums only."""
    raise LookupError(name)


def computed(written: Sum, functions: Functions) -> Callable[[Case], Any]:
    """Return what computes a value from a case: a sum, several, or a function by its name."""
    if isinstance(written, list):
        parts = [computed(w, functions) for w in written]
        return lambda case: [part(case) for part in parts]
    if isinstance(written, dict):
        named = {k: computed(w, functions) for k, w in written.items()}
        return lambda case: {k: part(case) for k, part in named.items()}
    if written.startswith("="):
        return partial(_sum, written[1:])
    return functions(written)


def _sum(text: str, case: Case) -> Any:
    names = dict(case.values)
    if "right" in text:
        names["right"] = case.right
    return work_out(text, names)


def drawn(written: Mapping[str, Any], r: random.Random) -> dict[str, Any]:
    """Draw each number from its list, in order; a sum is worked out from those before it."""
    found: dict[str, Any] = {}
    for name, given in written.items():
        if isinstance(given, str) and given.startswith("="):
            found[name] = work_out(given[1:], found)
        else:
            found[name] = r.choice(given) if isinstance(given, list) else given
    return found


class OneOption(Part):
    """An option: its text, the feedback it deserves, and whether or where it belongs."""

    id: str
    text: Text
    why: Text = _NOTHING
    right: bool = False
    belongs: str | None = None
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def made(self) -> Option:
        """Return the option."""
        return Option(self.id, self.text, self.why, self.right, self.needs, self.also)


class OneNumber(Part):
    """A single number."""

    kind: Literal["number"]
    unit: Unit
    within: float = 0.0
    relative: float = 0.005

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        return Number(self.unit, self.within, self.relative)


class SomeNumbers(Part):
    """Several numbers or dates, each with its label."""

    kind: Literal["numbers", "dates"]
    labels: str | list[Text]
    unit: Unit = "number"
    within: float = 0.0
    relative: float = 0.005
    whole: bool = False

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        labels = self.labels
        named = functions(labels) if isinstance(labels, str) else partial(_each, labels)
        if self.kind == "dates":
            return Dates(named, "number", self.within, self.relative)
        return Series(named, self.unit, self.within, self.relative, self.whole)


def _each(texts: list[Text], case: Case) -> list[str]:
    return [str(text) for text in texts]


class Found(Part):
    """Something found in what is shown."""

    kind: Literal["find"]
    what: str
    among: str | list[OneOption]
    near: tuple[int, int] = (0, 0)

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        if isinstance(self.among, str):
            return Find(self.what, functions(self.among), self.near)
        return Find(self.what, partial(_named, self.among), self.near)


def _named(options: list[OneOption], case: Case) -> dict[str, str]:
    return {o.id: str(o.text) for o in options}


class OneMenu(Part):
    """A condition of a rule: the column, and what it may be compared with."""

    column: str
    label: Text
    signs: tuple[Literal["==", "!=", ">", ">=", "<", "<="], ...] = ("==",)
    values: list[OneOption] | list[float]
    shown: Literal["number", "percent", "thousand", "million"] = "number"

    def made(self) -> Menu:
        """Return the menu."""
        write = "{:.0%}" if self.shown == "percent" else "{:g}"
        values = {
            v.id if isinstance(v, OneOption) else v: v.text
            if isinstance(v, OneOption)
            else Text.of(write.format(v))
            for v in self.values
        }
        unit = self.shown if self.shown in ("thousand", "million") else ""
        return Menu(self.column, self.label, values, self.signs, unit)


class Ruled(Part):
    """A rule picked from menus, judged by what it selects."""

    kind: Literal["rule"]
    rows: str
    menus: list[OneMenu]

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        return Rule(functions(self.rows), tuple(m.made() for m in self.menus))


def _ruled(conditions: Mapping[str, str], kind: Rule) -> Callable[[Case], Any]:
    """Return what fills the numbers of a case into the conditions; unnamed columns are open."""

    def picked(case: Case) -> dict[str, str]:
        named = {c: text.format_map(case.values) for c, text in conditions.items()}
        return {m.column: named.get(m.column, ANY) for m in kind.menus}

    return picked


class Chosen(Part):
    """One option, all that hold, or all brought into an order."""

    kind: Literal["choice", "several", "order"]
    options: list[OneOption] = Field(min_length=2)
    order: list[str] | None = None

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        options = tuple(o.made() for o in self.options)
        return {"choice": Choice, "several": Several, "order": Order}[self.kind](options)

    def right(self) -> Any:
        """Return the right answer as the options say it."""
        taken = [o.id for o in self.options if o.right]
        if self.kind == "order":
            if sorted(self.order or ()) != sorted(o.id for o in self.options):
                raise Flaw(("answer", "order"), "order", ids=[o.id for o in self.options])
            return tuple(self.order or ())
        if self.kind == "choice" and len(taken) != 1:
            raise Flaw(("answer", "options"), "one_right", found=len(taken))
        if not taken:
            raise Flaw(("answer", "options"), "none_right")
        return taken[0] if self.kind == "choice" else set(taken)


class Matched(Part):
    """Items, each with the target it belongs to."""

    kind: Literal["match"]
    items: list[OneOption] = Field(min_length=2)
    targets: list[OneOption] = Field(min_length=2)
    forgiven: int = 0

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        items, targets = (tuple(o.made() for o in part) for part in (self.items, self.targets))
        return Match(items, targets, self.forgiven)

    def right(self) -> Any:
        """Return the right pairs as the items say them."""
        known = [t.id for t in self.targets]
        for at, item in enumerate(self.items):
            if item.belongs not in known:
                path = ("answer", "items", at)
                raise Flaw(path, "belongs", found=item.belongs or "", allowed=known)
        return {item.id: item.belongs for item in self.items}


class Field_(Part):
    """One field of a sheet: its label, what it has to be, what to say where it is not."""

    id: str
    label: Text
    must: str | None = None
    hint: Text | None = None
    long: bool = False
    options: list[OneOption] = Field(default_factory=list)


class Filled(Part):
    """A sheet to fill in; ``whole`` names a function that looks at all fields together."""

    kind: Literal["sheet"]
    fields: list[Field_] = Field(min_length=1)
    whole: str | None = None

    def made(self, functions: Functions) -> Kind:
        """Return the kind."""
        blanks = []
        for f in self.fields:
            found = None
            if f.must is not None and f.must in CHECKS:
                found = fault(f.must, f.hint)
            elif f.must is not None:
                found = functions(f.must)
            options = tuple(o.made() for o in f.options)
            blanks.append(Blank(f.id, f.label, found, f.long, options))
        return Sheet(tuple(blanks), functions(self.whole) if self.whole else None)


Answer = Annotated[
    OneNumber | SomeNumbers | Found | Ruled | Chosen | Matched | Filled,
    Field(discriminator="kind"),
]


class OneMistake(Part):
    """A way to go wrong: the answer it leads to, and the hint it deserves.

    ``gives`` computes the answer; ``choice`` is an option's id; ``rule`` are the conditions picked;
    ``instead`` are the fields of a sheet that differ from the example, and the hint is then the
    sheet's own.
    """

    id: str
    gives: Sum | None = None
    choice: str | None = None
    instead: dict[str, str] | None = None
    rule: dict[str, str] | None = None
    hint: Text | None = None


class Written(Part):
    """An exercise as its file says it."""

    id: str = Field(pattern=r"^[A-Z]\w*\.\d+$")
    objective: str = Field(pattern=r"^O\d$")
    minutes: int = Field(ge=1, le=25)
    seeds: tuple[str, ...] = ()
    track: Literal["", "analyst"] = ""
    data: str = "firm"
    question: Text
    numbers: str | dict[str, Any] | None = None
    shown: str | None = None
    answer: Answer
    right: Sum | None = None
    rule: dict[str, str] | None = None
    example: dict[str, Text] | None = None
    mistakes: tuple[OneMistake, ...] = ()
    hints: tuple[Text, Text, Text]
    steps: str | dict[str, str] | None = None
    solution: Text | None = None
    after: Text
    more: Text | None = None

    def made(self, functions: Functions = no_functions) -> Exercise:
        """Return the exercise.

        Raises
        ------
        Flaw
            Something in it does not fit together.
        """
        kind = self._of("answer", partial(self.answer.made, functions))
        numbers = self.numbers
        if isinstance(numbers, str):
            draw = self._of("numbers", partial(functions, numbers))
        else:
            draw = partial(drawn, numbers) if numbers else None
        solve = self._solve(kind, functions)
        steps = self.steps
        return Exercise(
            id=self.id, objective=self.objective, minutes=self.minutes, seeds=self.seeds,
            track=self.track,
            prompt=self.question, kind=kind, solve=solve, draw=draw, data=self.data,
            mistakes=tuple(self._mistake(k, kind, functions) for k in range(len(self.mistakes))),
            hints=self.hints, after=self.after, more=self.more, solution=self.solution,
            steps=self._of("steps", partial(computed, steps, functions)) if steps else None,
            show=self._of("shown", partial(functions, self.shown)) if self.shown else None,
        )  # fmt: skip

    def _of(self, path: str, made: Callable[[], Any]) -> Any:
        try:
            return made()
        except LookupError as missing:
            raise Flaw((path,), "no_function", found=str(missing.args[0])) from None

    def _solve(self, kind: Kind, functions: Functions) -> Callable[[Case], Any]:
        if self.right is not None:
            right = self.right
            found: Callable[[Case], Any] = self._of("right", lambda: computed(right, functions))
            return found
        if self.rule is not None and isinstance(kind, Rule):
            return _ruled(self.rule, kind)
        if self.example is not None:
            example = self.example
            return lambda case: {name: str(text) for name, text in example.items()}
        if isinstance(self.answer, Chosen | Matched):
            right = self.answer.right()
            return lambda case: right
        raise Flaw((), "no_right")

    def _mistake(self, at: int, kind: Kind, functions: Functions) -> Mistake:
        written = self.mistakes[at]
        path = ("mistakes", at)
        if written.instead is not None and isinstance(kind, Sheet):
            wrong = {k: str(v) for k, v in (self.example or {}).items()} | written.instead
            told = kind.fault_in(wrong)
            if told is None:
                raise Flaw(path, "no_mistake", found=written.id)
            changed = written.instead
            return Mistake(written.id, lambda case: {**case.right, **changed}, told[1])
        if written.hint is None:
            raise Flaw(path, "no_hint", found=written.id)
        if written.choice is not None:
            return Mistake(written.id, written.choice, written.hint)
        if written.rule is not None and isinstance(kind, Rule):
            return Mistake(written.id, _ruled(written.rule, kind), written.hint)
        if written.gives is None:
            raise Flaw(path, "no_gives", found=written.id)
        gives = written.gives
        try:
            return Mistake(written.id, computed(gives, functions), written.hint)
        except LookupError as missing:
            raise Flaw((*path, "gives"), "no_function", found=str(missing.args[0])) from None
