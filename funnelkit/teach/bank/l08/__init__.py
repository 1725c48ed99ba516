"""L08 Regional plan and customer value."""

from __future__ import annotations

from funnelkit.teach.bank.l08.customers import (
    draw_customers,
    draw_discount,
    draw_service,
    draw_wallet,
    extra_volume,
    persons,
    service_table,
    strict,
    ten_customers,
    tiers,
    to_grow,
    twelve_customers,
    wallet,
)
from funnelkit.teach.bank.l08.panels import PLAN, last_year, markets, next_target, service, weights
from funnelkit.teach.bank.l08.regions import (
    CELLS,
    LEVERS,
    NEXT,
    NO_COUNT,
    NO_HOURS,
    NO_SHARE,
    PARTS,
    PLACE,
    REGION_NAMES,
    REGIONS,
    Parts,
    by_size,
    count_fault,
    draw_grid,
    draw_regions,
    draw_split,
    grid,
    guess,
    hours_fault,
    levers,
    next_step,
    part_fault,
    penetration,
    shared,
    shown_frame,
    split,
    swapped,
)
from funnelkit.teach.choices import Choice, Match, Option
from funnelkit.teach.exercise import Exercise, Mistake
from funnelkit.teach.exercise import both as T
from funnelkit.teach.kinds import Number, Series
from funnelkit.teach.written import Blank, Rule, Sheet

