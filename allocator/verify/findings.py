"""What a verification found: how much was checked and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from allocator.messages import Message


@dataclass
class Findings:
    """Counts checks and keeps one message for each that fails."""

    checks: int = 0
    violations: list[Message] = field(default_factory=list)

    def hold(self, holds: bool, key: str, where: str = "", path: str = "", **values: object) -> bool:
        """Record one check; ``key`` names the sentence to say when it fails."""
        self.checks += 1
        if not holds:
            self.violations.append(Message(f"verify.{key}", values, where, path))
        return holds

    def equal(self, stated: object, recomputed: object, where: str, path: str) -> bool:
        """Record that what a table states is what was recomputed."""
        return self.hold(
            stated == recomputed, "differs", where, path, stated=plain(stated), recomputed=plain(recomputed)
        )


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
