"""The Model Context Protocol over stdio: an assistant asks, the kit's own measures answer.

Read only: no tool writes, and none takes a path; what was named at the start is all there is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import Field

from funnelkit.answers.answer import (
    LONGEST,
    answer_of,
    compact,
    definitions_of,
    list_of,
    marked_rows,
    marked_values,
    told,
)
from funnelkit.answers.definitions import MEASURES, measure
from funnelkit.answers.marked import clean, marked
from funnelkit.answers.reference import Call, parse
from funnelkit.control.deal import deal
from funnelkit.data.kept import kept
from funnelkit.data.pipeline import Pipeline
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.measures.result import Result
from funnelkit.planning.forecasting.methods import METHODS
from funnelkit.words import language, say
from funnelkit.words.language import speaking

Language = Annotated[
    Literal["en", "zh"] | None, Field(description="Language of the answer: en or zh.")
]
Columns = Annotated[
    list[str] | None, Field(description="Group by these columns of the deals, e.g. region.")
]
Where = Annotated[
    dict[str, str] | None, Field(description="Only deals with these values, e.g. region: East.")
]
Options = Annotated[
    dict[str, Any] | None,
    Field(description="Further options of the function, e.g. rule, of, visit, every, at."),
]
Day = Annotated[str | None, Field(description="A day, as 2026-01-31.")]


class Asked:
    """What the tools do, whatever carries them.

    Parameters
    ----------
    p : Pipeline
        The data; nothing else can be asked.
    with_deals : bool
        Whether names and lists of deals may be answered: they are personal.
    """

    def __init__(self, p: Pipeline, with_deals: bool = False) -> None:
        self.p = p
        self.with_deals = with_deals

    def about(self) -> dict[str, Any]:
        """Say what is in the data, and which measures cannot be asked of them."""
        p = self.p
        groups = []
        for column in p.attributes:
            if column in p.given and column not in ("account", "account_id"):
                n = _distinct(p, column)
                groups.append([clean(column), n])
        found: dict[str, Any] = {
            "data": marked(p.name),
            "deals": p.size,
            "as_of": str(p.as_of.date()),
            "currency": marked(p.currency) if p.currency else None,
            "synthetic": p.synthetic,
            "stages": [[s, marked(p.process.label(s))] for s in p.process.open_ids],
            "columns_to_group_by": groups,
            "given": [clean(g) for g in sorted(p.given)],
            "left_out": [{"why": clean(why), "n": n} for why, n in p.left_out],
            "cannot_be_asked": [],
            "note": say("answers.from_data"),
            "cite": say("answers.how_to_cite"),
        }
        for name, why in _refused(p).items():
            found["cannot_be_asked"].append([name, clean(why, 160)])
        for long in ("columns_to_group_by", "given", "cannot_be_asked"):
            while len(compact(found)) > LONGEST and len(found[long]) > 8:
                found[long].pop()
                found["more"] = say("answers.more", n=1)
        return found

    def measure(
        self,
        name: Annotated[str, Field(description="A measure's name from `definitions`.")],
        by: Columns = None,
        since: Day = None,
        until: Day = None,
        where: Where = None,
        options: Options = None,
    ) -> dict[str, Any]:
        """Ask any measure."""
        call = self._call(name, by, since, until, where, options)
        return answer_of(self._run(call), call)

    def compare(
        self,
        before: Annotated[list[str], Field(description="[since, until) of the first period.")],
        after: Annotated[list[str], Field(description="[since, until) of the second period.")],
        by: Annotated[str, Field(description="Column whose groups' weights and rates are split.")],
        of: Annotated[str, Field(description="closed, created, or a stage's id.")] = "closed",
        where: Where = None,
    ) -> dict[str, Any]:
        """Split the change of a rate between two periods into rate and mix."""
        given = {"before": tuple(before), "after": tuple(after), "by": by, "of": of}
        call = Call("compare", given, where or {})
        return answer_of(self._run(call), call)

    def diagnose(self, by: Columns = None, where: Where = None) -> dict[str, Any]:
        """Find where the funnel lies clearly below its expectation."""
        call = Call("diagnose", {} if by is None else {"by": by}, where or {})
        return answer_of(self._run(call), call)

    def forecast(
        self,
        through: Annotated[
            str, Field(description="Last day of the period, included, as 2026-09-30.")
        ],
        method: Annotated[str, Field(description=f"One of {', '.join(METHODS)}.")] = "simulation",
        since: Day = None,
        where: Where = None,
    ) -> dict[str, Any]:
        """Forecast a period, with the method's record on past quarters."""
        given: dict[str, Any] = {"through": through, "method": method}
        if since:
            given["since"] = since
        call = Call("forecast", given, where or {})
        found = answer_of(self._run(call), call)
        record = Call("backtest", {}, where or {})
        try:
            past = self._run(record)
        except FunnelkitError as problem:
            found["track_record"] = {"none": told(problem)}
        else:
            for row in past.table[past.table["method"] == method].to_dict("records"):
                scores = {c: row[c] for c in ("wape", "bias", "coverage") if row[c] == row[c]}
                found["track_record"] = {
                    "origins": int(row["origins"]),
                    **{name: round(float(score), 4) for name, score in scores.items()},
                    "reference": str(record),
                }
        while len(compact(found)) > LONGEST and found["rows"]:
            found["rows"].pop()
        return found

    def checkpoints(self, where: Where = None) -> dict[str, Any]:
        """List the control points that ring on open deals; by point where names are off."""
        call = Call("checkpoints", {}, where or {})
        found = self._run(call)
        columns = ["deal_id", "stage", "checkpoint", "severity", "amount", "days"]
        if self.with_deals:
            return answer_of(found, call, columns)
        grouped = found.table.groupby(["checkpoint", "severity"], sort=False)
        table = grouped.agg(deals=("deal_id", "nunique"), amount=("amount", "sum")).reset_index()
        return answer_of(found, call, table=table)

    def deal(self, deal_id: Annotated[str, Field(description="The deal's id.")]) -> dict[str, Any]:
        """Tell one deal; its name, account and owner only where lists of deals are allowed."""
        found = deal(self.p, deal_id)
        personal = () if self.with_deals else ("name", "account", "owner")
        facts = {k: v for k, v in found.facts.items() if k not in personal}
        events = found.timeline.tail(12)
        if not self.with_deals:
            events = events[events["what"] != "owner"]
        answer: dict[str, Any] = {
            "summary": clean(found.summary(), 900),
            "facts": marked_values(facts),
            "chance": {k: round(v, 6) for k, v in found.chance.items()},
            "next_step": clean(found.next_step, 300),
            "rang": marked_rows(found.rang.itertuples(index=False)),
            "stages_columns": list(found.stages.columns),
            "stages": marked_rows(found.stages.tail(10).itertuples(index=False)),
            "pushes": marked_rows(found.pushes.tail(5).itertuples(index=False)),
            "timeline": marked_rows(events.itertuples(index=False)),
            "reference": f"fk.deal(p, {deal_id!r})",
            "note": say("answers.from_data"),
        }
        while len(compact(answer)) > LONGEST and answer["timeline"]:
            answer["timeline"].pop(0)
            answer["more"] = say("answers.more", n=len(found.timeline) - len(answer["timeline"]))
        return answer

    def deals(
        self,
        name: Annotated[str, Field(description="A measure's name from `definitions`.")],
        group: Annotated[
            list[str] | None, Field(description="The group, in the order of by.")
        ] = None,
        stage: Annotated[str | None, Field(description="A stage's id.")] = None,
        column: Annotated[str | None, Field(description="Which count of the row.")] = None,
        left_out: Annotated[bool, Field(description="Those left out, and why.")] = False,
        by: Columns = None,
        since: Day = None,
        until: Day = None,
        where: Where = None,
        options: Options = None,
        cell: Annotated[
            dict[str, str] | None, Field(description="What else tells the row, e.g. outcome: won.")
        ] = None,
    ) -> dict[str, Any]:
        """List the deals that a cell of a measure counts."""
        call = self._call(name, by, since, until, where, options)
        asked: dict[str, Any] = {"stage": stage, "column": column, **(cell or {})}
        asked = {k: v for k, v in asked.items() if v is not None}
        if left_out:
            asked["left_out"] = True
        found = self._run(call).deals(tuple(group) if group else None, **asked)
        said = ", ".join(
            [*([repr(tuple(group))] if group else []), *(f"{k}={v!r}" for k, v in asked.items())]
        )
        return list_of(found, {"reference": clean(f"{call}.deals({said})", 400)})

    def definitions(
        self,
        name: Annotated[str | None, Field(description="One measure; all without it.")] = None,
    ) -> dict[str, Any]:
        """Return the measures' names, or one measure's definition."""
        return definitions_of(name)

    def _call(
        self,
        name: str,
        by: list[str] | None,
        since: str | None,
        until: str | None,
        where: dict[str, str] | None,
        options: dict[str, Any] | None,
    ) -> Call:
        """Return the call that a question is; an option that is not taken is refused."""
        functions = {m.call.rpartition(".")[2]: m for m in MEASURES.values()}
        if name in MEASURES:
            asked, fixed = MEASURES[name], dict(MEASURES[name].fixed)
        elif name in functions:
            asked, fixed = functions[name], {}
        else:
            asked, fixed = measure(name), {}
        given: dict[str, Any] = {"by": by, "since": since, "until": until}
        given = {k: v for k, v in given.items() if v not in (None, [])}
        given = {**fixed, **given, **(options or {})}
        for key in given:
            if key not in asked.options:
                raise FunnelkitError(
                    "answers.unknown_argument",
                    call=asked.call,
                    found=key,
                    allowed=nearest(key, asked.options),
                )
        order = [o for o in asked.options if o in given]
        return Call(asked.call, {o: given[o] for o in order}, where or {})

    def _run(self, call: Call) -> Result:
        return _answered(self.p, str(call))


