"""From tests to rows: one family, a verdict each, the money and the first month it showed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy

from funnelkit.data.pipeline import NO_GROUP, Pipeline
from funnelkit.measures.diagnosis.cells import ON, OPEN, WHOLE, Cells, as_seen_at
from funnelkit.measures.diagnosis.judging import (
    Key,
    Test,
    known,
    tests_against_past,
    tests_against_rest,
    tests_against_target,
    tests_in_team,
)
from funnelkit.stats.checks import floats
from funnelkit.stats.exact_tests import Family, adjust_family, evidence_of, sizes_of
from funnelkit.stats.intervals import wilson
from funnelkit.stats.life_table import kaplan_meier, quantile, quantile_of_counts
from funnelkit.stats.multiplicity import benjamini_hochberg, holm
from funnelkit.stats.spending import over_looks

COLUMNS = (
    "kind", "stage", "column", "group", "since", "observed", "expected", "n", "low", "high",
    "p_value", "adjusted_p", "verdict", "amount_at_stake", "visible_since",
)  # fmt: skip
#: Below this reach even a drop of the odds to about a third (twice as far as the one worth acting
#: on, in logarithms 1.5 times) is more likely missed than seen: too little data.
LEAST_REACH = 1.645 / 1.5
#: What a signature's p-value counts for beside the general questions.
SIGNATURE_REACH, SIGNATURE_SHARE = 3.3, 1.0
#: Level at which a seller's rate is told to lie low by chance alone.
_CLEAR = 0.05
#: Months of history a signature's p-value is taken to rest on.
_SIGNATURE_MONTHS = 6
#: Won deals a group needs for a mean value of its own.
_OWN_VALUE = 5
#: Rows whose medians of the others are worked out at a time.
_MEDIANS_AT_ONCE = 500
_ORDER = ("act", "watch", "too_little_data", "as_expected")

Amounts = dict[tuple[str, str], tuple[float, int]]


@dataclass(frozen=True)
class Judged:
    """The rows and their family."""

    table: pd.DataFrame
    questions: int
    tests: int
    silent: int
    #: Were the sellers known?
    sellers: bool = False
    #: Rows below what chance explains but not below what is usual in the team, the lowest first:
    #: the row, its place from below, and of how many.
    usual: tuple[tuple[dict[str, Any], int, int], ...] = ()


@dataclass(frozen=True)
class Asker:
    """Makes the tests of a diagnosis, of the data as they are or as they were."""

    columns: list[str]
    against: str
    rates: dict[int, float]
    medians: dict[int, float]

    def tests(self, cells: Cells, only: set[Key] | None = None) -> list[Test]:
        """Return the tests of all groups of all columns, or those of some keys."""
        columns = self.columns if self.against == "rest" else [WHOLE, *self.columns]
        found: list[Test] = []
        for column in columns:
            if only is not None and not any(k.column == column for k in only):
                continue
            if self.against == "rest" and "seller" in cells.table:
                found += tests_in_team(cells, column, only)
                continue
            arrays = known(cells, column, self.against == "past", self.medians)
            if arrays is None:
                continue
            found += self._of(arrays, only)
        return [t for t in found if t.key.group != NO_GROUP]

    def _of(self, arrays: Any, only: set[Key] | None) -> Iterable[Test]:
        if self.against == "rest":
            return tests_against_rest(arrays, only)
        if self.against == "past":
            return tests_against_past(arrays, only)
        return tests_against_target(arrays, self.rates, self.medians, only)


def judge(
    p: Pipeline,
    cells: Cells,
    columns: list[str],
    against: str,
    alpha: float,
    amounts: Amounts,
    rates: dict[int, float],
    medians: dict[int, float],
    more: pd.DataFrame,
    looks: int = 1,
) -> Judged:
    """Test, adjust over the whole family, and write one row a question."""
    asker = Asker(columns, against, rates, medians)
    tests = asker.tests(cells)
    if not more.empty:
        more = more.reset_index(drop=True)
    asked = [] if more.empty else list(more.index[more["p_value"].notna()])
    keys = list(dict.fromkeys(t.key for t in tests))
    if not keys and more.empty:
        return Judged(pd.DataFrame(columns=list(COLUMNS)), 0, 0, 0)
    place = {key: i for i, key in enumerate(keys)}
    family = family_of(tests, cells, alpha, looks, more.loc[asked, "p_value"] if asked else ())
    watched = benjamini_hochberg(family.p).flagged(2 * alpha) | (family.adjusted <= 2 * alpha)
    ids = p.process.open_ids
    own: dict[Key, list[Test]] = {}
    for t in tests:
        own.setdefault(t.key, []).append(t)
    rows, chosen = [], []
    for i, key in enumerate(keys):
        act = family.adjusted[i] <= alpha
        best = tests[family.best[i]] if act or watched[i] else own[key][0]
        reach = max(max(t.reach, t.alone_reach) for t in own[key])
        verdict = (
            "act" if act else "watch" if watched[i]
            else "too_little_data" if reach < LEAST_REACH else "as_expected"
        )  # fmt: skip
        last = key.kind == "rate" and key.stage == len(ids) - 1
        kind = "time_in_stage" if key.kind == "time" else "win_rate" if last else "step_rate"
        rows.append(
            {
                "kind": kind, "stage": ids[key.stage],
                "column": None if key.column == WHOLE else key.column,
                "group": None if key.column == WHOLE else key.group,
                "since": _month_start(best.since), "observed": best.observed,
                "expected": best.expected, "n": best.n, "p_value": family.p[i],
                "adjusted_p": family.adjusted[i], "verdict": verdict,
            }
        )  # fmt: skip
        chosen.append(best)
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS if c not in ("low", "high")])
    table["low"], table["high"] = wilson(
        np.round(table["observed"].fillna(0).to_numpy(float) * table["n"].to_numpy(float)),
        table["n"].to_numpy(float),
    )
    _times(table, chosen, cells, against, medians)
    table["amount_at_stake"] = _stakes(table, chosen, cells, amounts)
    table["visible_since"] = _visible(table, chosen, cells, asker, family, tests, alpha, place, p)
    if not more.empty:
        extra = _signature_table(more, asked, family, len(keys), watched, alpha)
        table = extra if table.empty else pd.concat([table, extra], ignore_index=True)
    usual = _usual(rows, keys, own)
    return Judged(
        _ordered(table), family.questions, family.tests, family.silent,
        "seller" in cells.table and against == "rest", usual,
    )  # fmt: skip


def family_of(
    tests: list[Test], cells: Cells, alpha: float, looks: int, signatures: Iterable[float] = ()
) -> Family:
    """Adjust tests over all their keys, in the order in which these first come up."""
    place = {key: i for i, key in enumerate(dict.fromkeys(t.key for t in tests))}
    values = [float(p) for p in signatures]
    more = len(values)
    return adjust_family(
        [place[t.key] for t in tests] + [len(place) + i for i in range(more)],
        [t.p for t in tests] + values,
        [t.reach for t in tests] + [SIGNATURE_REACH] * more,
        [t.share for t in tests] + [SIGNATURE_SHARE] * more,
        [t.null for t in tests] + [None] * more,
        alpha,
        [t.overlap for t in tests] + [0.0] * more,
        looks,
        renewal_of(tests, more, cells, looks),
    )


def _usual(
    rows: list[dict[str, Any]], keys: list[Key], own: dict[Key, list[Test]]
) -> tuple[tuple[dict[str, Any], int, int], ...]:
    """Return the sellers' rates that chance does not explain and the team's usual spread does."""
    asked = [i for i, key in enumerate(keys) if key.column == "owner" and key.kind == "rate"]
    whole = {i: own[keys[i]][0] for i in asked if own[keys[i]][0].since is None}
    alone = np.array([t.alone for t in whole.values()])
    if not alone.size or np.isnan(alone).all():
        return ()
    clear = holm(np.nan_to_num(alone, nan=1.0)).adjusted <= _CLEAR
    found = []
    for (i, test), low in zip(whole.items(), clear, strict=True):
        if low and rows[i]["verdict"] not in ("act", "watch"):
            peers = sorted(t.observed for j, t in whole.items() if keys[j].stage == keys[i].stage)
            found.append((test.alone, rows[i], peers.index(test.observed) + 1, len(peers)))
    found.sort(key=lambda x: x[0])
    return tuple((row, place, of) for _, row, place, of in found)


def renewal_of(tests: list[Test], signatures: int, cells: Cells, looks: int) -> np.ndarray:
    """Return the share of each test's deals that is new from one look to the next.

    A stretch gains at its end what it loses at its start; the whole time only gains.
    """
    month = cells.table["month"]
    last, first = (int(month.max()), int(month.min())) if len(month) else (0, 0)
    spans = [2 * (last - first + 1) if t.since is None else last - t.since + 1 for t in tests]
    spans += [_SIGNATURE_MONTHS] * signatures
    return floats(np.minimum(1.0, 12 / looks / np.maximum(np.array(spans, float), 1.0)))


def _signature_table(
    more: pd.DataFrame, asked: list[int], family: Family, first: int, watched: np.ndarray,
    alpha: float,
) -> pd.DataFrame:  # fmt: skip
    table = more.drop(columns=["verdict", "adjusted_p"], errors="ignore")
    table = table.rename(columns={"signature": "kind"})
    table["adjusted_p"], table["verdict"] = np.nan, "too_little_data"
    for i, row in enumerate(asked):
        table.loc[row, "adjusted_p"] = family.adjusted[first + i]
        act, look = family.adjusted[first + i] <= alpha, watched[first + i]
        table.loc[row, "verdict"] = "act" if act else "watch" if look else "as_expected"
    table["visible_since"] = pd.NaT
    extra: pd.DataFrame = table[list(COLUMNS)]
    return extra


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(
        _verdict=table["verdict"].map({v: i for i, v in enumerate(_ORDER)}),
        _money=-table["amount_at_stake"].astype("float64").fillna(0),
    )
    table = table.sort_values(["_verdict", "_money", "adjusted_p"], kind="stable")
    for column in ("since", "visible_since"):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[us]")
    for column in ("stage", "column", "group"):
        text = table[column].astype("object")
        table[column] = text.where(text.notna(), None)
    table["n"] = table["n"].astype("int64")
    ordered: pd.DataFrame = table[list(COLUMNS)].reset_index(drop=True)
    return ordered


def _month_start(month: int | None) -> Any:
    return pd.NaT if month is None else pd.Timestamp(month // 12, month % 12 + 1, 1)


def _times(
    table: pd.DataFrame, chosen: list[Test], cells: Cells, against: str, medians: dict[int, float]
) -> None:
    """Write the median days of the time rows, their interval and what was expected."""
    asked = np.flatnonzero(table["kind"] == "time_in_stage")
    if not asked.size:
        return
    stays = cells.table[cells.table["stayed"]]
    parts = {key: _Stays(part) for key, part in stays.groupby(["column", "stage"])}
    own = [parts[(k.column, k.stage)].of(k.group, since) for k, since in _stretches(chosen, asked)]
    kept = [np.flatnonzero(counts) for counts in own]
    cells_at = np.concatenate(kept)
    life = pd.DataFrame(
        {
            "row": np.repeat(asked, [len(c) for c in kept]),
            # codes: names would be written out once a cell
            "day": cells_at // 2,
            "exit": pd.Categorical.from_codes(cells_at % 2, pd.Index(["left", "censored"])),
            "n": np.concatenate([counts[at] for counts, at in zip(own, kept, strict=True)]),
        }
    )
    middle = quantile(kaplan_meier(life), 0.5).set_index("row").reindex(asked)
    rows = table.index[asked]
    for column, source in (("observed", "value"), ("low", "low"), ("high", "high")):
        table.loc[rows, column] = middle[source].to_numpy(float)
    if against == "target":
        table.loc[rows, "expected"] = [medians[chosen[i].key.stage] for i in asked]
        return
    usual = np.full(len(asked), np.nan)
    for first in range(0, len(asked), _MEDIANS_AT_ONCE):
        part = slice(first, first + _MEDIANS_AT_ONCE)
        others = []
        for (k, since), counts in zip(_stretches(chosen, asked[part]), own[part], strict=True):
            stays_there = parts[(k.column, k.stage)]
            whole = stays_there.all(since) if against == "rest" else stays_there.of(k.group, None)
            others.append(whole - counts)
        days = max(len(c) for c in others)
        wide = np.array([np.pad(c, (0, days - len(c))) for c in others])
        usual[part] = quantile_of_counts(wide[:, 0::2], wide[:, 1::2])
    table.loc[rows, "expected"] = usual


def _stretches(chosen: list[Test], asked: np.ndarray) -> list[tuple[Key, int | None]]:
    return [(chosen[i].key, chosen[i].since) for i in asked]


class _Stays:
    """The stays in one stage as counts a day and way of ending, group after group."""

    def __init__(self, part: pd.DataFrame) -> None:
        codes, names = pd.factorize(part["group"].astype("str"))
        order = np.argsort(codes, kind="stable")
        month, day, n = (part[c].to_numpy(dtype=np.int64)[order] for c in ("month", "day", "n"))
        self.month, self.n = month, n.astype(float)
        self.cell = day * 2 + (part["exit"].to_numpy()[order] == OPEN)
        self.size = 2 * (int(day.max()) + 1)
        ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
        self.at = {str(g): slice(ends[i], ends[i + 1]) for i, g in enumerate(names)}
        self._every: dict[int | None, np.ndarray] = {}

    def of(self, group: str, since: int | None) -> np.ndarray:
        return self._counts(self.at[group], since)

    def all(self, since: int | None) -> np.ndarray:
        if since not in self._every:
            self._every[since] = self._counts(slice(None), since)
        return self._every[since]

    def _counts(self, at: slice, since: int | None) -> np.ndarray:
        cell, n = self.cell[at], self.n[at]
        if since is not None:
            recent = self.month[at] >= since
            cell, n = cell[recent], n[recent]
        return np.bincount(cell, n, self.size)


def _stakes(table: pd.DataFrame, chosen: list[Test], cells: Cells, amounts: Amounts) -> list[float]:
    """Return deals missing x mean won value x chance to be won from the next stage on."""
    whole = cells.table[(cells.table["column"] == WHOLE) & cells.table["old"]]
    came = whole.groupby("stage")["n"].sum()
    went = whole[whole["exit"] == ON].groupby("stage")["n"].sum()
    stages = len(cells.windows)
    step = [went.get(k, 0) / came.get(k, 1) if came.get(k, 0) else 0.0 for k in range(stages)]
    later = [float(np.prod(step[k + 1 :])) for k in range(stages)]
    total, n = amounts.get((WHOLE, WHOLE), (0.0, 0))
    found = []
    for row, test in zip(table.to_dict("records"), chosen, strict=True):
        own_total, own_n = amounts.get((test.key.column, test.key.group), (0.0, 0))
        value = own_total / own_n if own_n >= _OWN_VALUE else total / n if n else np.nan
        if test.key.kind == "rate":
            missing = row["n"] * (row["expected"] - row["observed"])
        else:
            # at a constant pace half are gone at the median: how many fewer are by the usual one
            usual, own = row["expected"], row["observed"]
            gone = 1 - 0.5 ** (usual / own) if own and own == own and usual == usual else np.nan
            missing = row["n"] * (0.5 - gone) * step[test.key.stage]
        stake = missing * value * later[test.key.stage]
        found.append(max(stake, 0.0) if stake == stake else np.nan)
    return found


def _visible(
    table: pd.DataFrame,
    chosen: list[Test],
    cells: Cells,
    asker: Asker,
    family: Family,
    tests: list[Test],
    alpha: float,
    place: dict[Key, int],
    p: Pipeline,
) -> list[Any]:
    """Return the first month end at which the data known then would have said "act".

    The level is spent over the month ends, so that looking every month raises the false
    alarms no further.
    """
    wanted = {chosen[i].key for i in np.flatnonzero(table["verdict"] == "act")}
    found: dict[Key, Any] = {}
    now = p.as_of.year * 12 + p.as_of.month - 1
    first = int(cells.table["month"].min())
    looks = range(first, now)
    bar = _bar(alpha, tests, cells, max(1, len(looks))) if wanted else 0.0
    past = _by_month(cells, {key.column for key in wanted})
    months = past.table["month"].to_numpy()
    for month in looks:
        left = wanted - set(found)
        if not left:
            break
        known = replace(past, table=past.table.iloc[: np.searchsorted(months, month, "right")])
        seen = asker.tests(as_seen_at(known, month), left)
        facts = np.array([(t.p, t.reach, t.share) for t in seen]).reshape(-1, 3)
        for i in np.flatnonzero(evidence_of(*facts.T) >= bar):
            found[seen[i].key] = _month_start(month + 1) - pd.Timedelta(days=1)
    today = pd.Timestamp(p.as_of).normalize()
    return [found.get(t.key, today) if t.key in wanted else pd.NaT for t in chosen]


def _by_month(cells: Cells, columns: set[str]) -> Cells:
    """Return these columns' cells in order of months, their groups as codes."""
    table = cells.table[cells.table["column"].isin(columns)].sort_values("month", kind="stable")
    names = [c for c in ("group", "seller") if c in table]
    return replace(cells, table=table.assign(**{c: _category(table[c]) for c in names}))


def _category(names: pd.Series[str]) -> pd.Series[str]:
    codes, known = pd.factorize(names.astype("str"), sort=True)
    return pd.Series(pd.Categorical.from_codes(codes, known), index=names.index)


def _bar(level: float, tests: list[Test], cells: Cells, months: int) -> float:
    """Return the evidence that the whole family reaches with at most this chance in any month."""
    reach = np.array([t.reach for t in tests])
    share = np.array([t.share for t in tests])
    sizes = sizes_of([t.null for t in tests])
    new = renewal_of(tests, 0, cells, 12)
    low, high = -10.0, 60.0
    for _ in range(16):
        middle = (low + high) / 2
        score = (middle - np.log(share)) / reach + reach / 2
        at = scipy.special.ndtr(-score)
        # the chance that any test of the family speaks as loudly when nothing is amiss
        often = over_looks(score, months, new) / np.maximum(at, 1e-300)
        enough = float((sizes(at) * often).sum()) <= level
        low, high = (low, middle) if enough else (middle, high)
    return high


__all__ = ["COLUMNS", "Asker", "Judged", "family_of", "judge"]
