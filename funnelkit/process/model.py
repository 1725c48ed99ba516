"""The process: ordered stages, what deals end as, and the calendar and money they live in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from funnelkit.errors import FunnelkitError, nearest
from funnelkit.process.flaws import Flaw, Flaws
from funnelkit.process.outcomes import LOST, NO_DECISION, OPEN, OUTCOMES, WON, Outcomes
from funnelkit.process.stage import Stage
from funnelkit.process.text import Part, Text, plain, slug
from funnelkit.words import say

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ForecastCategory(Part):
    """A class of deals in a seller's forecast, and the labels that mean it."""

    id: str
    name: Text
    aliases: tuple[str, ...] = ()


class Milestone(Part):
    """A dated point of a deal: reached when the deal enters a stage."""

    id: str
    name: Text
    stage: str


class PaymentTerm(Part):
    """A payment that contracts agree: its share of the amount, and when it comes due."""

    id: str
    name: Text
    share: Annotated[float, Field(gt=0, le=1)]
    #: Calendar days from the signature to the due date.
    due_days: Annotated[int, Field(ge=0)]


class Calendar(Part):
    """Time zone, working days, holidays and fiscal year of the team that works the deals."""

    timezone: str = "UTC"
    #: A country whose published holidays and moved working days hold: see `closed_days`.
    country: Literal["CN"] | None = None
    workdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    holidays: tuple[dt.date, ...] = ()
    #: Month the fiscal year starts; quarters and years are counted from it everywhere.
    fiscal_year_start: int = 1

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise Flaw((), "unknown_timezone", found=name) from None
        return name

    @field_validator("fiscal_year_start", mode="before")
    @classmethod
    def _month(cls, number: Any) -> int:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 12:
            raise Flaw((), "fiscal_month", found=number)
        return number

    @property
    def offset(self) -> dt.timedelta:
        """The zone's standard offset from UTC, without daylight saving."""
        noon = dt.datetime(2026, 1, 15, 12, tzinfo=ZoneInfo(self.timezone))
        return (noon.utcoffset() or dt.timedelta()) - (noon.dst() or dt.timedelta())


