"""Months as people write them, in a config as in a cell, and text in half width."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import numpy as np

from allocator.messages import Message

_DAY_AND_YEAR: Final = re.compile(r"(?:(\d{1,2})[./-])?(\d{1,2})[./-](\d{4})(?: 00:00(?::00)?)?", re.ASCII)
_MONTH: Final = re.compile(
    r"(\d{4})(?:[-/年.](\d{1,2})|(\d{2}))月?(?:[-/.]?(\d{1,2})日?)?(?:[ T]00:00(?::00)?)?", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 1900, 2200
_DAY_ZERO, _FIRST_DAY, _LAST_DAY = np.datetime64("1899-12-30"), 29_221, 80_000


def folded(text: str) -> str:
    """Text with half-width digits, letters and punctuation, trimmed."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip(" \t\r\n\ufeff\u200b")


def month_in(text: str, dates: str = "ymd") -> str | None:
    """A month as yyyy-mm, from yyyy-mm, yyyy/m, yyyy年m月, yyyymm, a date, or the day number of a spreadsheet.

    ``dates`` says what stands first where the year stands last; without it such a date is not read.
    """
    plain = folded(text)
    if dates != "ymd" and (found := _DAY_AND_YEAR.fullmatch(plain)):
        number, day = (found[2], found[1]) if dates == "dmy" or not found[1] else (found[1], found[2])
        return f"{found[3]}-{int(number):02}" if 1 <= int(number) <= 12 and 1 <= int(day or 1) <= 31 else None
    if plain.isdigit() and _FIRST_DAY <= int(plain) <= _LAST_DAY:
        return str((_DAY_ZERO + np.timedelta64(int(plain), "D")).astype("datetime64[M]"))
    match = _MONTH.fullmatch(plain)
    if match is None or re.fullmatch(r"\d{4}\.1", plain):  # 2021.1 is January or, in a spreadsheet, October
        return None
    month, day = int(match[2] or match[3]), int(match[4] or 1)
    sound = FIRST_YEAR <= int(match[1]) <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= 31
    return f"{match[1]}-{month:02}" if sound else None


def month_advice(text: str) -> Message | str:
    """The key that says in which order dates are written, where the year stands last."""
    return Message("tables.say_dates") if _DAY_AND_YEAR.fullmatch(folded(text)) else ""
