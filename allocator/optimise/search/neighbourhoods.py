"""Which options to free beside what the relaxation leaves undecided.

What parts a plan from the bound is what it leaves unused of the rows that have a price, and what its choices cost at
these prices. Some rows are filled by many small projects, others by a few large ones, whose next level costs more than
a hundred of the small ones' do: so every priced row gets the same number of options that move it, those that cost
least to change to. Around the plan so found only a few rows are looked at, drawn by lot, with the choices of the plan
that cost most: programs of a few hundred options, searched in tenths of a second, again and again. (In the spirit of
"reduce and solve" for multiple-choice knapsacks of several dimensions: Chen and Hao, European Journal of Operational
Research 239, 2014.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.program import ZERO, Search
from allocator.optimise.search.sifting import Relaxation

PER_ROW = 10
"""Options freed for every priced row before there is a plan."""
ROWS, BY_LOT, WIDER = 8, 20, 1.1
"""Rows drawn for a search around a plan, options freed for each at first, and by how much more where none was found."""
WASTING, WASTE, CLOSE = 10, 0.005, 0.05
"""Projects whose choice costs most against the prices, if it costs that share of the distance to the bound; what
options of theirs may cost that are freed even so."""
UNUSED = 0.5
"""How much what a row leaves unused counts when rows are drawn, beside how coarse it is."""
ATTEMPTS = 40
"""Pairs of searches around plans at most."""
FREED = ((0, 100), (200, 400), (800,), (1600,))
"""Options freed beside the undecided projects whatever rows they move: searches made at once, one group after the other.

