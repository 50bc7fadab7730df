"""One table file becomes typed columns, with every fault reported at its cell.

Text columns are object arrays with '' for blank; everything else is float64 with NaN for blank, amounts in whole fen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from allocator.config.keys.tables import Tables
from allocator.money import Money
from allocator.tables.files.cells import number_in, texts
from allocator.tables.files.columns import Known, match, split_unit
from allocator.tables.files.no_records import records
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import Source
from allocator.tables.files.sheets import read_bytes, read_sheet, sha256
from allocator.tables.files.table import MOST_HINTS, Table, nearest_header
from allocator.tables.files.units import money_of, same, units_in

MOST_NAMED: Final = 6
"""Headers that a message names."""


FEWEST: Final = 2
"""Amounts of which one may happen to have three decimals."""
_LOST: Final = re.compile("\ufffd|锟斤拷|ï¿½")
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{2}", re.ASCII)
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)


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


def open_table(
    source: Source,
    known: Known,
    needed: set[str],
    money: Money,
    problems: Problems,
    canonical: Callable[[Sequence[str]], dict[int, str]] | None = None,
    written: Tables | None = None,
) -> Table | None:
    """Read a file and match its headers; None after a problem that leaves nothing to look at.

    ``canonical`` gives names to headers that the data dictionary does not list (payments).
    """
    data = read_bytes(source, problems)
    sheet = read_sheet(source, data, known.recognised, needed, problems) if data is not None else None
    if data is None or sheet is None:
        return None
    matching = match(known, sheet.headers, canonical(sheet.headers) if canonical else {})
    sheet = records(source.role, sheet, matching, problems)
    table = Table(source, known, sheet, matching, money, problems, sha256(data), written or Tables())
    for name, first, second in matching.twice:
        values = {"column": name, "first": sheet.headers[first], "second": sheet.headers[second]}
        problems.error("header_twice", sheet.header_place(second), place_first=sheet.header_place(first), **values)
    for own, index in matching.spare:
        problems.notice("header_spare", sheet.header_place(own), sheet.headers[own], other=sheet.headers[index])
    for name, index in matching.hidden:
        problems.notice("header_hidden", sheet.header_place(index), sheet.headers[index], mapped=known.mapping[name])
    check_units(table)
    check_stated(table)
    tell_damaged(table)
    hint_at_known(table, known)
    return table


def check_units(table: Table) -> None:
    """A header that names another unit of money than the config's is a slip."""
    for index, unit in table.matching.units:
        columns = [table.matching.types[name] for name, at in table.matching.names.items() if at == index]
        stated = money_of(unit)
        if any(column.is_money for column in columns) and (stated is None or not same(stated, table.money)):
            values = {"unit": unit, "money": table.money.name}
            table.problems.error("header_unit", table.sheet.header_place(index), table.sheet.headers[index], **values)


def hint_at_known(table: Table, known: Known) -> None:
    """Tell of headers of the planner's own that look like a misspelt known one."""
    own = [name for name in table.matching.names if name not in table.matching.types and "@" not in name][:MOST_HINTS]
    names = {
        header: column.name
        for column in known.columns.values()
        if column.name not in table.matching.names
        for header in (column.name, column.header_zh, *column.also)
        if len(header) > 1
    }
    for name in own:
        close = nearest_header(split_unit(name)[0], list(names))
        if close:
            index = table.matching.names[name]
            table.problems.notice("header_near", table.sheet.header_place(index), name, nearest=close)
