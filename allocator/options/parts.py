"""The parts of options: a package is one option with a part per instrument, every other option is its own only part.

A part is known by the option it would be on its own: same instrument, same name, same award.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from allocator.money.arrays import Flags, Ints
from allocator.options.block import Block
from allocator.tables.measures import INVESTMENTS


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of all options, by option; the parts of a package in the order in which it names its instruments."""

    option: Ints
    """Row in the option table of the option that the part belongs to."""
    single: Ints
    """Row of the option that the part would be on its own."""
    line: Ints
    """Part that causes each row of the payment table."""

    @staticmethod
    def of_blocks(blocks: Sequence[Block], place: Ints, line_option: Ints, number: Ints) -> Parts:
        """The parts of the options of ``blocks``, whose rows ``place`` gives one block after the other.

        ``line_option`` is the option of every payment, ``number`` which of its parts causes it.
        """
        first = np.cumsum([0, *(len(block.project) for block in blocks)])
        begin = {id(block): at for block, at in zip(blocks, first, strict=False)}
        found = []
        for block, at in zip(blocks, first, strict=False):
            rows = place[at : at + len(block.project)]
            members = [place[begin[id(of)] + part] for of, part in block.parts] or [rows]
            found += [(rows, single, np.full(len(rows), turn)) for turn, single in enumerate(members)]
        option, single, turn = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((turn, option))
        return Parts(option[order], single[order], np.searchsorted(option[order], line_option) + number)

    @property
    def lead(self) -> Flags:
        """Which parts carry the investment of their option: the first of each."""
        return np.r_[True, self.option[1:] != self.option[:-1]] if len(self.option) else np.zeros(0, bool)

    def table(self, options: pd.DataFrame) -> pd.DataFrame:
        """The option table with a row per part; what a package brings stands at its first part, once."""
        frame = options.take(self.single).reset_index(drop=True)
        for name in (*INVESTMENTS, "upgrading"):
            whole = options[name].to_numpy(float)[self.option]
            frame[name] = np.where(self.lead, whole, 0.0)
        return frame

    def of(self, options: Ints) -> Ints:
        """The parts of some options (ascending)."""
        return np.flatnonzero(np.isin(self.option, options))
