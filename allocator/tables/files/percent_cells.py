"""Cells of a workbook that show a percentage: a rate typed as 4.35% is stored as 0.0435 and a format."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import numpy as np

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Collection

    from allocator.money.arrays import Floats

BUILT_IN: Final = frozenset(("9", "10"))
"""The formats 0% and 0.00%, which every workbook has."""
STYLES: Final = "xl/styles.xml"
NUMBER: Final = frozenset((b"", b"n"))
PERCENT: Final = 100
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b")
_TYPE: Final = re.compile(rb"""\bt=["'](\w+)["']""")
_REFERENCE: Final = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[[^]]*]')
"""Parts of a format that are written as they stand."""


def percent_styles(archive: zipfile.ZipFile, parsed: Callable[[zipfile.ZipFile, str], ET.Element]) -> frozenset[bytes]:
    """Numbers of the cell styles that show a percentage."""
    if STYLES not in archive.namelist():
        return frozenset()
    formats, styles = set(BUILT_IN), []
    for element in parsed(archive, STYLES):
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmts":
            codes = {one.get("numFmtId", ""): _LITERAL.sub("", one.get("formatCode", "")) for one in element}
            formats = (formats - codes.keys()) | {key for key, code in codes.items() if "%" in code}
        elif tag == "cellXfs":
            styles = [one.get("numFmtId", "") for one in element]
    return frozenset(str(number).encode() for number, key in enumerate(styles) if key in formats)


def percent_cells(xml: bytes, styles: Collection[bytes], index: Callable[[bytes], int]) -> dict[int, set[int]]:
    """Column (from 0) → rows (from 1) of the numbers on a sheet that are shown in percent."""
    found: dict[int, set[int]] = {}
    if not styles:
        return found
    for style in re.finditer(rb"""\ss=["'](?:%b)["']""" % b"|".join(sorted(styles)), xml):
        tag = xml[xml.rfind(b"<", 0, style.start()) : xml.find(b">", style.end())]
        kind, reference = _TYPE.search(tag), _REFERENCE.search(tag)
        if _CELL.match(tag) and reference and (kind[1] if kind else b"") in NUMBER:
            found.setdefault(index(reference[1]), set()).add(int(reference[2]))
    return found


def as_shown(values: Floats, rows: Collection[int]) -> Floats:
    """The values with those of ``rows`` times 100, exactly: 0.0435 is 4.35."""
    shown = values.copy()
    for row in rows:
        if np.isfinite(shown[row]):
            shown[row] = float(Decimal(repr(float(shown[row]))) * PERCENT)
    return shown
