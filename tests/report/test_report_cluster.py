"""The same batch on a cluster: same files, same manifest, same failures told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.cluster import Executor, executor_of
from funnelkit.report.factory.run import Run, plan, report
from funnelkit.words import speaking

PARAMETERS = """\
data: str = ""  # Data
lang: str = "en"  # Language [en, zh]
where: dict = {}  # Part
"""
CELL = """\
import os, time
from html import escape
from funnelkit.report import source
region = where["region"]
if region == "raises":
    raise ZeroDivisionError("no deals closed")
if region == "hangs":
    while True:
        pass
if region == "dies":
    os.kill(os.getpid(), 9)
part = source.part_of(source.open_pipeline(globals()), where)
class Page:
    __repr__ = lambda self: "page"
    def _repr_html_(self):
        return f"<h1>{escape(region)}</h1><p>{len(part.frame())} of {part.as_of:%Y-%m-%d}</p>"
Page()
"""


def written(folder: Path, cell: str) -> Path:
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="a")
    cells = [first, nbformat.v4.new_code_cell(cell, id="b")]
    path = folder / "fake.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def deals_of(folder: Path, regions: list[str]) -> Path:
    frame = pd.DataFrame({"deal_id": [f"d{k}" for k in range(len(regions))], "region": regions})
    path = folder / "deals.csv"
    frame.assign(outcome="won", created_at="2026-01-05", closed_at="2026-02-05").to_csv(
        path, index=False
    )
    return path


def same_manifest(folder: Path) -> dict[str, Any]:
    """Return a manifest without what two runs can never share: moments and seconds."""
    found = json.loads((folder / "manifest.json").read_text("utf-8"))
    del found["made"]
    for entry in found["reports"]:
        del entry["seconds"], entry["cells"]
    found["reports"].sort(key=lambda entry: entry["stem"])
    return dict(found)


REGIONS = ["a", "raises", "b", "hangs", "dies", "../../x", "c"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("cluster")
    template, deals = written(folder, CELL), deals_of(folder, REGIONS)
    runs = report(template, deals, each="region", out=folder / "here", jobs=2, limit=6)
    return folder, {"template": template, "deals": deals, "runs": runs}


def compared(folder: Path, name: str, here: list[Run], there: list[Run]) -> None:
    assert {r.job.value: r.ok for r in there} == {
        "a": True, "b": True, "c": True, "../../x": True, "raises": False, "hangs": False,
        "dies": False,
    }  # fmt: skip
    assert {r.job.value: r.error for r in there} == {r.job.value: r.error for r in here}
    one, two = folder / "here", folder / name
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in two.iterdir())
    for path in one.glob("*.html"):
        if path.name != "index.html":
            assert path.read_bytes() == (two / path.name).read_bytes()
    assert same_manifest(one) == same_manifest(two)


def test_a_cluster_of_this_machine_with_dask(here: tuple[Path, dict[str, Any]]) -> None:
    pytest.importorskip("distributed")
    folder, known = here
    runs = report(
        known["template"], known["deals"], each="region", out=folder / "dask", jobs=2, limit=6,
        executor="dask",
    )  # fmt: skip
    compared(folder, "dask", known["runs"], runs)


@pytest.fixture
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        memory_limit=0, silence_logs=50,
    ) as found:  # fmt: skip
        yield found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a hard kill")
def test_a_machine_that_is_lost_harms_no_report(cluster: Any, tmp_path: Path) -> None:
    names = [f"r{k}" for k in range(8)]
    template = written(tmp_path, CELL.replace("Page()", "time.sleep(0.4)\nPage()"))
    deals, out = deals_of(tmp_path, names), tmp_path / "out"
    out.mkdir()

    def lose() -> None:
        end = time.monotonic() + 60
        while not list(out.glob("r*.html")) and time.monotonic() < end:
            time.sleep(0.02)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=lose)
    killer.start()
    address = f"dask:{cluster.scheduler_address}"
    runs = report(template, deals, each="region", out=out, limit=30, executor=address)
    killer.join()
    assert [run.error for run in runs if not run.ok] == []
    assert sorted(run.job.value for run in runs) == names
    assert sorted(p.stem for p in out.glob("r*.html")) == names
    assert not list(out.glob(".running*"))


def test_what_an_executor_can_be() -> None:
    assert executor_of(None) == executor_of("processes") == Executor("processes", "")
    for text in ("dsak", "processes:2", "dask:"):
        with pytest.raises(FunnelkitError) as caught:
            executor_of(text)
        assert caught.value.key == "factory.unknown_executor"
    with speaking("en"), pytest.raises(FunnelkitError, match='"dsak"') as caught:
        executor_of("dsak")
    assert '"dask", "' in str(caught.value)
    with speaking("zh"):
        assert re.search("没有执行方式 “dsak”", str(caught.value))


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(FunnelkitError) as caught:
        executor_of("dask")
    assert caught.value.key == "factory.no_cluster_library"


def test_a_cluster_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("funnelkit.report.factory.cluster._CONNECT", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    template, deals = written(tmp_path, CELL), deals_of(tmp_path, ["a"])
    with pytest.raises(FunnelkitError) as caught:
        report(
            template, deals, each="region", out=tmp_path / "out",
            executor=f"dask:tcp://127.0.0.1:{port}",
        )  # fmt: skip
    assert caught.value.key == "factory.no_cluster"
    assert list((tmp_path / "out").iterdir()) == []


def test_fresh_kernels_stay_here(tmp_path: Path) -> None:
    template, deals = written(tmp_path, CELL), deals_of(tmp_path, ["a"])
    pytest.importorskip("distributed")
    with pytest.raises(FunnelkitError) as caught:
        plan(template, deals, each="region", fresh=True, executor="dask")
    assert caught.value.key == "factory.fresh_elsewhere"
