"""Run one notebook with its parameters, in a kernel of the Python that is running now."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError
from funnelkit.report.factory.shell import MOST_PRINTED
from funnelkit.report.factory.worker import end_group

_PACKAGE = Path(__file__).resolve().parents[3]
_TIMEOUT = 600
_ENGINE = "funnelkit"
# A template that opens no report of the kit's hands its tables on too.
_CARRY = "__import__('funnelkit.report.contents', fromlist=['carry']).carry()"


def _kernel_manager(home: str, started: list[Any]) -> Any:
    """Make the class of kernels a report runs in: this Python, nothing of the user's set-up."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher",
              "--HistoryManager.enabled=False", f"--IPKernelApp.exec_lines={_CARRY}",
              "-f", "{connection_file}"],
        display_name="funnelkit",
        language="python",
        metadata=get_kernel_dict().get("metadata", {}),
        env={
            # The kernel starts elsewhere, so a checkout that is not installed must be named.
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE), os.getenv("PYTHONPATH")])),
            "IPYTHONDIR": home,
            # a notebook of the user's shows its figures
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        },
    )  # fmt: skip

    class Kernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)
            # Newer kernels print a notice when nothing is encrypted; older ones, and machines
            # without the library for it, know no such setting.
            with suppress(Exception):
                self.transport_encryption = "auto"

    return Kernel


def run_notebook(
    source: Path, target: Path, values: dict[str, Any], limit: float = _TIMEOUT
) -> Any:
    """Run ``source`` with ``values``, write it to ``target`` and return it.

    One cold kernel a notebook: nothing of another report can be in it. After ``limit`` seconds
    the kernel is ended, whatever it does. A cell that fails raises ``FunnelkitError``; ``target``
    then holds the notebook up to there.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    _register()
    with tempfile.TemporaryDirectory(prefix="funnelkit-", ignore_cleanup_errors=True) as home:
        kernels: list[Any] = []
        late = threading.Event()
        clock = threading.Timer(limit, _end, (kernels, late))
        clock.daemon = True
        clock.start()
        try:
            return papermill.execute_notebook(
                str(source),
                str(target),
                parameters=values,
                engine_name=_ENGINE,
                kernel_name="python3",
                language="python",
                # not papermill's own option, which would move this whole process
                home=home,
                progress_bar=False,
                request_save_on_cell_execute=False,
                kernel_manager_class=_kernel_manager(home, kernels),
            )
        except PapermillExecutionError as problem:
            raise FunnelkitError("report.cell_failed", error=_plain(problem)) from problem
        except (DeadKernelError, CellTimeoutError, RuntimeError) as problem:
            if late.is_set():
                raise FunnelkitError("report.late", seconds=f"{limit:g}") from None
            if isinstance(problem, DeadKernelError):
                raise FunnelkitError("report.died") from None
            raise
        finally:
            clock.cancel()
            if threading.current_thread() is not threading.main_thread():
                # a thread has a loop of its own, and nobody else to close it
                with suppress(RuntimeError):
                    asyncio.get_event_loop().close()


def _end(kernels: list[Any], late: threading.Event) -> None:
    """End kernels at once; one that computes without a pause hears nothing gentler."""
    late.set()
    for kernel in kernels:
        number = getattr(kernel.provisioner, "pid", None)
        if number:
            end_group(number)


def _register() -> None:
    """Make papermill's engine one that keeps no more of what is printed than warm reports do."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    if _ENGINE in papermill_engines._engines:
        return

    class Client(PapermillNotebookClient):  # type: ignore[misc]
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] == "stream":
                key = cell_index, msg["content"]["name"]
                left = self.printed.setdefault(key, MOST_PRINTED)
                if left <= 0:
                    return None
                text = msg["content"]["text"]
                self.printed[key] = left - len(text)
                if self.printed[key] <= 0:
                    msg["content"]["text"] = text[:left] + "\n[...]\n"
            return super().process_message(msg, cell, cell_index)

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            client = Client(
                nb_man, kernel_name=kernel_name, startup_timeout=_TIMEOUT,
                kernel_manager_class=options["kernel_manager_class"],
            )  # fmt: skip
            client.printed = {}
            return client.execute(cwd=options["home"])

    papermill_engines.register(_ENGINE, Engine)


def _plain(problem: Any) -> str:
    if problem.ename == "FunnelkitError":
        return str(problem.evalue)
    return f"{problem.ename}: {problem.evalue}"
