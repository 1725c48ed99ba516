"""L11 Two cases: rescue and decline."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

import funnelkit as fk
from funnelkit.measures.diagnose import Diagnosis, diagnose
from funnelkit.measures.drift import Drift, drift
from funnelkit.planning.acting import Decline, decline, visible
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.words import count, date, language, money, percent

if TYPE_CHECKING:
    from funnelkit.data.pipeline import Pipeline
from funnelkit.teach.source import words

W = words("L11")

#: The pilot of company A began on this day, in two of its four regions.
START = "2025-07-01"
_PILOT = {"en": ("North", "East"), "zh": ("华北", "华南")}
#: The board of company B met after this day, with the wins of the year still on their usual level.
MEETING = "2025-12-31"


@cache
def _loaded(name: str, lang: str) -> Pipeline:
    return fk.load(name if lang == "en" else f"{name}-zh")


@cache
def _company_a(lang: str) -> Pipeline:
    p = _loaded("success", lang)
    inside = p.deals.region.isin(_PILOT[lang]).ifelse("pilot", "rest")
    return replace(p, deals=p.deals.mutate(group=inside))


def company_a() -> Pipeline:
    """Return the fictional company that mended a leak, in the current language."""
    return _company_a(language())


def company_b() -> Pipeline:
    """Return the fictional company whose decline went unseen, in the current language."""
    return _loaded("failure", language())


def action() -> dict[str, Any]:
    """Return what company A wrote into its action log."""
    return {
        "problem": str(W["proposals_get_no_answer"]),
        "stage": "proposal",
        "measure": "step_rate",
        "owner": str(W["sales_operations"]),
        "start": START,
        "due": "2025-09-30",
        "segment": "group=pilot",
        "control": "group=rest",
    }


@cache
def _watch(lang: str) -> Drift:
    return drift(_loaded("failure", lang), "need")


def watch_b() -> Drift:
    """Return the control chart of company B's leaking stage."""
    return _watch(language())


@cache
def _decline(lang: str) -> Decline:
    found = decline(_loaded("failure", lang), _watch(lang))
    assert found is not None
    return found


def decline_b() -> Decline:
    """Return company B's decline: what it cost, what acting would have saved."""
    return _decline(language())


@cache
def _by_quarter(lang: str) -> pd.DataFrame:
    p = _loaded("failure", lang)
    rows = []
    for end in pd.date_range("2025-03-31", "2026-06-30", freq="QE"):
        known = p.at(end.date()).deals.to_pandas()
        first = end - pd.offsets.QuarterBegin(startingMonth=1)
        won = known[(known["outcome"] == "won") & (known["closed_at"] >= first.normalize())]
        still = known[known["outcome"] == "open"]
        rows.append((end, len(won), won["amount"].sum(), len(still), still["amount"].sum()))
    return pd.DataFrame(rows, columns=["end", "won", "won_amount", "open", "open_amount"])


def _plain(columns: Mapping[str, list[str]]) -> pd.DataFrame:
    """Make a table whose rows have no numbers."""
    frame = pd.DataFrame(dict(columns))
    frame.index = pd.Index([""] * len(frame))
    return frame


def board_b(until: str = MEETING) -> pd.DataFrame:
    """Return the page company B's board saw: wins and open deals by quarter."""
    rows = _by_quarter(language())
    rows = rows[rows["end"] <= pd.Timestamp(until)]
    return _plain(
        {
            str(W["quarter_to"]): [date(d) for d in rows["end"]],
            str(W["won_deals"]): [count(n) for n in rows["won"]],
            str(W["won_amount"]): [money(x) for x in rows["won_amount"]],
            str(W["open_deals"]): [count(n) for n in rows["open"]],
            str(W["open_amount"]): [money(x) for x in rows["open_amount"]],
        }
    )


def _steps(p: Pipeline) -> pd.DataFrame:
    """Deals that have left a stage, and how many of them went on."""
    table = fk.funnel(p).table
    left = table["deals"] - table["still_open"]
    rows = pd.DataFrame({"stage": table["stage"], "left": left, "on": table["deals"].shift(-1)})
    return rows.iloc[:-1].reset_index(drop=True)


