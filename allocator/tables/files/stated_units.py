"""The unit of money that a table states outside its headers, such as 单位：亿元 in a title row.

It may stand above the table, in its foot, or in the name of the sheet or file. Only a unit that is stated as one
counts: a project of 10亿元, or a firm called 亿元, states none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from allocator.tables.files.units import same, units_in

if TYPE_CHECKING:
    from allocator.tables.files.table import Table

MOST_NAMED: Final = 6
"""Headers that a message names."""


def check_stated(table: Table) -> None:
    """A unit stated for the whole table is the config's, or every amount has its own."""
    places = [(f"{table.sheet.file}:{row} (row)" if not table.sheet.workbook else f"{table.sheet.file}!A{row}", text)
              for row, text in table.sheet.titles]  # fmt: skip
    sheet = table.sheet.file.rpartition("#")[2] if table.sheet.workbook else ""
    named = [(table.sheet.file, sheet), (table.source.shown, Path(table.source.shown).stem)]
    stated = [(place, unit) for place, text in places for unit in units_in(text)]
    stated += [(place, unit) for place, text in named for unit in units_in(text, name=True)]
    if not stated or any(same(unit, table.money) for _, unit in stated):
        return
    place, unit = stated[0]
    own = {index for index, _ in table.matching.units}
    money = [index for name, index in table.matching.names.items() if name in table.matching.types]
    money = [
        index
        for index in money
        if any(c.is_money for n, c in table.matching.types.items() if table.matching.names[n] == index)
    ]
    bare = [table.sheet.headers[index] for index in money if index not in own]
    units = unit.name, table.money.name
    if bare:
        headers = [*bare[:MOST_NAMED], *(["…"] if len(bare) > MOST_NAMED else [])]
        table.problems.error("stated_unit", place, unit=units[0], money=units[1], headers=headers)
    elif money:
        table.problems.notice("stated_beside", place, unit=units[0], money=units[1])
