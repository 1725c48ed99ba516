"""Funnel by region and median time in stage: the kit against SQL by hand, pandas and pm4py."""

from __future__ import annotations

import pandas as pd

import funnelkit as fk
from benchmarks import frames, mining, ours, sql
from benchmarks.data import STAGES, Log
from benchmarks.side import Best, Figure, show_times, turn_by_turn

Answer = tuple[pd.DataFrame, pd.DataFrame]


def compare(log: Log) -> list[Figure]:
    """Measure every side on one log; the answers have to be the same."""
    pipeline, loaded = ours.read(log), frames.load(log)
    best = turn_by_turn(
        {
            "kit, on a read pipeline": lambda: ours.measures(pipeline),
            "kit, on the bare files": lambda: ours.measures(ours.over_files(log)),
            "kit, read and checked": lambda: ours.measures(ours.read(log)),
            "DuckDB by hand": lambda: sql.ask(log),
            "pandas, tuned, loaded before": lambda: frames.ask(*loaded),
            "pandas, tuned": lambda: frames.ask(*frames.load(log)),
            "pandas, as mostly written": lambda: frames.ask_plainly(log),
        }
    )
    wanted = best["DuckDB by hand"].answer
    for name, side in best.items():
        same(name, side.answer, wanted)
    show_times(f"{log.n:,} deals, {log.rows:,} stage changes", best)
    # Reading keeps the stays, as pandas' side loads its frames: both are shown with and without.
    kit, hand = best["kit, on a read pipeline"], best["DuckDB by hand"]
    return [
        Figure(
            "measures on a read pipeline / DuckDB by hand", kit.seconds / hand.seconds, most=1.5
        ),
        Figure(
            "measures on the bare files / DuckDB by hand",
            best["kit, on the bare files"].seconds / hand.seconds,
            most=1.5,
        ),
        Figure(
            "reading, every check and measures / DuckDB by hand",
            best["kit, read and checked"].seconds / hand.seconds,
            most=5,
        ),
        *(
            Figure(
                f"{name} / measures on a read pipeline", best[name].seconds / kit.seconds, least=6
            )
            for name in ("pandas, as mostly written", "pandas, tuned")
        ),
        *(
            Figure(f"{name} / {ours_}", best[name].seconds / best[ours_].seconds)
            for name, ours_ in (
                ("pandas, tuned, loaded before", "kit, on a read pipeline"),
                ("pandas, tuned", "kit, on the bare files"),
                ("pandas, tuned", "kit, read and checked"),
            )
        ),
    ]


def compare_mining(log: Log) -> list[Figure]:
    """Measure against pm4py; its directly-follows counts have to be those of our stage pairs."""
    if not mining.there():
        print("pm4py is not installed (extra bench): not compared.")
        return []
    pipeline = ours.read(log)
    best = turn_by_turn(
        {
            "kit, measures": lambda: ours.measures(pipeline),
            "kit, stage pairs": lambda: fk.stage_pairs(pipeline).table,
            "kit, read and checked, measures": lambda: ours.measures(ours.read(log)),
            "pm4py, both graphs": lambda: mining.ask(log),
        }
    )
    pairs: Best = best["kit, stage pairs"]
    inside = pairs.answer[pairs.answer["to_stage"].isin(STAGES)]
    counts = {(r.from_stage, r.to_stage): int(r.moves) for r in inside.itertuples()}
    follows = best["pm4py, both graphs"].answer[0]
    if counts != follows:
        raise AssertionError(f"directly-follows counts differ: {counts} and {follows}")
    show_times(f"{log.n:,} deals, {log.rows:,} stage changes, against pm4py", best)
    pm4py = best["pm4py, both graphs"].seconds
    both = best["kit, measures"].seconds
    read = best["kit, read and checked, measures"].seconds
    return [
        Figure("pm4py, both graphs / measures on a read pipeline", pm4py / both, least=10),
        Figure("pm4py, both graphs / measures and stage pairs", pm4py / (both + pairs.seconds)),
        Figure("pm4py, both graphs / reading, every check and measures", pm4py / read),
    ]


def same(name: str, found: Answer, wanted: Answer) -> None:
    """Refuse to compare speed where the answers differ."""
    columns = (("deals", "still_open"), ("entered", "left", "median_days", "p90_days"))
    for mine, other, own in zip(found, wanted, columns, strict=True):
        keys = ["region", *own]
        a, b = mine[keys].reset_index(drop=True), other[keys].reset_index(drop=True)
        pd.testing.assert_frame_equal(a, b, check_dtype=False, obj=f"answer of {name}")
