"""By how much rows must give way at least, so that the rest of the rules has a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch
from allocator.money.arrays import Floats, Ints
from allocator.optimise.conflicts.members import LARGE, Elastic, Member
from allocator.optimise.search.highs import Solver

GAP = 1e-3
"""Up to LARGE options the smallest violation is proved; beyond, it is the smallest within this gap."""


def least(
    elastic: Elastic,
    kept: Sequence[Member],
    rows: Ints,
    coefficients: Floats,
    watch: Watch,
    *,
    slack: Ints | None = None,
    free: bool = False,
    relaxed: bool = False,
) -> Floats | None:
    """The solution in which the rows give way least in total; its last columns say by how much.

    ``slack`` is the slack of every row (one for all of them when None); ``free`` ones may be negative: how much
    more the rows could ask for.
    """
    program = elastic.with_members(kept)
    column = np.zeros(len(rows), np.int64) if slack is None else slack
    height, count, width = program.matrix.shape[0], int(column.max(initial=0)) + 1, len(program.cost)
    extra = sp.csc_array((coefficients, (rows, column)), shape=(height, count))
    program = replace(
        program,
        matrix=sp.csc_array(sp.hstack([program.matrix, extra])),
        column_lower=np.r_[program.column_lower, np.full(count, -np.inf if free else 0.0)],
        column_upper=np.r_[program.column_upper, np.full(count, np.inf)],
        integer=np.r_[program.integer, np.zeros(count, bool)],
        cost=np.r_[np.zeros(width), -np.ones(count)],
    )
    gap = 0.0 if len(elastic.numbers.rows) <= LARGE else GAP
    outcome = Solver(program, watch, relaxed=relaxed).run(gap=gap)
    return outcome.x
