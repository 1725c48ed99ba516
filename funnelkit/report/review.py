"""The funnel review: one method a section, each built from the measures and nothing else.

The template's cells call these methods in turn; opened in JupyterLab they can be called in any
order, and every section shows itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import Any

import pandas as pd

from funnelkit import __version__, measures
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.measures import Result
from funnelkit.page.parts import Heading, Points, Section, Sentence, Table
from funnelkit.report import appendix, source, steering
from funnelkit.report.headline import Headline
from funnelkit.report.numbers import facts, won_by_month
from funnelkit.report.opening import label_of, missing, named, sentences
from funnelkit.report.standouts import standouts
from funnelkit.report.targets import VERDICTS, against_step_targets, against_time_targets
from funnelkit.stats.intervals import wilson
from funnelkit.words import count, date, days, percent, say, set_language

MOST_GROUPS = 20


def _section(name: str) -> Callable[[Callable[[Review], tuple[Any, ...]]], Any]:
    """Give a section its heading, and say why where the data do not carry it."""

    def wrap(method: Callable[[Review], tuple[Any, ...]]) -> Callable[[Review], Section]:
        @wraps(method)
        def section(review: Review) -> Section:
            try:
                parts = method(review)
            except FunnelkitError as problem:
                parts = (Sentence(say("report.left_out", reason=missing(problem)), "fk-callout"),)
            return Section(name, say(f"report.section_{name}"), parts)

        return section

    return wrap


@dataclass(frozen=True)
class Cover:
    """Title and subject of the report: the page's only first heading."""

    title: str
    lines: tuple[str, ...]
    synthetic: str = ""

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.title, *self.lines, self.synthetic]))

    def _repr_html_(self) -> str:
        from html import escape

        badge = f'<p class="badge">{escape(self.synthetic)}</p>' if self.synthetic else ""
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        return f"<header><h1>{escape(self.title)}</h1>{badge}{lines}</header>"


