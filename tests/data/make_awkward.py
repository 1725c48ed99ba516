"""Write the awkward files: ``python tests/data/make_awkward.py``. Same bytes every time."""

# ruff: noqa: E501, T201
from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

HERE = Path(__file__).parent / "awkward"
HEAD = "deal_id,stage,outcome,created_at,closed_at,amount\n"
GOOD = "a1,need,open,2026-01-05,,1000\na2,proposal,won,2026-01-06,2026-02-01,2000\n"


def deals(*rows: str, head: str = HEAD) -> bytes:
    return (head + "".join(r + "\n" for r in rows)).encode()


def plus(*rows: str) -> bytes:
    """Two good deals, then these."""
    return (HEAD + GOOD + "".join(r + "\n" for r in rows)).encode()


def history(*rows: str) -> bytes:
    return ("deal_id,stage,entered_at\n" + "".join(r + "\n" for r in rows)).encode()


def workbook(rows: list[list[object]], *, dates: bool = False) -> bytes:
    import datetime as dt

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": dt.datetime(2026, 1, 1)})
    sheet = book.add_worksheet("Deals")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value)
    book.close()
    # zip entries carry the time of writing: write them again with a fixed one
    out = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(zipfile.ZipInfo(item.filename, (2026, 1, 1, 0, 0, 0)), old.read(item))
    return out.getvalue()


