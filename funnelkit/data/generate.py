"""The plain generator of the bundled data: ``python -m funnelkit.data.generate [FOLDER]``.

Time runs in working days while deals move and is turned into dates at the end. Only uniform
draws are taken from the random generator, so that the files are the same on every machine.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from scipy.special import expit, logit, ndtri

from funnelkit.data.made_up import AS_OF, INDUSTRIAL, INDUSTRIAL_ZH, START, World, card
from funnelkit.data.tiny import tiny
from funnelkit.process import load_process
from funnelkit.words import speaking

Floats = npt.NDArray[np.float64]
LAST = int(np.busday_count(START, AS_OF)) + 1  # working days the data cover
_DAYS = np.busday_offset(np.datetime64(START), np.arange(LAST + 600), roll="forward")
FILES = ("deals", "stage_history", "field_history")


def when(moment: Floats) -> pd.Series:
    """Turn working days into minutes between 9:00 and 18:00 of their dates."""
    day = np.floor(moment).astype(int)
    minute = np.floor((moment - day) * 540).astype("timedelta64[m]") + np.timedelta64(540, "m")
    return pd.Series(_DAYS[day].astype("datetime64[m]") + minute).astype("datetime64[s]")


@dataclass
class _Draw:
    """Uniform numbers and what is made of them."""

    rng: np.random.Generator
    n: int

    def uniform(self) -> Floats:
        return self.rng.random(self.n)

    def normal(self) -> Floats:
        return np.asarray(ndtri(self.uniform()))

    def choice(self, weights: list[float]) -> npt.NDArray[np.int64]:
        bounds = np.cumsum(weights)[:-1] / np.sum(weights)
        return np.searchsorted(bounds, self.uniform(), side="right")


def generate(world: World, n: int, seed: int) -> dict[str, pd.DataFrame]:
    """Return the three tables of one made-up company."""
    process = load_process()
    ids = process.open_ids
    draw = _Draw(np.random.default_rng(seed), n)
    created = np.sort(LAST * draw.uniform() ** 0.9)
    region, source = draw.choice([30, 30, 22, 18]), draw.choice([35, 25, 22, 18])
    owner, size = region * 3 + draw.choice([36, 34, 30]), draw.choice([50, 35, 15])
    industry = draw.choice([30, 28, 22, 20])
    estimate = world.amount * np.array([0.6, 1.3, 3.2])[size] * np.exp(0.55 * draw.normal())

    # Sources and regions differ a little; sellers by a spread of 0.12 on the log-odds.
    skill = 0.12 * ndtri((np.arange(12) * 5 % 12 + 0.5) / 12)
    lift = np.array([0.05, 0.30, -0.10, -0.30])[source] + skill[owner]
    lift += np.array([0.08, 0.0, -0.05, -0.05])[region]
    pace = (estimate / np.median(estimate)) ** 0.12
    enter, spent = np.full((len(ids) + 1, n), np.nan), np.zeros((len(ids), n))
    enter[0], end, last = created, created.copy(), np.zeros(n, dtype=int)
    alive = np.ones(n, dtype=bool)
    for k, key in enumerate(ids):
        target = process.stage(key).target
        assert target.step_rate is not None
        assert target.median_days is not None
        moves = alive & (draw.uniform() < expit(logit(target.step_rate) + lift))
        # Deals that end in a stage have stood there longer than those that move on.
        median = target.median_days * 5 / 7 * np.where(moves, 1.0, 1.7)
        spent[k] = median * pace * np.exp(0.6 * draw.normal())
        end, last = np.where(alive, end + spent[k], end), np.where(alive, k, last)
        enter[k + 1], alive = np.where(moves, end, np.nan), moves
    won, late = alive, last >= 3
    lost = ~won & (draw.uniform() < np.where(late, 0.60, 0.35))
    outcome = np.select([won, lost], ["won", "lost"], "no_decision")
    seen = np.minimum(end, LAST)
    closed = end < LAST

    deal = np.array([f"{world.prefix}-{i:05d}" for i in range(1, n + 1)])
    rows = []
    skipped = np.zeros(n, dtype=bool)
    for k, key in enumerate(ids):
        skips = (1 <= k <= 3) & (draw.uniform() < 0.03) & ~skipped & ~np.isnan(enter[k + 1])
        back = (k >= 3) & (draw.uniform() < 0.05) & ~skipped & ~skips & ~np.isnan(enter[k])
        rows += [(deal, key, np.where(skips, np.nan, enter[k]))]
        if k >= 3:
            rows += [(deal, ids[k - 1], np.where(back, enter[k] + 0.3 * spent[k], np.nan))]
            rows += [(deal, key, np.where(back, enter[k] + 0.6 * spent[k], np.nan))]
        skipped = skips
    rows += [(deal, o, np.where(outcome == o, end, np.nan)) for o in ("won", "lost", "no_decision")]
    parts = [pd.DataFrame({"deal_id": d, "stage": s, "at": t}) for d, s, t in rows]
    history = _until_now(pd.concat(parts))
    stage = history[history["stage"].isin(ids)].groupby("deal_id")["stage"].last().reindex(deal)

    fields = _changes(draw, deal, enter, estimate.round(world.rounding), seen, world)
    latest = fields.groupby(["field", "deal_id"])["new"].last()

    rival = draw.choice([34, 28, 22, 16])
    named = (last >= 3) & (lost & late | (draw.uniform() < 0.7)) & (enter[3] < LAST)
    cause = np.where(late, draw.choice([34, 26, 22, 18]), 4 + draw.choice([40, 35, 25]))
    cause = np.where(lost | (last < 2), cause, 7 + draw.choice([35, 35, 30]))
    first, second = draw.choice([1.0] * 24), draw.choice([1.0] * 16)
    account = np.array(world.firsts)[first] + np.array(world.seconds)[second]
    now = np.where(closed, outcome, "open")
    deals = pd.DataFrame({"deal_id": deal, "account": account})
    deals.insert(
        1, "name", account + world.joint + np.array(world.products)[draw.choice([1.0] * 4)]
    )
    for column, index in (("owner", owner), ("region", region), ("source", source)):
        deals[column] = np.array(getattr(world, column))[index]
    deals["amount"] = latest["amount"].reindex(deal).astype(float).to_numpy()
    deals["amount"] = deals["amount"].fillna(pd.Series(estimate.round(world.rounding)))
    deals["amount"] = deals["amount"].astype("int64")
    deals["currency"] = world.currency
    deals["created_at"] = when(created)
    deals["expected_close"] = latest["expected_close"].reindex(deal).to_numpy()
    with speaking(world.language):
        names = {k: process.label(k) for k in (*ids, "won", "lost", "no_decision", "open")}
    deals["stage"], deals["outcome"] = stage.map(names).to_numpy(), pd.Series(now).map(names)
    deals["closed_at"] = when(seen).where(pd.Series(closed))
    deals["loss_reason"] = pd.Series(np.array(world.reasons)[cause]).where(closed & ~won)
    deals["competitor"] = pd.Series(np.array(world.rivals)[rival]).where(named)
    deals["industry"] = np.array(world.industry)[industry]
    deals["size"] = np.array(world.size)[size]
    history["stage"] = history["stage"].map(names)
    return {"deals": deals, "stage_history": history, "field_history": fields}


def _until_now(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep what had happened by the cut, in order, with dates for working days."""
    frame = frame[frame["at"] < LAST].sort_values(["deal_id", "at"], kind="stable")
    frame = frame.reset_index(drop=True)
    clock = "entered_at" if "stage" in frame else "changed_at"
    return frame.assign(**{clock: when(frame["at"].to_numpy())}).drop(columns="at")


