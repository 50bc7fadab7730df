"""What one cell means: numbers, flags and months as people type them, and what to write instead of the rest.

Columns are read on their distinct texts, so a column that repeats itself costs little, and a column of plain
numbers is not looked at cell by cell at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, TypeVar

import numpy as np

from allocator.config.source.months import folded
from allocator.messages import Message
from allocator.money import Money
from allocator.money.arrays import Floats, is_nan

Cells = Floats | list[str]
"""A column as read from the file: numbers where a workbook holds nothing else (NaN is blank), else stripped text."""
Read = TypeVar("Read")

FRACTION: Final = "0-1"
"""Unit of a share."""
NOISE: Final = 1e-3
"""Fen that a float may be off a whole fen without having been meant so (15 digits of a spreadsheet)."""
BEYOND: Final = 1e200
"""Units that no money has, and that still can be multiplied."""
EXACT_BELOW: Final = 1e14
"""Fen up to which a float product is certain to round to the right whole fen."""

DIGITS, PLACES, NOISY = 15, 6, 3
"""Digits that a spreadsheet shows; decimals up to which a number is looked at in bulk; digits that noise has more."""
RESIDUE: Final = 1e-13
"""Share of a column's largest number, or of 1, below which a number is left over from arithmetic."""

_SWAPPED: Final = str.maketrans(",.", ".,")
_EUROPEAN: Final = re.compile(r"([+-]?\d{1,3}(?:\.\d{3})+),(\d+)", re.ASCII)