@dataclass(frozen=True, eq=False)
class Review:
    """A pipeline under review, with what the report's parameters ask of it."""

    whole: Pipeline
    pipeline: Pipeline
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)

    @property
    def period(self) -> dict[str, str | None]:
        """The half-open period, as the measures take it."""
        return {name: self.parameters.get(name) or None for name in ("since", "until")}

    def measure(self, name: str, *, whole: bool = False, **options: Any) -> Any:
        """Return a measure of the part under review (or of the whole), computed once."""
        key = f"{name} {sorted(options.items())} {whole}"
        if key not in self.results:
            pipeline = self.whole if whole else self.pipeline
            self.results[key] = getattr(measures, name)(pipeline, **options, **self.period)
        return self.results[key]

    @property
    def rule(self) -> str:
        """The counting rule of the funnel."""
        return str(self.parameters["rule"])

    @property
    def subject(self) -> str:
        """What part of the pipeline this is."""
        return " · ".join(str(v) for v in self.parameters["where"].values())

    def cover(self) -> Cover:
        """Title, subject, period and date."""
        title = self.parameters.get("title") or say("report.template_funnel_review")
        if self.subject:
            title = say("report.title_part", title=title, part=self.subject)
        lines = [
            say("report.cover_data", name=self.pipeline.name or "-", as_of=self.pipeline.as_of)
        ]
        since, until = (self.period[k] for k in ("since", "until"))
        for key, given in (("since", since), ("until", until)):
            if given:
                lines.append(say(f"report.cover_{key}", day=dt.date.fromisoformat(given)))
        synthetic = say("report.synthetic") if self.pipeline.synthetic else ""
        return Cover(title, tuple(lines), synthetic)

    @cached_property
    def title(self) -> str:
        """The title with its subject."""
        return self.cover().title

    def headline(self) -> Headline:
        """The few numbers that the index page repeats."""
        return Headline(self.title, facts(self), str(self.parameters["lang"]), won_by_month(self))

    def opening(self) -> Section:
        """Three to five sentences: what stands out, how sure it is, on how many deals."""
        return Section("opening", say("report.section_opening"), (Points(sentences(self), "lead"),))

    @_section("funnel")
    def funnel(self) -> tuple[Any, ...]:
        """How many deals came to each stage."""
        found = self.measure("funnel", rule=self.rule)
        rules = self.measure("counting_rules")
        return (
            Sentence(found.summary()),
            _drawn(found),
            Sentence(say("report.rule_used", rule=say(f"measures.rule_name_{self.rule}"))),
            Sentence(rules.summary()),
        )

    @_section("targets")
    def targets(self) -> tuple[Any, ...]:
        """Each step against what the process sheet expects."""
        found = against_step_targets(self.measure("funnel", rule=self.rule))
        if found.empty:
            return (Sentence(say("report.no_targets", process=str(self.pipeline.process.name))),)
        counts = found["verdict"].value_counts()
        lead = say(
            "report.targets_lead",
            n=len(found),
            **{verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS},
        )
        rows = [
            (
                self.pipeline.process.label(r["stage"]), count(r["deals"]), count(r["still_open"]),
                percent(r["step_rate"]), f"{percent(r['low'])} – {percent(r['high'])}",
                percent(r["target"]), say(f"report.step_{r['verdict']}"),
            )
            for r in found.to_dict("records")
        ]  # fmt: skip
        table = Table(
            [say(f"report.col_{c}") for c in
             ("stage", "deals", "waiting", "step_rate", "interval", "target", "verdict")],
            rows,
            say("report.targets_caption"),
            frozenset({6}),
            [f"verdict-{v}" for v in found["verdict"]],
        )  # fmt: skip
        return (Sentence(lead), table, Sentence(say("report.targets_note"), "fk-muted"))

    @_section("time")
    def time(self) -> tuple[Any, ...]:
        """How long deals stay in each stage, against the sheet's median."""
        found = self.measure("time_in_stage")
        process = self.pipeline.process
        compared = against_time_targets(found)
        opposite = {"above": "bad", "below": "good"}  # slower is the one to look at
        rows = [
            (
                process.label(r["stage"]), count(r["entered"]), count(r["still_there"]),
                days(r["median_days"], 0), f"{_day(r['low'])} – {_day(r['high'])}",
                days(r["p90_days"], 0), days(r["target"], 0) if r["target"] else "–",
                say(f"report.time_{r['verdict']}"),
            )
            for r in compared.to_dict("records")
        ]  # fmt: skip
        table = Table(
            [say(f"report.col_{c}") for c in
             ("stage", "entered", "still_there", "median", "interval", "p90", "target", "verdict")],
            rows,
            say("report.time_caption"),
            frozenset({7}),
            [f"verdict-{opposite.get(v, v)}" for v in compared["verdict"]],
        )  # fmt: skip
        parts: list[Any] = [Sentence(found.summary()), _drawn(found), table]
        try:
            parts.append(Sentence(self.measure("sales_cycle").summary()))
        except FunnelkitError as problem:
            parts.append(Sentence(str(problem), "fk-muted"))
        return tuple(parts)

    @_section("segments")
    def segments(self) -> tuple[Any, ...]:
        """Win rates by group, with the few that differ by more than chance."""
        parts: list[Any] = []
        for column in self.parameters["segments"]:
            if column in self.parameters["where"]:
                continue
            try:
                parts += self._segment(column)
            except FunnelkitError as problem:
                parts.append(
                    Sentence(say("report.left_out", reason=missing(problem)), "fk-callout")
                )
        return tuple(parts) or (Sentence(say("report.no_segments")),)

    def segment_table(self, column: str) -> tuple[Result, pd.DataFrame]:
        """Return the win rates by a column, and the groups large enough to show, marked."""
        if column in _CANONICAL:
            self.pipeline.need(column, what="win_rate")
        found = self.measure("win_rate", by=column)
        shown = found.table[found.table["of"] >= self.parameters["min_deals"]]
        shown = shown.sort_values("rate", ascending=False, kind="stable")
        shown = shown.assign(stands_out=standouts(shown))
        return found, shown

    def _segment(self, column: str) -> list[Any]:
        found, shown = self.segment_table(column)
        parts: list[Any] = [Heading(say("report.by_column", column=label_of(column)))]
        if shown.empty:
            parts.append(Sentence(say("report.all_small", least=self.parameters["min_deals"])))
            return parts
        marked = shown[shown["stands_out"]]
        if len(shown) < 2:
            parts.append(Sentence(say("report.one_group")))
        elif marked.empty:
            parts.append(Sentence(say("report.none_stands_out", n=len(shown))))
        else:
            names = named(marked, column)
            parts.append(Sentence(say("report.some_stand_out", n=len(shown), names=names)))
        parts.append(_drawn(replace(found, table=pooled(found, shown, column))))
        pooled_groups = len(found.table) - min(len(shown), MOST_GROUPS)
        if pooled_groups:
            text = say("report.groups_pooled", n=pooled_groups, most=MOST_GROUPS,
                       least=self.parameters["min_deals"])  # fmt: skip
            parts.append(Sentence(text, "fk-muted"))
        return parts

    @_section("cohorts")
    def cohorts(self) -> tuple[Any, ...]:
        """Deals created together, followed by age; young ones are marked."""
        found = self.measure("cohorts", every=self.parameters["every"])
        if not found.table["mature"].any():
            return (Sentence(say("report.cohorts_young", n=found.table["cohort"].nunique())),)
        return (
            Sentence(found.summary()),
            _drawn(found),
            Sentence(say("report.cohorts_note"), "fk-muted"),
        )

    @_section("findings")
    def findings(self) -> tuple[Any, ...]:
        """What lies clearly below its expectation."""
        return steering.findings(self)

    @_section("moved")
    def moved(self) -> tuple[Any, ...]:
        """Where the open amount came from and went in the last quarter."""
        return steering.moved(self)

    @_section("ahead")
    def ahead(self) -> tuple[Any, ...]:
        """What may be won by the end of the quarter."""
        return steering.ahead(self)

    @_section("attention")
    def attention(self) -> tuple[Any, ...]:
        """Which open deals need somebody now."""
        return steering.attention(self)

    @_section("quality")
    def quality(self) -> tuple[Any, ...]:
        """What was found wrong in the data, before any number."""
        return appendix.quality(self)

    @_section("definitions")
    def definitions(self) -> tuple[Any, ...]:
        """How every number on the page is counted, and what was left out."""
        return appendix.definitions(self)

    @_section("reproduce")
    def reproduce(self) -> tuple[Any, ...]:
        """What it takes to get the same page again."""
        return appendix.reproduce(self, __version__, date(dt.datetime.now(dt.UTC).date()))


