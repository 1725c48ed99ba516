"""L02 Stages, standards, evidence, CRM."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.charts import Chart
from funnelkit.data.defects import Findings
from funnelkit.data.kept import kept
from funnelkit.process import load_process
from funnelkit.process.text import Text
from funnelkit.teach.exercise import Case
from funnelkit.teach.source import words
from funnelkit.words import percent

W = words("L02")

_OURS = W["this_says_what_our_side"]
_SELLER = re.compile(
    r"^\s*(we|our|i|sales|the seller|seller)\b|^\s*(我们|我方|我司|销售|业务员)", re.I
)


def not_ours(text: str) -> Text | None:
    return _OURS if _SELLER.search(text) else None


_KINDS = (
    "repeated_row",
    "closed_before_created",
    "unknown_stage",
    "unparsable_amount",
    "missing_id",
    "closed_without_date",
)
_UNKNOWN = W["offer_is_out"]
_ASK = W["ask_su"]
_COLUMNS = {
    "deal_id": W["deal"],
    "account": W["account"],
    "stage": W["stage"],
    "outcome": W["outcome"],
    "created_at": W["created"],
    "closed_at": W["closed"],
    "amount": W["amount"],
}


def _deal(r: random.Random, k: int, **other: str) -> dict[str, str]:
    row = {
        "deal_id": f"D-{k}",
        "account": chr(64 + k - 100),
        "stage": r.choice(["contact", "need", "proposal", "negotiation"]),
        "outcome": "open",
        "created_at": f"2026-0{r.randrange(1, 4)}-{r.randrange(10, 28)}",
        "closed_at": "",
        "amount": str(r.randrange(40_000, 400_000, 10_000)),
    }
    return row | other


def export(r: random.Random) -> dict[str, Any]:
    month, day = r.randrange(4, 6), r.randrange(10, 28)
    rows = [_deal(r, k) for k in range(101, 106)]
    rows += [
        _deal(r, 106, outcome="won", closed_at=f"2026-0{month}-{day}"),
        dict(r.choice(rows[:5])),
        _deal(r, 107, outcome="won", closed_at=f"2025-1{r.randrange(0, 3)}-{day}"),
        _deal(r, 108, stage="offer is out"),
        _deal(r, 109, amount="ask Su"),
        _deal(r, 110, deal_id=""),
        _deal(r, 111, outcome="lost"),
    ]
    r.shuffle(rows)
    return {"rows": rows, "kinds": _KINDS}


@kept
def defects(case: Case) -> list[int]:
    frame = pd.DataFrame(case["rows"])
    # these stages are laid down: a label beside them is a defect, not a stage of its own
    found = fk.read(frame, process="b2b-six-stages", as_of="2026-06-30").findings.table
    row = found.drop_duplicates("reason").set_index("reason")["row"]
    return [int(row[kind]) for kind in case["kinds"]]


def _first_copy(case: Case) -> list[int]:
    second, *rest = defects(case)
    rows = case["rows"]
    return [1 + rows.index(rows[second - 1]), *rest]


def _dates_swapped(case: Case) -> list[int]:
    a, b, c, d, e, f = defects(case)
    return [a, f, c, d, e, b]


def _as_shown(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return the rows with labels of the language, numbered as the reader numbers them."""
    process = load_process()
    frame = pd.DataFrame(rows)
    frame["account"] = [str(W["customer"]).format(a=a) for a in frame["account"]]
    frame["stage"] = [
        process.label(s) if s in process.stage_ids else str(_UNKNOWN) for s in frame["stage"]
    ]
    frame["outcome"] = [process.label(o) for o in frame["outcome"]]
    frame["amount"] = [a if a.lstrip("-").isdigit() else str(_ASK) for a in frame["amount"]]
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame.rename(columns={c: str(t) for c, t in _COLUMNS.items()})