EXERCISES = (
    Exercise(
        id="L08.1", objective="O1", minutes=2, seeds=("S34", "S35"),
        prompt=T(
            "Before you look at data: how much of the potential of your home region do you sell? Of 100 customers, how many bring 80 % of the sales? How many hours a year does your best customer get?",
            "先不看数据：在你最熟悉的区域，市场潜量拿下了多少？每 100 家客户中，多少家带来 80% 的销售额？最好的客户每年得到多少小时的服务？",
        ),
        kind=Sheet((
            Blank("penetration", T("Share of the potential sold (%):", "已拿下的潜量占比（%）："), part_fault),
            Blank("few", T("Customers that bring 80 % (of 100):", "带来 80% 销售额的客户数（共 100 家）："), count_fault),
            Blank("hours", T("Hours a year for the best customer:", "最好的客户每年的服务小时数："), hours_fault),
        )),
        solve=guess,
        mistakes=(
            Mistake("share", lambda c: {**guess(c), "penetration": "a lot"}, NO_SHARE),
            Mistake("count", lambda c: {**guess(c), "few": "250"}, NO_COUNT),
            Mistake("hours", lambda c: {**guess(c), "hours": "many"}, NO_HOURS),
        ),
        hints=(
            T("Any honest guess will do.", "凭真实感觉估计即可。"),
            T("Potential is what all firms of the region could spend on your kind of product.", "潜量是该区域所有企业在这类产品上可能花的钱。"),
            T("If you sell a tenth of it, write 10 %.", "如果拿下了十分之一，就填 10%。"),
        ),
        after=T("Kept. A plan that begins with last year's sales never asks the first of these questions.", "已保存。只从去年销售额出发的规划，不会去问第一个问题。"),
    ),
    Exercise(
        id="L08.2", objective="O1", minutes=5, seeds=("S34", "S35"),
        prompt=T("Each line stands in a regional plan. Which lever of the funnel does it move first?", "下面每一条都是区域市场规划的内容。它首先影响漏斗的哪一个方面？"),
        kind=Match(tuple(Option(id, text, why) for id, _, text, why in PARTS), LEVERS),
        solve=levers, mistakes=(),
        hints=(
            T("Imagine the funnel table: which number would move first?", "想象漏斗表：哪个数字会先变？"),
            T("Each lever has two lines.", "每个方面各有两条。"),
            T("A list of firms nobody has called fills the top: more deals come in.", "还没联系过的企业名单补的是顶部：进来的商机更多。"),
        ),
        after=T("A line of a plan that moves no number of the funnel is a wish.", "不改变漏斗任何一个数字的规划，只是愿望。"),
    ),
    Exercise(
        id="L08.3", objective="O2", minutes=5, seeds=("S36",), draw=draw_regions,
        prompt=T("Four regions, amounts in thousands. What is the penetration of each: own sales as a share of the market potential?", "四个区域，金额单位为千元。各区域的渗透率（自家销售额占市场潜量的比率）是多少？"),
        kind=Series(lambda c: [str(n) for n in REGION_NAMES], "fraction", within=0.0055, relative=0.0),
        solve=penetration,
        show=lambda c: shown_frame(c, {
            "prospects": T("Prospects", "潜在客户数"), "spend": T("Spend of one a year", "每家年采购额"),
            "customers": T("Own customers", "已有客户数"), "sales": T("Own sales", "自家销售额"),
        }),
        mistakes=(
            Mistake("heads", lambda c: [n / m for n, m in zip(c["customers"], c["prospects"], strict=True)], T(
                "You divided customers by prospects. A customer may buy only a little from us: penetration is about money.",
                "你用客户数除以潜在客户数。有的客户只买了一点：渗透率看的是金额。")),
            Mistake("own_mix", lambda c: [s / sum(c["sales"]) for s in c["sales"]], T(
                "These are the regions' shares of our own sales. They say nothing of what is still to be sold there.",
                "这是各区域占自家销售额的比例，看不出当地还有多少可卖。")),
        ),
        hints=(
            T("What could be sold in a region at most?", "一个区域最多能卖多少？"),
            T("Potential = prospects × what one of them spends in a year.", "市场潜量 = 潜在客户数 × 每家年采购额。"),
            T("Begin with the North: multiply the first two columns, then divide the last column by it.", "从华北开始：前两列相乘，再用最后一列去除。"),
        ),
        after=T("A region can be the largest in sales and still have most left to sell. Plan by what is left, not by rank.", "销售额最大的区域，可能也是剩余空间最大的。规划要看剩多少，而不是看排名。"),
    ),
    Exercise(
        id="L08.4", objective="O2", minutes=5, seeds=("S36",), draw=draw_grid,
        prompt=T("Place the four regions on the growth-share grid. Fast = faster than all four markets together; ahead = at least as large as the largest rival.", "把四个区域放进增长—份额矩阵。增长快 = 快于四个市场合计；领先 = 不低于当地最大对手。"),
        kind=Match(tuple(Option(r, n, why) for r, n, why in zip(REGIONS, REGION_NAMES, PLACE, strict=True)), CELLS),
        solve=grid,
        show=lambda c: shown_frame(c, {
            "before": T("Market last year (m)", "去年市场（百万元）"), "after": T("Market this year (m)", "今年市场（百万元）"),
            "own": T("Own sales (m)", "自家销售额（百万元）"), "rival": T("Largest rival (m)", "最大对手（百万元）"),
        }),
        mistakes=(
            Mistake("swapped", swapped, T("Growth and share changed places: a question mark grows fast but is behind, a cash cow is ahead but hardly grows.", "增长与份额弄反了：“问题”是增长快但落后，“现金牛”是领先但增长慢。")),
            Mistake("by_size", by_size, T("You went by own sales. Ahead or behind is decided against the largest rival of the same region.", "你看的是自家销售额的大小。是否领先，要和同一区域的最大对手比。")),
        ),
        hints=(
            T("Two questions for each region: does the market grow fast, and who is larger, we or the rival?", "每个区域问两件事：市场增长快不快？我们和对手谁大？"),
            T("The four markets together: sum of this year divided by sum of last year, minus 1.", "四个市场合计：今年之和 ÷ 去年之和 − 1。"),
            T("Mark the two regions that grow faster than the whole; then compare own sales with the rival.", "先标出增长快于合计的两个区域，再比较自家与对手。"),
        ),
        after=T("The grid gives each region its question for three years: keep the lead, gain on the rival, harvest, or stay selective.", "矩阵为每个区域给出三年内要回答的问题：保持领先、追赶对手、稳定收获，还是有选择地做。"),
    ),
    Exercise(
        id="L08.5", objective="O3", minutes=6, seeds=("S36",), draw=draw_split,
        prompt=T("Split a target of {total} million: half by last year's sales, half by potential. Give each region's part to 0.01 million; the parts have to add up exactly.", "把 {total} 百万元的目标分到四个区域：一半按去年销售额，一半按市场潜量。精确到 0.01 百万元，各部分之和必须正好等于总数。"),
        kind=Parts(lambda c: [str(n) for n in REGION_NAMES], "number", within=0.0101, relative=0.0),
        solve=split,
        show=lambda c: shown_frame(c, {"history": T("Sales last year (m)", "去年销售额（百万元）"), "potential": T("Share of potential (%)", "潜量占比（%）")}),
        mistakes=(
            Mistake("rounded_alone", lambda c: shared(c, 0.5), T(
                "Each part is rounded well, but together they miss the total by 0.01 or more. Cut all parts down, then give the missing cents to the largest remainders.",
                "每一部分的四舍五入都没错，但加起来与总数差了 0.01 或更多。先全部舍去尾数，再把缺的分给余数最大的。")),
            Mistake("history_only", lambda c: shared(c, 0.0), T(
                "This follows last year alone: whoever sold much gets more, whatever is left to sell.",
                "这完全按去年分：去年卖得多的分得更多，不管当地还剩多少空间。")),
            Mistake("potential_only", lambda c: shared(c, 1.0), T(
                "This follows potential alone: a region may get a target its funnel cannot carry next year.",
                "这完全按潜量分：有的区域会分到明年漏斗撑不起来的目标。")),
        ),
        hints=(
            T("First bring both columns to shares that add up to 100 %.", "先把两列都换成合计 100% 的占比。"),
            T("Take the mean of the two shares of each region.", "每个区域取两个占比的平均。"),
            T("North: its sales divided by the sum of sales, plus its share of potential; half of that times the total.", "华北：销售额 ÷ 合计，加上潜量占比，除以 2，再乘以总数。"),
        ),
        after=T("The weight is a decision: history rewards what was done, potential what can be done. Write it into the plan.", "权重是一个决定：历史奖励已做到的，潜量指向能做到的。请写进规划。"),
    ),
    Exercise(
        id="L08.6", objective="O4", minutes=6, seeds=("S37",), draw=draw_customers,
        prompt=T("Ten customers, taken from the largest down. A customer is an A while those before it bring less than 80 % of the sales, a B while less than 95 %, else a C. How many are in each tier?", "十家客户，按销售额从大到小排。排在它前面的客户合计不到 80% 的为 A，不到 95% 的为 B，其余为 C。各级有几家？"),
        kind=Series(lambda c: ["A", "B", "C"], "number", relative=0.0),
        solve=tiers, show=ten_customers,
        mistakes=(
            Mistake("strict", strict, T(
                "You closed the tier before the customer that crosses the line. The stated rule looks at those before it: the one that crosses still belongs.",
                "你把跨线的那家排除了。题目的规则看的是“排在它前面的”合计：跨线的那家仍属于本级。")),
            Mistake("heads", lambda c: [8, 2, 0], T(
                "You took 80 % of the customers. The line is drawn at 80 % of the sales.",
                "你取的是客户数的 80%。分界线画在销售额的 80%。")),
        ),
        hints=(
            T("Sort by sales, largest first.", "先按销售额从大到小排序。"),
            T("Write the running sum beside each customer and divide by the total.", "在每家旁边写下累计额，再除以总额。"),
            T("The first is A. The second is A if the first alone brings less than 80 %, and so on.", "第一家是 A。第一家合计不到 80% 时，第二家也是 A，依此类推。"),
        ),
        after=T("Both rules are in use. What matters is that everybody uses the same one: write it beside the list.", "两种规则都有人用，重要的是大家用同一种：把规则写在名单旁边。"),
    ),
    Exercise(
        id="L08.7", objective="O4", minutes=4, seeds=("S37",), draw=draw_service,
        prompt=T("How many persons does this service plan need, if one person has {year:count} hours a year for customers? Two decimals.", "每人每年有 {year:count} 小时用于客户服务，这份服务计划需要多少人？保留两位小数。"),
        kind=Number("number", within=0.0101),
        solve=persons, show=service_table,
        mistakes=(
            Mistake("hours", lambda c: persons(c) * c["year"], T("These are the hours. Divide by the hours one person has.", "这是总小时数，还要除以每人可用的小时数。")),
            Mistake("visits", lambda c: (c["a"] * c["va"] + c["b"] * c["vb"] + c["c"] * c["vc"]) / c["year"], T("You counted each visit as one hour. The tiers differ in hours a visit.", "你把每次拜访都算作一小时。各级每次的小时数不同。")),
            Mistake("only_a", lambda c: c["a"] * c["va"] * 1.5 / c["year"], T("This is tier A alone. B and C need hours too, though fewer each.", "这只是 A 级。B、C 每家虽少，也要占时间。")),
        ),
        hints=(
            T("Work out the hours of each tier first.", "先分别算出各级的小时数。"),
            T("Hours of a tier = customers × visits × hours a visit.", "某级小时数 = 客户数 × 拜访次数 × 每次小时数。"),
            T("Tier A: {a} × {va} × 1.5 hours. Add B and C, then divide by {year:count}.", "A 级：{a} × {va} × 1.5 小时。再加上 B、C，除以 {year:count}。"),
        ),
        after=T("A promise of service is a number of persons. If they are not there, fewer customers get the promise, or it is a shorter one.", "服务承诺最终是人数。人不够，就缩小承诺的范围，或者降低承诺。"),
    ),
    Exercise(
        id="L08.8", objective="O4", minutes=4, seeds=("S37",), draw=draw_wallet,
        prompt=T("Write a rule that selects the customers to grow: what they could spend (potential) is {cut} thousand or more, and the part of it spent with us (wallet_share) is less than half.", "写一条规则，选出“重点增长”的客户：潜量（potential）达到 {cut} 千元，且客户份额（wallet_share，即在我们这里采购的部分）不到一半。"),
        kind=Rule(wallet), solve=to_grow, show=twelve_customers,
        mistakes=(
            Mistake("potential_only", lambda c: f"potential >= {c['cut']}", T("This also takes large customers who already buy most from us: those are to be defended.", "这也选中了已经主要向我们采购的大客户：那些应当守住。")),
            Mistake("share_only", lambda c: "wallet_share < 0.5", T("This also takes customers who could never buy much: there is little to grow.", "这也选中了本来就买不了多少的客户：增长空间有限。")),
            Mistake("defend", lambda c: f"potential >= {c['cut']} and wallet_share >= 0.5", T("These buy most from us already: the cell “defend”.", "这些已经主要向我们采购：属于“守住”。")),
        ),
        hints=(
            T("Two conditions have to hold at once.", "两个条件要同时成立。"),
            T("Join the conditions by “and”; “{cut} or more” is written >=.", "两个条件用 and 连接；“达到 {cut}”写作 >=。"),
            T("The form: potential >= number and wallet_share < number, a half being 0.5.", "格式：potential >= 数值 and wallet_share < 数值，一半写作 0.5。"),
        ),
        after=T("A rule can be run again next quarter; a list made by feeling cannot.", "规则下个季度还能再跑一遍，凭感觉列的名单不行。"),
    ),
    Exercise(
        id="L08.9", objective="O5", minutes=4, seeds=("S37",), draw=draw_discount,
        prompt=T("A tier is promised {discount:percent} off. The gross margin was {margin:percent} of the list price. How much more volume is needed for the same margin in money?", "承诺给某级客户 {discount:percent} 的折扣，原毛利率为 {margin:percent}。销量要增加多少，毛利额才不变？"),
        kind=Number("fraction", within=0.0035, relative=0.0),
        solve=extra_volume,
        mistakes=(
            Mistake("same", lambda c: c["discount"], T("The discount itself. It comes out of the margin alone, not out of the whole price.", "这就是折扣本身。折扣全部从毛利里出，而不是从整个价格里出。")),
            Mistake("old_margin", lambda c: c["discount"] / c["margin"], T("You divided by the old margin. Each piece now brings only what is left of it.", "你除的是原毛利率。打折后每件只剩下打折后的毛利。")),
            Mistake("price", lambda c: c["discount"] / (1 - c["discount"]), T("This keeps the revenue, not the margin: costs rise with every piece.", "这样保住的是销售额，不是毛利：多卖一件就多一份成本。")),
        ),
        hints=(
            T("How much margin is left on each piece sold?", "打折后每件还剩多少毛利？"),
            T("Old margin per piece = new margin per piece × (1 + extra volume).", "原毛利 = 新毛利 ×（1 + 增量）。"),
            T("New margin: {margin:percent} − {discount:percent} of the list price. Divide what was given away by it.", "新毛利为原价的 {margin:percent} − {discount:percent}，用让出的部分除以它。"),
        ),
        after=T("The thinner the margin, the more a discount has to bring. Work out what hours of service would cost before promising it.", "毛利越薄，折扣要换回的销量越大。承诺之前，先算算换成服务时间要花多少。"),
    ),
    Exercise(
        id="L08.10", objective="O1", minutes=3, seeds=("S34", "S36"),
        prompt=T("Exit ticket. A region: penetration 8 %, market growing by 12 % a year, one proposal in eight is won, elsewhere one in three. What comes first?", "课末一题。某区域渗透率 8%，市场每年增长 12%，方案阶段八个赢一个，其他区域三个赢一个。先做什么？"),
        kind=Choice(NEXT), solve=next_step, mistakes=(),
        hints=(
            T("Which number is out of line?", "哪个数字不正常？"),
            T("Potential says what could be sold; the funnel says what holds it back.", "潜量说能卖多少，漏斗说卡在哪里。"),
            T("Compare one in eight with one in three, and ask what follows from it.", "比较“八个赢一个”和“三个赢一个”，想想说明什么。"),
        ),
        after=T("A regional plan and the funnel answer each other: one says where there is room, the other what stands in the way.", "区域规划与漏斗互相印证：一个说哪里有空间，一个说卡在哪里。"),
    ),
)  # fmt: skip

WHATIFS = {"weights": weights, "service": service}

__all__ = ["EXERCISES", "PLAN", "WHATIFS", "last_year", "markets", "next_target"]
