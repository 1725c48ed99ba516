"""L02 Stages, standards, evidence, CRM."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

import funnelkit as fk
from funnelkit.charts import Chart
from funnelkit.data.defects import Findings
from funnelkit.process import load_process
from funnelkit.process.flaws import Flaw
from funnelkit.process.stage import Checkpoint
from funnelkit.process.text import Text
from funnelkit.teach.choices import Match, Option, Order
from funnelkit.teach.exercise import Case, Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.faults import NotANumber
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Sheet
from funnelkit.words import percent

_NO_NUMBER = T("Write a plain number.", "请填一个数字。")
_OURS = T(
    "This says what our side does. Begin with the buyer: what did they do that somebody else could check?",
    "这写的是我方做了什么。请从客户写起：客户做了哪件别人也能核实的事？",
)
_NO_BUYER = T(
    "The buyer does not occur in it. Name who on their side did what.",
    "这里没有提到客户。请写明对方的谁做了什么。",
)
_VAGUE = T(
    "Two people would read this word differently. Write something that either happened or did not.",
    "这个词各人理解不同。请写成“发生了”或“没发生”都能判断的事。",
)
_NO_PAPER = T(
    "What would be on file? Name the mail, minutes, record or signed paper.",
    "档案里留下什么？请写明是哪种邮件、纪要、记录或签字文件。",
)
_NO_RULE = T(
    "Write it as a rule the sheet can read: field, sign, value. Example: days_in_stage > 14",
    "请写成流程表能读的规则：字段、符号、数值。例如：days_in_stage > 14",
)

_SELLER = re.compile(r"^\s*(we|our|i|sales|the seller|seller)\b|^\s*(我们|我方|我司|销售|业务员)", re.I)
_BUYER = re.compile(r"buyer|customer|client|purchas|\bthe(y|ir)\b|客户|对方|甲方|采购|买方|用户|业主", re.I)
_WEAK = re.compile(
    r"\b(interested|good|nice|ok|okay|soon|likely|positive|probably|happy)\b"
    r"|感兴趣|有兴趣|不错|良好|差不多|很快|有希望|应该|满意|口头",
    re.I,
)
_PAPER = re.compile(
    r"mail|minutes|record|contract|letter|list|report|note|sign|order|file|sheet|document|entry|answer"
    r"|邮件|纪要|记录|合同|函|清单|报告|签|盖章|订单|回复|文件|表|单|截图|通知",
    re.I,
)


_number = NotANumber(_NO_NUMBER)


def _of_the_buyer(text: str) -> Text | None:
    if _SELLER.search(text):
        return _OURS
    if _WEAK.search(text):
        return _VAGUE
    return None if _BUYER.search(text) else _NO_BUYER


def _clear(text: str) -> Text | None:
    return _VAGUE if _WEAK.search(text) else None


def _on_file(text: str) -> Text | None:
    return None if _PAPER.search(text) else _NO_PAPER


def _readable(text: str) -> Text | None:
    try:
        Checkpoint(id="rule", name=Text.of("rule"), rule=text)
    except (Flaw, ValueError):
        return _NO_RULE
    return None


def today(case: Case) -> dict[str, str]:
    return {"stages": "6", "proposal": "The buyer has reviewed our offer and answered in writing"}


def firms(case: Case) -> dict[str, str]:
    return {"spare": "four", "machine": "six", "hospital": "eight", "software": "seven"}


def building(case: Case) -> tuple[str, ...]:
    return ("stages", "targets", "control", "crm")


def cards(case: Case) -> dict[str, str]:
    return dict(_SIDES)


def repairs(case: Case) -> dict[str, str]:
    return {weak: weak + "_fixed" for weak in _WEAK_IDS}


_WEAK_IDS = (
    "interested", "meeting", "budget", "decider", "demo",
    "sent", "price", "verbal", "month", "lost",
)  # fmt: skip


def standard(case: Case) -> dict[str, str]:
    return {
        "stage": "Proposal",
        "enter": "The decision to bid is on record",
        "exit": "The buyer reviewed the offer with the person who pays and answered in writing",
        "evidence": "Review minutes confirmed by mail",
        "field": "proposal_reviewed_at",
        "rule": "days_since_activity > 14",
    }


_KINDS = (
    "repeated_row", "closed_before_created", "unknown_stage",
    "unparsable_amount", "missing_id", "closed_without_date",
)  # fmt: skip
_UNKNOWN = T("Offer is out", "报价已发出")
_ASK = T("ask Su", "问苏工")
_COLUMNS = {
    "deal_id": T("Deal", "商机编号"), "account": T("Account", "客户"), "stage": T("Stage", "阶段"),
    "outcome": T("Outcome", "结果"), "created_at": T("Created", "创建日期"),
    "closed_at": T("Closed", "结案日期"), "amount": T("Amount", "金额"),
}  # fmt: skip


def _deal(r: random.Random, k: int, **other: str) -> dict[str, str]:
    row = {
        "deal_id": f"D-{k}", "account": chr(64 + k - 100), "stage": r.choice(["contact", "need", "proposal", "negotiation"]),
        "outcome": "open", "created_at": f"2026-0{r.randrange(1, 4)}-{r.randrange(10, 28)}", "closed_at": "",
        "amount": str(r.randrange(40_000, 400_000, 10_000)),
    }  # fmt: skip
    return row | other


def export(r: random.Random) -> dict[str, Any]:
    month, day = r.randrange(4, 6), r.randrange(10, 28)
    rows = [_deal(r, k) for k in range(101, 106)]
    rows += [
        _deal(r, 106, outcome="won", closed_at=f"2026-0{month}-{day}"),
        dict(r.choice(rows[:5])),
        _deal(r, 107, outcome="won", closed_at=f"2025-1{r.randrange(0, 3)}-{day}"),
        _deal(r, 108, stage="offer is out"),
        _deal(r, 109, amount="ask Su"),
        _deal(r, 110, deal_id=""),
        _deal(r, 111, outcome="lost"),
    ]
    r.shuffle(rows)
    return {"rows": rows, "kinds": _KINDS}


def defects(case: Case) -> list[int]:
    frame = pd.DataFrame(case["rows"])
    # these stages are laid down: a label beside them is a defect, not a stage of its own
    found = fk.read(frame, process="b2b-six-stages", as_of="2026-06-30").findings.table
    row = found.drop_duplicates("reason").set_index("reason")["row"]
    return [int(row[kind]) for kind in case["kinds"]]


def _first_copy(case: Case) -> list[int]:
    second, *rest = defects(case)
    rows = case["rows"]
    return [1 + rows.index(rows[second - 1]), *rest]


def _dates_swapped(case: Case) -> list[int]:
    a, b, c, d, e, f = defects(case)
    return [a, f, c, d, e, b]


def _as_shown(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return the rows with labels of the language, numbered as the reader numbers them."""
    process = load_process()
    frame = pd.DataFrame(rows)
    frame["account"] = [str(T(f"Customer {a}", f"客户{a}")) for a in frame["account"]]
    frame["stage"] = [process.label(s) if s in process.stage_ids else str(_UNKNOWN) for s in frame["stage"]]
    frame["outcome"] = [process.label(o) for o in frame["outcome"]]
    frame["amount"] = [a if a.lstrip("-").isdigit() else str(_ASK) for a in frame["amount"]]
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame.rename(columns={c: str(t) for c, t in _COLUMNS.items()})