class Process(Part):
    """A sales process: stages in order, outcomes, targets, control points.

    Examples
    --------
    >>> p = Process.from_stages(["Prospecting", "Engaging"])
    >>> p.stage_ids, p.funnel_ids
    (('prospecting', 'engaging'), ('prospecting', 'engaging', 'won'))
    >>> p.match("CLOSED WON"), p.match("engaging "), p.match("Egaging")
    ('won', 'engaging', None)
    """

    id: str = "process"
    name: Text
    about: Text | None = None
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    outcomes: Outcomes = Outcomes()
    forecast_categories: tuple[ForecastCategory, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    payments: tuple[PaymentTerm, ...] = ()
    #: Columns and their values that mark orders under a frame agreement: no new wins.
    call_offs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: The stage from which an entry is a deal; what comes before it are leads.
    deals_from: str | None = None
    calendar: Calendar = Calendar()
    currency: Currency = "CNY"
    exchange: dict[Currency, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Process:
        flaws = list(_flaws(self))
        if flaws:
            raise Flaws(flaws)
        return self

    @classmethod
    def from_stages(
        cls,
        stages: Iterable[str] | Mapping[str, str],
        *,
        name: str | Text = "Own stages",
        closing: str | None = None,
        id: str = "own-stages",
        **others: Any,
    ) -> Process:
        """Make a process of a plain list of stage labels, in their order.

        Labels that mean an outcome ("Closed Won", 输单) are taken as outcomes, not stages.

        Parameters
        ----------
        stages : iterable of str, or mapping of id to label
            Ids are made of the labels when none are given.
        name : str or Text
            What the process is called.
        closing : str, optional
            Id or label of a last stage that only won deals reach.
        id : str
            Id of the process.
        **others
            Other parts of a process: currency, calendar, outcomes ...
        """
        pairs = stages.items() if isinstance(stages, Mapping) else ((slug(s), s) for s in stages)
        endings = {plain(x) for key in OUTCOMES for x in Outcomes().labels(key)}
        parts = [
            {"id": key, "name": Text.of(str(label)), "closing": closing in (key, label)}
            for key, label in pairs
            if key not in OUTCOMES and plain(label) not in endings
        ]
        if not parts:
            raise FunnelkitError("process.no_stages")
        title = name if isinstance(name, Text) else Text.of(name)
        return cls.model_validate({"id": id, "name": title, "stages": parts, **others})

    @cached_property
    def stage_ids(self) -> tuple[str, ...]:
        """Ids of all stages, in order."""
        return tuple(s.id for s in self.stages)

    @property
    def closing(self) -> Stage | None:
        """The last stage when only won deals reach it."""
        return self.stages[-1] if self.stages[-1].closing else None

    @cached_property
    def open_ids(self) -> tuple[str, ...]:
        """Ids of the stages a deal can sit in."""
        return tuple(s.id for s in self.stages if not s.closing)

    @cached_property
    def funnel_ids(self) -> tuple[str, ...]:
        """Rows of a funnel: the open stages, then the won deals."""
        return (*self.open_ids, self.closing.id if self.closing else WON)

    def stage(self, key: str) -> Stage:
        """Return a stage by its id."""
        if key not in self.stage_ids:
            raise FunnelkitError(
                "process.no_such_stage", found=key, allowed=nearest(key, self.stage_ids)
            )
        return self.stages[self.stage_ids.index(key)]

    def rank(self, key: str) -> int:
        """Return the place of a stage, from 0; outcomes come after every stage."""
        if key in (WON, LOST, NO_DECISION):
            return len(self.stages)
        self.stage(key)
        return self.stage_ids.index(key)

    def label(self, key: str) -> str:
        """Return the name of a stage or outcome in the current language."""
        if key in OUTCOMES:
            return say(f"process.{key}")
        return str(self.stage(key).name)

    def aliases(self, key: str) -> tuple[str, ...]:
        """Return every label recognised for a stage or outcome."""
        return self.outcomes.labels(key) if key in OUTCOMES else self.stage(key).labels

    @cached_property
    def _meanings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for stage in self.stages:
            for label in stage.labels:
                found.setdefault(plain(label), stage.id)
        for outcome in (WON, LOST, NO_DECISION, OPEN):
            for label in self.outcomes.labels(outcome):
                found.setdefault(plain(label), outcome)
        found.pop("", None)
        return found

    def match(self, label: object) -> str | None:
        """Return the stage id or outcome a label means, None when it means neither.

        Case, spaces, punctuation and full-width forms make no difference.
        """
        if label is None or label != label:
            return None
        return self._meanings.get(plain(label))

    def expected_rates(self) -> dict[str, float | None]:
        """Return the share of first-stage deals expected in each row of the funnel.

        The product of the step targets; None from the first stage without a target on.

        Examples
        --------
        >>> from funnelkit.process import load_process
        >>> round(load_process().expected_rates()["close"], 4)
        0.0363
        """
        share: float | None = 1.0
        found: dict[str, float | None] = {}
        for key, follower in zip(self.open_ids, self.funnel_ids[1:], strict=True):
            found[key] = share
            rate = self.stage(key).target.step_rate
            share = None if share is None or rate is None else share * rate
            found[follower] = share
        return found

    @property
    def leads(self) -> str:
        """``"_leads"`` where entries begin as leads, else nothing: a part of the key of texts.

        What is won of all entries is then the lead-to-win rate; a win rate counts the deals from
        the stage ``deals_from`` on.
        """
        return "_leads" if self.deals_from else ""

    @property
    def won_share(self) -> str:
        """What the share of the closed entries that was won is called: a win rate, if of deals."""
        return say(f"process.won_share{self.leads}")

    def expected_win_rate(self, key: str) -> float | None:
        """Return the chance to win expected of a deal that is in a stage, by the targets."""
        share = 1.0
        for later in self.open_ids[self.rank(key) :]:
            rate = self.stage(later).target.step_rate
            if rate is None:
                return None
            share *= rate
        return share

    def __hash__(self) -> int:
        return hash((self.id, self.stage_ids))

    def __str__(self) -> str:
        from funnelkit.process.view import sheet_text

        return sheet_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from funnelkit.process.view import sheet_html

        return sheet_html(self)


def _flaws(process: Process) -> Iterable[Flaw]:
    stages = process.stages
    ids: dict[str, int] = {}
    labels: dict[str, tuple[str, int]] = {}
    for i, stage in enumerate(stages):
        if stage.id in OUTCOMES:
            yield Flaw(("stages", i, "id"), "reserved_id", found=stage.id)
        elif stage.id in ids:
            yield Flaw(("stages", i, "id"), "duplicate_id", found=stage.id, first=ids[stage.id] + 1)
        else:
            for label in stage.labels:
                owner = labels.setdefault(plain(label), (stage.id, i))
                if owner[0] != stage.id:
                    yield Flaw(
                        ("stages", i),
                        "duplicate_label",
                        found=label,
                        other=owner[0],
                        stage=stage.id,
                    )
        ids.setdefault(stage.id, i)
        if stage.closing and i < len(stages) - 1:
            yield Flaw(
                ("stages", i, "closing"), "closing_not_last", found=stage.id, last=stages[-1].id
            )
    if len(stages) == 1 and stages[0].closing:
        yield Flaw(("stages", 0, "closing"), "only_closing", found=stages[0].id)
    if process.deals_from is not None and process.deals_from not in ids:
        yield Flaw(("deals_from",), "unknown_deals_from", found=process.deals_from,
                   allowed=nearest(process.deals_from, ids))  # fmt: skip
    agreed = sum(term.share for term in process.payments)
    if process.payments and abs(agreed - 1) > 1e-6:
        yield Flaw(("payments",), "payments_not_whole", found=f"{agreed:.0%}")
    for i, milestone in enumerate(process.milestones):
        allowed = [*ids, WON]
        if milestone.stage not in allowed:
            yield Flaw(
                ("milestones", i, "stage"),
                "unknown_milestone_stage",
                found=milestone.stage,
                allowed=nearest(milestone.stage, allowed),
            )
