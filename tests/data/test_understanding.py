"""Files in layouts nobody announced: read right, or asked about with the answer that settles it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import funnelkit as fk
from funnelkit.data.inspect import inspect
from funnelkit.data.pipeline import Pipeline
from funnelkit.data.read import read
from funnelkit.data.understanding.questions import Unsure
from funnelkit.process import load_process

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "understanding.yaml").read_text("utf-8")
)
DATES = {"created": "created_at", "closed": "closed_at", "expected": "expected_close"}
SAME = ("owner", "account")


def differences(p: Pipeline, right: dict[str, Any]) -> list[str]:
    deals = p.frame().set_index("deal_id")
    found: dict[str, Any] = {
        "deals": len(deals),
        "outcomes": deals["outcome"].value_counts().to_dict(),
        "as_of": p.as_of.date(),
        "stages": [str(s.name) for s in p.process.stages],
    }
    for key, column in DATES.items():
        days = {i: None if pd.isna(d) else d.date() for i, d in deals[column].items()}
        found[key] = {i: days.get(i) for i in right.get(key, {})}
    for key in (*SAME, "amount"):
        found[key] = {i: deals[key].get(i) for i in right.get(key, {})}
    if "funnel" in right:
        found["funnel"] = fk.funnel(p).table["deals"].astype(int).tolist()
    found["not_given"] = [c for c in right.get("not_given", ()) if c not in p.given]
    found["told"] = [r for r in right.get("told", ()) if p.findings.count(r)]
    return [f"{k}: {found[k]}, right {v}" for k, v in right.items() if found[k] != v]


@pytest.mark.parametrize("name", CASES)
def test_read_right_or_asked(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / f"{name}.csv"
    path.write_text(case["text"], "utf-8")
    process = None
    if "timezone" in case:
        default = load_process(None)
        calendar = default.calendar.model_copy(update={"timezone": case["timezone"]})
        process = default.model_copy(update={"calendar": calendar})
    if "asked" in case:
        with pytest.raises(Unsure) as refusal:
            read(path, process=process)
        assert [q.about for q in refusal.value.questions] == case["asked"]
        for question in refusal.value.questions:
            assert len(question.choices) >= 2
            for choice in question.choices:
                assert yaml.safe_load(choice.line) == choice.mapping
                assert choice.line in str(refusal.value).replace("; ", "\n")
    p = read(path, mapping=case.get("answers"), process=process)
    assert not differences(p, case["right"])


def test_a_ledger_needs_ids_that_last(tmp_path: Path) -> None:
    path = tmp_path / "deals-2026-03-01.csv"
    path.write_text(CASES["names_that_repeat_are_no_ids"]["text"], "utf-8")
    with fk.Ledger() as ledger, pytest.raises(fk.FunnelkitError, match="no column that names"):
        ledger.add(path)


@pytest.mark.parametrize(
    "heads",
    [
        "Vorgang,Schritt,Betrag,Erstellt am,Ergebnis",
        "Vorgangsnummer,Vertriebsschritt,Auftragswert,Angelegt am,Ergebnis",
        "Vorgangsnummer,Stufe,Auftragswert,Angelegt am,Ergebnis",
        "Identifiant,Étape commerciale,Montant,Créé le,Résultat",
        "Identifiant,Phase de vente,Montant,Créé le,Résultat",
        "Folio,Paso,Importe,Fecha de creación,Resultado",
        "Folio,Etapa de venta,Monto,Fecha de alta,Resultado",
        "案件番号,商談フェーズ,金額,作成日,結果",
        "商談ID,ステージ,受注金額,登録日,商談結果",
    ],
)
def test_a_heading_says_what_it_is_in_the_languages_people_export_from(
    heads: str, tmp_path: Path
) -> None:
    rows = [
        "V1,Need,1200,2026-01-05,won",
        "V2,Proposal,800,2026-01-09,lost",
        "V3,Need,90,2026-02-01,open",
    ]
    file = tmp_path / "deals.csv"
    file.write_text("\n".join([heads, *rows]), "utf-8")
    found = inspect(file)
    assert found.state == "reads", str(found)
    columns = dict(
        zip(("deal_id", "stage", "amount", "created_at", "outcome"), heads.split(","), strict=True)
    )
    assert found.columns["deals.csv"] == columns