_CANONICAL = ("account", "owner", "region", "source", "loss_reason", "competitor")


def pooled(found: Result, shown: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the largest of the groups to show, and all others together as one row.

    Nothing is dropped: the rows still add up to the whole.
    """
    largest = shown.nlargest(MOST_GROUPS, "of", keep="first").index
    kept = shown[shown.index.isin(largest)].drop(columns="stands_out")
    rest = found.table[~found.table.index.isin(largest)]
    if rest.empty:
        return kept.reset_index(drop=True)
    together = rest[["won", "of", "no_decision", "still_open"]].sum()
    low, high = wilson([together["won"]], [together["of"]])
    row = {
        **together.to_dict(),
        column: say("report.other_groups", n=len(rest)),
        "rate": together["won"] / together["of"] if together["of"] else float("nan"),
        "low": float(low[0]),
        "high": float(high[0]),
    }
    return pd.concat([kept, pd.DataFrame([row])[kept.columns]], ignore_index=True)


def _drawn(found: Result) -> Any:
    """Return the chart of a result, or the result itself where there is none."""
    try:
        return found.plot()
    except FunnelkitError:
        return found


def _day(value: float) -> str:
    return days(value, 0).split(" ")[0] if value == value else "–"


def open_review(parameters: dict[str, Any]) -> Review:
    """Open the pipeline the parameters name, in the language they ask for.

    Parameters
    ----------
    parameters : dict
        The names of a notebook (``globals()``) or the values themselves; what is no parameter
        of the funnel review is ignored.

    Examples
    --------
    >>> review = open_review({"data": "tiny", "lang": "en"})
    >>> review.pipeline.size
    30
    """
    values = DEFAULTS | {k: v for k, v in parameters.items() if k in DEFAULTS}
    set_language(values["lang"])
    whole = source.open_pipeline(values)
    return Review(whole, source.part_of(whole, values["where"]), values)


DEFAULTS: dict[str, Any] = {
    "data": "industrial", "history": "", "fields": "", "mapping": "", "process": "",
    "lang": "en", "title": "", "where": {}, "since": "", "until": "", "as_of": "",
    "rule": "reached", "segments": ["owner", "source"], "min_deals": 10, "every": "quarter",
}  # fmt: skip

__all__ = ["DEFAULTS", "Review", "open_review"]
