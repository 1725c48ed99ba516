"""The kit's own layout: the canonical tables and the further ones, each in a file of its name."""

from __future__ import annotations

from funnelkit.simulation.export.layout import Files, Layout
from funnelkit.simulation.export.source import Source, local, plain


def _files(s: Source) -> Files:
    deals = s.deals.copy()
    for column in deals.columns:
        name = str(column)
        if name in ("stage", "outcome"):
            deals[name] = deals[name].map(s.labels)
        else:
            deals[name] = plain(deals[name])
    files = {"deals.csv": deals}
    if s.has_moves:
        moves = s.moves.assign(stage=s.moves["stage"].map(s.labels))
        files["stage_history.csv"] = moves.assign(entered_at=local(moves["entered_at"]))
    if s.has_changes:
        files["field_history.csv"] = s.changes.assign(changed_at=local(s.changes["changed_at"]))
    for name, table in s.tables.items():
        out = table.copy()
        for column in out.columns:
            out[column] = plain(out[column])
            if name == "evidence" and column == "stage":
                out[column] = table[column].map(lambda i: s.labels.get(i, i), na_action="ignore")
        files[f"{name}.csv"] = out
    return files


LAYOUT = Layout(
    "kit", "funnelkit", _files, history="stage_history.csv", entered="entered_at"
)  # fmt: skip
