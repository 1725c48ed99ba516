"""The bundled data, written byte for byte: ``python -m funnelkit.simulation.datasets [FOLDER]``.

With ``--check`` nothing is written: the files of the folder are held against a fresh run.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from funnelkit.data.contract import LEVELS
from funnelkit.data.library import folder as bundled
from funnelkit.data.tiny import tiny
from funnelkit.errors import FunnelkitError, nearest
from funnelkit.simulation.cards import card, sample_card
from funnelkit.simulation.export import LAYOUTS, export
from funnelkit.simulation.export.dirt import Page
from funnelkit.simulation.export.source import Source, source
from funnelkit.simulation.pipeline import simulate
from funnelkit.simulation.sets import SAMPLE_DEALS, SAMPLE_DIRT, SAMPLES, SETS, DataSet
from funnelkit.simulation.truth import Truth
from funnelkit.words import say, speaking
from funnelkit.words.texts import texts

SEALED = "sealed.bin"
#: Tables nobody opens by hand are Parquet in every set.
_LONG = ("activities", "contacts", "evidence", "leads", "forecasts")
_HOW = {
    "en": "Simulated by funnelkit (seed {seed}): the history of every deal is drawn first, all "
          "else follows from it. Nothing is read from anywhere. What was planted is in "
          "`sealed.bin`.",
    "zh": "由 funnelkit 模拟生成（种子 {seed}）：先生成每个商机的完整历史，其余数据由此得出，"
          "不取自任何真实数据。埋入的内容封存在 `sealed.bin` 中。",
}  # fmt: skip

_PICKED = {
    "en": " The seed was picked out of ten, so that chance does not blur the case.",
    "zh": "种子从十个中挑选，以免正常波动掩盖案例要点。",
}


def truth_of(name: str) -> Truth:
    """Return the sealed truth of a bundled set: for trainers and tests, not for learners.

    Raises
    ------
    FunnelkitError
        No bundled set of this name has a sealed truth.

    Examples
    --------
    >>> truth_of("industrial").patterns
    ('stalled_proposals',)
    """
    names = [s.name for s in SETS]
    if name not in names:
        raise FunnelkitError("export.no_truth", found=name, allowed=nearest(name, names))
    return Truth.load(bundled() / name / SEALED)


def _frames(s: Source) -> dict[str, pd.DataFrame]:
    """The tables as they are kept in Parquet: typed, labels for stages and outcomes."""
    deals = s.deals.assign(
        stage=s.deals["stage"].map(s.labels), outcome=s.deals["outcome"].map(s.labels)
    )
    frames = {
        "deals": deals,
        "stage_history": s.moves.assign(stage=s.moves["stage"].map(s.labels)),
        "field_history": s.changes,
    }
    return frames | dict(sorted(s.tables.items()))


def _in_words(frames: dict[str, pd.DataFrame], s: Source) -> dict[str, pd.DataFrame]:
    """Write forecast categories and levels of targets as people in China have them."""
    categories = {c.id: c.name.zh for c in s.process.forecast_categories}
    levels = {level: texts("outlook")[f"level_{level}"]["zh"] for level in LEVELS}
    deals, changes, targets = (frames[t] for t in ("deals", "field_history", "targets"))
    told = changes["field"] == "forecast_category"
    changed = {c: changes[c].mask(told, changes[c].map(categories)) for c in ("old", "new")}
    category = deals["forecast_category"].map(categories)
    return frames | {
        "deals": deals.assign(forecast_category=category),
        "field_history": changes.assign(**changed),
        "targets": targets.assign(level=targets["level"].map(levels)),
    }


def _parquet(frame: pd.DataFrame) -> bytes:
    columns = {}
    for name in frame.columns:
        column = frame[name]
        empty = column.isna().all()
        kind = pa.string() if empty and column.dtype in ("object", "str") else None
        columns[str(name)] = pa.array(column, type=kind, from_pandas=True)
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd", compression_level=19)
    return out.getvalue()


def _write_set(one: DataSet, folder: Path) -> dict[str, Any]:
    p = simulate(one.process, dict(one.plan), one.seed)
    s = source(p, one.language)
    where = folder / one.name
    where.mkdir(parents=True)
    frames, files = _frames(s), LAYOUTS["kit"].files(s)
    if one.in_words:
        frames = _in_words(frames, s)
    for table, frame in frames.items():
        if one.opened and table not in _LONG:
            page = Page.of(f"{table}.csv", files[f"{table}.csv"])
            (where / page.name).write_bytes(page.bytes())
        else:
            (where / f"{table}.parquet").write_bytes(_parquet(frame))
    p.truth.save(where / SEALED)
    facts = {
        "name": one.name, "deals": p.size, "language": one.language, "process": one.process,
        "timezone": p.process.calendar.timezone, "currency": p.process.currency,
        "as_of": p.as_of.date().isoformat(), "about": dict(one.about),
    }  # fmt: skip
    how = {k: v.format(seed=one.seed) + _PICKED[k] * one.case for k, v in _HOW.items()}
    (where / "card.md").write_bytes(card(facts, one.about, how, frames).encode())
    return facts


def _write_tiny(folder: Path) -> dict[str, Any]:
    tables, facts = tiny()
    where = folder / "tiny"
    where.mkdir(parents=True)
    for name, frame in tables.items():
        text = frame.to_csv(index=False, date_format="%Y-%m-%d %H:%M", lineterminator="\n")
        (where / f"{name}.csv").write_bytes(text.encode())
    about, how = facts["about"], facts.pop("how")
    assert isinstance(about, dict)
    assert isinstance(how, dict)
    (where / "card.md").write_bytes(card(facts, about, how, tables).encode())
    return dict(facts)


def _write_samples(folder: Path) -> None:
    rows = []
    for layout, lang, seed in SAMPLES:
        plan = {"language": lang, "deals": SAMPLE_DEALS, "months": 12}
        p = simulate(plan=plan | {"currency": "CNY" if lang == "zh" else "EUR"}, seed=seed)
        where = folder / "exports" / layout
        defects = export(p, where, layout, dirt=SAMPLE_DIRT, seed=seed, lang=lang)
        text = json.dumps([asdict(d) for d in defects], ensure_ascii=False, indent=1)
        (where / "planted-dirt.json").write_bytes(f"{text}\n".encode())
        rows.append((layout, LAYOUTS[layout].name, lang, len(defects)))
    (folder / "exports" / "card.md").write_bytes(sample_card(rows).encode())


def write(folder: Path) -> None:
    """Write every bundled set, the samples, the index and the checksums into a folder."""
    index: dict[str, dict[str, Any]] = {}
    with speaking("en"):  # the bytes do not depend on the language spoken
        for facts in (*(_write_set(one, folder) for one in SETS), _write_tiny(folder)):
            index[facts["name"]] = {k: v for k, v in facts.items() if k != "name"}
        _write_samples(folder)
    text = yaml.safe_dump(index, allow_unicode=True, sort_keys=False, width=100)
    (folder / "index.yaml").write_bytes(text.encode())
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    sums = (
        f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(folder).as_posix()}\n"
        for f in files
    )
    (folder / "checksums.txt").write_bytes("".join(sums).encode())


def _content(file: Path) -> Any:
    """What a packed file holds: another version of a library may pack the same differently."""
    if file.suffix == ".parquet":
        return pq.read_table(file)
    return json.loads(file.read_bytes())["file"] if file.suffix == ".bin" else file.read_bytes()


def stale(folder: Path) -> list[str]:
    """Return the files of a folder that a fresh run would write differently."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / "datasets"
        write(fresh)
        wanted = {f.relative_to(fresh).as_posix() for f in fresh.rglob("*") if f.is_file()}
        found = {f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()}
        wrong = wanted ^ found
        packed = set()
        for name in sorted(wanted & found):
            if (fresh / name).read_bytes() == (folder / name).read_bytes():
                continue
            if name.endswith(".parquet") and _content(fresh / name) == _content(folder / name):
                packed.add(name)
            else:
                wrong.add(name)
        if packed:  # then the checksums of those files differ, and nothing else
            wrong.discard("checksums.txt")
        return sorted(wrong)


def main(arguments: list[str]) -> int:
    """Write the sets into a new place and put them where the old ones stood, or check them."""
    paths = [a for a in arguments if not a.startswith("-")]
    folder = Path(paths[0] if paths else "datasets")
    if "--check" in arguments:
        wrong = stale(folder)
        for name in wrong:
            sys.stderr.write(say("export.stale", file=f"{folder}/{name}") + "\n")
        return 1 if wrong else 0
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".datasets-") as temporary:
        fresh = Path(temporary) / "fresh"
        write(fresh)
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        fresh.rename(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
