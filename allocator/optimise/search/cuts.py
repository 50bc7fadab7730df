"""Rows of few projects, and what their projects can be worth together: cuts that the relaxation cannot see.

A cap on one firm, or on the bonds of one city in one year, holds a handful of projects whose awards come in steps. The
relaxation fills such a cap to the brim by mixing levels; no plan can. So at the prices of all other rows a block, the
projects of such a row with all rows that speak of them alone, is solved in whole options, which takes hundredths of a
second. What it is worth at the most is a row that every plan keeps: a cut from a Lagrangian relaxation, and once no
block has anything more to say, as strong as the Dantzig-Wolfe reformulation by blocks (Geoffrion 1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.outcome_cuts import with_rows
from allocator.optimise.search.program import Search
from allocator.optimise.search.second import second_solver
from allocator.optimise.search.sifting import Relaxation, whole

PROJECTS, OPTIONS = 30, 3_000
"""Projects and options of a block at most."""
ROUNDS = 5
"""Times that the relaxation is solved again with what the blocks said of it."""
NODES = 500
PART = 1e-6
"""Part of an option from which it is undecided; share up to which the worth of a block is proved."""
NOTHING = 1e-9
"""Prices that are none."""
SAFE = 1e-7
"""Share by which a cut is left wider than the solver says, for its tolerance."""
SAYS = 1e-5
"""Share of what a block is worth by which a cut must narrow the relaxation to be worth a row."""

Row = tuple[Floats, float]
"""A row and its lower end."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some projects: the columns and rows that are theirs alone."""

    program: Program
    columns: Ints
    rows: Ints

    @staticmethod
    def of(program: Program, columns: Ints, rows: Ints, matrix: sp.csr_array) -> Block:
        """The part of a program."""
        part = Program(
            sp.csc_array(matrix[rows][:, columns]),
            program.row_lower[rows],
            program.row_upper[rows],
            program.column_lower[columns],
            program.column_upper[columns],
            program.integer[columns],
            program.cost[columns],
        )
        return Block(part, columns, rows)

    def says(self, s: Search, x: Floats, prices: Floats) -> Row | None:
        """A row that every plan keeps and ``x`` does not; None where there is none at these prices of the other rows."""
        others = prices.copy()
        others[self.rows] = 0.0
        worth = s.program.cost[self.columns] - s.program.matrix[:, self.columns].T @ others
        worth[np.abs(worth) < NOTHING] = 0.0
        most, program = -np.inf, replace(self.program, cost=worth)
        watch, seed = s.watch.silent(), s.case.loaded.config.solver.seed
        for second in (False, True):  # what one solve alone says might be wrong, and every plan is to keep the row
            solver = second_solver(program, watch, seed) if second else Solver(program, watch, seed=seed)
            most = max(most, solver.run(gap=PART, nodes=NODES).bound)
            wide = most + SAFE * max(1.0, abs(most))
            if not np.isfinite(wide) or worth @ x[self.columns] <= wide + SAYS * abs(wide):
                return None
        row = np.zeros(len(s.program.cost))
        row[self.columns] = -worth
        return row, -wide


class Blocks:
    """The rows of few projects of a program."""

    def __init__(self, program: Program, project: Ints, single: Flags) -> None:
        self.program, self.project = program, project
        self.matrix = sp.csr_array(program.matrix)
        options = len(project)
        member = sp.csr_array((np.ones(options), (np.arange(options), project)))
        self.touched = sp.csr_array((self.matrix[:, :options] != 0).astype(float) @ member)
        self.rest = sp.csr_array(self.matrix[:, options:] != 0).astype(float)
        self.count, self.length = np.diff(self.touched.indptr), np.diff(self.rest.indptr)
        self.few = ~single & (self.count > 0) & (self.count <= PROJECTS)
        self.limits = (self.few | (self.count == 0)) & (program.row_lower != program.row_upper)
        self.size = np.bincount(project, minlength=self.touched.shape[1])

    def undecided(self, x: Floats, prices: Floats) -> Iterator[Block]:
        """Blocks that the relaxation is undecided about and in which a row has a price."""
        part = np.minimum(x, 1 - x)[: len(self.project)] > PART
        named = np.zeros(self.touched.shape[1])
        named[self.project[part]] = 1.0
        rows = np.flatnonzero(self.few & (self.touched @ named > 0))
        sets = {frozenset(self.touched[[row]].indices.tolist()) for row in rows.tolist()}
        kept: list[frozenset[int]] = []
        for some in sorted(sets, key=lambda s: (-len(s), sorted(s))):
            if self.size[list(some)].sum() <= OPTIONS and not any(some <= other for other in kept):
                kept.append(some)
                yield from self._priced(some, prices)

    def _priced(self, some: frozenset[int], prices: Floats) -> Iterator[Block]:
        """The block of some projects, if a row that holds them together has a price."""
        inside = np.zeros(self.touched.shape[1])
        inside[list(some)] = 1.0
        own = (self.count > 0) & (self.touched.astype(bool).astype(float) @ inside == self.count)
        columns = np.zeros(self.rest.shape[1])
        columns[self.rest[np.flatnonzero(own)].indices] = 1.0
        own |= (self.count == 0) & (self.length > 0) & (self.rest @ columns == self.length)
        if (np.abs(prices[: len(own)][own & self.limits]) > NOTHING).any():
            at = np.r_[np.flatnonzero(inside[self.project]), len(self.project) + np.flatnonzero(columns)]
            yield Block.of(self.program, at, np.flatnonzero(own), self.matrix)


def narrowed(s: Search, engine: Engine, relaxed: Relaxation) -> Relaxation | None:
    """The relaxation with what blocks say of it, as rows of the program; None where they have nothing to say."""
    live = relaxed.live
    if live is None or relaxed.x is None or len(live.columns) != len(s.program.cost):
        return None
    sifted, threads = engine.sifted(s.program, s.case, s.instance), s.case.loaded.config.solver.threads
    known, solver, found = Blocks(s.program, sifted.project, sifted.single), None, None
    for _ in range(ROUNDS):
        last = found or relaxed
        assert last.x is not None
        prices = np.append(last.prices, np.zeros(len(s.program.row_lower) - len(last.prices)))
        rows = _said(s, list(known.undecided(last.x, prices)), last.x, prices, threads)
        if not rows or s.watch.over:
            break
        if solver is None:
            solver = Solver(s.program, s.watch, seed=s.case.loaded.config.solver.seed, relaxed=True)
            solver.go_on_from(live.solver)
        solver.add_rows(rows)
        s.block_rows += range(len(s.program.row_lower), len(s.program.row_lower) + len(rows))
        s.program = with_rows(s.program, rows)
        again = whole(engine.sifted(s.program, s.case, s.instance), solver, s.watch)
        if again is None or again.x is None:
            break
        found = again
    return found


def _said(s: Search, parts: Sequence[Block], x: Floats, prices: Floats, threads: int) -> list[Row]:
    """What blocks say, in their order."""
    with ThreadPoolExecutor(threads) as pool:
        asked = pool.map(lambda block: block.says(s, x, prices), parts)
        return [row for row in asked if row is not None]
