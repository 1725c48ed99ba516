"""The card of a data set: columns, units, origin, known dirt and licence, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

COLUMNS: dict[str, tuple[str, str]] = {
    "deal_id": ("id of the deal", "商机编号"),
    "name": ("name: of a deal, an account or a person, all invented", "名称或姓名，均为虚构"),
    "account": ("customer, invented", "客户，虚构"),
    "owner": ("seller, invented", "销售人员，虚构"),
    "region": ("sales territory", "销售区域"),
    "source": ("where the lead came from", "线索来源"),
    "amount": ("amount as last known, in the currency of the set", "最近一次的金额，币种见上"),
    "currency": ("ISO code", "币种代码"),
    "created_at": ("start of the deal or lead, local time", "创建时间，当地时间"),
    "expected_close": (
        "expected close date as last known, empty before need identification",
        "最近一次的预计成交日期，需求识别前为空",
    ),
    "stage": ("stage the deal is in, was in last, or came to", "所在阶段或进入的阶段"),
    "outcome": ("how it ended, or open", "结果；未结为在途"),
    "closed_at": ("when it ended", "结束时间"),
    "loss_reason": ("why it was lost or not decided", "输单或无效/搁置的原因"),
    "competitor": ("competitor named in the deal", "竞争对手"),
    "account_id": ("id of the customer", "客户编号"),
    "industry": ("industry of the customer", "客户行业"),
    "size": ("size of the customer", "客户规模"),
    "tier": ("tier of the customer: A, B or C", "客户分级：A、B、C"),
    "product": ("product line", "产品线"),
    "type": ("new or renewal", "新签（new）或续约（renewal）"),
    "campaign": ("campaign the lead came by", "线索所属的营销活动"),
    "n_contacts": ("people met on the buyer's side", "接触过的客户方人数"),
    "list_amount": ("amount before discount", "折扣前金额"),
    "discount_pct": ("discount as a share, 0 to 1", "折扣比例，0 到 1"),
    "discount_approved_by": ("who approved the discount, or by what", "折扣审批人或依据"),
    "presales_owner": ("presales engineer", "售前工程师"),
    "first_touch_at": ("first contact with the lead", "首次联系时间"),
    "forecast_category": ("forecast category as last known", "最近一次的预测类别"),
    "entered_at": ("when the deal entered the stage or ended", "进入阶段或结束的时间"),
    "field": ("which field changed", "变更的字段"),
    "old": ("value before, empty when set for the first time", "变更前的值；首次填写为空"),
    "new": ("value after", "变更后的值"),
    "changed_at": ("when it changed", "变更时间"),
    "potential": ("what the customer could buy in a year", "客户一年的采购潜力"),
    "spend_total": ("what the customer has bought so far", "客户累计采购额"),
    "rep_id": ("id of the person", "人员编号"),
    "start_date": ("first day at work", "入职日期"),
    "role": ("role in the team, or of a contact", "团队角色或联系人角色"),
    "lead_id": ("id of the lead", "线索编号"),
    "at": ("when it took place", "发生时间"),
    "kind": ("kind of activity or evidence", "活动或依据的类型"),
    "by_buyer": ("whether the buyer started it", "是否由客户发起"),
    "contact_id": ("id of the contact", "联系人编号"),
    "stance": ("for us, neutral or against", "态度：支持、中立、反对"),
    "met_at": ("first met", "首次见面"),
    "evidence_id": ("id of the evidence", "依据编号"),
    "dated": ("date of the evidence", "依据日期"),
    "by": ("who provided it", "提供者"),
    "period": ("month", "月份"),
    "level": ("base, plan or stretch", "目标档：保底、计划、冲刺（base、plan、stretch）"),
    "made_at": ("when the forecast was made", "预测日期"),
    "category": ("forecast category", "预测类别"),
    "purchasing_route": ("how the customer buys: tender, inquiry, negotiation", "采购方式"),
    "tender_no": ("number of the tender", "招标编号"),
    "failed_tenders": ("tenders that failed and were held again", "流标次数"),
    "partner": ("partner who brought the project", "渠道（经销商）"),
    "registration_no": ("number under which the partner registered it", "渠道报备编号"),
    "exclusive_criteria": (
        "criteria that fit one supplier alone: a red line",
        "排他性条件（红线）",
    ),
    "related_bidders": ("bidders who belong together: a red line", "关联投标人（红线）"),
    "milestone": ("payment agreed in the contract", "合同约定的款项"),
    "agreed_on": ("when the payment was agreed", "约定日期（签约日）"),
    "due_on": ("when it comes due", "应收日期"),
    "shipped_on": ("when the goods left", "发货日期"),
    "invoiced_on": ("when it was invoiced", "开票日期"),
    "paid_on": ("when it was paid", "回款日期"),
    "paid": ("what was paid", "回款金额"),
    "disputed": ("whether the customer disputes it", "是否有争议"),
}


def card(
    facts: Mapping[str, object],
    about: Mapping[str, str],
    how: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """Return the card of a bundled set."""
    lines = [f"# {facts['name']}", "", "**Synthetic data. No company or person in it exists.**"]
    lines += ["**模拟数据，其中的公司和人员均为虚构。**", "", about["en"], "", about["zh"], ""]
    lines += [
        f"Process 流程: `{facts['process']}` · as of 截至: {facts['as_of']} · "
        f"currency 币种: {facts['currency']} · licence 许可: CC BY 4.0"
    ]
    lines += ["", "## How it was made 生成方法", "", how["en"], "", how["zh"], ""]
    lines += ["Known dirt: none. 已知缺陷：无。", ""]
    lines += ["Regenerate 重新生成: `python -m funnelkit.simulation.datasets`"]
    for table, frame in tables.items():
        lines += ["", f"## {table}: {len(frame):,}", "", "| column 列 | meaning | 含义 |"]
        lines += ["|---|---|---|"]
        lines += [f"| `{c}` | {COLUMNS[c][0]} | {COLUMNS[c][1]} |" for c in frame.columns]
    return "\n".join(lines) + "\n"


def sample_card(rows: list[tuple[str, str, str, int]]) -> str:
    """Return the card of the export samples."""
    lines = ["# exports", "", "**Synthetic data. No company or person in it exists.**"]
    lines += ["**模拟数据，其中的公司和人员均为虚构。**", ""]
    lines += ["200 deals each, written as the systems export them, with defects planted on "
              "purpose: for import exercises. Licence: CC BY 4.0.", ""]  # fmt: skip
    lines += ["每份 200 个商机，按各系统的导出格式写成，并特意埋入缺陷，供导入练习使用。"
              "许可：CC BY 4.0。", ""]  # fmt: skip
    lines += ["| folder 文件夹 | system 系统 | labels 标签 | defects 缺陷 |", "|---|---|---|---|"]
    lines += [f"| `{f}` | {name} | {lang} | {n} |" for f, name, lang, n in rows]
    lines += ["", "Known dirt: every defect is in `planted-dirt.json` of the folder: file, row, "
              "column, before and after, and the reason the reader gives. A kind without a "
              "reason is repaired in silence."]  # fmt: skip
    lines += ["", "已知缺陷：全部记录在各文件夹的 `planted-dirt.json` 中，含文件、行、列、"
              "改动前后的值和读取时报告的原因；没有原因的缺陷会被直接修复。"]  # fmt: skip
    lines += ["", 'Read 读取: `fk.read(folder, process="b2b-six-stages")`']
    lines += ["", "Regenerate 重新生成: `python -m funnelkit.simulation.datasets`"]
    return "\n".join(lines) + "\n"
