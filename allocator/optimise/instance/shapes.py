"""Small shapes the parts of an instance are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.money.arrays import Floats, Ints

NONE: Ints = np.zeros(0, np.int64)


def columns(tuples: Sequence[tuple[int, ...]], width: int) -> tuple[Ints, ...]:
    """Tuples of positions as one array per place."""
    return tuple(np.array(tuples, np.int64).reshape(-1, width).T)


def power_of_ten(amounts: Floats) -> float:
    """The power of ten at or below the median size of what is not zero; 1 when nothing is."""
    size = np.abs(amounts[amounts != 0])
    return float(10.0 ** np.floor(np.log10(np.median(size)))) if len(size) else 1.0
