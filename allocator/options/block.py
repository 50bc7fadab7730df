"""Pieces of the option table before they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.config.keys.plan import Config
from allocator.money.arrays import Floats, Rows


class Payments(NamedTuple):
    """What options cause to be paid, one entry per option, payers and year; amounts in fen."""

    option: Rows
    """Row of the option within its block."""
    payers: NDArray[np.int16]
    year: NDArray[np.int16]
    amount: Floats
    part: NDArray[np.int8] | None = None
    """Part of a package that causes the payment; None where options have one part."""


@dataclass(frozen=True)
class Block:
    """Options from one origin: an instrument, the option file or the commitments."""

    project: Rows
    option: pd.Categorical
    instrument: pd.Categorical
    start_year: Rows
    award: Floats
    measures: dict[str, Floats]
    payments: Payments
    committed: bool = False
    extra: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Columns of the planner's own; no column at all for an instrument."""
    parts: tuple[tuple[Block, Rows], ...] = ()
    """A package: the options it joins, as blocks and rows of them."""


class Payers:
    """The different sets of sources that may pay something, by code."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._codes: dict[tuple[str, ...], int] = {}

    def code(self, sources: Iterable[str]) -> int:
        """The code of a set of sources, which are put in the order of the config."""
        wanted = set(sources)
        ordered = tuple(source for source in self._config.sources if source in wanted)
        return self._codes.setdefault(ordered, len(self._codes))

    def of_instrument(self, key: str) -> list[str]:
        """The sources that may pay an instrument."""
        return [name for name, source in self._config.sources.items() if key in source.pays]

    def with_tail(self, sources: Iterable[str]) -> list[str]:
        """Those that may also pay after the last plan year."""
        return [name for name in sources if self._config.sources[name].tail.max_share > 0]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """The sets by code."""
        return tuple(self._codes)


def coded(codes: Rows, texts: list[str]) -> pd.Categorical:
    """The text of every code, without making one string per row."""
    return pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object))