_PLAIN_COLUMN: Final = re.compile(r"[0-9.\-+eE\n]*")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:([, '])\d{3})(?:\1\d{3})*(\.\d+)?", re.ASCII)
_PERHAPS_CODE: Final = re.compile(r"(?:^|\n)[+-]?0\d|\d{16}", re.ASCII)
_LEADING_ZERO: Final = re.compile(r"[+-]?0\d", re.ASCII)
_LONG_CODE: Final = re.compile(r"\d{16,}", re.ASCII)
_WITH_UNIT: Final = re.compile(r"[约~≈]? *([+-]?[\d, ]*\.?\d+) *([十百千万亿]*)(元|块)?(?:人民币)?", re.ASCII)
_PERCENT: Final = re.compile(r"([+-]?\d+(?:\.\d+)?) *%", re.ASCII)
_APPROXIMATE: Final = re.compile(r"(?:约|大约|~|≈|>|<|≥|≤|近|超) *([+-]?\d+(?:\.\d+)?)(?: *左右)?", re.ASCII)
_COMMA_DECIMAL: Final = re.compile(r"([+-]?\d+),(\d{1,2}|\d{4,})", re.ASCII)
_NOTHING: Final = frozenset(
    (
        "-",
        "--",
        "—",
        "——",
        "–",
        "/",
        "\\",
        "无",
        "空",
        "暂无",
        "待定",
        "未定",
        "不详",
        "n/a",
        "na",
        "nan",
        "null",
        "none",
        "tbd",
    )
)

_MULTIPLES: Final = {"": 1, "十": 10, "百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6}
_LARGER: Final = {"千万": 10**7, "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12}
_MARKS_OF_YES: Final = frozenset("√ ✓ ✔ ☑ 有 合格 通过 达标 属于".split())
_MARKS_OF_NO: Final = frozenset("× ✗ ✘ x X 无 不合格 未通过 不达标 不属于".split())
_FLAGS: Final = {"1": 1.0, "是": 1.0, "true": 1.0, "0": 0.0, "否": 0.0, "false": 0.0, "1.0": 1.0, "0.0": 0.0}
_ERROR: Final = re.compile(
    "#(?:N/A.*|N/D|Н/Д|NV|[^\\W\\d_][\\w/]*[!?]|[¡¿]?(?:REF|DIV/0|VALUE|NAME|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|PYTHON|EXTERNAL"
    "|BEZUG|WERT|ZAHL|VALEUR|NOM|NOMBRE|VALOR)[!?]?|GETTING_DATA)|#{3,}|Err:?[0-9]{3}",
    re.IGNORECASE,
)
"""As spreadsheets write them, whatever their language; LibreOffice has Err:502."""


"""Spreadsheets count days from 1899-12-30; the bounds are the years 1980 and 2119, so that 20221 is no day."""
_ROOMY: Final = Context(prec=400, rounding=ROUND_HALF_UP)
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WIDTH: Final = {ord(letter) + 0xFEE0: letter for letter in _LETTERS} | {0x3000: " "}


def number_in(text: str) -> Decimal | None:
    """The number a person meant, exactly; None when there is none or it can be read in two ways."""
    plain = folded(text)
    if _THOUSANDS.fullmatch(plain):
        plain = re.sub(r"[, ']", "", plain)
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def is_error(text: str) -> bool:
    """Whether a cell says that its formula failed, or that its column was too narrow to show the number."""
    return bool(_ERROR.fullmatch("".join(folded(text).split())))


def text_of(number: float) -> str:
    """A number of a workbook as a person would have typed it: 1 for 1.0, and 0.3 for 0.30000000000000004."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text, short = repr(number), f"{number:.{DIGITS}g}"
    return text if len(text) < len(short) + NOISY else short


def shown(values: Floats) -> tuple[Floats, list[int]]:
    """Numbers as a spreadsheet shows them, with 15 digits; and the rows that are 0 but for what arithmetic left over.

    0.7 + 0.1 is stored as 0.7999999999999999, and 0.1 + 0.2 - 0.3 as 5.55e-17.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        odd = np.flatnonzero((np.round(values, PLACES) != values) & np.isfinite(values))
    if not len(odd):
        return values, []
    read, left = values.copy(), []
    least = RESIDUE * max(1.0, float(np.nanmax(np.abs(values))))
    for row in odd.tolist():
        number = float(values[row])
        if abs(number) < least:
            left.append(row)
        read[row] = 0.0 if abs(number) < least else number if number.is_integer() else float(f"{number:.{DIGITS}g}")
    return read, left


def with_point(cells: Cells) -> Cells:
    """Texts in which comma and point have changed places: 1.234,56 becomes 1,234.56."""
    return [text.translate(_SWAPPED) for text in cells] if isinstance(cells, list) else cells


def texts(cells: Cells) -> list[str]:
    """Every cell as text, '' for blank."""
    if isinstance(cells, list):
        return cells
    return ["" if is_nan(number) else text_of(number) for number in cells.tolist()]


def half_width(cells: list[str]) -> list[str]:
    """Texts with half-width digits, letters and spaces; punctuation stays as it was written."""
    if not any(ord(character) in _WIDTH for character in set("".join(cells))):
        return cells
    return [cell.translate(_WIDTH).strip() for cell in cells]


@dataclass(frozen=True)
class Numbers:
    """A column of numbers."""

    values: Floats
    bad: list[int]
    """Rows that hold something else."""
    typed: list[int]
    """Rows that were not written as plain numbers, such as 1,234, and read as meant."""


def numbers(cells: Cells) -> Numbers:
    """Read a column of numbers; blanks and faulty cells are NaN."""
    if not isinstance(cells, list):
        return Numbers(cells, [], [])
    if _PLAIN_COLUMN.fullmatch("\n".join(cells)):
        try:
            return finite(np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64), cells)
        except ValueError:
            pass
    meant = {cell: number_in(cell) for cell in set(cells)}
    floats = {cell: np.nan if number is None else float(number) for cell, number in meant.items()}
    bad = [row for row, cell in enumerate(cells) if cell.strip() and meant[cell] is None]
    odd = {cell for cell, number in meant.items() if number is not None and not _NUMBER.fullmatch(cell)}
    read = finite(np.array([floats[cell] for cell in cells], dtype=np.float64), cells)
    return Numbers(read.values, sorted({*bad, *read.bad}), [row for row, cell in enumerate(cells) if cell in odd])


def finite(values: Floats, cells: list[str]) -> Numbers:
    """Numbers too large for a float are faults."""
    bad = np.flatnonzero(np.isinf(values)).tolist() if len(cells) else []
    values[bad] = np.nan
    return Numbers(values, bad, [])


def looks_numeric(cells: list[str]) -> bool:
    """Whether every cell that is filled in is a number, and none is a code such as 007 or a very long one."""
    joined = "\n".join(cells)
    if _PLAIN_COLUMN.fullmatch(joined) and not _PERHAPS_CODE.search(joined):
        try:
            list(map(float, filter(None, cells)))
        except ValueError:
            return False
        return True
    first = next((cell for cell in cells if cell), "0")
    return number_in(first) is not None and all(is_number(cell) for cell in set(cells) if cell)


def is_number(cell: str) -> bool:
    """Whether a cell is a number and no code."""
    return number_in(cell) is not None and not is_code(cell)


def is_code(cell: str) -> bool:
    """Whether digits are a code rather than a number."""
    plain = folded(cell)
    return bool(_LEADING_ZERO.match(plain) or _LONG_CODE.fullmatch(plain))


def numeric_share(cells: list[str]) -> float:
    """Share of the filled cells that are numbers."""
    filled = [cell for cell in cells if cell]
    meant = {cell: number_in(cell) is not None for cell in set(filled)}
    return sum(meant[cell] for cell in filled) / len(filled) if filled else 0.0


@dataclass(frozen=True)
class Fen:
    """A column of amounts."""

    fen: Floats
    finer: list[int]
    """Rows that were finer than a fen and were rounded half up."""
    large: list[int]
    """Rows beyond the largest amount."""
    total: float
    """Sum of the sizes of all amounts, about."""


def to_fen(values: Floats, cells: Cells, money: Money) -> Fen:
    """Amounts of a column in whole fen: exactly what is written, rounded half up where that is finer than a fen."""
    scaled = np.clip(values, -BEYOND, BEYOND) * money.fen_per_unit
    fen = np.rint(scaled)
    large = np.abs(scaled) > money.largest
    doubtful = ~large & ((np.abs(scaled) > EXACT_BELOW) | (np.abs(scaled - fen) > 1e-9 * np.maximum(1, np.abs(scaled))))
    finer = []
    for row in np.flatnonzero(doubtful).tolist():
        written = number_in(cells[row]) if isinstance(cells, list) else Decimal(repr(float(values[row])))
        exact = _ROOMY.divide(_ROOMY.multiply(written or Decimal(0), money.size), money.quantum)
        whole = exact.quantize(Decimal(1), context=_ROOMY)
        fen[row] = int(whole)
        if abs(exact - whole) > max(NOISE, abs(float(exact)) * 1e-15):
            finer.append(row)
    fen[large] = np.nan
    return Fen(fen + 0.0, finer, np.flatnonzero(large).tolist(), float(np.nansum(np.abs(scaled))))


def each_distinct(cells: list[str], read: Callable[[str], Read | None]) -> tuple[list[Read | None], list[int]]:
    """Read every cell through its distinct texts; also the filled rows that could not be read."""
    meant = {cell: read(cell) if cell else None for cell in set(cells)}
    return [meant[cell] for cell in cells], [row for row, cell in enumerate(cells) if cell and meant[cell] is None]


def flag_in(text: str) -> float | None:
    """1 for 是, true, 1; 0 for 否, false, 0."""
    return _FLAGS.get(folded(text).casefold())


def flag_advice(text: str) -> Message | str:
    """What to write for a mark or a word that people put for yes or no."""
    plain = folded(text)
    meant = "1" if plain in _MARKS_OF_YES else "0" if plain in _MARKS_OF_NO else ""
    return Message("tables.write", {"write": meant}) if meant else ""


def items_in(text: str) -> str:
    """A list of ids or tags with ';' between them."""
    parts = (part.strip() for part in re.split(r"[;；、\n]", text))
    return ";".join(part for part in parts if part)


def advice(text: str, unit: str, money: Money | None) -> Message:
    """What to write instead of ``text`` in a column of numbers; ``money`` where they are amounts."""
    plain = folded(text)
    if plain.casefold() in _NOTHING:
        return Message("tables.write_nothing")
    if money and (match := _WITH_UNIT.fullmatch(plain)) and (match[2] or match[3]):
        factor = (_MULTIPLES | _LARGER).get(match[2])
        amount = number_in(match[1])
        if factor and amount is not None and money.base == "元":
            units = _ROOMY.divide(_ROOMY.multiply(amount, factor), money.size)
            return Message("tables.write", {"write": format(units.normalize(_ROOMY), "f")})
    if match := _PERCENT.fullmatch(plain):
        share = _ROOMY.divide(Decimal(match[1]), 100)
        return (
            Message("tables.write", {"write": format(share, "f")})
            if unit == FRACTION
            else Message("tables.write_amount")
        )
    if match := _APPROXIMATE.fullmatch(plain):
        return Message("tables.write_if", {"write": match[1]})
    if match := _EUROPEAN.fullmatch(plain):
        return Message("tables.write_point", {"write": f"{match[1].replace('.', '')}.{match[2]}"})
    if match := _COMMA_DECIMAL.fullmatch(plain):
        return Message("tables.write_or", {"first": f"{match[1]}.{match[2]}", "second": f"{match[1]}{match[2]}"})
    return Message("tables.write_number")
