"""Cells that a program spoilt before they came here, each kind told once per column, at its first cell.

Letters lost to a wrong encoding, ids that a spreadsheet took for numbers, thousands whose point may be read as a decimal one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from allocator.tables.files.cells import number_in, texts

if TYPE_CHECKING:
    from allocator.tables.files.table import Table

FEWEST: Final = 2
"""Amounts of which one may happen to have three decimals."""
_LOST: Final = re.compile("\ufffd|锟斤拷|ï¿½")
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{2}", re.ASCII)
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)


def tell_damaged(table: Table) -> None:
    """Tell of every column that has such cells."""
    for name, column in table.matching.names.items():
        cells = table.sheet.columns[column]
        known = table.matching.types.get(name)
        if isinstance(cells, list):
            tell(table, name, "letters_lost", [row for row, text in enumerate(cells) if _LOST.search(text)])
        if known is not None and known.type == "id":
            tell(table, name, "id_rounded", [row for row, text in enumerate(texts(cells)) if _ROUNDED.fullmatch(text)])
        if known is not None and known.is_money and isinstance(cells, list) and table.written.decimal == ".":
            filled = [row for row, text in enumerate(cells) if text]
            if (
                table.sheet.semicolons
                and len(filled) >= FEWEST
                and all(_THOUSANDS.fullmatch(cells[row]) for row in filled)
            ):
                tell(table, name, "point_of_thousands", filled, read=format(number_in(cells[filled[0]]) or 0, "f"))


def tell(table: Table, name: str, key: str, rows: list[int], **values: object) -> None:
    """A notice at the first of some cells, with how many there are."""
    if rows:
        got = table.got(name, rows[0])
        table.problems.notice(key, table.place(rows[0], name), table.header(name), count=len(rows), got=got, **values)
