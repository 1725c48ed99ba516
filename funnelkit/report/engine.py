"""Run one notebook with its parameters, in a kernel of the Python that is running now."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from funnelkit.errors import FunnelkitError

_PACKAGE = Path(__file__).resolve().parents[2]
_TIMEOUT = 600


def _kernel_manager(home: str) -> Any:
    """Make the class of kernels a report runs in: this Python, nothing of the user's set-up."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher",
              "--HistoryManager.enabled=False", "-f", "{connection_file}"],
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
            # Newer kernels print a notice when nothing is encrypted; older ones, and machines
            # without the library for it, know no such setting.
            with suppress(Exception):
                self.transport_encryption = "auto"

    return Kernel


def run_notebook(
    source: Path, target: Path, values: dict[str, Any], limit: float = _TIMEOUT
) -> Any:
    """Run ``source`` with ``values``, write it to ``target`` and return it.

    One cold kernel a notebook: nothing of another report can be in it.
    A cell that fails raises ``FunnelkitError``; ``target`` then holds the notebook up to there.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="funnelkit-", ignore_cleanup_errors=True) as home:
        try:
            return papermill.execute_notebook(
                str(source),
                str(target),
                parameters=values,
                kernel_name="python3",
                language="python",
                cwd=home,
                progress_bar=False,
                request_save_on_cell_execute=False,
                execution_timeout=max(1, round(limit)),
                kernel_manager_class=_kernel_manager(home),
            )
        except PapermillExecutionError as problem:
            raise FunnelkitError("report.cell_failed", error=_plain(problem)) from problem


def _plain(problem: Any) -> str:
    if problem.ename == "FunnelkitError":
        return str(problem.evalue)
    return f"{problem.ename}: {problem.evalue}"
