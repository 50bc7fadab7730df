"""Sheets whose rows are written as they come: one piece of XML per row, a quarter of the time of cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

LONGEST = 32_767
"""Characters of UTF-16 in a cell."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
NAMED = re.compile("(_x[0-9a-fA-F]{4}_)")
"""What a workbook takes for the name of a control character."""
CARE = re.compile(f"[&<>]|{CONTROL.pattern}|{NAMED.pattern}")


class StreamedSheet(Worksheet):  # type: ignore[misc]
    """A sheet of a workbook in constant memory; rows come in ascending order."""

    def line(self, row: int, cells: Iterable[str], last: int) -> None:
        """Write a whole row at once; ``last`` is the number of its last column."""
        self._check_dimensions(row, 0)
        self._check_dimensions(row, last)
        self._write_single_row(row)
        self.fh.write(f'<row r="{row + 1}">{"".join(cells)}</row>')


def letters(columns: int) -> list[str]:
    """Names of the first columns, from A."""
    return [str(xl_col_to_name(number)) for number in range(columns)]


def styled(look: Any) -> str:
    """What refers to a format; nothing for none."""
    return "" if look is None else f' s="{look._get_xf_index()}"'  # noqa: SLF001  there is no public name for it


def text(place: str, value: str, style: str = "") -> str:
    """A cell of text, which never runs as a formula."""
    if len(value) > LONGEST // 2:
        value = value.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
    space = ' xml:space="preserve"' if value != value.strip() else ""
    if CARE.search(value):
        value = escaped(CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", NAMED.sub(r"_x005F\1", value)))
    return f'<c r="{place}"{style} t="inlineStr"><is><t{space}>{value}</t></is></c>'


def number(place: str, value: float, style: str = "") -> str:
    """A cell of a number."""
    return f'<c r="{place}"{style}><v>{value:.16G}</v></c>'


def blank(place: str, style: str = "") -> str:
    """An empty cell that has a format."""
    return f'<c r="{place}"{style}/>'


def escaped(value: str) -> str:
    """A text as XML has it."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def formula(place: str, told: str, value: float | str, style: str = "") -> str:
    """A cell of a formula with what it gives."""
    kind = ' t="str"' if isinstance(value, str) else ""
    return f'<c r="{place}"{style}{kind}><f>{escaped(told)}</f><v>{escaped(str(value))}</v></c>'
