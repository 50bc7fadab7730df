"""What a verification found: how much was checked and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.messages import Message

if TYPE_CHECKING:
    from allocator.money import Money


@dataclass
class Findings:
    """Counts checks and keeps one message for each that fails."""

    checks: int = 0
    known: int = 0
    """How many of them were not made again because what decides them is unchanged."""
    violations: list[Message] = field(default_factory=list)

    def hold(self, holds: bool, key: str, where: str = "", path: str = "", **values: object) -> bool:
        """Record one check; ``key`` names the sentence to say when it fails."""
        self.checks += 1
        if not holds:
            self.violations.append(Message(f"verify.{key}", values, where, path))
        return holds

    def equal(self, stated: object, recomputed: object, where: str, path: str) -> bool:
        """Record that what a table states is what was recomputed."""
        self.checks += 1
        if stated == recomputed:
            return True
        values = {"stated": plain(stated), "recomputed": plain(recomputed)}
        self.violations.append(Message("verify.differs", values, where, path))
        return False

    def same_fen(self, stated: int, recomputed: int, money: Money, where: str, path: str) -> bool:
        """Record that an amount in fen is what was recomputed; a violation shows both in the config's unit."""
        self.checks += 1
        if stated == recomputed:
            return True
        values = {"stated": money.text(stated), "recomputed": money.text(recomputed)}
        self.violations.append(Message("verify.differs", values, where, path))
        return False


def plain(value: object) -> str:
    """A value as it is shown in a message: numbers without exponent or trailing zeros."""
    if value is None or value == "":
        return "''"
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
