"""Run the cells of a notebook inside this process, with the outputs a kernel would give.

No kernel to start, no sockets to talk through: what is left of a report's time is its own work.
Whoever calls this takes care that nothing stays behind: by running in a forked child, or by
`reset` where there is no fork.
"""

from __future__ import annotations

import io
import os
import sys
import time
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.report.contents import carry

#: Signs a cell may print; a loop that prints must not fill the memory or the notebook.
MOST_PRINTED = 1_000_000
_INJECTED = "injected-parameters"
_shell: Any = None


class _Stream(io.TextIOBase):
    """Takes what a cell prints, up to a limit."""

    def __init__(self, name: str, add: Any) -> None:
        self.name, self.add, self.left = name, add, MOST_PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text and self.left > 0:
            shown = text[: self.left]
            self.left -= len(shown)
            if self.left <= 0:
                shown += "\n[...]\n"
            self.add({"output_type": "stream", "name": self.name, "text": shown})
        return len(text)


class _Outputs:
    """The outputs of the cell that is running, in order; neighbours of one stream are joined."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def add(self, item: dict[str, Any]) -> None:
        last = self.items[-1] if self.items else {}
        if item["output_type"] == last.get("output_type") == "stream" and (
            item["name"] == last["name"]
        ):
            last.setdefault("parts", [last["text"]]).append(item["text"])
        else:
            self.items.append(item)

    def taken(self) -> list[dict[str, Any]]:
        for item in self.items:
            if "parts" in item:
                item["text"] = "".join(item.pop("parts"))
        items, self.items = self.items, []
        return items


def warm_shell() -> Any:
    """Return the shell cells run in, made once a process; it opens no thread and no file."""
    global _shell
    if _shell is not None:
        return _shell
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    outputs = _Outputs()

    class Hook(DisplayHook):
        def start_displayhook(self) -> None:
            self.bundle: tuple[Any, Any] = ({}, {})

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            self.bundle = (format_dict, md_dict or {})

        def finish_displayhook(self) -> None:
            data, metadata = self.bundle
            if data:
                outputs.add(
                    {
                        "output_type": "execute_result", "data": data, "metadata": metadata,
                        "execution_count": self.prompt_count,
                    }
                )  # fmt: skip

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, metadata: Any = None, *_: Any, **options: Any) -> None:
            if options.get("update"):
                return
            outputs.add({"output_type": "display_data", "data": data, "metadata": metadata or {}})

        def clear_output(self, wait: bool = False) -> None:
            outputs.items.clear()

    class Shell(InteractiveShell):
        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            outputs.add(
                {
                    "output_type": "error", "ename": etype.__name__, "evalue": str(evalue),
                    "traceback": stb,
                }
            )  # fmt: skip

        def init_sys_modules(self) -> None:
            # `__main__` stays the worker's own: user code runs in a module of its own
            pass

        def ask_exit(self) -> None:
            pass

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    Shell.displayhook_class.default_value = Hook
    Shell.display_pub_class.default_value = Publisher
    _shell = Shell.instance(config=config)
    carry()
    _shell.outputs = outputs
    return _shell


def injected(notebook: Any, values: dict[str, Any]) -> Any:
    """Return a copy of a notebook with a cell of values behind its parameters cell."""
    import copy

    from funnelkit.report.notebook import nbformat

    lines = ["# Parameters", *(f"{name} = {_literal(value)}" for name, value in values.items())]
    cell = nbformat.v4.new_code_cell("\n".join(lines) + "\n", id="injected-parameters")
    cell.metadata["tags"] = [_INJECTED]
    done = copy.deepcopy(notebook)
    cells = [c for c in done.cells if _INJECTED not in c.metadata.get("tags", [])]
    places = [k for k, c in enumerate(cells) if "parameters" in c.metadata.get("tags", [])]
    place = places[0] + 1 if places else 0
    done.cells = [*cells[:place], cell, *cells[place:]]
    return done


def _literal(value: Any) -> str:
    if isinstance(value, str):
        # as papermill writes it, so that both ways give the same notebook
        text = value.encode("unicode_escape").decode().replace('"', r"\"")
        return f'"{text}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, float) and value != value:
        return "float('nan')"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f"float('{value}')"
    return repr(value)


def run_cells(notebook: Any) -> tuple[Any, float]:
    """Run a notebook's cells in order, up to the first that fails.

    Returns
    -------
    (notebook, float)
        The notebook with its outputs, and the seconds its cells took.

    Raises
    ------
    CellFailed
        With the notebook up to there.
    """
    from funnelkit.report.notebook import nbformat

    shell = warm_shell()
    hooks = sys.displayhook, sys.stdout, sys.stderr, sys.stdin
    spent = 0.0
    error = None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    try:
        sys.stdin = io.StringIO()
        for cell in notebook.cells:
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            add = shell.outputs.add
            sys.stdout, sys.stderr = _Stream("stdout", add), _Stream("stderr", add)
            start = time.perf_counter()
            number = shell.execution_count
            done = shell.run_cell(cell.source, store_history=True)
            spent += time.perf_counter() - start
            cell.execution_count = number
            cell.outputs = [nbformat.from_dict(o) for o in shell.outputs.taken()]
            _mime_as_stored(cell.outputs)
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                break
    finally:
        sys.displayhook, sys.stdout, sys.stderr, sys.stdin = hooks
    if error is not None:
        raise CellFailed(notebook, error)
    return notebook, spent


def _mime_as_stored(outputs: list[Any]) -> None:
    """Write pictures as text, as notebooks hold them."""
    import base64

    for output in outputs:
        for mime, value in list(output.get("data", {}).items()):
            if isinstance(value, bytes):
                output["data"][mime] = base64.b64encode(value).decode()


class CellFailed(Exception):
    """A cell raised; the notebook holds everything up to it."""

    def __init__(self, notebook: Any, error: BaseException) -> None:
        self.notebook = notebook
        self.error = error
        if isinstance(error, FunnelkitError):
            super().__init__(str(error))
        else:
            super().__init__(f"{type(error).__name__}: {error}")


def reset() -> None:
    """Forget what the last notebook left: names, settings of libraries, chance, the folder.

    Modules a notebook changed from inside are not mended; where that matters, and there is no
    fork, reports run with kernels of their own.
    """
    import random
    import warnings

    import matplotlib as mpl
    import numpy as np
    import pandas as pd

    from funnelkit.words import set_language

    shell = warm_shell()
    shell.reset(new_session=True)
    shell.execution_count = 1
    shell.outputs.items.clear()
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
    mpl.rcdefaults()
    with warnings.catch_warnings():  # some settings are no longer to be set
        warnings.simplefilter("ignore")
        pd.reset_option("all")
    random.seed()
    np.random.seed()  # noqa: NPY002 - what a notebook seeded is this one
    set_language(os.environ.get("FUNNELKIT_LANG") or "en")
