"""Rows of a table that are no record: sums, which are refused, and lines about the table, which are left out and told.

A sum says so in an id, a name, a place or a category, wherever it stands; elsewhere only where a row lacks what
every record has, where the other cells of the column are numbers, or where its amounts add up. A firm that is called
Total, or a remark that speaks of a sum, makes no sum of a row.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.config.source.months import folded
from allocator.tables.files import cells as cell
from allocator.tables.files.foot_lines import FIRST_ROWS, counts_columns, heads, repeats, says_so

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocator.money.arrays import Floats
    from allocator.tables.files.columns import Matching
    from allocator.tables.files.problems import Problems
    from allocator.tables.files.sheet import Sheet

KEYS: Final = {
    "projects": ("project_id", "region", "category"),
    "regions": ("region",),
    "options": ("project_id", "option"),
    "commitments": ("project_id",),
    "progress": ("project_id",),
}
"""Role of a table → what each of its records has."""
NAMING: Final = ("project_id", "project_name", "region", "category", "county", "entity_name", "group_id", "park_id")
"""Columns that say what a row is about."""
LEAST_ADDED: Final = 2
"""Rows that a sum adds up at least."""
CLOSE: Final = 1e-6

_AFTER: Final = (
    r"(?: *(?:[\d.,]+|[一二三四五六七八九十]+)? *(?:万元|亿元|元|[个项家户]项目|[个项家户])?| *\([^()]*\))* *[:.。、*]*"
)
_ZH: Final = r"(?:[小合总共累總総][ *]*[计計]|[计計]|总 *和|[汇匯彙] *[总總])[数數]?"
_EN: Final = r"(?:(?:sub|grand|overall|sum) *-? *)?totals?|sums?|sigma|σ"
_OTHERS: Final = (
    r"(?:zwischen|gesamt|teil)?summen?|(?:ins)?gesamt|(?:sous|sub)[ \-]*total[eai]?|total(?:e|es|i)?(?: g[eé]n[eé]rale?s?| generale?| geral)?"
    r"|somme|suma(?: (?:total|częściowa))?|soma|razem|ogółem|celkem|spolu|összesen|(?:(?:genel|ara) )?toplam|(?:под)?итог[оиа]?|всего|разом"
    r"|(?:tổng(?: số)?|cộng|tổng cộng|cộng dồn)|(?:sub)?jumlah(?: total)?|합계|소계|총계|총합계|รวม(?:ทั้งสิ้น|ทั้งหมด)?|المجموع|الإجمالي"
)
"""German, French, Italian, Spanish, Portuguese, Polish, Czech, Hungarian, Turkish, Russian, Vietnamese, Malay, Korean, Thai, Arabic."""
_ALONE: Final = re.compile(rf"[*·\-— ]*(?:{_ZH}|{_EN}|{_OTHERS}) *:?{_AFTER}", re.IGNORECASE)
_SURE: Final = re.compile(
    rf".+(?:[小合总總総] *[计計])[数數]? *:?{_AFTER}|其中:.*|sub *-? *total\b.*|.+[ \-:(](?:(?:sub|grand) *-? *)?totals?\)?",
    re.IGNORECASE,
)
_PERHAPS: Final = re.compile(
    rf".+(?:[共累] *[计計]|[汇匯彙] *[总總]){_AFTER}|(?:grand +)?total\b.*|sum of\b.*|(?:{_OTHERS})\b.*|.+ (?:{_OTHERS})",
    re.IGNORECASE,
)
_HINTS: Final = re.compile(
    "计|計|总|總|総|和|中|[σΣ∑]|[tｔ][oｏ][tｔ]|[sｓ][uｕ][mｍ]|[sｓ]igma|gesamt|som|итог|всего|разом|tổng|cộng|jumlah|razem|ogółem"
    "|celkem|spolu|összesen|toplam|계|รวม|مجموع|إجمالي",
    re.IGNORECASE,
)


def records(role: str, sheet: Sheet, matching: Matching, problems: Problems) -> Sheet:
    """The rows that are records; the others are told."""
    keys = KEYS.get(role.partition(".")[0])
    if keys is None or not len(sheet.rows):
        return sheet
    rows = _Rows(sheet, matching, keys)
    sums = dict(rows.sums())
    for row, column in sums.items():
        problems.error("total_row", sheet.place(row, column), sheet.headers[column], got=rows.text(row, column))
    foot = {row: column for row, column in rows.foot() if row not in sums}
    for row, column in foot.items():
        problems.notice("foot_line", sheet.place(row, column), got=rows.text(row, column))
    left_out = [*sums, *foot]
    if len(left_out) == len(sheet.rows):
        return sheet
    beside = [(int(sheet.rows[row]), text) for row in foot for text in rows.texts(row) if text not in sheet.headers]
    return replace(sheet.without(left_out), titles=[*sheet.titles, *beside]) if left_out else sheet


class _Rows:
    """The rows of a sheet, by what they say of themselves."""

    def __init__(self, sheet: Sheet, matching: Matching, keys: tuple[str, ...]) -> None:
        self.sheet, self.names = sheet, matching.names
        self.keys = [matching.names[name] for name in keys if name in matching.names]
        self.naming = [matching.names[name] for name in NAMING if name in matching.names]
        numeric = {"money", "number", "integer", "percent", "fraction", "year", "flag"}
        self.numeric = [matching.names[name] for name, column in matching.types.items() if column.type in numeric]
        self.money = [matching.names[name] for name, column in matching.types.items() if column.is_money]

    def text(self, row: int, column: int) -> str:
        """A cell as it was written."""
        cells = self.sheet.columns[column]
        return cells[row] if isinstance(cells, list) else cell.texts(cells[row : row + 1])[0]

    def texts(self, row: int) -> list[str]:
        """What stands in a row."""
        return [text for column in range(len(self.sheet.columns)) if (text := self.text(row, column))]

    def sums(self) -> Iterator[tuple[int, int]]:
        """Row and column of what says that a row is a sum, in the order of the rows."""
        found: dict[int, int] = {}
        for column, cells in enumerate(self.sheet.columns):
            if not isinstance(cells, list) or not _HINTS.search("\n".join(cells)):
                continue
            meant = {text: self.kind(text) for text in set(cells) if text and _HINTS.search(text)}
            for row, text in enumerate(cells):
                if (kind := meant.get(text)) and row not in found and self.is_sum(row, column, kind):
                    found[row] = column
        yield from sorted(found.items())

    def kind(self, text: str) -> str:
        """Whether a text is alone, surely or perhaps the name of a sum."""
        plain = " ".join(folded(text).split())
        patterns = {"alone": _ALONE, "sure": _SURE, "perhaps": _PERHAPS}
        return next((kind for kind, pattern in patterns.items() if pattern.fullmatch(plain)), "")

    def is_sum(self, row: int, column: int, kind: str) -> bool:
        """Whether a row that says so is a sum: by its word, by what it lacks, or by its numbers."""
        if column in self.naming and kind in ("alone", "sure"):
            return True
        if not all(self.text(row, key) for key in self.keys):
            return kind == "alone" or column in self.naming
        if kind == "alone" and self.counts(column):
            return True
        return (kind == "alone" or column in self.naming) and self.adds_up(row)

    def counts(self, column: int) -> bool:
        """Whether a column holds running numbers in all other rows, such as 序号."""
        others = [text for text in self.sheet.columns[column] if text and not self.kind(str(text))]
        return bool(others) and all(cell.number_in(text) is not None for text in map(str, others))

    def adds_up(self, row: int) -> bool:
        """Whether every amount of a row is the sum of those of the rows above it."""
        fits, told = np.ones(row, bool), False
        for column in self.money:
            amounts = self.amounts(column)
            if np.isnan(amounts[row]):
                continue
            above = np.cumsum(np.nan_to_num(amounts[:row])[::-1])[::-1]
            fits &= np.abs(above - amounts[row]) <= CLOSE * np.maximum(1, np.abs(above))
            told = told or bool(amounts[row])
        return told and bool(fits[: row + 1 - LEAST_ADDED].any())

    def amounts(self, column: int) -> Floats:
        """The numbers of a column, NaN for the rest."""
        return cell.numbers(self.sheet.columns[column]).values

    def foot(self) -> Iterator[tuple[int, int]]:
        """Rows that say something of the table, with their first cell: they have nothing of a record."""
        before = -1
        for row in self.perhaps_foot():
            texts = [(c, text) for c in range(len(self.sheet.columns)) if (text := self.text(row, c))]
            repeated = repeats(texts, self.sheet.headers)
            if not texts or repeated or self.is_foot(row, texts, after=before == row - 1):
                before = row
                yield row, texts[0][0] if texts else 0

    def perhaps_foot(self) -> list[int]:
        """Rows that lack what each record has, that begin as no record does, or that number the columns."""
        found = {*range(min(FIRST_ROWS, len(self.sheet.rows)))}
        for number, key in enumerate(self.keys):
            cells = self.sheet.columns[key]
            if not isinstance(cells, list):
                found.update(np.flatnonzero(np.isnan(cells)).tolist())
                continue
            found.update(row for row, text in enumerate(cells) if not text)
            if number == 0:
                odd = {text for text in set(cells) if text in self.sheet.headers or heads(text)}
                found.update(row for row, text in enumerate(cells) if text in odd) if odd else None
        return sorted(found)

    def is_foot(self, row: int, texts: Sequence[tuple[int, str]], *, after: bool) -> bool:
        """Whether a row that says so is a line of the foot: no number stands in it, nor what other rows have."""
        first = texts[0][1]
        own = all(text == first or heads(text) or self.only(c, text) for c, text in texts if c in self.keys)
        if not own or counts_columns(row, texts):
            return own
        numbers = [text for c, text in texts if c in self.numeric and text != first]
        return all(cell.number_in(text) is None for text in numbers) and says_so(texts, after=after)

    def only(self, column: int, text: str) -> bool:
        """Whether no other row has a text."""
        cells = self.sheet.columns[column]
        return (cells if isinstance(cells, list) else cell.texts(cells)).count(text) == 1
