"""One table file becomes typed columns, with every fault reported at its cell.

Text columns are object arrays with '' for blank; everything else is float64 with NaN for blank, amounts in whole fen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allocator.config.keys.tables import Tables
from allocator.money import Money
from allocator.tables.files.columns import Known, match, split_unit
from allocator.tables.files.damaged import tell_damaged
from allocator.tables.files.no_records import records
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import Source
from allocator.tables.files.sheets import read_bytes, read_sheet, sha256
from allocator.tables.files.stated_units import check_stated
from allocator.tables.files.table import MOST_HINTS, Table, nearest_header
from allocator.tables.files.units import money_of, same


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