@cache
def _first_year(lang: str) -> pd.DataFrame:
    p = _company_a(lang).at("2025-06-30")
    rows = _steps(p)
    plan = {s.id: s.target.step_rate for s in p.process.stages if s.target}
    rows["plan"] = [plan[s] for s in rows["stage"]]
    return rows


def first_year(case: Case | None = None) -> pd.DataFrame:
    """Return the steps of company A in its first year beside the plan."""
    rows = _first_year(language())
    process = company_a().process
    return _plain(
        {
            str(W["stage"]): [process.label(s) for s in rows["stage"]],
            str(W["left_the_stage"]): [count(int(n)) for n in rows["left"]],
            str(W["of_these_went_on"]): [count(int(n)) for n in rows["on"]],
            str(W["rate"]): [
                percent(a / b, 1) for a, b in zip(rows["on"], rows["left"], strict=True)
            ],
            str(W["plan"]): [percent(x) for x in rows["plan"]],
        }
    )


@cache
def _leak(lang: str) -> Diagnosis:
    return diagnose(_company_a(lang).at("2025-06-30"), "region", against="target")


def leak_a() -> Diagnosis:
    """Return the diagnosis of company A's first year against its plan."""
    return _leak(language())


def leaking(case: Case) -> str:
    from funnelkit.teach.bank.l11 import leak_a

    found = leak_a().table
    whole = found[(found["kind"] == "step_rate") & found["column"].isna()]
    return str(whole.sort_values("adjusted_p")["stage"].iloc[0])


def two_groups(r: random.Random) -> dict[str, Any]:
    n = r.choice((100, 120, 150, 200))
    usual = r.choice((0.30, 0.32, 0.35, 0.36))
    drift_ = r.choice((0.04, 0.06, 0.08))
    lift = r.choice((0.12, 0.15, 0.18, 0.20))
    low = usual + 0.02
    return {
        "n": n,
        "m": 2 * n,
        "a0": round(n * usual),
        "a1": round(n * (usual + drift_ + lift)),
        "b0": round(2 * n * low),
        "b1": round(2 * n * (low + drift_)),
    }


def effect(case: Case) -> float:
    pilot = case["a1"] / case["n"] - case["a0"] / case["n"]
    others = case["b1"] / case["m"] - case["b0"] / case["m"]
    return float(pilot - others)


def _share(part: int, whole: int) -> str:
    return f"{count(part)} / {count(whole)}"


def _two_by_two(case: Case) -> pd.DataFrame:
    v = case.values
    return _plain(
        {
            str(W["proposals_that_went_on"]): [str(W["pilot_regions"]), str(W["other_regions"])],
            str(W["year_before"]): [_share(v["a0"], v["n"]), _share(v["b0"], v["m"])],
            str(W["year_after"]): [_share(v["a1"], v["n"]), _share(v["b1"], v["m"])],
        }
    )


def worth(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice((200, 240, 300)),
        "lift": r.choice((0.15, 0.20)),
        "seen": r.choice((0.25, 0.30)),
        "win": r.choice((0.5, 0.6)),
        "value": r.choice((60_000, 80_000, 100_000)),
        "margin": r.choice((0.3, 0.4)),
        "cost": r.choice((120_000, 150_000)),
    }


def earned(case: Case) -> float:
    wins = case["n"] * case["lift"] * case["win"]
    return float(wins * case["value"] * case["margin"] - case["cost"])


def months(case: Case) -> list[str]:
    return [f"{m:%Y-%m}" for m in pd.period_range("2024-07", "2026-06", freq="M")]


def seen_in(case: Case) -> str:
    from funnelkit.teach.bank.l11 import watch_b

    watch = watch_b()
    rings = watch.table.loc[watch.table["alarm"] == "drop", "period"]
    complete = rings.iloc[0] + pd.offsets.MonthEnd(1) + pd.Timedelta(days=watch.window)
    return f"{complete:%Y-%m}"


def _rings(case: Case) -> str:
    table = watch_b().table
    return f"{table.loc[table['alarm'] == 'drop', 'period'].iloc[0]:%Y-%m}"


def _watched(case: Case) -> pd.DataFrame:
    watch = watch_b()
    rows = watch.table[watch.table["mature"] & (watch.table["period"] >= "2025-02-01")]
    return _plain(
        {
            str(W["month"]): [f"{d:%Y-%m}" for d in rows["period"]],
            str(W["came_to_need_identification"]): [count(int(n)) for n in rows["n"]],
            str(W["went_on_within_days"]).format(n=watch.window): [
                percent(x, 1) for x in rows["rate"]
            ],
            str(W["summed_shortfall"]): [f"{x:.1f}" for x in rows["cusum"]],
            str(W["rings_at"]): [f"{x:.1f}" for x in rows["threshold"]],
        }
    )