The groups are fixed, so that the plan does not depend on the threads they may use.
"""


@dataclass(frozen=True, eq=False)
class Calls:
    """What the relaxation says of every option: its part, what choosing it costs at the least, whether it is undecided.

    ``shifts`` marks options that only shift in time what the project gets anyway.
    """

    x: Floats
    loss: Floats
    undecided: Flags
    project: Ints
    shifts: Flags
    projects: int

    @staticmethod
    def of(s: Search, relaxed: Relaxation) -> Calls:
        """From the optimum of a relaxation."""
        assert relaxed.x is not None
        x = s.options(relaxed.x)
        undecided = np.minimum(x, 1 - x) > 1e-7
        loss = np.where(x > 0.5, 1.0, -1.0) * relaxed.reduced[: len(x)]
        project = s.case.measures.project[s.instance.rows]
        award = s.case.measures.amount("award")[s.instance.rows]
        decided = np.flatnonzero((x > 0.5) & ~undecided)
        given = np.zeros(len(s.case.inputs.projects))
        given[project[decided]] = award[decided]
        loss = np.where(undecided, 0.0, np.maximum(loss, 0.0))
        return Calls(x, loss, undecided, project, award == given[project], len(given))

    @property
    def decided(self) -> Flags:
        """The options on which the relaxation is decided."""
        return np.asarray((self.x > 0.5) & ~self.undecided)

    def others(self, *, shifts: bool) -> Flags:
        """Options that may be freed: not those decided on, and those that only shift an award where ``shifts``."""
        return np.asarray((self.x <= 0.5) & ~self.undecided & (shifts | ~self.shifts))

    def of_projects(self, some: Flags) -> Flags:
        """All options of the projects that ``some`` options belong to."""
        touched = np.zeros(self.projects, bool)
        touched[self.project[some]] = True
        return np.asarray(touched[self.project])


class Priced:
    """The priced rows of many projects: what moves each, and what an option of it is worth at its price."""

    def __init__(self, s: Search, calls: Calls, prices: Floats, local: Flags) -> None:
        self.s, self.calls = s, calls
        self.luck = np.random.default_rng(s.case.loaded.config.solver.seed)
        apart = np.append(local, np.ones(len(prices) - len(local), bool))
        apart[s.block_rows] = False
        priced = np.flatnonzero(~apart & (np.abs(prices) > ZERO))
        self.prices, self.rows = prices, list[int]()
        matrix = sp.csr_array(s.program.matrix)[priced]
        self.moving: list[Flags] = []
        """For every row: options that are in it, or whose project now is."""
        typical = []
        for at, row in enumerate(priced.tolist()):
            part = slice(matrix.indptr[at], matrix.indptr[at + 1])
            columns = matrix.indices[part]
            options = columns < len(calls.x)
            if options.any():
                inside = np.zeros(len(calls.x), bool)
                inside[columns[options]] = True
                self.moving.append(inside | calls.of_projects(inside & calls.decided))
                self.rows.append(row)
                typical.append(np.median(np.abs(matrix.data[part][options])) * abs(prices[row]))
        self.weight = np.array(typical) / max(sum(typical), ZERO)

    def first(self, *, shifts: bool) -> Flags:
        """What moves any row at the least cost, with awards shifted in time or without."""
        calls = self.calls
        rows = range(len(self.moving))
        free = self._cheapest(rows, calls.loss, PER_ROW, calls.others(shifts=shifts))
        free |= calls.of_projects(calls.undecided)
        return _kept(self.s, calls, free)

    def by_lot(self, count: int, *, shifts: bool) -> Flags:
        """What moves a few rows, the coarsest most likely, at little cost, and what wastes most in the best plan."""
        assert self.s.best is not None
        calls, size = self.calls, len(self.moving)
        rows = self.luck.choice(size, min(size, ROWS), replace=False, p=self._chance()).tolist() if size else []
        cost = (calls.loss + np.median(calls.loss) * ZERO) * np.exp(self.luck.normal(size=len(calls.loss)))
        free = self._cheapest(rows, cost, count, calls.others(shifts=shifts)) | self._wasting()
        chosen = self.s.options(self.s.best.x) > 0.5
        return np.asarray(free | (calls.of_projects(free) & (chosen | calls.decided)))

    def _chance(self) -> Floats:
        """How likely a row is drawn: the coarser it is, and the more its price says it leaves unused in the best plan."""
        assert self.s.best is not None
        p, price = self.s.program, self.prices[self.rows]
        side = np.where(price > 0, p.row_upper[self.rows], p.row_lower[self.rows])
        unused = np.abs(price * (side - (sp.csr_array(p.matrix)[self.rows] @ self.s.best.x)))
        unused = np.where(np.isfinite(unused), unused, 0.0)
        total = unused.sum()
        return self.weight if total <= ZERO else np.asarray((1 - UNUSED) * self.weight + UNUSED * unused / total)

    def _cheapest(self, rows: Iterable[int], cost: Floats, count: int, others: Flags) -> Flags:
        """For every row the first of the ``others`` that move it."""
        order = np.argsort(cost, kind="stable")
        order = order[others[order]]
        free = np.zeros(len(cost), bool)
        for row in rows:
            free[order[np.flatnonzero(self.moving[row][order])[:count]]] = True
        return free

    def _wasting(self) -> Flags:
        """Of the projects whose choice costs most against the prices: options that cost no more."""
        calls, best = self.calls, self.s.best
        assert best is not None
        chosen, distance = self.s.options(best.x) > 0.5, self.s.bound - best.value
        loss = np.where(calls.decided, 0.0, calls.loss)
        left = calls.decided & ~calls.of_projects(chosen)
        waste = np.zeros(calls.projects)
        waste[calls.project[chosen]] = loss[chosen]
        waste[calls.project[left]] = calls.loss[left]
        worst = np.argsort(-waste, kind="stable")[:WASTING]
        named = np.zeros(calls.projects, bool)
        named[worst[waste[worst] > WASTE * distance]] = True
        limit = np.maximum(waste, CLOSE * distance)
        return np.asarray(named[calls.project] & (loss <= limit[calls.project]))


def _kept(s: Search, calls: Calls, free: Flags) -> Flags:
    """Also free what the touched projects have in the relaxation and in the best plan, and where these differ, both."""
    decided = calls.decided
    if s.best is None:
        return np.asarray(free | (calls.of_projects(free) & decided))
    chosen = s.options(s.best.x) > 0.5
    touched = calls.of_projects(free | (chosen != decided))
    return np.asarray(free | (touched & (decided | chosen)))


def around_undecided(s: Search, calls: Calls) -> Iterator[list[Flags]]:
    """The undecided projects, then more and more of the options that cost least to change to.

    An option that only shifts the same award in time seldom closes a gap, so it is freed for undecided projects alone.
    """
    other = calls.others(shifts=False)
    ranked = np.argsort(np.where(other, calls.loss, np.inf), kind="stable")[: int(other.sum())]
    for counts in FREED:
        parts = []
        for count in counts:
            free = calls.of_projects(calls.undecided)
            free[ranked[:count]] = True
            parts.append(_kept(s, calls, free))
        yield parts
        if counts[-1] >= len(ranked):
            return
