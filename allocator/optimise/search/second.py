"""A second solve, which differs from the first where faults of solvers were found: presolve, seed and how rows are scaled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch
from allocator.optimise.search.highs import Program, Solver

SCALES = (0.5, 2.0)
"""Factors between which rows are scaled anew."""


def second_solver(program: Program, watch: Watch, seed: int) -> Solver:
    """The same program, solved another way."""
    return Solver(rescaled(program, seed), watch, seed=seed + 1, presolve=False)


def rescaled(program: Program, seed: int) -> Program:
    """The same program with every row that is not all whole numbers multiplied by a factor of its own."""
    matrix = sp.csr_array(program.matrix)
    whole = np.ones(matrix.shape[0], bool)
    np.logical_and.at(whole, np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.data % 1 == 0)
    factor = np.where(whole, 1.0, np.random.default_rng(seed).uniform(*SCALES, len(whole)))
    return replace(
        program,
        matrix=sp.csc_array(sp.diags_array(factor) @ matrix),
        row_lower=program.row_lower * factor,
        row_upper=program.row_upper * factor,
    )