def waited(r: random.Random) -> dict[str, Any]:
    return {
        "n": r.choice((30, 40, 50)),
        "usual": r.choice((0.45, 0.50)),
        "now": r.choice((0.20, 0.25)),
        "rest": r.choice((0.25, 0.30)),
        "value": r.choice((60_000, 80_000, 100_000)),
        "months": r.choice((5, 6, 7)),
        "hidden": r.choice((3, 4)),
    }


def delay(case: Case) -> float:
    lost = case["n"] * (case["usual"] - case["now"]) * case["rest"]
    return float(lost * case["value"] * case["months"])


_TWO = W["cite_at_least_two_pieces"]
_FLOW = W["wins_and_open_amounts_come"]


def _cited(text: str) -> Text | None:
    found = set(re.findall(r"[Ee]([1-6])", text))
    if len(found) < 2:
        return _TWO
    return None if found & {"3", "4", "5"} else _FLOW


@cache
def _evidence(lang: str) -> pd.DataFrame:
    p = _loaded("failure", lang)
    watch = _watch(lang)
    known = p.at(MEETING)
    so_far = drift(known, "need").table.dropna(subset="since_rate").iloc[-1]
    board = board_b()
    year = known.deals.to_pandas()
    leads = year["created_at"].dt.to_period("Q").value_counts()
    steps = _steps(known).set_index("stage")
    last = float((steps["on"] / steps["left"]).to_dict()["negotiation"])
    target = next(s.target for s in p.process.stages if s.id == "negotiation")
    plan = target.step_rate if target else None
    seen = visible(watch)
    head = list(board.columns)
    texts = (
        str(W["won_deals_by_quarter_of"]).format(x=" · ".join(board[head[1]])),
        str(W["open_amount_by_quarter_of"]).format(x=" · ".join(board[head[4]])),
        str(W["from_need_identification_to_proposal"]).format(
            a=percent(so_far["usual_rate"], 1),
            b=percent(so_far["since_rate"], 1),
            d=date(so_far["changed_since"]),
        ),
        str(W["the_control_chart_could_ring"]).format(d=date(seen)),
        str(W["of_the_deals_that_left"]).format(a=percent(last), b=percent(plan)),
        str(W["new_leads_by_quarter_of"]).format(
            x=" · ".join(count(int(leads[f"2025Q{k}"])) for k in range(1, 5))
        ),
    )
    return _plain({str(W["no"]): [f"E{k}" for k in range(1, 7)], str(W["evidence"]): list(texts)})


def evidence(case: Case | None = None) -> pd.DataFrame:
    """Return the six pieces of evidence on company B, as known at the board's meeting."""
    return _evidence(language())


def act(p: Any) -> Any:
    """Show what acting in another month would have saved company B."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    fallen = decline_b()
    sliders = [
        Slider(
            "month",
            str(W["act_in_month_of_the"]),
            1,
            len(fallen.months),
            1,
            len(fallen.months),
            form="count",
        ),
        Slider("back", str(W["of_the_lost_ground_comes"]), 0.0, 1.0, 0.1, 0.8),
    ]
    heads = (
        W["acting_in"],
        W["wins_lost_until_then"],
        W["wins_lost_after_it_in"],
        W["turnover_lost_in_all"],
    )

    def render(state: Mapping[str, float]) -> str:
        month = int(state["month"])
        acted = fallen.act(month, state["back"])
        caption = str(heads[0]).format(d=f"{fallen.months['period'].iloc[month - 1]:%Y-%m}")
        cells = (
            (heads[1], f"{acted.before:.1f}"),
            (heads[2], f"{acted.after:.1f}"),
            (heads[3], money(acted.lost)),
        )
        return answer_table(cells, caption)

    return panel(sliders, render)


WHATIFS = {"act": act}


def board_page(case: Case) -> Any:
    return board_b()


def stages(case: Case) -> dict[str, Any]:
    return {s: company_a().process.label(s) for s in company_a().process.open_ids}