@kept
def _answered(p: Pipeline, text: str) -> Result:
    """Answer a call from its text: what is quoted is what was asked."""
    return parse(f"[{text}]").call.run(p)


@kept
def _distinct(p: Pipeline, column: str) -> int:
    return int(p.deals[column].nunique().execute())


@kept
def _refused(p: Pipeline) -> dict[str, str]:
    """Return the measures that these data cannot answer, and why."""
    found: dict[str, str] = {}
    for name, needs in _NEEDS.items():
        try:
            p.need(*needs, what=name)
        except FunnelkitError as problem:
            found[name] = told(problem)
    return found


#: What the measures stand on, as far as an export may lack it.
_NEEDS = {
    "funnel, time_in_stage, stage_win_rate, skips, returns": ("stage_history",),
    "win_rate": ("outcome",),
    "win_rate by value, velocity, forecast of amounts": ("amount",),
    "sales_cycle, cohorts, conversion_curve": ("created_at", "closed_at"),
    "push_rate, slippage": ("expected_close", "field_history"),
    "close_date_hygiene": ("expected_close",),
    "any measure by owner": ("owner",),
}


def serve(p: Pipeline, with_deals: bool = False, lang: str | None = None) -> Any:
    """Return the server; ``.run("stdio")`` answers until its input ends.

    Raises
    ------
    FunnelkitError
        The ``mcp`` package is not installed.
    """
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.types import CallToolResult, TextContent, ToolAnnotations
    except ImportError as problem:
        raise FunnelkitError("answers.mcp_missing") from problem

    asked = Asked(p, with_deals)
    usual = lang or language()
    one_at_a_time = Lock()  # one connection to the data, and tools run in threads

    def tool(work: Callable[..., dict[str, Any]]) -> Callable[..., CallToolResult]:
        def answered(lang: str | None = None, **given: Any) -> CallToolResult:
            with one_at_a_time, speaking(lang or usual):
                try:
                    found = work(**given)
                except FunnelkitError as problem:
                    raise ToolError(told(problem)) from None
                except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
                    # an option of the wrong kind, deep in a measure
                    raise ToolError(say("answers.bad_values", tool=work.__name__)) from None
            text = compact(found)
            return CallToolResult(
                content=[TextContent(type="text", text=text)], structured_content=found
            )

        signature = inspect.signature(work, eval_str=True)
        said = inspect.Parameter(
            "lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Language
        )
        answered.__name__ = work.__name__
        answered.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*signature.parameters.values(), said],
            return_annotation=CallToolResult,
        )
        answered.__annotations__ = {
            **{k: v.annotation for k, v in signature.parameters.items()},
            "lang": Language,
            "return": CallToolResult,
        }
        return answered

    with speaking(usual):
        server = MCPServer("funnelkit", instructions=say("answers.server"), log_level="ERROR")
        names = ["about", "measure", "compare", "diagnose", "forecast", "checkpoints", "deal"]
        names += ["deals"] if with_deals else []
        for name in [*names, "definitions"]:
            server.add_tool(
                tool(getattr(asked, name)),
                name=name,
                description=say(f"answers.tool_{name}"),
                annotations=ToolAnnotations(
                    read_only_hint=True, idempotent_hint=True, open_world_hint=False
                ),
            )
    return server


__all__ = ["Asked", "serve"]
