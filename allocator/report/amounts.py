"""Numbers as people read them."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.money import Money

STEPS = {
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
    "en": ((1e12, "trillion "), (1e9, "billion "), (1e6, "million ")),
}


MULTIPLES = {
    "": "", "千": "1,000 ", "万": "10,000 ", "百万": "million ", "千万": "10 million ", "亿": "100 million ",
    "千亿": "100 billion ", "万亿": "trillion ",
}  # fmt: skip
CURRENCIES = {
    "元": "yuan", "美元": "USD", "欧元": "EUR", "港元": "HKD", "日元": "JPY", "韩元": "KRW", "澳元": "AUD",
    "加元": "CAD", "英镑": "GBP", "越南盾": "VND", "印尼盾": "IDR",
}  # fmt: skip
UNITS = {f"{m}{c}": f"{multiple}{code}" for m, multiple in MULTIPLES.items() for c, code in CURRENCIES.items()}
"""English names of the units that Chinese tables are kept in."""


def unit_name(unit: str, language: str) -> str:
    """A money unit as headings show it; one without an English name stays as the planner wrote it."""
    return UNITS.get(unit, unit) if language == "en" else unit


def amount(value: float, money: Money, language: str) -> str:
    """An amount given in the config's unit: 3.25 亿元, 5,200 万元, 12.40 million EUR."""
    if math.isnan(value):
        return "–"
    size, name = steps(value, money, language)
    return f"{grouped(value / size, 2)} {name}"


def steps(value: float, money: Money, language: str) -> tuple[float, str]:
    """The unit people would use for an amount: how many of the config's units it has, and its name."""
    currency, units = unit_name(money.base, language), float(1 / money.size)
    for size, name in STEPS[language]:
        if abs(value) >= size * units:
            return size * units, f"{name}{currency}"
    return units, currency


def grouped(value: float, places: int) -> str:
    """A number with thousands separators; decimals only when they say something."""
    text = f"{value:,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(share: float, places: int = 2) -> str:
    """A share as a percentage."""
    return "–" if math.isnan(share) else f"{grouped(share * 100, places)}%"


def times(value: float, base: float) -> str:
    """How many times ``base`` fits in ``value``."""
    return f"{value / base:,.1f}" if base > 0 else "–"


def width(text: str) -> int:
    """Columns of a terminal that ``text`` takes; Chinese characters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` filled with blanks to a width on the terminal."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks
