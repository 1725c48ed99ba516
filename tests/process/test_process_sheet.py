"""Reading a sheet: what is wrong is told by file, line and nearest match, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelkit.errors import FunnelkitError
from funnelkit.process import bundled_processes, check, load_process, new, show
from funnelkit.words import speaking

HEAD = "name: Ours\nstages:\n"
A = "  - {id: a, name: A}\n"

CASES = [
    (
        HEAD + A + "currancy: CNY\n",
        's.yaml, line 4: "currancy" is not a key of a process sheet here. Nearest: "currency",',
        "s.yaml 第 4 行：此处没有 “currancy” 这个键。最接近的是：“currency”、",
    ),
    (
        HEAD + "  - id: a\n    name: A\n    traget: {step_rate: 0.5}\n",
        's.yaml, line 5: "traget" is not a key of a process sheet here. Nearest: "target",',
        "s.yaml 第 5 行：此处没有 “traget” 这个键。最接近的是：“target”、",
    ),
    (
        HEAD + "  - {id: a, name: A, target: {median_days: soon}}\n",
        's.yaml, line 3: median_days is "soon" where a number is needed.',
        "s.yaml 第 3 行：median_days 的值是 “soon”，此处应为：数字。",
    ),
    (
        HEAD + "  - {id: a, name: A, target: {step_rate: 55}}\n",
        "s.yaml, line 3: step_rate is 55. Give a share above 0 and up to 1, such as 0.55 for 55%.",
        "s.yaml 第 3 行：step_rate 的值是 55。请写大于 0、不超过 1 的小数，例如 55% 写作 0.55。",
    ),
    (
        HEAD + A + "  - {id: b, name: B}\n  - {id: a, name: C}\n",
        's.yaml, line 5: stage id "a" is used twice, first by stage 1. '
        "Every stage needs an id of its own.",
        "s.yaml 第 5 行：阶段 id “a” 重复，第 1 个阶段已经用过。每个阶段的 id 必须不同。",
    ),
    (
        HEAD + A + "  - id: no_decision\n    name: Stopped\n",
        's.yaml, line 4: "no_decision" cannot be a stage id, it is the name of an outcome. '
        "Give the stage another id and list its labels under outcomes.",
        "s.yaml 第 4 行：“no_decision” 是结果的名称，不能用作阶段 id。"
        "请给阶段换一个 id，并把标签写到 outcomes 下。",
    ),
    (
        HEAD + "  - id: a\n    name: A\n    closing: true\n  - {id: b, name: B}\n",
        's.yaml, line 5: stage "a" is closing, but "b" comes after it. '
        "Only the last stage can be closing.",
        "s.yaml 第 5 行：阶段 “a” 标为 closing，但后面还有 “b”。只有最后一个阶段可以是 closing。",
    ),
    (
        HEAD + "  - {id: a, name: A, closing: true}\n",
        's.yaml, line 3: "a" is the only stage and it is closing. '
        "Add a stage a deal can be open in.",
        "s.yaml 第 3 行：唯一的阶段 “a” 标为 closing。请再加一个在途商机可处的阶段。",
    ),
    (
        HEAD + A + "  - {id: b, name: B, aliases: [a]}\n",
        's.yaml, line 4: label "a" of stage "b" already means stage "a". '
        "A label can mean one stage only.",
        "s.yaml 第 4 行：阶段 “b” 的标签 “a” 已经属于阶段 “a”。一个标签只能对应一个阶段。",
    ),
    (
        HEAD + A + "    name: [\n",
        "s.yaml, line 4: this is not valid YAML (",
        "s.yaml 第 4 行：不是有效的 YAML（",
    ),
    (
        HEAD + "  - id: a\n    name: A\n    name: B\n",
        's.yaml, line 5: "name" is written twice, first in line 4. Keep one of them.',
        "s.yaml 第 5 行：“name” 写了两次，第一次在第 4 行。请只保留一处。",
    ),
    (
        "name: 我们的流程\nstages:\n  - id：lead\n",
        's.yaml, line 3: "id：lead" has a full-width colon. Use ":" followed by a space.',
        "s.yaml 第 3 行：“id：lead” 用了全角冒号。请改用英文冒号“:”，后面加一个空格。",
    ),
    (
        HEAD + A + "outcomes:\n  lost:\n    - No\n",
        "s.yaml, line 6: lost holds False, because YAML reads a bare yes, no, on or off "
        "as true or false. Put the word in quotes.",
        "s.yaml 第 6 行：lost 读成了 False，因为 YAML 把不带引号的 yes、no、on、off 当作真假值。"
        "请给这个词加上引号。",
    ),
    (
        HEAD + "  - {id: a, name: A, checkpoints: [{id: x, name: X, rule: late}]}\n",
        's.yaml, line 3: the rule "late" cannot be read. Write it like days_in_stage > 14 '
        'or loss_reason is empty, joined by "and".',
        "s.yaml 第 3 行：看不懂规则 “late”。请写成 days_in_stage > 14 或 loss_reason is empty "
        "的样子，多个条件用 and 连接。",
    ),
    (
        HEAD
        + "  - {id: a, name: A, checkpoints:\n"
        + "     [{id: x, name: X, rule: amount > 1, severity: wach}]}\n",
        's.yaml, line 4: severity is "wach". Nearest: "watch", "act", "note".',
        "s.yaml 第 4 行：severity 的值是 “wach”。最接近的是：“watch”、“act”、“note”。",
    ),
    (
        HEAD + A + "calendar: {timezone: Asia/Beijing}\n",
        's.yaml, line 4: there is no time zone "Asia/Beijing". '
        "Use a name such as UTC, Asia/Shanghai or Europe/Berlin.",
        "s.yaml 第 4 行：没有时区 “Asia/Beijing”。请用 UTC、Asia/Shanghai、Europe/Berlin "
        "这样的名称。",
    ),
    (
        HEAD + A + "currency: rmb\n",
        's.yaml, line 4: "rmb" is not a currency code. '
        "Use three capital letters, such as CNY, USD or EUR.",
        "s.yaml 第 4 行：“rmb” 不是币种代码。请用三个大写字母，如 CNY、USD、EUR。",
    ),
    (
        HEAD + "  - {id: a b, name: A}\n",
        's.yaml, line 3: "a b" cannot be an id. Use letters, digits, "_" and "-", without spaces.',
        "s.yaml 第 3 行：“a b” 不能作为 id。只用字母或汉字、数字、“_”和“-”，不要空格。",
    ),
    (
        HEAD + "  - {name: A}\n",
        's.yaml, line 3: "id" is missing. Add it.',
        "s.yaml 第 3 行：缺少 “id”，请补上。",
    ),
    (
        "name: Ours\nstages: []\n",
        "s.yaml, line 2: the list of stages is empty. Give at least one stage.",
        "s.yaml 第 2 行：阶段列表是空的。请至少给出一个阶段。",
    ),
    (
        HEAD + A + "milestones:\n  - {id: m, name: M, stage: aa}\n",
        's.yaml, line 5: the milestone points at stage "aa", which is not in the process. '
        'Nearest: "a", "won".',
        "s.yaml 第 5 行：里程碑指向的阶段 “aa” 不在流程中。最接近的是：“a”、“won”。",
    ),
    (
        HEAD + A + "calendar: {holidays: [2026-02-30]}\n",
        's.yaml, line 4: holidays is "2026-02-30" where a date like 2026-10-01 is needed.',
        "s.yaml 第 4 行：holidays 的值是 “2026-02-30”，此处应为：形如 2026-10-01 的日期。",
    ),
    (
        "- a\n- b\n",
        "s.yaml, line 1: sheet is \"['a', 'b']\" where a group of \"key: value\" lines is needed.",
        "s.yaml 第 1 行：sheet 的值是 “['a', 'b']”，此处应为：若干行“键: 值”。",
    ),
    (
        "# nothing yet\n",
        "s.yaml is empty. A process sheet needs at least a name and stages; "
        '"funnelkit process new" writes one to start from.',
        "s.yaml 是空的。阶段标准表至少要有 name 和 stages；"
        "可用 funnelkit process new 生成一份作为起点。",
    ),
]


@pytest.mark.parametrize(("text", "english", "chinese"), CASES)
def test_a_broken_sheet_says_where_and_what(
    tmp_path: Path, text: str, english: str, chinese: str
) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(FunnelkitError) as caught:
        load_process(file)
    for lang, expected in (("en", english), ("zh", chinese)):
        with speaking(lang):
            said = str(caught.value)
            # Lists of what is allowed and the parser's own reason are compared up to there.
            assert said.startswith(expected) if expected[-1] in ",、(（" else said == expected
            assert check(file) == [said]


def test_several_problems_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(HEAD + A + "currency: rmb\nstags: 1\n", "utf-8")
    with speaking("en"), pytest.raises(FunnelkitError) as caught:
        load_process(file)
    said = str(caught.value).splitlines()
    assert said[0] == "The process sheet has 2 problems:"
    assert said[1].startswith('- s.yaml, line 4: "rmb"')
    assert said[2].startswith('- s.yaml, line 5: "stags"')


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        (
            "sass",
            'There is no process "sass". Bundled: "saas", "b2b-six-stages", "project-sale", '
            '"equipment-tender". Give one of these names or the path of a YAML file.',
            "没有名为 “sass” 的流程。自带的有：“saas”、“b2b-six-stages”、“project-sale”、"
            "“equipment-tender”。请给出其中一个名称，或一个 YAML 文件的路径。",
        ),
        (
            "saas.yml",
            'The process sheet "saas.yml" does not exist. Check the path, or use a bundled one: '
            '"saas", "b2b-six-stages", "project-sale", "equipment-tender".',
            "阶段标准表文件 “saas.yml” 不存在。请检查路径，或使用自带的："
            "“saas”、“b2b-six-stages”、“project-sale”、“equipment-tender”。",
        ),
    ],
)
def test_unknown_names_and_files(name: str, english: str, chinese: str) -> None:
    with pytest.raises(FunnelkitError) as caught:
        load_process(name)
    with speaking("en"):
        assert str(caught.value) == english
    with speaking("zh"):
        assert str(caught.value) == chinese


def test_a_dict_is_named_by_its_path() -> None:
    with speaking("en"), pytest.raises(FunnelkitError) as caught:
        load_process({"name": "X", "stages": [{"id": "won", "name": "W"}]})
    assert str(caught.value).startswith('process, stages.1.id: "won" cannot be a stage id')


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_sheets_saved_by_any_editor_are_read(tmp_path: Path, codec: str) -> None:
    file = tmp_path / "ours.yaml"
    file.write_bytes("name: 我们的流程\nstages:\n  - {id: 初访, name: 初次拜访}\n".encode(codec))
    process = load_process(str(file))
    assert (process.id, str(process.name), process.match("初次拜访")) == (
        "ours",
        "我们的流程",
        "初访",
    )


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff\xff")
    with speaking("en"), pytest.raises(FunnelkitError, match=r"^s\.yaml is not a text file"):
        load_process(file)


def test_a_new_sheet_is_sound_and_never_overwrites(tmp_path: Path) -> None:
    file = new(tmp_path / "own.yaml", stages=["Prospecting", "Engaging", "Won"])
    assert check(file) == []
    assert load_process(file).stage_ids == ("prospecting", "engaging")
    with speaking("en"), pytest.raises(FunnelkitError, match="already exists"):
        new(file)
    with speaking("zh"):
        assert "准入标准" in new(tmp_path / "zh.yaml", stages=["初访"]).read_text("utf-8")
    for name in bundled_processes():
        copy = new(tmp_path / f"{name}.yaml", template=name)
        assert load_process(copy) == load_process(name)
    with speaking("en"), pytest.raises(FunnelkitError) as caught:
        new(tmp_path / "x.yaml", template="sas")
    assert str(caught.value).startswith('There is no bundled sheet "sas" to copy.')


def test_show_is_the_printed_sheet() -> None:
    assert show("saas") == str(load_process("saas"))