_EXAMPLE = (
    {"deal_id": "D-201", "account": "M", "stage": "proposal", "outcome": "won", "created_at": "2026-01-12", "closed_at": "2026-04-02", "amount": "180000"},
    {"deal_id": "D-202", "account": "N", "stage": "contact", "outcome": "open", "created_at": "2026-02-30", "closed_at": "", "amount": "90000"},
    {"deal_id": "D-203", "account": "P", "stage": "need", "outcome": "open", "created_at": "2026-03-05", "closed_at": "", "amount": "-60000"},
    {"deal_id": "D-204", "account": "Q", "stage": "need", "outcome": "open", "created_at": "2026-03-09", "closed_at": "2026-06-20", "amount": "75000"},
)  # fmt: skip


def example() -> pd.DataFrame:
    """Return a small export with three defects, as it is shown."""
    return _as_shown([dict(row) for row in _EXAMPLE])


def example_findings() -> Findings:
    """Return what the reader says of it."""
    found: Findings = fk.read(pd.DataFrame(_EXAMPLE), as_of="2026-06-30").findings
    return found


def shares(r: random.Random) -> dict[str, Any]:
    closed = r.choice([100, 200])
    return {"closed": closed, "won": closed * r.choice([30, 32, 34, 36]) // 100, "open": r.choice([40, 50, 60, 80]), "default": 0.75}


def too_many(case: Case) -> float:
    return float(case["open"] * (case["default"] - case["won"] / case["closed"]))


def _option(id: str, en: str, zh: str, why_en: str = "", why_zh: str = "") -> Option:
    return Option(id, T(en, zh), T(why_en, why_zh))


_FIRMS = (
    _option("spare", "Spare parts from a catalogue: one buyer, an order within two weeks, small amounts",
            "按目录卖备件：一个采购人，两周内下单，金额小",
            "Short sale, one person: every further stage would be skipped anyway. Few stages.",
            "周期短、只有一个人决策，阶段再多也会被跳过：阶段宜少。"),
    _option("machine", "Machines with an engineered solution: three to six months, several departments, no tender",
            "设备加方案：三到六个月，涉及多个部门，不招标",
            "Need and solution have to be worked out and several people agree: the general sheet of a solution sale fits.",
            "要理清需求、提出方案、让多人认可：用通用的方案型销售流程即可。"),
    _option("hospital", "Large equipment for hospitals: internal approval, public tender, over a year",
            "医院大型设备：院内立项，公开招标，一年以上",
            "Approval and tender are gates of the buyer with dates of their own: they deserve stages.",
            "立项和招标是客户自己的关口，各有时间点，应当单列阶段。"),
    _option("software", "Software by subscription that a team tries first, bought by its head",
            "可先试用的订阅软件，由部门负责人决定购买",
            "Demo and trial are what the buyer does here before deciding: they are stages of this sale.",
            "客户在决定前要看演示、做试用，这些就是这类销售的阶段。"),
)  # fmt: skip
_VARIANTS = (
    _option("four", "Four: inquiry – offer – order agreed – won", "四个阶段：询价—报价—订单谈定—赢单"),
    _option("six", "Six: from lead generation to close", "六个阶段：从潜在客户生成到最终成交"),
    _option("seven", "Seven: with demo and trial of their own", "七个阶段：产品演示、试用单列"),
    _option("eight", "Eight: with approval, tender and bid of their own", "八个阶段：立项、招标、投标单列"),
)  # fmt: skip

_STEPS = (
    _option("crm", "Record every move in the CRM and look at it each week", "在 CRM 中记录每次变动，每周查看",
            "A CRM filled before the stages are defined stores three opinions of each stage.", "阶段没有定义就上 CRM，存下的是每人一套理解。"),
    _option("control", "Decide at which points somebody looks, and what raises the flag", "确定在哪些点检查、什么情况要预警",
            "Without an expected rate and time nobody knows what is unusual.", "没有目标比率和时间，就不知道什么算异常。"),
    _option("stages", "Cut the sale into stages of the buyer, each with entry and exit", "按客户的进程划分阶段，写明准入和推进标准",
            "This carries all the rest: whatever is set or measured is set or measured for a stage.", "这是其余各步的基础：目标和检查都是针对阶段的。"),
    _option("targets", "Set for each stage which share goes on and how long it takes", "为每个阶段设定推进比率和停留时长的目标",
            "A rate needs a stage whose meaning is fixed first.", "先把阶段的含义定下来，比率才有意义。"),
)  # fmt: skip

_SIDES_OF = (
    _option("evidence", "Evidence: the buyer did something checkable", "依据：客户做了可核实的事"),
    _option("activity", "Activity or opinion of our side", "我方的动作或看法"),
)
_CARDS: tuple[tuple[str, str, str, str], ...] = (
    ("c01", "activity", "The offer went out by mail on Friday", "周五用邮件发出了报价"),
    ("c02", "evidence", "The buyer's head of finance answered the price sheet with two questions", "客户财务负责人就价格表回信提了两个问题"),
    ("c03", "activity", "Demo held, everybody nodded", "做完演示，在场的人都点头"),
    ("c04", "evidence", "Three of the buyer's engineers sent back their trial scores", "客户三位工程师反馈了试用评分表"),
    ("c05", "activity", "We called three times this week", "本周打了三次电话"),
    ("c06", "evidence", "The buyer corrected our minutes and sent them back", "客户修改了会议纪要并发回"),
    ("c07", "activity", "Our director had dinner with theirs", "我方总监与对方总监吃了饭"),
    ("c08", "evidence", "Purchasing informed us by letter that we are on the short list", "采购部来函通知我们入围"),
    ("c09", "activity", "The seller is sure that it will be signed this month", "销售确信本月能签"),
    ("c10", "evidence", "The person who signs accepted the price sheet and named the date of the board meeting", "签字人确认了价格表，并告知上会日期"),
)  # fmt: skip
_SIDES = {id: side for id, side, _, _ in _CARDS}
_WHY_SIDE = {
    "activity": ("Ask who acted. Here it was our side, or nobody: the buyer can still be anywhere.", "先问是谁做的。这里是我方，或者谁都没做：客户可能还在原地。"),
    "evidence": ("Here the buyer did something that a third person could read again.", "这里是客户做的，而且第三个人也能查到。"),
}  # fmt: skip

_REPAIRS: tuple[tuple[str, str, str, str, str], ...] = (
    ("interested", "“They are interested”", "“客户有兴趣”",
     "The buyer named a problem and agreed a next step with a date", "客户说出一个问题，并约定带日期的下一步"),
    ("meeting", "“Good meeting”", "“会谈顺利”", "The buyer confirmed the minutes in writing", "客户书面确认会议纪要"),
    ("budget", "“Budget is fine”", "“预算没问题”", "The buyer named where the money comes from and who releases it", "客户说明资金来源和审批人"),
    ("decider", "“Decision maker known”", "“已知决策人”", "We met the person, or the buyer's own chart shows who signs", "已与其见面，或客户给的组织图标明签字人"),
    ("demo", "“Demo done”", "“演示已完成”", "The buyer's evaluators handed in their scores", "客户评估人员交回评分"),
    ("sent", "“Proposal sent”", "“方案已发”", "It was gone through with the person who pays, and comments came back", "已与付款方一起过了方案，并收到意见"),
    ("price", "“Price discussed”", "“谈过价格”", "The buyer asked for the terms of this very offer", "客户就这份报价询问条款"),
    ("verbal", "“A yes on the phone”", "“电话里答应了”", "The signer accepted the price sheet, and the way of the contract has dates", "签字人确认价格表，合同流程有日期"),
    ("month", "“Closes this month”", "“本月能签”", "The date follows from an event on the buyer's side", "日期由客户方的某个事件决定"),
    ("lost", "“Lost: price”", "“输单：价格”", "In an interview the buyer named the rival and what decided", "回访中客户说出对手和决定因素"),
)  # fmt: skip


def _weak_options() -> tuple[Option, ...]:
    return tuple(
        _option(id, en, zh, f"Ask for {en}: which act of the buyer would prove exactly this?", f"针对{zh}想一想：客户做了什么，才能证明这一点？")
        for id, en, zh, _, _ in _REPAIRS
    )


def _repair_options() -> tuple[Option, ...]:
    fixed = [_option(f"{id}_fixed", en, zh) for id, _, _, en, zh in _REPAIRS]
    return (*fixed[5:], *fixed[:5])


def _defect_names(case: Case) -> list[str]:
    return [
        str(T("Second copy of the same row:", "重复的行（第二次出现）：")),
        str(T("Closed before it was created:", "结案早于创建：")),
        str(T("Stage that is not in the process:", "流程中没有的阶段：")),
        str(T("Amount that is no number:", "金额不是数字：")),
        str(T("Deal without a number:", "缺少商机编号：")),
        str(T("Lost without a closing date:", "已输单但没有结案日期：")),
    ]


EXERCISES = (
    Exercise(
        id="L02.1", objective="O1", minutes=3, seeds=("S21", "S22"),
        prompt=T("From memory: how many stages does your sale have, and what has the buyer done when a deal may enter “proposal”?",
                 "凭记忆回答：贵公司的销售分几个阶段？客户做了什么，商机才能进入“方案提供”？"),
        kind=Sheet((
            Blank("stages", T("Number of stages:", "阶段数："), _number),
            Blank("proposal", T("The buyer has …", "客户已经……"), lambda text: _OURS if _SELLER.search(text) else None),
        )),
        solve=today,
        mistakes=(
            Mistake("no_number", lambda c: {**today(c), "stages": "some"}, _NO_NUMBER),
            Mistake("our_side", lambda c: {**today(c), "proposal": "We sent the offer"}, _OURS),
        ),
        hints=(
            T("Think of the list in your CRM.", "想一想 CRM 里的阶段列表。"),
            T("Take the last deal that went into proposal: what had happened on their side?", "想最近一个进入方案提供的商机：对方发生了什么？"),
            T("Write a sentence whose subject is the buyer.", "写一句以客户为主语的话。"),
        ),
        after=T("Kept. Let a colleague answer without seeing yours, and compare.", "已保存。请一位同事也独立回答，再对照。"),
    ),
    Exercise(
        id="L02.2", objective="O1", minutes=4, seeds=("S11", "S22"),
        prompt=T("Four kinds of sale, four sheets. Which fits which?", "四类销售，四种阶段划分。各用哪一种？"),
        kind=Match(_FIRMS, _VARIANTS),
        solve=firms, mistakes=(),
        hints=(
            T("Ask what the buyer has to go through.", "想一想客户内部要经过什么。"),
            T("A gate with a date of its own deserves a stage; a step everybody skips does not.", "有独立时间点的关口应单列；大家都会跳过的一步不必设。"),
            T("Begin with the sale in which one person orders within days.", "先看那个一个人几天就能下单的。"),
        ),
        after=T("Four to eight stages are enough for nearly every sale. Fewer hide where deals stop, more are skipped.",
                "四到八个阶段几乎够用。太少看不出在哪里停，太多会被跳过。"),
    ),
    Exercise(
        id="L02.3", objective="O1", minutes=3, seeds=("S23",),
        prompt=T("Bring the four building steps into order: what comes first?", "搭建漏斗的四步，应按什么顺序？"),
        kind=Order(_STEPS),
        solve=building, mistakes=(),
        hints=(
            T("Which step could stand without any other?", "哪一步不依赖其他步骤？"),
            T("What is recorded has to be agreed before; what is checked needs something expected.", "要记录的先要约定，要检查的先要有预期。"),
            T("A target is set for a stage, so the stage is there before the target.", "目标是给阶段定的，所以先有阶段，后有目标。"),
        ),
        after=T("Firms that begin with the software spend the next year redefining their stages.", "先买系统的公司，往往要花一年回头重新定义阶段。"),
    ),
    Exercise(
        id="L02.4", objective="O2", minutes=5, seeds=("S24",),
        prompt=T("Ten notes from a CRM. Which are evidence, which are an activity or opinion of our side? Ten out of ten count.",
                 "CRM 里的十条记录：哪些是依据，哪些只是我方的动作或看法？十条全对才算通过。"),
        kind=Match(tuple(Option(id, T(en, zh), T(*_WHY_SIDE[side])) for id, side, en, zh in _CARDS), _SIDES_OF),
        solve=cards, mistakes=(),
        hints=(
            T("Who acted in this sentence?", "这句话里是谁做的？"),
            T("Could a third person look it up again?", "第三个人能查到吗？"),
            T("An offer that was sent: our side acted, the buyer may not have opened it.", "报价发出去了：是我方做的，客户可能还没打开。"),
        ),
        after=T("An activity keeps a seller busy, evidence moves a deal. Only evidence may change the stage.",
                "动作让销售忙起来，依据才推动商机。只有依据才能改变阶段。"),
    ),
    Exercise(
        id="L02.5", objective="O2", minutes=6, seeds=("S24",),
        prompt=T("Ten weak criteria as they stand in many stage sheets. Repair each: which act of the buyer takes its place?",
                 "下面十条是常见的含糊标准。逐条修改：应换成客户的哪个行为？"),
        kind=Match(_weak_options(), _repair_options()),
        solve=repairs, mistakes=(),
        hints=(
            T("Ask what would prove the sentence.", "想一想：什么能证明这句话？"),
            T("Each repair is used once; begin with the ones you are sure of.", "每条修改只用一次，先配有把握的。"),
            T("A good meeting is proved by what the buyer does with its minutes.", "会谈是否顺利，看客户怎样对待会议纪要。"),
        ),
        after=T("Each repair costs one question to the buyer. The answer is worth more than ten fields in the CRM.",
                "每一条只需多问客户一句话，得到的回答胜过 CRM 里的十个字段。"),
    ),
    Exercise(
        id="L02.6", objective="O3", minutes=8, seeds=("S24",),
        prompt=T("Write the standard of one stage of your own sale. Wording is not judged; the buyer's act, the evidence and the rule are checked.",
                 "为自己的业务写一个阶段的标准。不评文笔，只检查客户行为、依据和规则是否齐备。"),
        kind=Sheet((
            Blank("stage", T("Stage:", "阶段：")),
            Blank("enter", T("May enter when:", "准入标准："), _clear, long=True),
            Blank("exit", T("May go on when the buyer has:", "推进标准（客户已经……）："), _of_the_buyer, long=True),
            Blank("evidence", T("Evidence kept:", "留存的依据："), _on_file),
            Blank("field", T("Field that has to be filled:", "必填字段：")),
            Blank("rule", T("Control point (e.g. days_in_stage > 14):", "关键控制点（如 days_in_stage > 14）："), _readable),
        )),
        solve=standard,
        mistakes=(
            Mistake("our_side", lambda c: {**standard(c), "exit": "We sent the proposal to the buyer"}, _OURS),
            Mistake("vague", lambda c: {**standard(c), "exit": "The buyer is interested"}, _VAGUE),
            Mistake("nobody", lambda c: {**standard(c), "exit": "Budget approved in writing"}, _NO_BUYER),
            Mistake("nothing_kept", lambda c: {**standard(c), "evidence": "Talked on the phone"}, _NO_PAPER),
            Mistake("no_rule", lambda c: {**standard(c), "rule": "more than two weeks"}, _NO_RULE),
        ),
        hints=(
            T("Take the stage in which your deals stand longest.", "选商机停留最久的那个阶段。"),
            T("Subject of the exit: somebody on the buyer's side. Verb: something one can see.", "推进标准的主语是客户方的人，动词是看得见的行为。"),
            T("For proposal, for instance: “The buyer went through the offer with …”", "以方案提供为例：“客户与……一起过了方案”。"),
        ),
        after=T("Show it to two colleagues with three real deals. Where they disagree on a deal, the sentence is not sharp yet.",
                "拿三个真实商机让两位同事来判断。有分歧的地方，说明标准还不够清楚。"),
    ),
    Exercise(
        id="L02.7", objective="O4", minutes=7, seeds=("S27",),
        prompt=T("Twelve rows of a CRM export, seen on 30 June 2026. Six hold a defect. In which row is each? Use the row numbers at the left.",
                 "这是截至 2026 年 6 月 30 日的 CRM 导出，共十二行，其中六行有问题。各在第几行？请用左侧的行号。"),
        kind=Series(_defect_names, "number", relative=0.0),
        solve=defects, draw=export, show=lambda c: _as_shown(c["rows"]),
        mistakes=(
            Mistake("header_counted", lambda c: [n + 1 for n in defects(c)], T(
                "All are one row off: the header is not counted, the first deal stands in row 1.", "全部差一行：表头不算，第一个商机是第 1 行。")),
            Mistake("first_copy", _first_copy, T(
                "Of two identical rows the first is kept. The second one is the defect.", "两行完全相同时，保留第一行，第二行才是问题。")),
            Mistake("dates_swapped", _dates_swapped, T(
                "Two rows are exchanged: one has a closing date that is too early, the other has none at all.", "有两行填反了：一行是结案日期过早，另一行是没有结案日期。")),
        ),
        hints=(
            T("Go through one column at a time, not row by row.", "不要逐行看，一次只看一列。"),
            T("For the dates compare created and closed; for the copy look at the deal numbers.", "日期要对照创建和结案；重复行看商机编号。"),
            T("Begin with the amounts: all but one are numbers.", "先看金额：只有一个不是数字。"),
        ),
        after=T("The reader finds these by itself and says them by row. Somebody still has to correct them in the CRM, not in the export.",
                "程序会逐行找出这些问题，但仍要有人在 CRM 里更正，而不是改导出的文件。"),
    ),
    Exercise(
        id="L02.8", objective="O4", minutes=4, seeds=("S27",),
        prompt=T(
            "A CRM ships {default:percent} as the probability of “proposal”. In your firm, {closed} deals that had come to proposal are closed; {won} of them were won. {open} stand there today. By how many wins does the shipped figure expect too much?",
            "某 CRM 给“方案提供”预设的赢单概率是 {default:percent}。贵公司到过方案提供且已结案的商机有 {closed} 个，其中赢单 {won} 个；今天有 {open} 个停在这里。按预设值会多估多少单？",
        ),
        kind=Number("number", within=0.3),
        solve=too_many, draw=shares,
        mistakes=(
            Mistake("shipped", lambda c: c["open"] * c["default"], T(
                "This is what the shipped figure expects. Take away what your own history expects.", "这是按预设值估出的赢单数，还要减去按自己历史估出的数。")),
            Mistake("own", lambda c: c["open"] * c["won"] / c["closed"], T(
                "This is what your own history expects. The question is by how much the shipped figure is above it.", "这是按自己历史估出的赢单数。题目问预设值比它多多少。")),
        ),
        hints=(
            T("Two estimates for the same open deals.", "对同一批在途商机做两次估计。"),
            T("Own share first: won out of closed.", "先算自己的比率：赢单除以已结案。"),
            T("Own share = {won} / {closed}; apply it to {open} deals.", "自己的比率 = {won} ÷ {closed}，再乘以 {open} 个商机。"),
        ),
        after=T("Shipped probabilities are somebody's guess: two systems give 65 % and 75 % for the same word. Replace them with your own history.",
                "预设概率只是别人的估计：同是方案阶段，两个系统分别给 65% 和 75%。应换成自己的历史数据。"),
    ),
)  # fmt: skip


def chances(p: Any) -> Chart:
    """Draw which share of the deals that came to each stage was won."""
    from funnelkit.charts.rates import rates

    result = fk.stage_win_rate(p)
    frame = result.table.rename(columns={"of": "n"})[["stage", "n", "rate", "low", "high"]]
    frame["label"] = [p.process.label(stage) for stage in frame["stage"]]
    return rates(
        frame,
        title=str(T("Won, of the closed deals that came to the stage", "到过该阶段且已结案的商机中赢单的比率")),
        alt=result.summary(),
        headings=(str(T("closed deals", "已结案")), str(T("won", "赢单"))),
        data=result.shown("rate"),
        note=result.footnote,
    )


def shipped(p: Any) -> pd.DataFrame:
    """Return what two systems expect of the last two stages, and what this pipeline shows."""
    own = [percent(rate) for rate in fk.stage_win_rate(p).table["rate"].iloc[-2:]]
    return pd.DataFrame(
        [["75%", "90%"], ["65%", "80%"], own],
        index=["EspoCRM", "SugarCRM / SuiteCRM", str(T("This pipeline, won", "本数据实际赢单"))],
        columns=[str(T("Offer stage", "报价阶段")), str(T("Last stage before signature", "签约前最后阶段"))],
    )


def variants(p: Any) -> Any:
    """Show the stages of another kind of sale, with what lets a deal go on."""
    from funnelkit.page.controls import Slider
    from funnelkit.page.whatif import answer_table, panel

    names = ("b2b-six-stages", "project-sale", "saas")
    label = T("Kind of sale (1 to {n})", "销售类型（1 到 {n}）")
    heads = T("Stage", "阶段"), T("Goes on when", "推进标准"), T("Share expected", "预期比率")

    def render(state: Mapping[str, float]) -> str:
        process = load_process(names[min(max(round(state["kind"]), 1), len(names)) - 1])
        rows = []
        for stage in process.stages:
            rate = "–" if stage.target.step_rate is None else percent(stage.target.step_rate)
            rows.append((stage.name, stage.exit[0] if stage.exit else "–", rate))
        return answer_table(rows, process.name, heads)

    return panel([Slider("kind", str(label).format(n=len(names)), 1, len(names), 1, 1, form="count")], render)


WHATIFS = {"variants": variants}
