"""A business to simulate: every knob in the field's own terms, and what is left out filled in."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from funnelkit.process import Process, Text, load_process
from funnelkit.process.flaws import Flaw
from funnelkit.process.text import Part, slug
from funnelkit.simulation.names.china import CHINA
from funnelkit.simulation.names.usual import EN, ZH, Names

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Rate = Annotated[float, Field(gt=0, lt=1)]


class _Named(Part):
    """A part that may be written as its bare name."""

    name: str

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        plain = isinstance(given, str | int | float) and not isinstance(given, bool)
        return {"name": str(given)} if plain else given


class StagePlan(Part):
    """A stage: how many go on, how long it takes, how much that varies."""

    name: Text | None = None
    step_rate: Rate | None = None
    median_days: Positive | None = None
    sigma: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return {"step_rate": given} if number else given


class Region(_Named):
    """A region: its share of the leads and how much better it wins (log-odds a stage)."""

    share: Positive = 1.0
    lift: float = 0.0


class Source(_Named):
    """A source of leads: its share and how much better its leads go on (log-odds a stage)."""

    share: Positive = 1.0
    lift: float = 0.0


class Seller(_Named):
    """A member of the team; ``starts`` is the month of the plan or a date."""

    region: str | None = None
    starts: dt.date | Annotated[int, Field(ge=1)] | None = None
    lift: float = 0.0


class Item(_Named):
    """A product, a competitor, an industry, a customer size or tier with its share."""

    share: Positive = 1.0


class DealSize(Part):
    """Median amount of a deal, its spread, and how customer sizes differ from it."""

    median: Positive = 60_000
    sigma: Positive = 0.55
    by_size: tuple[Positive, ...] = (0.6, 1.3, 3.2)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return {"median": given} if number else given


class NoDecision(Part):
    """Of the deals that stop, the share that ends without a decision."""

    early: Share = 0.65
    late: Share = 0.40

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return {"early": given, "late": given} if number else given


class Pushes(Part):
    """Expected close dates: how early they are first set, and by how many days they move."""

    first_share: Positive = 0.85
    days: tuple[Positive, ...] = (7, 14, 30, 60)
    weights: tuple[Positive, ...] = (20, 35, 30, 15)

    @model_validator(mode="after")
    def _paired(self) -> Pushes:
        if len(self.days) != len(self.weights):
            raise Flaw(("weights",), "not_paired", item="weights", found=len(self.weights),
                       other="days", wanted=len(self.days))  # fmt: skip
        return self


class Business(Part):
    """A business that runs as planned; what goes wrong in it is the plan's."""

    name: Text | None = None
    language: Literal["en", "zh"] = "en"
    #: china: its names, year, tenders and ways to close; the sheet says the working days
    setting: Literal["china"] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    start: dt.date | None = None
    as_of: dt.date | None = None
    months: Annotated[int, Field(ge=1, le=240)] | None = None
    deals: Annotated[int, Field(ge=1, le=20_000_000)] | None = None
    deals_per_month: Positive | None = None
    growth_per_month: Annotated[float, Field(gt=-0.5, lt=0.5)] = 0.0
    stages: dict[str, StagePlan] = Field(default_factory=dict)
    sigma: Positive = 0.6
    deal_size: DealSize = DealSize()
    larger_takes_longer: Annotated[float, Field(ge=0, le=2)] = 0.12
    lost_takes: Positive = 1.7
    no_decision: NoDecision = NoDecision()
    skip_rate: Share = 0.03
    back_rate: Share = 0.05
    regions: tuple[Region, ...] = ()
    sellers_per_region: Annotated[int, Field(ge=1, le=1000)] = 3
    team: tuple[Seller, ...] = ()
    ramp_months: Annotated[float, Field(ge=0, le=36)] = 5.0
    ramp_dip: Annotated[float, Field(ge=0, le=5)] = 0.8
    seller_spread: Annotated[float, Field(ge=0, le=3)] = 0.0
    sources: tuple[Source, ...] = ()
    products: tuple[Item, ...] = ()
    competitors: tuple[Item, ...] = ()
    competitor_named: Share = 0.8
    industries: tuple[Item, ...] = ()
    sizes: tuple[Item, ...] = ()
    tiers: tuple[Item, ...] = ()
    renewals: Share = 0.12
    seasonality: Literal["none", "spring-festival", "year-end"] | tuple[Positive, ...] = "none"
    pushes: Pushes = Pushes()
    owner_changes: Share = 0.03
    discount: Share = 0.08
    evidence: Share = 0.85
    activities_per_week: Annotated[float, Field(ge=0, le=20)] = 1.0
    target_stretch: Positive = 1.05
    working_hours: tuple[int, int] = (9, 18)
    id_prefix: Annotated[str, Field(max_length=12)] = "D"

    @model_validator(mode="before")
    @classmethod
    def _money(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("setting") == "china":
            given = {"language": "zh", **given}
        # the usual deal, in the money of the language
        if isinstance(given, Mapping) and given.get("language") == "zh":
            return {"deal_size": 420_000, **given}
        return given

    @field_validator("stages", mode="before")
    @classmethod
    def _stages(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        found: dict[str, Any] = {}
        for i, part in enumerate(given):
            key = part if isinstance(part, str) else None
            if isinstance(part, Mapping):
                if not part.get("id") and not part.get("name"):
                    raise Flaw((i,), "missing_key", item="name")
                name = part.get("name")
                name = name.get("en") if isinstance(name, Mapping) else name
                key = str(part.get("id") or name)
                part = {k: v for k, v in part.items() if k != "id"}
            if key is None:
                raise Flaw((i,), "wrong_type", item="stages", found=str(part))
            found[key] = part if isinstance(part, Mapping) else {}
        return found

    @field_validator("seasonality", mode="after")
    @classmethod
    def _year(cls, given: Any) -> Any:
        if isinstance(given, tuple) and len(given) != 12:
            raise Flaw((), "not_a_year", found=len(given))
        return given

    @model_validator(mode="after")
    def _dates(self) -> Business:
        if self.as_of and self.start and self.as_of <= self.start:
            raise Flaw(("as_of",), "before_start", found=self.as_of, start=self.start)
        if self.as_of and self.start and self.months:
            raise Flaw(("months",), "twice_told", item="months", other="as_of")
        if self.deals and self.deals_per_month:
            raise Flaw(("deals_per_month",), "twice_told", item="deals_per_month", other="deals")
        known = [r.name for r in self.region_list]
        for i, seller in enumerate(self.team):
            if seller.region is not None and seller.region not in known:
                raise Flaw(("team", i, "region"), "unknown_name", item="region",
                           found=seller.region, allowed=known)  # fmt: skip
        opens, closes = self.working_hours
        if not 0 <= opens < closes <= 24:
            raise Flaw(("working_hours",), "bad_hours", found=f"{opens}-{closes}")
        return self

    # -- what is left out is filled in ---------------------------------------------------

    @property
    def names(self) -> Names:
        """The texts of the plan's language, or of its country."""
        if self.setting == "china":
            return CHINA
        return ZH if self.language == "zh" else EN

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        """First day and cut; two years up to mid 2026 unless told."""
        months = self.months or 24
        if self.start:
            return self.start, self.as_of or _later(self.start, months) - dt.timedelta(days=1)
        as_of = self.as_of or dt.date(2026, 6, 30)
        after = as_of + dt.timedelta(days=1)
        return _later(after.replace(day=1), -months), as_of

    @property
    def deals_planned(self) -> int:
        """Number of deals before any pattern adds some."""
        if self.deals:
            return self.deals
        start, as_of = self.period
        months = (as_of.year - start.year) * 12 + as_of.month - start.month + 1
        return max(1, round((self.deals_per_month or 171) * months))

    @property
    def region_list(self) -> tuple[Region, ...]:
        """Regions, the usual four if none are named."""
        return self.regions or tuple(Region(name=n) for n in self.names.regions)

    @property
    def source_list(self) -> tuple[Source, ...]:
        """Sources, the usual four if none are named."""
        if self.sources:
            return self.sources
        usual: tuple[tuple[int, float], ...]
        usual = ((35, 0.0), (25, 0.3), (22, 0.0), (18, -0.25))
        if self.setting == "china":
            usual = ((22, 0.3), (30, -0.2), (14, 0.0), (18, 0.15), (16, -0.1))
        facts = [(n, *x) for n, x in zip(self.names.sources, usual, strict=True)]
        return tuple(Source(name=n, share=s, lift=f) for n, s, f in facts)

    def items(self, what: str) -> tuple[Item, ...]:
        """Return products, competitors, industries, sizes or tiers."""
        told: tuple[Item, ...] = getattr(self, what)
        if told:
            return told
        shares = {"sizes": (50, 35, 15), "tiers": (15, 30, 55)}.get(what)
        texts: tuple[str, ...] = getattr(self.names, what)
        return tuple(
            Item(name=n, share=s) for n, s in zip(texts, shares or (1.0,) * len(texts), strict=True)
        )

    def process(self, sheet: Process | str | os.PathLike[str] | dict[str, Any] | None) -> Process:
        """Return the process of the plan: its own stages, or the sheet's with new figures."""
        own = {k: v for k, v in self.stages.items() if v is not None}
        base = load_process(sheet)
        if sheet is None and own and not all(base.match(k) in base.open_ids for k in own):
            keys = [slug(k) for k in own]
            return Process.model_validate(
                {
                    "id": "own-stages",
                    "name": self.name or Text(en="Own stages", zh="自定阶段"),
                    "stages": [
                        {"id": key, "name": part.name or Text.of(label), "target": _target(part)}
                        for key, (label, part) in zip(keys, own.items(), strict=True)
                    ],
                    "currency": self.currency or base.currency,
                    "calendar": self._calendar(base),
                    "forecast_categories": base.forecast_categories,
                }
            )
        stages = list(base.stages)
        for label, part in own.items():
            key = base.match(label)
            if key not in base.open_ids:
                raise Flaw(("stages", label), "unknown_name", item="stages", found=label,
                           allowed=list(base.open_ids))  # fmt: skip
            place = base.stage_ids.index(key)
            told = {k: v for k, v in _target(part).items() if v is not None}
            target = stages[place].target.model_copy(update=told)
            stages[place] = stages[place].model_copy(update={"target": target})
        currency = self.currency or base.currency
        return base.model_copy(
            update={
                "stages": tuple(stages),
                "currency": currency,
                "exchange": base.exchange if currency == base.currency else {},
                "calendar": base.calendar.model_copy(update=self._calendar(base)),
            }
        )

    def _calendar(self, base: Process) -> dict[str, Any]:
        zone = base.calendar.timezone
        if self.language == "zh" and zone == "UTC":
            zone = "Asia/Shanghai"
        return {"timezone": zone}

    def sigma_of(self, process: Process) -> list[float]:
        """Return the spread of each open stage's time."""
        told = {process.match(k) or slug(k): v.sigma for k, v in self.stages.items()}
        return [told.get(key) or self.sigma for key in process.open_ids]


def _target(part: StagePlan) -> dict[str, Any]:
    return {"step_rate": part.step_rate, "median_days": part.median_days}


def _later(date: dt.date, months: int) -> dt.date:
    place = date.year * 12 + date.month - 1 + months
    year, month = divmod(place, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(date.day, last))
