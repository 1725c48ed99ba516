"""The bundled data: reproducible to the byte, whole, and as their cards say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import funnelkit as fk
from funnelkit.data.generate import write
from funnelkit.data.library import folder
from funnelkit.words import speaking

DATASETS = Path(__file__).parents[2] / "datasets"


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    write(tmp_path)
    made = sorted(f.relative_to(tmp_path) for f in tmp_path.rglob("*") if f.is_file())
    assert len(made) == 3 * 4 + 2
    for file in made:
        assert (tmp_path / file).read_bytes() == (DATASETS / file).read_bytes(), file


def test_the_bytes_do_not_depend_on_the_language(tmp_path: Path) -> None:
    with speaking("zh"):
        write(tmp_path)
    sums = (tmp_path / "checksums.txt").read_text("utf-8")
    assert sums == (DATASETS / "checksums.txt").read_text("utf-8")


def test_checksums_hold() -> None:
    lines = (folder() / "checksums.txt").read_text("utf-8").splitlines()
    assert len(lines) == 12
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder() / name).read_bytes()).hexdigest() == digest, name


def test_what_there_is() -> None:
    with speaking("en"):
        table = fk.datasets()
    assert list(table.columns) == ["name", "deals", "language", "process", "as_of", "about"]
    assert table["name"].tolist() == ["industrial", "industrial-zh", "tiny"]
    assert table["deals"].tolist() == [4000, 4000, 30]
    assert set(table["as_of"].map(str)) == {"2026-06-30"}
    with speaking("zh"):
        assert fk.datasets()["about"][2].startswith("三十个")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(fk.FunnelkitError) as caught:
        fk.load("industral")
    with speaking("en"):
        assert str(caught.value) == (
            'There is no bundled data set "industral". '
            'Nearest: "industrial", "industrial-zh", "tiny". '
            "For a file of your own use fk.read(path)."
        )
    with speaking("zh"):
        assert str(caught.value) == (
            "没有名为 “industral” 的自带数据集。"
            "最接近的是：“industrial”、“industrial-zh”、“tiny”。"
            "读取自己的文件请用 fk.read(path)。"
        )


def test_tiny_counted_by_hand() -> None:
    pipeline = fk.load("tiny")
    outcomes = pipeline.frame()["outcome"].value_counts().to_dict()
    assert outcomes == {"won": 4, "lost": 8, "no_decision": 11, "open": 7}
    funnel = fk.funnel(pipeline).table
    assert funnel["stage"].tolist() == list(pipeline.process.funnel_ids)
    # 9 deals have a proposal; T-09 skipped it and went on to negotiation.
    assert funnel["deals"].tolist() == [30, 19, 13, 10, 6, 4]
    won = pipeline.where(owner="Adler").frame().query("outcome == 'won'")
    cycle = (won["closed_at"] - won["created_at"]).dt.days
    assert dict(zip(won["deal_id"], cycle, strict=True)) == {"T-01": 87, "T-02": 74, "T-13": 110}


@pytest.mark.parametrize("name", ["industrial", "industrial-zh"])
def test_the_made_up_companies_are_plausible(name: str) -> None:
    pipeline = fk.load(name)
    process, deals = pipeline.process, pipeline.frame()
    assert pipeline.synthetic
    assert (process.currency, process.calendar.timezone) == {
        "industrial": ("EUR", "UTC"),
        "industrial-zh": ("CNY", "Asia/Shanghai"),
    }[name]
    assert deals["deal_id"].is_unique
    assert not deals[["stage", "outcome", "amount", "created_at"]].isna().to_numpy().any()
    assert deals["region"].nunique() == 4
    assert deals["owner"].nunique() == 12
    assert deals["source"].nunique() == 4
    closed = deals["outcome"] != "open"
    assert (deals["closed_at"].notna() == closed).all()
    assert (deals.loc[closed, "closed_at"] > deals.loc[closed, "created_at"]).all()
    assert deals[["created_at", "closed_at"]].max().max() <= pipeline.as_of
    reasoned = deals["outcome"].isin(["lost", "no_decision"])
    assert (deals["loss_reason"].notna() == reasoned).all()

    # The targets of the sheet, within four standard errors of 4,000 leads.
    rates = fk.funnel(pipeline).table["step_rate"].to_numpy()[1:]
    for rate, target, error in zip(
        rates, [0.55, 0.40, 0.50, 0.60, 0.55], [0.008, 0.010, 0.017, 0.024, 0.031], strict=True
    ):
        assert rate == pytest.approx(target, abs=4 * error)
    late = deals[deals["stage"].isin(["proposal", "negotiation"]) & reasoned]
    assert (late["outcome"] == "lost").mean() == pytest.approx(0.60, abs=0.11)


@pytest.mark.parametrize("name", ["industrial", "industrial-zh"])
def test_histories_agree_with_the_deals(name: str) -> None:
    pipeline = fk.load(name)
    assert pipeline.stage_history is not None
    assert pipeline.field_history is not None
    deals = pipeline.frame().set_index("deal_id")
    log = pipeline.stage_history.to_pandas().sort_values(["deal_id", "seq"])
    assert (log.groupby("deal_id")["entered_at"].diff().dropna().dt.total_seconds() > 0).all()
    assert (log["stage"] != log.groupby("deal_id")["stage"].shift()).all()
    first = log.groupby("deal_id").first()
    assert (first["stage"] == "lead").all()
    assert (first["entered_at"] == deals["created_at"]).all()
    ends = log[log["stage"].isin(["won", "lost", "no_decision"])].set_index("deal_id")
    assert ends.index.is_unique
    closed = deals[deals["outcome"] != "open"].sort_index()
    assert (ends["stage"] == closed["outcome"]).all()
    assert (ends["entered_at"] == closed["closed_at"]).all()

    changes = pipeline.field_history.to_pandas().sort_values(["deal_id", "seq"])
    keys = ["deal_id", "field"]
    previous = changes.groupby(keys)["new"].shift()
    assert (previous.isna() | (previous == changes["old"])).all()
    last = changes.groupby(keys)["new"].last().unstack()
    amounts = last["amount"].dropna().astype(float)
    assert (amounts == deals.loc[amounts.index, "amount"]).all()
    dates = last["expected_close"].dropna()
    found = deals.loc[dates.index, "expected_close"].dt.strftime("%Y-%m-%d")
    assert (dates == found).all()
    rank = log["stage"].map({s: i for i, s in enumerate(pipeline.process.stage_ids)})
    step = rank.groupby(log["deal_id"]).diff()
    assert 10 < (step < 0).sum() < 100  # returns
    assert 20 < (step > 1).sum() < 200  # skips
