"""A slip in YAML is told at its line and column, with its cause, and nothing else is blamed for it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from allocator.config.source.yaml_lint import code_of
from allocator.config.source.yaml_source import Block, Place, read_text
from allocator.messages.errors import InputError

START = Place("plan.yaml", Path(), 1, 1)
PLAN = """\
# 起步配置：先按原样运行，再换成“自己的”【项目】和规则。 don't @blame %this `comment`: a：b
title: 工业振兴资金安排示例 2026–2027
years: [2026, 2027]               # 年份：［2026，2027］

sources:                          # 资金来源：每年多少，支持什么
  fiscal:
    name: 财政资金
    budget: {2026: 4000, 2027: 4000}
    carryover: {max_share: 0.1, years: 1}
    pays: [construction_grant, renovation_grant]
  special_bond:
    name: 专项债券
    budget: {2026: 9000, 2027: 9000}

instruments:                      # 支持方式：谁可以得到，怎么算，怎么拨
  construction_grant:
    kind: grant
    where: {category: 重大工业项目, clean_record: true}
    rate: 0.06
    award: {min: 200, max: 10000, step: 10, levels: 4}

limits:                           # 必须守住的界限
  - {name: 各市财政资金上限, measure: award, each: region, max_share: 0.60}
  - {name: 单个集团, measure: award, each: group_id, max: 5000}
  - name: 战新投资占比
    measure: nominal_investment
    min_share: 0.30
