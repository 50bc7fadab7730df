"""What the numbers of a model are put together from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from allocator.money.arrays import Floats, Ints
from models.values import Family

NONE: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Some of a model's numbers: sizes of sets, members of subsets, families and parameters, each by name."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    members: Mapping[str, tuple[Ints, ...]] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __or__(self, other: Part) -> Part:
        """Both together."""
        return Part(
            sizes={**self.sizes, **other.sizes},
            members={**self.members, **other.members},
            families={**self.families, **other.families},
            parameters={**self.parameters, **other.parameters},
        )


def columns(tuples: Sequence[tuple[int, ...]], width: int) -> tuple[Ints, ...]:
    """Tuples of positions as one array per place."""
    return tuple(np.array(tuples, np.int64).reshape(-1, width).T)


def power_of_ten(amounts: Floats) -> float:
    """The power of ten at or below the median size of what is not zero; 1 when nothing is."""
    size = np.abs(amounts[amounts != 0])
    return float(10.0 ** np.floor(np.log10(np.median(size)))) if len(size) else 1.0
