"""The ledger written out as plain files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from funnelkit.files.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from funnelkit.data.pipeline import Pipeline


def write(p: Pipeline, changes: pd.DataFrame, exports: pd.DataFrame, folder: Path) -> Path:
    """Write the histories as CSV, and the ledger's own tables in a folder below."""
    below = folder / "ledger"
    below.mkdir(parents=True, exist_ok=True)
    assert p.stage_history is not None
    assert p.field_history is not None
    frames = {
        folder / "deals.csv": p.frame(),
        folder / "stage_history.csv": p.stage_history.order_by(["deal_id", "seq"]).to_pandas(),
        folder / "field_history.csv": p.field_history.order_by(["deal_id", "seq"]).to_pandas(),
        below / "changes.csv": changes,
        below / "exports.csv": exports,
    }
    for path, frame in frames.items():
        write_csv(path, frame)
    sheet = p.process.model_dump(mode="json", exclude_defaults=True)
    (below / "process.yaml").write_text(
        yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False), "utf-8"
    )
    return folder
