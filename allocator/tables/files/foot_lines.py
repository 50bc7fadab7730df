"""Lines of a table that say something of it and are no record: its foot, headings between rows, headers printed again.

A line is one only where it lacks what a record has. The first cell says so, no cell holds a number, and what the line
has of a region or a category no other row has. A project that is called 说明书印刷厂, or that has an amount, is none.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from allocator.config.source.months import folded
from allocator.tables.files import cells as cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    Texts = Sequence[tuple[int, str]]
    """The filled cells of a row, each with its column."""

FEWEST_COUNTED: Final = 4
"""Cells of a line that numbers the columns, at least."""
FIRST_ROWS: Final = 2
"""Rows below the header among which such a line stands."""

_ZH: Final = (
    r"(?:填表|制表|填报|编制|审核|复核|审批|批准|经办|联系|负责|主管|分管|统计|单位负责|部门负责|主要负责|财务负责|项目负责|法定代表|经手|校对|签发|拟稿"
    r"|承办|录入)(?:人|人员|领导|单位|部门|日期|时间|说明|电话|方式)?|(?:报送|报表|填写|截止|打印|导出|生成|更新|统计|数据)(?:日期|时间)|日期|(?:联系)?电话"
    r"|手机|传真|邮箱|签[字名章]|盖章|公章|(?:数据|资料)?来源|(?:填表|编制)?说明|[备附]?注 *\d{0,2}|(?:金额|计量|货币)?单位|抄[送报]|[主报]送"
)
_EN: Final = r"contact|phone|tel|date|report date|source|notes?|remarks?|signature|stamp|seal|legend|disclaimer|footnotes?|units?|nb"
_DONE: Final = (
    "prepared|checked|approved|reviewed|filled in|printed|generated|created|exported|produced|updated|compiled|issued|submitted|signed"
    "|authori[sz]ed|certified|verified"
)
_LEAD: Final = r"[(*※† ]*"
_IN_BRACKETS: Final = r"(?: *\([^()]*\))?"
_HEAD: Final = re.compile(
    rf"{_LEAD}(?:{_ZH}){_IN_BRACKETS}\)?(?: *\d{{1,2}}[.、]| *:|[ \t]+\S|$).*|{_LEAD}(?:{_EN}){_IN_BRACKETS}(?: *:|$).*"
    rf"|{_LEAD}(?:{_DONE}) +(?:on|by|at|from)\b.*|[*※†‡]+ *(?=.*[\s\u4e00-\u9fff]).{{4,}}"
    r"|\((?:.*[章签]|.*无正文|.*空白|续.*|[接转]下.|完)\)|\(?(?:以上|以下|上述|[上本此下]表|表中|本页|续[上下]?[表页]|[接转]下页|截[至止]).*"
    r"|as (?:of|at) .*|n\. ?b\..*|(?:all )?(?:amounts|figures|values) (?:are |in ).*|(?:copyright|©|confidential\b).*|机密.*|秘密|内部(?:资料|使用|文件).*",
    re.IGNORECASE | re.DOTALL,
)
"""What a line of the foot begins with; beside it anything may stand."""
_NUMERAL: Final = "[一二三四五六七八九十]{1,3}"
_ALONE: Final = re.compile(
    rf"(?:- *)?(?:page|p\.) *\d+(?: *(?:of|/) *\d+)?(?: *-)?|-+ *\d+ *-+|\d+ */ *\d+|第 *(?:\d+|{_NUMERAL}) *页.*"
    r"|共 *\d+ *(?:页|[条个项家行](?:记录|项目|数据)?)\)?|\d+ +(?:records?|rows?|projects?|entries|items)"
    r"|\d{4} *[-./年] *\d{1,2} *(?:[-./月] *\d{1,2} *日?|月)(?: +\d{1,2}:\d{2}(?::\d{2})?)?|-* *end(?: of .*)?-*|\(?continued\)?|附[件表] *\d*.*"
    rf"|(?:{_NUMERAL} *[、.]|\({_NUMERAL}\)|第{_NUMERAL}(?:部分|章|批|类)).*",
    re.IGNORECASE | re.DOTALL,
)
"""A line with nothing else in it: pages, dates, headings between the rows."""
_FURTHER: Final = re.compile(r"\s*(?:[(（]?\d{1,2} *[.．、)）]|[①-⑳⑴-⒇]|[-·•]) *\D.*", re.DOTALL)
"""A further point of a note, as written."""
_FIRST_OF_COUNT: Final = re.compile("栏次|行次|序号|column|[甲乙丙丁]|[a-d]", re.IGNORECASE)


def heads(text: str) -> bool:
    """Whether a cell begins a line of the foot."""
    return bool(_HEAD.fullmatch(folded(text)))


def says_so(texts: Texts, *, after: bool) -> bool:
    """Whether a line's cells say that it is no record; one ``after`` such a line may go on with its numbers."""
    if heads(texts[0][1]):
        return True
    alone = list(dict.fromkeys(text for _, text in texts))
    if all(_ALONE.fullmatch(folded(text)) or heads(text) for text in alone):
        return True
    return after and len(alone) == 1 and bool(_FURTHER.fullmatch(alone[0]))


def repeats(texts: Texts, headers: Sequence[str]) -> bool:
    """Whether a line is the header once more, as on every page of a print."""
    return len(texts) > 1 and all(" ".join(text.split()) == headers[column] for column, text in texts)


def counts_columns(row: int, texts: Texts) -> bool:
    """Whether a line below the header numbers the columns: 栏次, 1, 2, 3 and so on."""
    if row >= FIRST_ROWS:
        return False
    rest = [text for at, (_, text) in enumerate(texts) if at > FIRST_ROWS or not _FIRST_OF_COUNT.fullmatch(text)]
    numbers = [cell.number_in(text) for text in rest]
    counted: list[list[Decimal | None]] = [list(map(Decimal, range(first, first + len(rest)))) for first in (1, 2, 3)]
    return len(rest) >= FEWEST_COUNTED and numbers in counted
