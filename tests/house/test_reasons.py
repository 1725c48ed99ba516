"""Every reason can be told by every result and every report, in both languages."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from string import Formatter
from typing import Any

import ibis
import pytest

from funnelkit.data.defects import Finding, Findings
from funnelkit.data.library import load
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.quality import Quality, read_first
from funnelkit.data.reasons import has_line, reasons, scope_line
from funnelkit.data.tally import tally_of
from funnelkit.errors import FunnelkitError
from funnelkit.measures.result import Result
from funnelkit.measures.scope import Scope
from funnelkit.simulation.export.dirt import KINDS
from funnelkit.teach.bank import exercise
from funnelkit.words import set_language, speaking
from funnelkit.words.texts import texts

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh")
SET_ASIDE = [key for key, r in reasons().items() if r.costs == "row"]
#: These refuse some measures; what they do there has tests of its own.
REFUSING = ("no_losses", "amounts_of_won_only")


# --- the reasons themselves ---------------------------------------------------------------


def literals(calls: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Every reason the sources name in a call of ``Finding`` or ``Check``."""
    for path in (ROOT / "funnelkit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in calls and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path, part.value


def test_the_sources_name_no_reason_that_is_not_in_the_catalogue() -> None:
    named = list(literals(("Finding", "Check")))
    assert len(named) > 40
    unknown = [
        (path.name, key) for path, key in named
        if key not in reasons() and key not in ("appearance", "pulls.")
    ]  # fmt: skip
    assert unknown == []


def looked_for() -> Iterator[tuple[Path, str]]:
    """Every reason the sources look for: what ``.reason`` or a column of that name is held to."""
    for path in (ROOT / "funnelkit").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        named = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "reason":
                sides = node.comparators
            elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "reasons":
                sides = [node.slice]
            else:
                continue
            for side in sides:
                value = named.get(side.id, side) if isinstance(side, ast.Name) else side
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path, part.value


def test_what_the_sources_look_for_is_a_reason_of_the_catalogue() -> None:
    found = list(looked_for())
    assert {"no_losses", "ledger.read", "own_stages"} <= {key for _, key in found}
    assert [(path.name, key) for path, key in found if key not in reasons()] == []


def test_planted_dirt_and_the_export_of_the_course_name_reasons_of_the_catalogue() -> None:
    planted = {key for key in KINDS.values() if key}
    taught = set(exercise("L02.7").case(1)["kinds"])
    assert (planted | taught) - set(reasons()) == set()


def test_a_finding_or_a_scope_of_an_unknown_reason_cannot_be_made() -> None:
    with pytest.raises(KeyError):
        Finding("no_such_reason")
    with pytest.raises(KeyError):
        Scope(1, (("no_such_reason", 2),), dt.datetime(2026, 6, 30))


@pytest.mark.parametrize("key", sorted(reasons()))
def test_a_reason_is_whole(key: str) -> None:
    entry: dict[str, Any] = texts("reasons")[key]
    assert set(entry) <= {"severity", "costs", "first", "en", "zh", "scope"}
    assert entry["severity"] in ("error", "warning", "info")
    assert entry["costs"] in ("row", "cell", "none", "told")
    # a row that is set aside has a line in the scope of every result, and nothing else has
    assert ("scope" in entry) == (entry["costs"] == "row")
    assert entry.get("first", "all") == "all" or isinstance(entry["first"], list)


def test_a_reason_of_a_measure_is_not_one_of_the_readers() -> None:
    own = {key.removeprefix("left_out_") for key in texts("measures") if "left_out_" in key}
    assert len(own) > 8
    assert own.isdisjoint(SET_ASIDE)


def test_the_measures_that_say_it_first_exist() -> None:
    names = {getattr(answer, "name", "quality") for _, answer in RESULTS}
    told = {name for r in reasons().values() for name in r.first or ()}
    assert told <= names, told - names


# --- a pipeline that has every reason -----------------------------------------------------


def finding(key: str) -> Finding:
    """A finding with something for every gap its text has."""
    more: dict[str, Any] = {}
    for lang in LANGUAGES:
        for _, name, spec, _ in Formatter().parse(texts("reasons")[key][lang]):
            kind = (spec or "").partition("|")[0]
            if name and name not in ("place", "file", "row", "column", "found", "count"):
                more[name] = {
                    "list": ["one", "two"], "options": ["one", "two"], "percent1": 0.25,
                    "date": dt.date(2026, 3, 31), "count": 3,
                }.get(kind, 3 if kind.endswith(("f", "d", "e", "g")) else "one")  # fmt: skip
    return Finding(key, file="deals.csv", row=7, column="x", value="y", count=2, more=more)


@cache
def with_all() -> Pipeline:
    p = load("industrial").where(region="East")
    left_out = tuple((key, n) for n, key in enumerate(SET_ASIDE, 2))
    told = [finding(key) for key in reasons() if key not in REFUSING]
    rows = p.size + sum(n for _, n in left_out)
    findings = Findings(told, None, {"deals": tally_of("deals.csv", rows, p.size, dict(left_out))})
    agreed = ibis.memtable({"deal_id": ["none"], "amount": [1.0], "due_on": [p.as_of]})
    return replace(
        p, left_out=left_out, findings=findings, tables={**p.tables, "payments": agreed},
        given=p.given | {"payments"},
    )  # fmt: skip


def measures() -> Iterator[tuple[Callable[..., Any], type[Any]]]:
    """Every public function that answers for a pipeline."""
    for room in ("measures", "planning", "control", "data"):
        package = importlib.import_module(f"funnelkit.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, function in vars(module).items():
                own = inspect.isfunction(function) and function.__module__ == module.__name__
                if not own or name.startswith("_"):
                    continue
                try:
                    hints = typing.get_type_hints(function, vars(module))
                except (NameError, TypeError):  # names that are there for the types alone
                    continue
                first = next(iter(inspect.signature(function).parameters), "")
                answer = hints.get("return")
                if isinstance(answer, type) and issubclass(answer, Result | Quality):
                    takes = hints.get(first)
                    if takes is Pipeline or Pipeline in typing.get_args(takes):
                        yield function, answer


RESULTS = sorted(
    {f.__name__: (f, r) for f, r in measures()}.items(), key=lambda item: item[0]
)  # fmt: skip
RESULTS = [pair for _, pair in RESULTS]  # type: ignore[misc]
MORE: dict[str, dict[str, Any]] = {
    "category_transitions": {"start": "2026-01-31", "end": "2026-03-31"},
    "compare": {
        "before": ("2025-01-01", "2025-07-01"), "after": ("2025-07-01", "2026-01-01"),
        "by": "owner",
    },
    "conversion_window": {"days": 30},
    "coverage_by_period": {"targets": {"2026-07": 1e6, "2026-08": 1e6}},
    "forecast": {"through": "2026-09-30", "draws": 200},
    "backtest": {"origins": 3},
    "in_out": {"since": "2026-01-01", "until": "2026-04-01"},
    "movement": {"start": "2026-01-01", "end": "2026-02-01"},
    "pipeline_coverage": {"target": 1e6, "since": "2026-07-01", "until": "2026-10-01"},
    "plan_target": {"target": 1e7, "until": "2027-06-30"},
    "rule_quality": {"rule": "days_in_stage > 30"},
    "slippage": {"since": "2026-01-01", "until": "2026-04-01"},
    "swing_deals": {"through": "2026-09-30"},
    "wallet_grid": {},
}  # fmt: skip


def options(name: str, p: Pipeline) -> dict[str, Any]:
    if name == "ramp_curve":
        owners = p.deals.owner.value_counts().order_by(["owner"]).to_pandas()["owner"]
        return {"owner": str(owners.iloc[0])}
    return MORE.get(name, {})


def test_most_results_are_crossed() -> None:
    assert len(RESULTS) >= 40
    names = {f.__name__ for f, _ in RESULTS}
    assert names >= {
        "backtest", "checkpoints", "cohorts", "compare", "conformance", "conversion_curve",
        "counting_rules", "diagnose", "forecast", "funnel", "movement", "push_rate", "quality",
        "sales_cycle", "snapshot", "time_in_stage", "velocity", "win_rate",
    }  # fmt: skip


@pytest.mark.parametrize("make", [f for f, _ in RESULTS], ids=[f.__name__ for f, _ in RESULTS])
def test_every_result_tells_every_reason(make: Callable[..., Any]) -> None:
    p = with_all()
    found = make(p, **options(make.__name__, p))
    for lang in LANGUAGES:
        with speaking(lang):
            shown, page = repr(found), found._repr_html_()
            assert str(found) == shown
            if isinstance(found, Quality):
                lines = [f.text for f in read_first(p)]
            else:
                lines = [scope_line(why, n) for why, n in p.left_out]
                lines += [f.text for f in read_first(p, found.name)]
            assert len(lines) > 2
            for line in lines:
                # the parts of a scope are one paragraph: how a line ends is the paragraph's
                bare = line.rstrip(".。").removeprefix("left out").removeprefix("Left out")
                assert bare in shown, line
                assert escape(bare) in page, line


@pytest.mark.parametrize("why", SET_ASIDE)
def test_a_line_has_its_number(why: str) -> None:
    assert has_line(why)
    for lang in LANGUAGES:
        with speaking(lang):
            assert "7" in scope_line(why, 7)
            assert scope_line(why, 7) != scope_line(why, 8)


# --- what refuses -------------------------------------------------------------------------


def test_amounts_of_won_deals_only_refuse_what_needs_the_others() -> None:
    p = replace(with_all(), findings=Findings([finding("amounts_of_won_only")]))
    refused: dict[str, FunnelkitError] = {}
    for make, _ in RESULTS:
        try:
            str(make(p, **options(make.__name__, p)))
        except FunnelkitError as problem:
            refused[make.__name__] = problem
    for problem in refused.values():
        assert problem.key == "pipeline.won_amounts"
        for lang in LANGUAGES:
            with speaking(lang):
                assert str(problem)
    # a forecast takes what past wins brought, and says what has to be read first
    assert set(refused) == {
        "category_accuracy", "category_transitions", "coverage_by_period",
        "movement", "pipeline_coverage", "plan_target", "slippage", "swing_deals",
    }  # fmt: skip


# --- reports ------------------------------------------------------------------------------


def cells(template: Path) -> list[str]:
    """The code of a template's master, cell by cell."""
    parts = template.read_text("utf-8").split("# %%")
    return ["\n".join(p.splitlines()[1:]) for p in parts if not p.lstrip().startswith("[markdown]")]


def shown_by(code: str, names: dict[str, Any]) -> Any:
    """What a cell shows: the value of its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "template", sorted((ROOT / "notebooks/reports").glob("*.py")), ids=lambda p: p.stem
)
@pytest.mark.parametrize(("which", "lang"), [("all", "en"), ("all", "zh"), ("refusing", "zh")])
def test_every_template_tells_every_reason(
    template: Path, lang: str, which: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from funnelkit.report import source

    p = with_all()
    p = p.where(owner=str(p.deals.owner.mode().execute()))
    if which != "all":
        told = [finding(key) for key in REFUSING]
        p = replace(p, findings=Findings(told, None, p.findings.tallies))
    monkeypatch.setattr(source, "open_pipeline", lambda values: p)
    monkeypatch.setattr(source, "checksum", lambda values, pipeline: "0" * 64)
    names: dict[str, Any] = {}
    pages = []
    try:
        for code in cells(template):
            if "# Language of the report" in code:
                exec(code, names)
                names["lang"] = lang
                continue
            found = shown_by(code, names)
            if found is not None:
                html = getattr(found, "_repr_html_", None)
                pages.append(html() if html else "")
                assert repr(found) is not None
        with speaking(lang):
            # the box stands with the cover, before the first number of the page
            for f in read_first(p):
                assert escape(f.text) in pages[0]
            whole = "".join(pages)
            if which == "all":
                for why, n in p.left_out:
                    bare = scope_line(why, n).rstrip(".。")
                    assert escape(bare.removeprefix("left out").removeprefix("Left out")) in whole
    finally:
        set_language("en")
