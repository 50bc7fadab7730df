"""Seeded draws behind the demo's tables."""

from __future__ import annotations

import random

Row = dict[str, object]


class Draw:
    """Seeded draws that use only `random()`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random

    def between(self, low: float, high: float) -> float:
        """A number between ``low`` and ``high``."""
        return low + (high - low) * self.random()

    def one(self, weighted: list[tuple[object, float]] | tuple[tuple[object, float], ...]) -> object:
        """One of the values, in proportion to its weight."""
        at = self.random() * sum(weight for _, weight in weighted)
        for value, weight in weighted:
            at -= weight
            if at < 0:
                return value
        return weighted[-1][0]

    def any(self, values: list[object] | tuple[object, ...] | range) -> object:
        """One of the values, all alike."""
        return values[int(self.random() * len(values))]

    def yes(self, share: float) -> str:
        """是 with probability ``share``, else 否."""
        return "是" if self.random() < share else "否"
