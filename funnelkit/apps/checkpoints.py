"""Checkpoint set-up: move a limit, see what it would have caught and how often for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from funnelkit.apps.app import Answer, App
from funnelkit.apps.lists import listed
from funnelkit.control import rule_quality
from funnelkit.control.ageing import ageing_limits
from funnelkit.control.facts import MAKERS, Facts, at_moment
from funnelkit.control.rule_quality import RuleQuality
from funnelkit.control.rules import Rule, parse, sheet_rules
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError
from funnelkit.page.controls import Choice, Control, Slider, State
from funnelkit.page.parts import Sentence
from funnelkit.process import Checkpoint, Text, sheet_text, with_checkpoints
from funnelkit.show.column import COUNT, RATE, TEXT, columns
from funnelkit.show.table import Table
from funnelkit.words import percent, say, speaking

_STEPS = 20
_FEWEST = 30  # past deals; below, a record of false alarms says nothing


@dataclass(frozen=True, eq=False)
class Point:
    """A control point whose limit can be moved, and its record at every limit."""

    name: str
    rule: Rule
    text: str
    own: float
    limits: tuple[float, ...]
    record: RuleQuality
    firing: Mapping[float, tuple[str, ...]]

    @property
    def variable(self) -> str:
        """What the limit is on."""
        return next(c[0] for c in self.rule.conditions if isinstance(c[2], float))

    def row(self, limit: float) -> dict[str, Any]:
        """Return the record at the limit nearest to the one asked."""
        table = self.record.table
        nearest = int((table["threshold"] - limit).abs().to_numpy().argmin())
        return {str(k): v for k, v in table.iloc[nearest].items()}

    def written(self, limit: float) -> str:
        """Return the rule with this limit, as a sheet has it."""
        return self.text.replace(f" {self.own:g}", f" {limit:g}", 1)


@dataclass(frozen=True, eq=False)
class Base:
    """The control points of a pipeline, with their records."""

    p: Pipeline
    points: tuple[Point, ...]


def prepare(p: Pipeline) -> Base:
    """Ask every control point with a limit of past deals, at every limit.

    Raises
    ------
    FunnelkitError
        No control point of the sheet can be asked of these data.
    """
    asked = []
    for rule in sheet_rules(p):
        limited = any(isinstance(c[2], float) for c in rule.conditions)
        if limited and not rule.missing(p) and rule.stages[0] in p.process.open_ids:
            asked.append((rule.id, rule.stages[0], _text(p, rule)))
    aged = {(s, "days_in_stage") for _, s, text in asked if "days_in_stage" in text}
    if p.stage_history is not None:
        for row in ageing_limits(p).to_dict("records"):
            stage, limit = str(row["stage"]), row["amber_days"]
            if (stage, "days_in_stage") not in aged and limit == limit:
                asked.append((f"ageing-{stage}", stage, f"days_in_stage > {round(limit)}"))
    ids = p.deals.filter(p.deals.outcome == "open").deal_id.to_pandas().sort_values()
    today = Facts(p, at_moment(p, ids, p.as_of))
    order = {stage: k for k, stage in enumerate(p.process.open_ids)}
    points = [_point(p, *a, today) for a in sorted(asked, key=lambda a: (order[a[1]], a[0]))]
    kept = tuple(x for x in points if x is not None)
    if not kept:
        raise FunnelkitError("app_checkpoints.none")
    return Base(p, kept)


def _text(p: Pipeline, rule: Rule) -> str:
    points = {c.id: c.rule for c in p.process.stage(rule.stages[0]).checkpoints}
    return points[rule.id]


def _point(p: Pipeline, name: str, stage: str, text: str, today: Facts) -> Point | None:
    record = rule_quality(p, text, stage, thresholds=_STEPS)
    if record.scope.used < _FEWEST or len(record.table) < 2:
        return None
    rule = parse(p, text, stage)
    limits = tuple(float(v) for v in record.table["threshold"])
    firing = {v: tuple(today.points["deal_id"][rule.at(v).holds(today)]) for v in limits}
    own = float(record.table.loc[record.table["own"], "threshold"].iloc[0])
    return Point(name, rule, text, own, limits, record, firing)


def controls(base: Base) -> tuple[Control, ...]:
    """Return which point is looked at, and a limit for every point."""
    options = tuple((x.name, _label(base, x)) for x in base.points)
    look = Choice(
        "look",
        say("app_checkpoints.look"),
        options,
        options[0][0],
        say("app_checkpoints.look_help"),
    )
    sliders = [
        Slider(
            x.name, _measured(base, x), x.limits[0], x.limits[-1], x.limits[1] - x.limits[0], x.own,
            "count", say("app_checkpoints.limit_help", meaning=_meaning(x), rule=x.text),
        )
        for x in base.points
    ]  # fmt: skip
    return (look, *sliders)


def answer(base: Base, state: State) -> Answer:
    """Say what the chosen limits would have caught, and write the sheet that has them."""
    looked = next(x for x in base.points if x.name == state["look"])
    row = looked.row(state[looked.name])
    bad = int(row["caught"] + row["missed"])
    said = Sentence(
        say(
            "app_checkpoints.said",
            point=_label(base, looked), rule=looked.written(row["threshold"]),
            fired=int(row["fired"]), caught=int(row["caught"]), false=int(row["false_alarms"]),
            bad=bad, precision=row["precision"], low=row["precision_low"],
            high=row["precision_high"], base=bad / row["deals"], deals=int(row["deals"]),
            today=len(looked.firing[row["threshold"]]),
        ),
        "lead",
    )  # fmt: skip
    rows = [(x, x.row(state[x.name])) for x in base.points]
    heads = columns("app_checkpoints.col_", point=TEXT, rule=TEXT, today=COUNT, fired=COUNT,
                    caught=COUNT, false=COUNT, precision=TEXT, recall=TEXT)  # fmt: skip
    cells = [_cells(base, x, r) for x, r in rows]
    table = Table(heads, cells, say("app_checkpoints.caption"))
    notes = [looked.record.definition, looked.record.denominator, str(looked.record.scope)]
    shares = {"precision": RATE, "recall": RATE}
    whole = Table(
        [replace(c, unit=shares.get(c.name, c.unit)) for c in heads],
        [_values(base, x, r) for x, r in rows],
    )
    now = listed(base.p, say("app_checkpoints.now"), looked.firing[row["threshold"]])
    return Answer(
        (said, *now, table, *(Sentence(n, "fk-muted") for n in notes)),
        looked.record.plot,
        {say("app_checkpoints.title"): whole},
        ("funnel-review", {"process": _file(base)}),
        {_file(base): sheet_text(_changed(base, state))},
    )


def _values(base: Base, x: Point, row: Mapping[str, Any]) -> list[Any]:
    return [
        _label(base, x), x.written(row["threshold"]), len(x.firing[row["threshold"]]),
        int(row["fired"]), int(row["caught"]), int(row["false_alarms"]),
        row["precision"], row["recall"],
    ]  # fmt: skip


def _cells(base: Base, x: Point, row: Mapping[str, Any]) -> list[Any]:
    values = _values(base, x, row)
    rates = [
        f"{percent(row[c])} ({percent(row[f'{c}_low'])}–{percent(row[f'{c}_high'])})"
        if row[c] == row[c]
        else "–"
        for c in ("precision", "recall")
    ]
    return [*values[:6], *rates]


def _label(base: Base, x: Point) -> str:
    stage = base.p.process.label(x.rule.stages[0])
    name = str(_name(base, x))
    return say("app_checkpoints.label", stage=stage, name=name)


def _measured(base: Base, x: Point) -> str:
    maker = MAKERS.get(x.variable)
    label = _label(base, x)
    if maker is None:
        return label
    return say("app_checkpoints.slider", label=label, unit=say(f"control.unit_{maker.unit}"))


def _name(base: Base, x: Point) -> Text:
    for point in base.p.process.stage(x.rule.stages[0]).checkpoints:
        if point.id == x.name:
            return point.name
    said = {}
    for lang in ("en", "zh"):
        with speaking(lang):
            said[lang] = say("app_checkpoints.ageing")
    return Text(**said)


def _meaning(x: Point) -> str:
    maker = MAKERS.get(x.variable)
    return say(f"control.variable_{x.variable}") if maker else x.variable


def _changed(base: Base, state: State) -> Any:
    """Return the process with the limits of the state; a point not moved stays as it is."""
    changed: dict[str, tuple[Checkpoint, ...]] = {}
    for x in base.points:
        limit = x.row(state[x.name])["threshold"]
        if limit != x.own or x.name.startswith("ageing-"):
            stage = x.rule.stages[0]
            known = {c.id: c for c in base.p.process.stage(stage).checkpoints}
            start = known.get(x.name) or Checkpoint(id=x.name, name=_name(base, x), rule=x.text)
            point = start.model_copy(update={"rule": x.written(limit)})
            changed[stage] = (*changed.get(stage, ()), point)
    return with_checkpoints(base.p.process, changed)


def _file(base: Base) -> str:
    return f"{base.p.process.id or 'process'}.yaml"


APP = App("checkpoints", prepare, controls, answer)