def _changes(
    draw: _Draw, deal: npt.NDArray[np.str_], enter: Floats, amount: Floats, seen: Floats, w: World
) -> pd.DataFrame:
    """Record amounts revised at proposal and negotiation, and close dates set and pushed."""
    parts: list[pd.DataFrame] = []

    def record(field: str, old: object, new: object, at: Floats) -> None:
        frame = pd.DataFrame({"deal_id": deal, "field": field, "old": old, "new": new, "at": at})
        parts.append(frame[~np.isnan(at)])

    for k, share, factor in (
        (3, 0.6, np.exp(0.15 * draw.normal())),
        (4, 0.7, 1 - 0.15 * draw.uniform()),
    ):
        revised = (amount * factor).round(w.rounding)
        at = np.where((draw.uniform() < share) & (revised != amount), enter[k], np.nan)
        record(
            "amount", amount.astype("int64").astype(str), revised.astype("int64").astype(str), at
        )
        amount = np.where(np.isnan(at), amount, revised)

    day = np.where(np.isnan(enter[2]), 0, enter[2] + 53 * (0.5 + 0.7 * draw.uniform())).astype(int)
    record("expected_close", "", _DAYS[day].astype(str), enter[2])
    for _ in range(8):
        slips = ~np.isnan(enter[2]) & (day < seen - 1)
        later = day + np.array([5, 10, 21, 43])[draw.choice([20, 35, 30, 15])]
        at = np.where(slips, day + draw.uniform(), np.nan)
        record("expected_close", _DAYS[day].astype(str), _DAYS[later].astype(str), at)
        day = np.where(slips, later, day)
    return _until_now(pd.concat(parts))


def write(folder: Path) -> None:
    """Write every bundled data set, its card, the index and the checksums into a folder."""
    index: dict[str, dict[str, object]] = {}
    sums = []
    for world, n, seed in (
        (INDUSTRIAL, 4000, 20260630),
        (INDUSTRIAL_ZH, 4000, 20260631),
        (None, 30, 0),
    ):
        tables, facts = tiny() if world is None else (generate(world, n, seed), world.facts(n))
        name = str(facts["name"])
        (folder / name).mkdir(parents=True, exist_ok=True)
        for table in FILES:
            text = tables[table].to_csv(
                index=False, date_format="%Y-%m-%d %H:%M", lineterminator="\n"
            )
            (folder / name / f"{table}.csv").write_bytes(text.encode())
        (folder / name / "card.md").write_bytes(card(facts, tables).encode())
        for file in (*(f"{t}.csv" for t in FILES), "card.md"):
            digest = hashlib.sha256((folder / name / file).read_bytes()).hexdigest()
            sums.append(f"{digest}  {name}/{file}\n")
        index[name] = {k: v for k, v in facts.items() if k not in ("name", "how")}
    text = yaml.safe_dump(index, allow_unicode=True, sort_keys=False, width=100)
    (folder / "index.yaml").write_bytes(text.encode())
    (folder / "checksums.txt").write_bytes("".join(sums).encode())


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "datasets"))
