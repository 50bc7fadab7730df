"""Amounts of money: exact conversion between the config's unit and the internal one.

Inside, every amount is a whole number of quanta, held as float64; a blank is NaN. A quantum is the smallest amount
there is: 0.01 元, 1 VND, or what the config's `quantum` says. Code calls it fen. The same data in another unit
therefore builds the identical model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any, Final, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST_FEN: Final = 2_000_000_000_000_000
"""Largest amount, and sum of a column: up to here an amount in the config's unit, as a float, is of one fen only."""
LARGEST_UNSCALED: Final = 9_000_000_000_000_000
"""The same where the config's unit is the quantum: whole numbers are exact as float64 up to 2^53, which is 9.007e15."""
COARSEST: Final = Decimal(10_000)
"""Largest quantum, in units of the currency, that is taken where the config names none; what needs more is a slip."""

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
    "千亿": 100_000_000_000,
    "万亿": 1_000_000_000_000,
}
_ENGLISH: Final = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WHOLE: Final = frozenset(
    "日元 韩元 越南盾 印尼盾 BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
)
"""Currencies whose smallest amount in use is one unit."""
_UNIT_ZH: Final = re.compile(r"([十百千万亿]*)((?:人民币|美|欧|港|日|韩|澳|加)?元|英镑|越南盾|印尼盾)")
_UNIT_EN: Final = re.compile(r"(?:(\d[\d,]*(?:\.\d+)?) *)?(?:(thousand|million|billion|trillion) +)?([A-Za-z]{3})")
_EXACT: Final = Context(prec=60, traps=[Inexact])


class Coarse(Fraction):
    """Quanta per unit where the quantum is larger than the unit: computes with decimals and arrays as an int does."""

    __array_ufunc__ = None  # arrays leave multiplication to this class

    def __rmul__(self, other: Any) -> Any:
        """``other`` units in quanta."""
        if isinstance(other, Decimal | float | np.ndarray):
            return other * self.numerator / self.denominator
        return super().__rmul__(other)

    def __mul__(self, other: Any) -> Any:
        """``other`` units in quanta."""
        return self.__rmul__(other) if isinstance(other, Decimal | float | np.ndarray) else super().__mul__(other)

    def __rtruediv__(self, other: Any) -> Any:
        """``other`` quanta in units; whole ones stay whole numbers."""
        if isinstance(other, Decimal | float | np.ndarray):
            return other * self.denominator / self.numerator
        found = super().__rtruediv__(other)
        return int(found) if isinstance(other, int) and found == int(found) else found


@dataclass(frozen=True)
class Money:
    """The unit in which the config, the tables and the results speak of money."""

    name: str
    """As the planner wrote it: 万元, '1000 EUR'."""
    base: str
    """The currency: 元, EUR."""
    quantum: Decimal
    """The smallest amount, in the currency: 0.01."""
    fen_per_unit: int
    places: int
    """Decimals needed so that one fen is exact in this unit."""

    @classmethod
    def of(cls, name: str, quantum: Decimal | None = None) -> Money:
        """Read a unit: 元, 千元, 万元, 百万元, 亿元, 万亿元, '1000 EUR', 'billion VND'.

        Raises:
            ValueError: it is none of these, or a fen has no finite decimal in it.
        """
        written, factor, base = _parsed(name)
        finest = quantum or smallest(base)
        ratio = Fraction(factor) / Fraction(finest)
        digits = range(31)
        places = next((p for p in digits if ratio > 0 and 10**p * ratio.denominator % ratio.numerator == 0), None)
        if quantum is None and ratio < 1:
            raise ValueError(f"the money unit {name!r} is smaller than {finest} {base}")
        if places is None or not any(10**p % ratio.denominator == 0 for p in digits):
            raise ValueError(f"{finest} {base} has no exact decimal in the money unit {name!r}")
        scale = int(ratio) if ratio.denominator == 1 else cast("int", Coarse(ratio))
        return cls(written, base, finest, scale, places)

    @property
    def largest(self) -> int:
        """Largest amount, and sum of a column, that is exact in every table; in fen."""
        return LARGEST_UNSCALED if self.fen_per_unit == 1 else LARGEST_FEN

    @property
    def size(self) -> Decimal:
        """How much of the currency one unit is."""
        return self.quantum * self.fen_per_unit

    @property
    def quantum_values(self) -> dict[str, object]:
        """The smallest amount and its currency, as messages show them."""
        return {"smallest": f"{self.quantum:f}", "base": self.base}

    def to_fen(self, amount: Decimal) -> int:
        """Whole fen of ``amount`` units, exactly.

        Raises:
            ValueError: the amount is finer than a fen.
        """
        try:
            return int(
                _EXACT.divide(_EXACT.multiply(amount, self.size), self.quantum).to_integral_exact(context=_EXACT)
            )
        except Inexact:
            raise ValueError(f"{amount} {self.name} is finer than {self.quantum:f} {self.base}") from None

    def to_unit(self, fen: float) -> Decimal:
        """Units of ``fen``, exactly."""
        return _EXACT.divide(_EXACT.multiply(Decimal(int(fen)), self.quantum), self.size)

    def text(self, fen: float) -> str:
        """Units of ``fen`` as an exact plain decimal, without exponent or trailing zeros."""
        unit = self.fen_per_unit.numerator
        whole, rest = divmod(abs(int(fen)) * self.fen_per_unit.denominator, unit)
        sign = "-" if fen < 0 else ""
        if not rest:
            return f"{sign}{whole}"
        decimals = str(rest * 10**self.places // unit).zfill(self.places).rstrip("0")
        return f"{sign}{whole}.{decimals}"

    def floats(self, fen: ArrayLike) -> NDArray[np.float64]:
        """Units of every amount: the float nearest to the exact value; NaN stays NaN."""
        return np.asarray(fen, dtype=np.float64) / self.fen_per_unit

    def texts(self, fen: ArrayLike) -> list[str]:
        """``text`` of every amount; '' for NaN."""
        amounts, places = np.unique(np.asarray(fen, dtype=np.float64), return_inverse=True)
        words = ["" if np.isnan(amount) else self.text(amount) for amount in amounts]
        return [words[place] for place in places.tolist()]


def _parsed(name: str) -> tuple[str, Decimal, str]:
    """A unit in normal form, how much of the currency it is, and the currency.

    Raises:
        ValueError: it is no unit of money.
    """
    written = unicodedata.normalize("NFKC", name).strip()
    if (match := _UNIT_ZH.fullmatch(written)) and match[1] in _CHINESE:
        return written, Decimal(_CHINESE[match[1]]), match[2].replace("人民币", "")
    if match := _UNIT_EN.fullmatch(written):
        return written, Decimal((match[1] or "1").replace(",", "")) * _ENGLISH[match[2] or ""], match[3]
    raise ValueError(f"unknown money unit {name!r}")


def smallest(currency: str) -> Decimal:
    """The smallest amount in use of a currency."""
    return Decimal(1) if currency.upper() in _WHOLE else Decimal("0.01")


def quantum_for(name: str, total: Decimal) -> Decimal:
    """The smallest quantum from the currency's own upwards, in powers of ten, with which ``total`` units fit."""
    quantum = smallest(_parsed(name)[2])
    while abs(total) * (unit := Money.of(name, quantum)).size > unit.largest * quantum:
        quantum = max(Decimal(f"{quantum * 10:f}"), Decimal(1))
    return quantum
