"""Forty reviews the kit's way against a loop over papermill: ``python -m benchmarks.reports``.

Same template, same parameters, same outputs (notebook and page).  The slow ways are measured on
``--sample`` reports and told for one report, since each of theirs costs the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path("build/bench/reports")


def export_of(deals: int, regions: int) -> tuple[Path, Path]:
    """Return an export with this many deals in this many regions, made when it is not there."""
    folder = FOLDER / f"data-{deals}-{regions}"
    if not folder.is_dir():
        from funnelkit.simulation.command import write

        FOLDER.mkdir(parents=True, exist_ok=True)
        plan, beside = FOLDER / "plan.yaml", FOLDER / "part"
        plan.write_text(f"deals: {deals}\n", "utf-8")
        shutil.rmtree(beside, ignore_errors=True)
        write(str(plan), beside)
        whole = beside / "deals.csv"
        with whole.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for k, row in enumerate(rows):
            row["region"] = f"Region {k % regions + 1:02}"
        with whole.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
        beside.rename(folder)
    return (folder / "deals.csv").resolve(), (folder / "stage_history.csv").resolve()


def parameters_of(deals: Path, history: Path, number: int) -> dict[str, Any]:
    where = {"region": f"Region {number + 1:02}"}
    return {"data": str(deals), "history": str(history), "lang": "en", "where": where}


def template() -> Path:
    from funnelkit.report.template import find_template

    return find_template("funnel-review").path


def page(notebook: Any, target: Path) -> None:
    from funnelkit.report.html import to_html

    target.write_text(to_html(notebook, title="Review", lang="en"), "utf-8")


def by_papermill(told: tuple[dict[str, Any], Path]) -> None:
    import papermill

    values, stem = told
    done = papermill.execute_notebook(
        str(template()), f"{stem}.ipynb", parameters=values, progress_bar=False,
        kernel_name="python3",
    )  # fmt: skip
    page(done, Path(f"{stem}.html"))


def by_nbconvert(told: tuple[dict[str, Any], Path]) -> None:
    import nbformat

    from funnelkit.report.factory.shell import injected

    values, stem = told
    ready = Path(f"{stem}-in.ipynb")
    nbformat.write(injected(nbformat.read(template(), as_version=4), values), ready)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--log-level=ERROR",
         "--output", f"{stem.name}.ipynb", str(ready)],
        check=True,
    )  # fmt: skip
    page(nbformat.read(f"{stem}.ipynb", as_version=4), Path(f"{stem}.html"))


def resident() -> float:
    """Return the MB that this process and its workers hold now (0 where /proc tells nothing)."""
    try:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        whole = 0
        for number in ["self", *children]:
            whole += int(Path(f"/proc/{number}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return whole * os.sysconf("SC_PAGE_SIZE") / 2**20


def slope(values: list[float]) -> float:
    """Return how much a series grows from one value to the next (least squares)."""
    if len(values) < 2:
        return 0.0
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    above = sum((k - middle) * (v - mean) for k, v in enumerate(values))
    return above / sum((k - middle) ** 2 for k in range(len(values)))


def timed(name: str, reports: int, run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    each = (time.perf_counter() - start) / reports
    print(f"{name}: {each:.2f} s a report ({reports} made)", flush=True)
    return each


def with_lists(deals: Path, history: Path, rounds: int) -> float:
    """Return how many times the processor time a review takes that carries its deals."""
    from funnelkit.report.factory.run import report

    best: dict[str, float] = {}
    for _ in range(rounds):
        for mode in ("no", "names"):
            out = FOLDER / "out" / f"deals-{mode}"
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            given = {"history": str(history), "deals": mode}
            (run,) = report("funnel-review", deals, parameters=given, formats=["html"], out=out)
            assert run.ok, run.error
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best[mode] = min(spent, best.get(mode, spent))
            size = (out / run.files[0]).stat().st_size / 1000
            print(f"review, deals={mode}: {spent:.1f} s of processor time, {size:.0f} KB")
    ratio = best["names"] / best["no"]
    print(f"with the deals behind it: {ratio:.2f} times (best of {rounds}; at most 1.3)")
    return ratio


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    ask.add_argument("--n", type=int, default=40, help="reports the kit makes")
    ask.add_argument("--deals", type=int, default=100_000)
    ask.add_argument("--sample", type=int, default=4, help="reports of each slow way; 0: none")
    ask.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    ask.add_argument(
        "--rounds", type=int, default=3, help="reviews with and without deals; 0: none"
    )
    told = ask.parse_args()
    # a kernel of papermill finds this checkout too
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    deals, history = export_of(told.deals, 40)
    out = FOLDER / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rows = out / "rows.csv"
    lines = ["where.region", *(f"Region {k % 40 + 1:02}" for k in range(told.n))]
    rows.write_text("\n".join(lines) + "\n", "utf-8")
    figures = {"deals behind it": with_lists(deals, history, told.rounds)} if told.rounds else {}

    from funnelkit.report.factory.run import finish, plan, run_batch

    made: list[Any] = []
    held: list[float] = []

    def kit() -> None:
        batch = plan(
            "funnel-review", deals, parameters={"history": str(history)}, rows=rows,
            out=out / "kit", jobs=told.jobs,
        )  # fmt: skip
        for run in run_batch(batch):
            made.append(run)
            held.append(resident())
        finish(batch, made)

    ours = timed(f"funnelkit, --jobs {told.jobs}", told.n, kit)
    assert all(run.ok for run in made), [run.error for run in made]
    beyond = [run.seconds - run.cells for run in made[told.jobs :]] or [float("nan")]
    print(
        f"  beyond the cells' own time: {sorted(beyond)[len(beyond) // 2]:.2f} s a report (median)"
    )
    later = held[told.jobs * 2 :]
    if later:
        print(
            f"  held by the batch and its workers: {later[0]:.0f} MB, in the end"
            f" {later[-1]:.0f} MB, {slope(later):+.3f} MB a report over {len(later)}"
        )
    peak = {
        "this process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "largest worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    }
    print("  " + ", ".join(f"{name} at most {size / 1024:.0f} MB" for name, size in peak.items()))
    if not told.sample:
        return 0
    todo = [(parameters_of(deals, history, k), out / f"slow-{k}") for k in range(told.sample)]
    todo = [(values, stem.resolve()) for values, stem in todo]
    figures["ours"] = ours
    figures["papermill"] = timed(
        "papermill, one after another", told.sample, lambda: [by_papermill(one) for one in todo]
    )
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        figures["papermill in 2 processes"] = timed(
            "papermill in 2 processes", told.sample, lambda: pool.map(by_papermill, todo, 1)
        )
    figures["nbconvert --execute"] = timed(
        "nbconvert --execute", told.sample, lambda: [by_nbconvert(one) for one in todo]
    )
    for name in ("papermill", "papermill in 2 processes", "nbconvert --execute"):
        each = figures[name]
        print(f"{name}: {each / ours:.1f} times as long")
    (out / "figures.json").write_text(json.dumps(figures), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
