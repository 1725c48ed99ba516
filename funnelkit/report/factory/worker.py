"""A process that has every library imported and makes one report after another.

Where the system can fork, each report runs in a child that starts as a copy of this process, with
everything imported and nothing of any other report but the SQL of its questions, which the next
one does not put together again; the child may hang, be killed or fill its memory without harm.
Elsewhere (Windows) reports run in this process, which forgets in between.

Run as ``python -m funnelkit.report.factory.worker``: jobs come as lines of JSON, answers go alike.
When the other end of the pipe is gone, the worker ends its child and itself.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import select
import signal
from base64 import b64decode, b64encode
from contextlib import suppress
from importlib import import_module
from itertools import islice
from typing import Any

from funnelkit.data import duck
from funnelkit.report.factory.broken import broken

FORKS = hasattr(os, "fork") and os.environ.get("FUNNELKIT_NO_FORK") != "1"
#: Questions whose SQL a worker keeps for the reports that follow.
MOST_SQL = 2_000
_LIBRARIES = (
    "pandas", "pyarrow.parquet", "ibis", "ibis.backends.duckdb", "duckdb", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "seaborn", "scipy.stats", "funnelkit.measures",
    "funnelkit.control", "funnelkit.planning",
    "funnelkit.report.html", "funnelkit.report.handed", "funnelkit.report.factory.make",
    "funnelkit.report.pages.sections.discipline", "funnelkit.report.pages.funnel_review",
    "funnelkit.report.pages.forecast", "funnelkit.report.pages.scorecard",
    "funnelkit.report.pages.regional_plan", "funnelkit.report.pages.closed_loop",
    "funnelkit.report.pages.course",
)  # fmt: skip


def prepare() -> None:
    """Import and fill what every report needs; open nothing that a fork would break."""
    from funnelkit.report.factory.shell import warm_shell

    warm_shell()  # first, since libraries ask whether they are in a notebook
    for name in _LIBRARIES:
        import_module(name)
    import ibis

    from funnelkit.charts import theme
    from funnelkit.process import load_process
    from funnelkit.report.html import to_html
    from funnelkit.report.notebook import nbformat
    from funnelkit.words import say, speaking

    ibis.options.sql.fuse_selects = False  # DuckDB merges them itself, in less time
    theme.css()
    load_process(None)
    empty = nbformat.v4.new_notebook()
    for lang in ("en", "zh"):
        with speaking(lang):
            say("measures.nothing")
        to_html(empty, title="", lang=lang)


def main() -> int:
    """Answer jobs until there are no more."""
    inlet, outlet = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)
    prepare()
    if FORKS:
        duck.WRITTEN = {}
    gc.collect()
    gc.freeze()
    os.dup2(nothing, 2)  # what reports complain of by themselves is kept by nobody
    answer(outlet, {"ready": True, "forks": FORKS})
    waiting = b""
    while True:
        while b"\n" not in waiting:
            block = os.read(inlet, 1 << 16)
            if not block:
                return 0
            waiting += block
        line, _, waiting = waiting.partition(b"\n")
        job = json.loads(line)
        if FORKS:
            found = _in_a_child(job, inlet, outlet)
            if found is None:
                return 0
        else:
            found = _attempt(job)
            _forget()
        answer(outlet, found)


def answer(outlet: int, found: dict[str, Any]) -> None:
    """Write one line."""
    text = json.dumps(found).encode() + b"\n"
    while text:
        text = text[os.write(outlet, text) :]


def _attempt(job: dict[str, Any]) -> dict[str, Any]:
    from funnelkit.report.factory.make import make_warm

    try:
        return make_warm(job)
    except BaseException as problem:  # also SystemExit: a notebook must not end the worker
        return broken(problem)


def _forget() -> None:
    from funnelkit.report.factory.shell import reset

    os.chdir(os.path.expanduser("~"))  # noqa: PTH111 - a folder that stays when the job's goes
    reset()
    gc.collect()


def _in_a_child(job: dict[str, Any], inlet: int, outlet: int) -> dict[str, Any] | None:
    """Run a job in a fork; return its answer, or None when nobody waits for it any more."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setpgid(0, 0)
            for end in (source, inlet, outlet):
                os.close(end)
            known = len(duck.WRITTEN or ())
            answer(sink, _attempt(job) | {"sql": _since(known)})
            code = 0
        finally:
            os._exit(code)
    os.close(sink)
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(child, child)
    answer(outlet, {"child": child})
    said = b""
    gone = False
    while True:
        ready, _, _ = select.select([source, inlet], [], [])
        if source in ready:
            block = os.read(source, 1 << 16)
            if not block:
                break
            said += block
        elif inlet in ready and not os.read(inlet, 1 << 16):
            gone = True
            end_group(child)
            break
    os.close(source)
    _, status = os.waitpid(child, 0)
    end_group(child)  # what the notebook may have started
    if gone:
        return None
    if said.endswith(b"\n"):
        found: dict[str, Any] = json.loads(said)
        _keep(found.pop("sql"))
        return found
    return {"died": os.waitstatus_to_exitcode(status)}


def _since(known: int) -> str:
    """Return the SQL that came after so many questions, as text for the pipe."""
    new = dict(islice((duck.WRITTEN or {}).items(), known, MOST_SQL))
    try:
        return b64encode(pickle.dumps(new)).decode()
    except Exception:  # it is put together again
        return ""


def _keep(told: str) -> None:
    if told and duck.WRITTEN is not None:
        duck.WRITTEN |= pickle.loads(b64decode(told))


def end_group(leader: int) -> None:
    """Kill a child with everything it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    os._exit(main())  # no tidying of libraries: nothing is open
