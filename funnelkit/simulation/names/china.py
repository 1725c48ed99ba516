"""Names of a business as it is in China; nobody is real."""

from __future__ import annotations

from dataclasses import replace

from funnelkit.simulation.names.usual import ZH, Names, Reason

CHINA: Names = replace(
    ZH,
    sources=("老客户转介绍", "电话开发", "行业展会", "渠道报备", "招标网"),
    industries=("机械制造", "食品饮料", "化工", "包装印刷", "公用事业"),
    products=("水泵机组", "过滤设备", "配料生产线", "控制系统改造"),
    competitors=("北湾科技", "夸瑞", "维坦", "奥川"),
    kinds=("电话", "企业微信", "会议", "拜访", "技术交流"),
    kind_shares=((50, 32, 3, 12, 3), (35, 32, 8, 20, 5), (22, 33, 12, 23, 10), (20, 35, 18, 25, 2)),
    roles=("使用部门", "技术负责人", "采购", "设备处长", "总经理", "设计院"),
    evidence=("企业微信记录", "签字的会议纪要", "技术要求", "标书签收回执", "双方盖章的合同"),
    given=("建军", "芳", "志强", "娜", "伟", "静", "国栋", "敏", "磊", "丽华", "勇", "艳",
           "海涛", "娟", "明", "晓燕", "超", "玉兰", "永刚", "慧", "洪波", "婷", "卫东", "雪梅",
           "鹏", "秀英", "俊杰", "红", "文斌", "倩"),
    family=("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱",
            "高", "林", "何", "郭", "马", "罗"),
    given_once=True,
    trades_of={
        "机械制造": ("机械", "电机", "钢构", "泵业"), "食品饮料": ("食品", "乳业", "酿造", "烘焙"),
        "化工": ("化工", "涂料", "塑胶", "新材料"), "包装印刷": ("包装", "纸业", "印务", "玻璃"),
        "公用事业": ("水务", "热力", "燃气", "环保"),
    },
    campaigns=("春季设备巡检", "年中技术研讨会", "秋季展会", "年底节能专场"),
    types=("新签", "续签"),
    sides=("客户", "我方"),
    posts=("销售", "售前", "经理"),
    reasons=(
        Reason("联系不上", ("lost", "no_decision"), "start", "start"),
        Reason("没有采购计划", ("lost", "no_decision"), "start", "contact"),
        Reason("不在合格供应商名录", ("lost",), "start", "qualify"),
        Reason("技术不符", ("lost",), "contact", "offer"),
        Reason("已定其他品牌", ("lost",), "contact", "qualify"),
        Reason("预算未批", ("no_decision",), "contact", "qualify"),
        Reason("项目推迟", ("no_decision",), "contact", "last"),
        Reason("采购取消", ("no_decision",), "qualify", "last"),
        Reason("资格预审未通过", ("lost",), "qualify", "qualify"),
        Reason("价格高", ("lost",), "offer", "last"),
        Reason("评标得分低", ("lost",), "bid", "bid"),
        Reason("投标被否决", ("lost",), "bid", "bid"),
        Reason("竞争对手关系深", ("lost",), "qualify", "last"),
        Reason("质疑成立，重新评标", ("lost",), "award", "award"),
    ),
)  # fmt: skip
