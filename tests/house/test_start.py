"""What a first funnel does not need is not loaded for it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

RARE = (
    "scipy.stats",
    "scipy.special",
    "scipy.optimize",
    "matplotlib",
    "seaborn",
    "IPython",
    "ipywidgets",
    "papermill",
    "funnelkit.measures.diagnose",
    "funnelkit.measures.signatures",
)


def test_a_first_funnel_loads_nothing_of_rare_branches(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "deal_id,stage,outcome,created_at,closed_at\na1,need,open,2026-01-05,\n"
        "a2,proposal,won,2026-01-06,2026-02-01\n"
    )
    (tmp_path / "stage_history.csv").write_text(
        "deal_id,stage,entered_at\na1,lead,2026-01-05\na1,need,2026-01-09\na2,lead,2026-01-06\n"
    )
    code = (
        "import sys; import funnelkit as fk; str(fk.funnel(fk.read(sys.argv[1])));"
        f"sys.exit(', '.join(m for m in {RARE!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "room",
    ["", ".data", ".data.ledger", ".data.pulls", ".measures", ".report", ".stats"],
)
def test_a_public_name_is_never_the_module_of_that_name(room: str) -> None:
    package = import_module(f"funnelkit{room}")
    for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
        import_module(
            package.__name__ if path.stem == "__init__" else f"{package.__name__}.{path.stem}"
        )
    for name in package.__all__:
        assert not isinstance(getattr(package, name), ModuleType), name
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018
