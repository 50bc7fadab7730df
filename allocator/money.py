"""Amounts of money: exact conversion between the config's unit and the internal one.

Inside, every amount is a whole number of fen (0.01 of the base currency, 0.01 元), held as float64 and exact
up to `LARGEST_FEN`; a blank is NaN. The same data in another unit therefore builds the identical model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST_FEN: Final = 9_000_000_000_000_000
"""Largest amount that is accepted: whole numbers up to here are exact as float64 (2^53 is 9.007e15)."""

_CHINESE: Final = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "十亿": 1_000_000_000,
    "百亿": 10_000_000_000,
}
_UNIT_ZH: Final = re.compile(r"([十百千万亿]*)((?:人民币|美|欧|港|日|澳|加)?元|英镑)")
_UNIT_EN: Final = re.compile(r"(?:(\d[\d,]*(?:\.\d+)?) *)?([A-Za-z]{3})")
_EXACT: Final = Context(prec=60, traps=[Inexact])


@dataclass(frozen=True)
class Money:
    """The unit in which the config, the tables and the results speak of money."""

    name: str
    """As the planner wrote it: 万元, '1000 EUR'."""
    base: str
    """The currency whose hundredth is a fen: 元, EUR."""
    fen_per_unit: int
    places: int
    """Decimals needed so that one fen is exact in this unit."""

    @classmethod
    def of(cls, name: str) -> Money:
        """Read a unit: 元, 千元, 万元, 百万元, 亿元, '1000 EUR', 'USD'.

        Raises:
            ValueError: it is none of these, or a fen has no finite decimal in it.
        """
        written = unicodedata.normalize("NFKC", name).strip()
        if (match := _UNIT_ZH.fullmatch(written)) and match[1] in _CHINESE:
            factor, base = Decimal(_CHINESE[match[1]]), match[2].replace("人民币", "")
        elif match := _UNIT_EN.fullmatch(written):
            factor, base = Decimal((match[1] or "1").replace(",", "")), match[2]
        else:
            raise ValueError(f"unknown money unit {name!r}")
        fen = factor * 100
        places = next((p for p in range(31) if fen > 0 and fen == int(fen) and 10**p % int(fen) == 0), None)
        if places is None:
            raise ValueError(f"0.01 {base} has no exact decimal in the money unit {name!r}")
        return cls(written, base, int(fen), places)

    def to_fen(self, amount: Decimal) -> int:
        """Whole fen of ``amount`` units, exactly.

        Raises:
            ValueError: the amount is finer than a fen.
        """
        try:
            return int(_EXACT.multiply(amount, self.fen_per_unit).to_integral_exact(context=_EXACT))
        except Inexact:
            raise ValueError(f"{amount} {self.name} is finer than 0.01 {self.base}") from None

    def to_unit(self, fen: float) -> Decimal:
        """Units of ``fen``, exactly."""
        return _EXACT.divide(Decimal(int(fen)), Decimal(self.fen_per_unit))

    def text(self, fen: float) -> str:
        """Units of ``fen`` as an exact plain decimal, without exponent or trailing zeros."""
        whole, rest = divmod(abs(int(fen)), self.fen_per_unit)
        sign = "-" if fen < 0 else ""
        if not rest:
            return f"{sign}{whole}"
        decimals = str(rest * (10**self.places // self.fen_per_unit)).zfill(self.places).rstrip("0")
        return f"{sign}{whole}.{decimals}"

    def floats(self, fen: ArrayLike) -> NDArray[np.float64]:
        """Units of every amount: the float nearest to the exact value; NaN stays NaN."""
        return np.asarray(fen, dtype=np.float64) / self.fen_per_unit

    def texts(self, fen: ArrayLike) -> list[str]:
        """``text`` of every amount; '' for NaN."""
        amounts, places = np.unique(np.asarray(fen, dtype=np.float64), return_inverse=True)
        words = ["" if np.isnan(amount) else self.text(amount) for amount in amounts]
        return [words[place] for place in places.tolist()]
