"""The bundled data: reproducible to the byte, whole, and as their cards say."""

from __future__ import annotations

import hashlib

import pytest

import funnelkit as fk
from funnelkit.data.library import folder
from funnelkit.words import speaking

NAMES = [
    "industrial", "industrial-zh", "software", "software-zh", "success", "success-zh", "failure",
    "failure-zh", "equipment-zh", "control", "tiny",
]  # fmt: skip


def test_checksums_hold() -> None:
    lines = (folder() / "checksums.txt").read_text("utf-8").splitlines()
    assert len(lines) > 100
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder() / name).read_bytes()).hexdigest() == digest, name


def test_what_there_is() -> None:
    with speaking("en"):
        table = fk.datasets()
    assert list(table.columns) == ["name", "deals", "language", "process", "as_of", "about"]
    assert table["name"].tolist() == NAMES
    assert table["deals"].tolist()[0] == 4104
    assert table["deals"].tolist()[-1] == 30
    assert set(table["as_of"].map(str)) == {"2026-06-30"}
    with speaking("zh"):
        assert fk.datasets()["about"].iloc[-1].startswith("三十个")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(fk.FunnelkitError) as caught:
        fk.load("industral")
    with speaking("en"):
        assert str(caught.value) == (
            'There is no bundled data set "industral". '
            'Nearest: "industrial", "industrial-zh", "control", "software", "failure" and 6 more. '
            "For a file of your own use fk.read(path)."
        )
    with speaking("zh"):
        assert str(caught.value) == (
            "没有名为 “industral” 的自带数据集。"
            "最接近的是："
            "“industrial”、“industrial-zh”、“control”、“software”、“failure”（另有 6 个）。"
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


@pytest.mark.parametrize("name", NAMES)
def test_loading_brings_everything_typed(name: str) -> None:
    p = fk.load(name)
    assert p.synthetic
    assert (p.size, p.name) == (dict(zip(*fk.datasets()[["name", "deals"]].T.to_numpy(),
                                         strict=True))[name], name)  # fmt: skip
    if name == "tiny":
        assert p.tables == {}
        return
    assert list(p.tables) == ["accounts", "reps", "leads", "activities", "contacts", "evidence",
                              "targets", "forecasts",
                              *(["payments"] if p.process.payments else [])]  # fmt: skip
    assert p.has(*p.tables)
    kinds = {c: str(t) for c, t in p.deals.schema().items()}
    assert kinds["first_touch_at"] == "timestamp(6)"
    assert (kinds["n_contacts"], kinds["discount_pct"]) == ("int64", "float64")
    assert str(p.tables["activities"].schema()["at"]) == "timestamp(6)"
    assert str(p.tables["activities"].schema()["by_buyer"]) == "boolean"
    # the labels of the files became ids
    assert set(p.frame()["stage"]) <= set(p.process.open_ids)
    assert set(p.tables["evidence"].to_pandas()["stage"]) <= set(p.process.open_ids)


@pytest.mark.parametrize("name", NAMES[:-1])
def test_histories_agree_with_the_deals(name: str) -> None:
    p = fk.load(name)
    assert p.stage_history is not None
    assert p.field_history is not None
    deals = p.frame().set_index("deal_id")
    assert deals.index.is_unique
    closed = deals["outcome"] != "open"
    assert (deals["closed_at"].notna() == closed).all()
    assert (deals.loc[closed, "closed_at"] > deals.loc[closed, "created_at"]).all()
    assert deals[["created_at", "closed_at"]].max().max() <= p.as_of
    log = p.stage_history.to_pandas().sort_values(["deal_id", "seq"])
    assert (log.groupby("deal_id")["entered_at"].diff().dropna().dt.total_seconds() >= 0).all()
    assert (log["stage"] != log.groupby("deal_id")["stage"].shift()).all()
    assert (log.groupby("deal_id").first()["entered_at"] == deals["created_at"]).all()
    ends = log[log["stage"].isin(["won", "lost", "no_decision"])].set_index("deal_id")
    assert ends.index.is_unique
    assert (ends["stage"] == deals.loc[closed, "outcome"].sort_index()).all()
    assert (ends["entered_at"] == deals.loc[closed, "closed_at"].sort_index()).all()
    changes = p.field_history.to_pandas().sort_values(["deal_id", "seq"])
    previous = changes.groupby(["deal_id", "field"])["new"].shift()
    assert (previous.isna() | (previous == changes["old"])).all()
    last = changes.groupby(["deal_id", "field"])["new"].last().unstack()
    amounts = last["amount"].dropna().astype(float)
    assert (amounts == deals.loc[amounts.index, "amount"]).all()
    dates = last["expected_close"].dropna()
    assert (dates == deals.loc[dates.index, "expected_close"].dt.strftime("%Y-%m-%d")).all()