"""
FULL, SPACE, DASH = (
    "full-width colon '：'; write ':' and a space",
    "no space after the colon; write '{} …'",
    "no space after the dash; write '- …'",
)
ODD, TAB = "a full-width or non-breaking space; write ordinary spaces", "a tab; indent with spaces"
INDENT, SECOND = (
    "spaces before this line: {}; a line here begins with {}",
    "a second colon: put the value in quotes, {}",
)
STRAY = "the bracket '{}' has none to close; remove it, or write its other half before"
START_WITH = "a value cannot start with '{}'; put it in quotes"
BESIDE = "text beside the quotation marks; put all of the value inside them, {}"
QUOTE, BRACKET = (
    "the quotation mark opened on line {} is not closed",
    "the bracket opened on line {} is not closed, or a comma is missing",
)
SIGN = "full-width '{}'; write '{}'"
SLIPS = [
    # no space after a colon
    ("budget: {2026: 4000", "budget:{2026: 4000", "8:11", SPACE.format("budget:")),
    ("years: [", "years:[", "3:6", SPACE.format("years:")),
    ("name: 财政资金", "name:财政资金", "7:9", SPACE.format("name:")),
    ("rate: 0.06", "rate:0.06", "19:9", SPACE.format("rate:")),
    ("{min: 200,", "{min:200,", "20:16", SPACE.format("min:")),
    ("step: 10,", "step:10,", "20:39", SPACE.format("step:")),
    ("title: 工业", "title:工业", "2:6", SPACE.format("title:")),
    ("- name: 战新", "- name:战新", "25:9", SPACE.format("name:")),
    ("    min_share: 0.30", "      min_share:0.30", "27:16", SPACE.format("min_share:")),
    # a full-width colon
    ("title: 工业", "title：工业", "2:6", FULL),
    ("  fiscal:", "  fiscal：", "6:9", FULL),
    ("rate: 0.06", "rate：0.06", "19:9", FULL),
    ("limits:  ", "limits：  ", "22:7", FULL),
    ("kind: grant", "kind： grant", "17:9", FULL),
    ("levels: 4}", "levels：4}", "20:51", FULL),
    # other signs
    ("{max_share: 0.1, years: 1}", "｛max_share: 0.1, years: 1｝", "9:16", SIGN.format("｛", "{")),
    ("max_share: 0.1, years", "max_share: 0.1，years", "9:31", SIGN.format("，", ",")),
    ("name: 财政资金", "name: “财政: 资金”", "7:11", "curly quotation marks “财政: 资金”; write '财政: 资金'"),
    ("  - {name: 单个", "  －{name: 单个", "24:3", SIGN.format("－", "-")),
    # spaces
    ("    name: 财政资金", "　　name: 财政资金", "7:1", ODD),
    ("    name: 财政资金", "\u00a0   name: 财政资金", "7:1", ODD),
    ("    name: 财政资金", "  　name: 财政资金", "7:3", ODD),
    ("rate: 0.06", "rate:\u00a00.06", "19:10", ODD),
    ("  fiscal:", "　fiscal:", "6:1", ODD),
    ("rate: 0.06", "rate\u00a0: 0.06", "19:5", ODD),
    ("    name: 财政资金", "\tname: 财政资金", "7:1", TAB),
    ("    rate: 0.06", "   \trate: 0.06", "19:4", TAB),
    ("  special_bond:", "\tspecial_bond:", "11:1", TAB),
    # dashes
    ("  - {name: 单个", "  -{name: 单个", "24:3", DASH),
    ("  - name: 战新", "  -name: 战新", "25:3", DASH),
    ("years: [2026, 2027]  ", "years:\n  -2026\n  -2027 ", "5:3", DASH),
    ("pays: [construction_grant, renovation_grant]", "pays:\n      -renovation_grant", "11:7", DASH),
    # indentation
    ("    name: 财政资金", "   name: 财政资金", "7:4", INDENT.format(3, 4)),
    ("    name: 财政资金", "     name: 财政资金", "7:6", INDENT.format(5, 4)),
    ("    rate: 0.06", "   rate: 0.06", "19:4", INDENT.format(3, 4)),
    ("    rate: 0.06", "     rate: 0.06", "19:6", INDENT.format(5, 4)),
    ("  special_bond:", "   special_bond:", "11:4", INDENT.format(3, "2, 4")),
    ("  - {name: 单个", "   - {name: 单个", "24:4", INDENT.format(3, 2)),
    # brackets and quotes
    ("years: 1}", "years: 1", "9:16", BRACKET.format(9)),
    ("renovation_grant]", "renovation_grant", "10:11", BRACKET.format(10)),
    ("years: 1}", "years: 1}}", "9:42", STRAY.format("}")),
    ("years: 1}", "years: 1]", "9:41", STRAY.format("]")),
    ("measure: award, each: group", "measure: award each: group", "24:33", "no comma before this; write ', '"),
    ("name: 财政资金", 'name: "财政资金', "7:11", QUOTE.format(7)),
    ("name: 专项债券", "name: '专项债券", "12:11", QUOTE.format(12)),
    ("name: 单个集团,", 'name: "单个集团,', "24:12", QUOTE.format(24)),
    ("name: 财政资金", "name: '财政'资金", "7:11", BESIDE.format("'财政''资金'")),
    # colons and starts
    ("name: 财政资金", "name: 财政: 资金", "7:11", SECOND.format("'财政: 资金'")),
    ("title: 工业", "title: 广西: 工业", "2:8", SECOND.format("'广西: 工业振兴资金安排示例 2026–2027'")),
    *[("name: 财政资金", f"name: {sign}财政资金", "7:11", START_WITH.format(sign)) for sign in "@%`"],
    ("each: group_id", "each: @group_id", "24:40", START_WITH.format("@")),
    ("  special_bond:", "  special_bond", "11:15", "no colon after the key; write 'special_bond: …'"),
    ("rate: 0.06", "rate = 0.06", "19:10", "no colon after the key; write 'rate: …'"),
    ("rate: 0.06", "rate 0.06", "19:10", "no colon after the key; write 'rate: …'"),
]


def told(text):
    """What is said about a text, in English."""
    with pytest.raises(InputError) as caught:
        read_text(text, START)
    assert len(caught.value.text("zh").split("\n")) == len(caught.value.text("en").split("\n"))
    return caught.value.text("en").split("\n")


@pytest.mark.parametrize(("right", "wrong", "place", "says"), SLIPS, ids=[wrong.strip() for _, wrong, _, _ in SLIPS])
def test_a_slip_is_told_at_its_place(right, wrong, place, says):
    """Line, column and cause, whatever comments hold."""
    assert told(PLAN.replace(right, wrong, 1))[0] == f"plan.yaml:{place}: {says}"


def test_slips_at_several_places_are_told_together():
    """Kinds do not hide one another, and the first fault of the library is not the last word."""
    text = PLAN.replace("budget: {2026: 4", "budget:{2026: 4").replace("rate: 0.06", "rate：0.06")
    text = text.replace("  - {name: 单个", "  -{name: 单个").replace("    kind: grant", "   kind: grant")

    assert told(text) == [
        f"plan.yaml:8:11: {SPACE.format('budget:')}",
        f"plan.yaml:17:4: {INDENT.format(3, 4)}",
        f"plan.yaml:19:9: {FULL}",
        f"plan.yaml:24:3: {DASH}",
    ]


FINE = [
    ("name: 财政资金", "name: “十四五”：财政，资金【一】"),
    ("name: 财政资金", "name: http://example.org/a:b"),
    ("name: 财政资金", 'name: "财政: 资金 # ［不是］注释"'),
    ("name: 财政资金", "name: it's 12:30"),
    ("name: 财政资金", "name: 财政资金\n      第二行：见说明"),
    ("name: 财政资金", "name: >\n      budget:4000\n      - 说明：无"),
    ("rate: 0.06", "rate: # 说明：每年\n      0.06"),
    ("rate: 0.06", "rate:\n      -0.06"),
    ("years: [2026, 2027]  ", "years:\n- 2026\n- 2027 "),
    ("    budget: {2026: 4000", "    # budget:{2026：\n    budget: {2026: 4000"),
    ("pays: [", "pays:\t["),
]


@pytest.mark.parametrize(("right", "other"), FINE, ids=[other for _, other in FINE])
def test_what_only_looks_like_a_slip_is_read(right, other):
    """Texts, quotes, blocks of text and comments may hold any sign."""
    assert isinstance(read_text(PLAN.replace(right, other, 1), START), Block)


@pytest.mark.parametrize("seed", range(4))
def test_any_damage_is_read_or_told_at_a_place(seed):
    """Signs put in, taken out and swapped anywhere: never another error, and a place that exists."""
    source = random.Random(seed)
    for _ in range(25):
        text = list(PLAN)
        for _ in range(source.randint(1, 4)):
            at = source.randrange(len(text))
            text[at : at + source.randint(0, 2)] = source.choice(
                ["", *"：，【】“”　\u00a0\t:,-[]{}'\"&*!|>%@`#?\n ", "\r", "\x85"]
            )
        lines = "".join(text).split("\n")
        try:
            read_text("\n".join(lines), START)
        except InputError as error:
            for said in error.text("en").split("\n"):
                line = int(said.split(":")[1])

                assert 1 <= line <= len(lines) + 1 or "\x85" in text or "\r" in text
                assert len(said) < 300


def test_code_is_what_stands_outside_quotes_and_comments():
    """The columns stay."""
    assert code_of("a: 'b: c' # d").rstrip() == "a: " + "\ue000" * 6
    assert code_of("it's: 5 #x") == "it's: 5   "
