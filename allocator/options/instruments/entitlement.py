"""What projects are entitled to, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from allocator.money.arrays import Floats
from allocator.money.rounding import Integers, floor_to


@dataclass(frozen=True)
class Entitlement:
    """Amounts in fen, not rounded: numerator (per project) ÷ denominator."""

    numerator: Integers
    denominator: int

    def exact(self, row: int) -> Fraction:
        """The entitlement of one project in fen."""
        return Fraction(int(self.numerator[row]), self.denominator)

    def floats(self) -> Floats:
        """The entitlements in fen, within two rounding errors."""
        estimate: Floats = self.numerator.astype("float64") / self.denominator
        return estimate


def whole_fen(entitlement: Entitlement) -> Floats:
    """The entitlements rounded down to whole fen, exactly."""
    return floor_to(entitlement.numerator, entitlement.denominator, 1)