def parquet(columns: dict[str, list[object]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="none")
    return buffer.getvalue()


def files() -> dict[str, bytes]:
    """Every file by name."""
    sheet = [HEAD.strip().split(","), ["a1", "need", "open", 46027, "", 1000],
             ["a2", "proposal", "won", 46028, 46054, 2000]]  # fmt: skip
    good_parquet = parquet({"deal_id": ["a1"], "stage": ["need"]})
    return {
        # --- the file as a whole
        "empty.csv": b"",
        "blank_lines.csv": b"\r\n\r\n,,,\r\n",
        "only_bom.csv": b"\xef\xbb\xbf",
        "header_only.csv": HEAD.encode(),
        "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "document.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "database.csv": b"SQLite format 3\x00" + bytes(80),
        "binary.csv": bytes(range(256)) * 4,
        "web_page.xls": b"<html><body><table><tr><td>Deal</td></tr></table></body></html>",
        "list.csv": b'[{"deal_id": "a1", "stage": "need"}]',
        "not_parquet.parquet": HEAD.encode() + GOOD.encode(),
        "cut_off.parquet": good_parquet[: len(good_parquet) // 2],
        "cut_off.xlsx": workbook(sheet)[:2000],
        "archive.xlsx": _zip_of_text(),
        "cut_off.csv.gz": gzip.compress(HEAD.encode() + GOOD.encode() * 40, mtime=0)[:60],
        "cut_off.csv": (HEAD + GOOD + "a3,need,op").encode(),
        "open_quote.csv": (HEAD + GOOD + 'a3,"need,open,2026-01-07,,10\na4,need,open,2026-01-08,,5\n').encode(),
        "other_headers.csv": b"Number,Phase,Size\n1,Early,3\n",
        "no_stage_column.csv": b"deal_id,amount\na1,5\n",
        # --- encodings and separators
        "bom.csv": b"\xef\xbb\xbf" + HEAD.encode() + GOOD.encode(),
        "utf16.csv": (HEAD + GOOD).encode("utf-16"),
        "utf16_no_mark.csv": (HEAD + GOOD).encode("utf-16-le"),
        "gb18030.csv": "商机编号,阶段,结果,创建日期,金额\n甲1,需求确认,在途,2026-01-05,¥3.5万\n".encode("gb18030"),
        "semicolons.csv": (HEAD + GOOD).replace(",", ";").encode(),
        "tabs.csv": (HEAD + GOOD).replace(",", "\t").encode(),
        "sep_line.csv": ("sep=;\n" + (HEAD + GOOD).replace(",", ";")).encode(),
        "title_above.csv": ("Pipeline report\nAs of June 2026\n\n" + HEAD + GOOD).encode(),
        "footer.csv": (HEAD + GOOD + "Confidential Information - Do Not Distribute\n").encode(),
        "twin_columns.csv": b"deal_id,stage,amount,amount\na1,need,1,2\n",
        "twin_case.csv": b"deal_id,stage,note,Stage,NOTE\na1,need,x,y,z\n",
        "ragged.csv": plus("a3,need,open,2026-01-07,,10,extra,more", "a4,need"),
        # --- ids
        "id_na.csv": plus("NA,need,open,2026-01-07,,10"),
        "id_missing.csv": plus(",need,open,2026-01-07,,10"),
        "id_twice.csv": plus("a1,proposal,open,2026-01-07,,10"),
        "row_twice.csv": plus("a1,need,open,2026-01-05,,1000"),
        "id_leading_zero.csv": plus("007,need,open,2026-01-07,,10", "7,need,open,2026-01-07,,10"),
        # --- stages and outcomes
        "stage_typo.csv": plus("a3,negotation,open,2026-01-07,,10", "a4,negotation,open,2026-01-08,,10"),
        "stage_other_language.csv": plus("a3,谈判,open,2026-01-07,,10", "a4,NEGOTIATION ,open,2026-01-07,,10"),
        "stage_missing.csv": plus("a3,,open,2026-01-07,,10"),
        "outcome_typo.csv": plus("a3,need,wom,2026-01-07,2026-01-09,10"),
        "closing_stage_open.csv": plus("a3,close,open,2026-01-07,,10"),
        "closed_stage_open.csv": plus("a3,Closed Won,open,2026-01-07,,10"),
        "own_stages.csv": deals("a1,Zeta,2026-01-05", "a2,Alpha,2026-01-06", head="deal_id,stage,created_at\n"),
        # --- dates
        "date_text.csv": plus("a3,need,open,next week,,10"),
        "date_impossible.csv": plus("a3,need,open,2026-02-30,,10"),
        "date_two_ways.csv": deals("a1,need,open,03-01-17,,1", "a2,need,open,05-02-17,,1"),
        "date_day_first.csv": deals("a1,need,open,03/01/2026,,1", "a2,need,open,25/01/2026,,1"),
        "date_order_elsewhere.csv": deals("a1,need,won,03/01/2026,25/01/2026,1"),
        "date_dots.csv": deals("a1,need,open,05.01.2026,,1"),
        "date_chinese.csv": deals("a1,need,open,2026年1月5日,,1"),
        "date_month_names.csv": deals("a1,need,won,5 Jan 2026,\"Feb 3, 2026\",1"),
        "date_serial.csv": deals("a1,need,won,46027,46054.5,1"),
        "date_epoch.csv": deals("a1,need,open,1767571200000,,1"),
        "date_forever.csv": deals("a1,need,open,2026-01-05,9999-12-31,1", "a2,need,open,2026-01-05,2050-01-01,1"),
        "date_never.csv": deals("a1,need,open,1970-01-01,,1"),
        "date_future.csv": plus("a3,need,open,2027-01-07,,10"),
        "date_closed_first.csv": plus("a3,need,lost,2026-03-07,2026-03-01,10"),
        "date_same_day.csv": plus("a3,need,lost,2026-03-07 15:00,2026-03-07,10"),
        "date_missing.csv": plus("a3,need,open,,,10"),
        "date_closed_missing.csv": plus("a3,need,won,2026-01-07,,10"),
        "date_open_closed.csv": plus("a3,need,open,2026-01-07,2026-03-01,10"),
        "date_am_pm.csv": deals("a1,need,open,01/05/26 08:55 PM,,1", "a2,need,open,01/25/26 12:05 AM,,1"),
        "date_offsets.csv": deals("a1,need,won,2026-03-29T01:30:00+01:00,2026-03-29T03:30:00+02:00,1"),
        "date_offsets_mixed.csv": deals("a1,need,won,2026-03-29T01:30:00+01:00,2026-04-01,1", "a2,need,open,2026-03-30 08:00,,1"),
        "excel_error.csv": plus("a3,need,open,#REF!,,#N/A", "a4,need,open,########,,10"),
        # --- amounts, currencies, probabilities
        "amount_dollars.csv": deals('a1,need,open,2026-01-05,,"$22,700.00"'),
        "amount_comma.csv": deals('a1;need;open;2026-01-05;;1.234,56', 'a2;need;open;2026-01-05;;7.000', head=HEAD.replace(",", ";")),
        "amount_wan.csv": deals("a1,need,open,2026-01-05,,¥3.5万", "a2,need,open,2026-01-05,,1.2亿元"),
        "amount_one_point.csv": deals("a1,need,open,2026-01-05,,€1.234"),
        "amount_brackets.csv": deals('a1,need,open,2026-01-05,,"(1,200)"'),
        "amount_words.csv": plus("a3,need,open,2026-01-07,,tbd"),
        "amount_negative.csv": plus("a3,need,open,2026-01-07,,-50"),
        "amount_two_currencies.csv": deals("a1,need,open,2026-01-05,,€100", "a2,need,open,2026-01-05,,€50", "a3,need,open,2026-01-05,,£70"),
        "currency_column.csv": deals("a1,need,100,CNY", "a2,need,10,USD", head="deal_id,stage,amount,currency\n"),
        "probability_mixed.csv": deals("a1,need,60", "a2,need,0.4", "a3,need,250", head="deal_id,stage,probability\n"),
        # --- histories (read alone, or with good_deals.csv)
        "good_deals.csv": HEAD.encode() + GOOD.encode(),
        "history_alone.csv": history("a1,lead,2026-01-05", "a1,contact,2026-01-09", "a1,won,2026-01-20"),
        "history_orphan.csv": history("a1,lead,2026-01-05", "zz,lead,2026-01-05"),
        "history_tie.csv": history("a1,lead,2026-01-05", "a1,contact,2026-01-05", "a1,need,2026-01-08"),
        "history_back.csv": history("a1,lead,2026-01-05", "a1,need,2026-01-08", "a1,contact,2026-01-12", "a1,need,2026-01-15"),
        "history_repeated.csv": history("a1,lead,2026-01-05", "a1,lead,2026-01-07", "a1,need,2026-01-09"),
        "history_after_close.csv": history("a2,lead,2026-01-06", "a2,proposal,2026-01-20", "a2,negotiation,2026-02-03"),
        "history_before_created.csv": history("a1,lead,2026-01-02", "a1,need,2026-01-09"),
        "history_no_date.csv": history("a1,lead,2026-01-05", "a1,need,"),
        "history_bad_date.csv": history("a1,lead,2026-01-05", "a1,need,soon"),
        "history_forever.csv": history("a1,lead,2026-01-05", "a1,need,9999-12-31"),
        "history_unknown_stage.csv": history("a1,lead,2026-01-05", "a1,contac,2026-01-06", "a1,need,2026-01-08"),
        # --- workbooks and Parquet
        "serials.xlsx": workbook(sheet),
        "numbers_as_ids.xlsx": workbook([["deal_id", "stage", "amount"], [1001.0, "need", "$5"], [1002, "need", 7.5]]),
        "empty.xlsx": workbook([]),
        "text_dates.parquet": parquet({"deal_id": ["a1", "a2"], "stage": ["need", "need"], "created_at": ["05/01/2026", "13/01/2026"]}),
        "null_ids.parquet": parquet({"deal_id": ["a1", None], "stage": ["need", "need"]}),
        # --- systems
        "odoo.csv": b"ID,Opportunity,Salesperson,Stage,Expected Revenue,Created on,Closed Date,Active\n1,Pumps,Ann,New,100,2026-01-05 08:00:00,,True\n2,Valves,Ann,Won,200,2026-01-05 08:00:00,2026-02-05 09:00:00,True\n",
        "dynamics.csv": b"(Do Not Modify) Opportunity,Topic,Pipeline Phase,Status,Est. Revenue,Created On,Actual Close Date\nx1,Pumps,1-Qualify,Open,100,46027,\nx2,Valves,4-Close,Won,200,46027,46054\n",
        "pipedrive.csv": b"Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Deal created,Deal - Won time,Deal - Lost time\n1,Pumps,Qualified,Open,100,2026-01-05 08:00:00,,\n2,Valves,Demo Scheduled,Lost,200,2026-01-05 08:00:00,,2026-01-20 10:00:00\n",
        "zoho.csv": b"Record Id,Deal Owner,Deal Name,Stage,Closing Date,Created Time,Amount,Probability (%)\nzcrm_1,Ann,Pumps,Qualification,2026-05-01,2026-01-05 08:00:00,100,10\nzcrm_2,Ann,Valves,Closed Won,2026-02-01,2026-01-05 08:00:00,200,100\n",
        "hubspot.csv": b'Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Create Date,"Date entered ""Appointment scheduled (Sales)""","Date entered ""Closed won (Sales)"""\n1,Pumps,Appointment scheduled,,Ann,100,2026-01-05 09:15,2026-01-05 09:15,\n2,Valves,Closed won,2026-02-02 10:00,Ann,200,2026-01-06 09:15,2026-01-06 09:15,2026-02-02 10:00\n',
        "salesforce_report.csv": b"Opportunity Owner,Account Name,Opportunity Name,Stage,Amount,Probability (%),Close Date,Created Date\nAnn,Acme,Pumps,Prospecting,100,10,6/30/2026,1/5/2026\nAnn,Acme,Valves,Closed Won,200,100,2/25/2026,1/6/2026\n\"Grand Totals (2 records)\"\n",
    }  # fmt: skip


def _zip_of_text() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("notes.txt", (2026, 1, 1, 0, 0, 0)), "no table")
    return out.getvalue()


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name, data in files().items():
        (HERE / name).write_bytes(data)
    print(len(files()), "files")