_EXAMPLE = (
    {
        "deal_id": "D-201",
        "account": "M",
        "stage": "proposal",
        "outcome": "won",
        "created_at": "2026-01-12",
        "closed_at": "2026-04-02",
        "amount": "180000",
    },
    {
        "deal_id": "D-202",
        "account": "N",
        "stage": "contact",
        "outcome": "open",
        "created_at": "2026-02-30",
        "closed_at": "",
        "amount": "90000",
    },
    {
        "deal_id": "D-203",
        "account": "P",
        "stage": "need",
        "outcome": "open",
        "created_at": "2026-03-05",
        "closed_at": "",
        "amount": "-60000",
    },
    {
        "deal_id": "D-204",
        "account": "Q",
        "stage": "need",
        "outcome": "open",
        "created_at": "2026-03-09",
        "closed_at": "2026-06-20",
        "amount": "75000",
    },
)


def example() -> pd.DataFrame:
    """Return a small export with three defects, as it is shown."""
    return _as_shown([dict(row) for row in _EXAMPLE])


def example_findings() -> Findings:
    """Return what the reader says of it."""
    found: Findings = fk.read(pd.DataFrame(_EXAMPLE), as_of="2026-06-30").findings
    return found


def shares(r: random.Random) -> dict[str, Any]:
    closed = r.choice([100, 200])
    return {
        "closed": closed,
        "won": closed * r.choice([30, 32, 34, 36]) // 100,
        "open": r.choice([40, 50, 60, 80]),
        "default": 0.75,
    }


def too_many(case: Case) -> float:
    return float(case["open"] * (case["default"] - case["won"] / case["closed"]))


def _defect_names(case: Case) -> list[str]:
    return [
        str(W["second_copy_of_the_same"]),
        str(W["closed_before_it_was_created"]),
        str(W["stage_that_is_not_in"]),
        str(W["amount_that_is_no_number"]),
        str(W["deal_without_a_number"]),
        str(W["lost_without_a_closing_date"]),
    ]


def chances(p: Any) -> Chart:
    """Draw which share of the deals that came to each stage was won."""
    from funnelkit.charts.rates import rates

    result = fk.stage_win_rate(p)
    frame = result.table.rename(columns={"of": "n"})[["stage", "n", "rate", "low", "high"]]
    frame["label"] = [p.process.label(stage) for stage in frame["stage"]]
    return rates(
        frame,
        title=str(W["won_of_the_closed_deals"]),
        alt=result.summary(),
        headings=(str(W["closed_deals"]), str(W["won"])),
        data=result.shown("rate"),
        note=result.footnote,
    )


def shipped(p: Any) -> pd.DataFrame:
    """Return what two systems expect of the last two stages, and what this pipeline shows."""
    own = [percent(rate) for rate in fk.stage_win_rate(p).table["rate"].iloc[-2:]]
    return pd.DataFrame(
        [["75%", "90%"], ["65%", "80%"], own],
        index=["EspoCRM", "SugarCRM / SuiteCRM", str(W["this_pipeline_won"])],
        columns=[str(W["offer_stage"]), str(W["last_stage_before_signature"])],
    )


def variants(p: Any) -> Any:
    """Show the stages of another kind of sale, with what lets a deal go on."""
    from funnelkit.page.controls import Choice
    from funnelkit.page.whatif import answer_table, panel

    kinds = {name: load_process(name) for name in ("b2b-six-stages", "project-sale", "saas")}
    heads = W["stage"], W["goes_on_when"], W["share_expected"]

    def render(state: Mapping[str, str]) -> str:
        process = kinds[state["kind"]]
        rows = []
        for stage in process.stages:
            rate = "–" if stage.target.step_rate is None else percent(stage.target.step_rate)
            rows.append((stage.name, stage.exit[0] if stage.exit else "–", rate))
        return answer_table(rows, process.name, heads)

    options = tuple((name, str(process.name)) for name, process in kinds.items())
    return panel([Choice("kind", str(W["kind_of_sale"]), options, options[0][0])], render)


WHATIFS = {"variants": variants}


def shown_rows(case: Case) -> Any:
    return _as_shown(case["rows"])


def header_counted(case: Case) -> Any:
    return [n + 1 for n in defects(case)]
