"""The most and the least that a measured group can come to, whatever is chosen: exact bounds that need no solver."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property

import numpy as np

from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import sum_as_written
from allocator.problem.case import Case
from allocator.problem.groups import Group


class Reach:
    """Bounds over every plan that keeps the locks and gives each project at most one of its open options."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.project, self.committed = case.measures.project, case.measures.committed
        count = len(case.inputs.projects)
        promised = np.zeros(count, bool)
        promised[self.project[self.committed]] = True
        self.locked = np.zeros(count, bool)
        self.locked[list(case.links.must_fund)] = True
        self.certain: Flags = self.committed | self.locked[self.project]
        """Options that are promised, or among which one must be chosen."""
        self.free: Flags = case.usable & ~self.committed & ~promised[self.project]
        """Options that may be chosen beside the commitments."""
        self._known: dict[tuple[str, Group], Fraction] = {}

    @cached_property
    def choices(self) -> Ints:
        """Number of free options of every project."""
        return np.bincount(self.project[self.free], minlength=len(self.locked))

    def most(self, group: Group) -> Fraction:
        """The most a group can come to: every commitment, the best free option of each project, all it may draw."""
        return self._once("most", group, self._most)

    def least(self, group: Group) -> Fraction:
        """The least a group can come to: every commitment, and what each project that must be funded adds at least."""
        return self._once("least", group, self._least)

    def _once(self, end: str, group: Group, found: Callable[[Group], Fraction]) -> Fraction:
        """Many bounds are shares of one whole, whose ends are looked for once."""
        if (end, group) not in self._known:
            self._known[end, group] = found(group)
        return self._known[end, group]

    def _most(self, group: Group) -> Fraction:
        total = self._commitments(group.rows, group.amounts)
        best, _ = self._extremes(group.rows, group.amounts, np.maximum)
        total += sum_as_written(np.maximum(best, 0)) + len(group.nodes)
        if len(group.lines):
            rows, amounts = self.of_lines(group.lines)
            best, _ = self._extremes(rows, amounts, np.maximum)
            total += self._commitments(rows, amounts) + sum_as_written(best)
        return total

    def _least(self, group: Group) -> Fraction:
        rows, amounts = group.rows, group.amounts
        if amounts.min(initial=0) >= 0:  # then nothing but what is certain counts
            certain = self.certain[rows]
            rows, amounts = rows[certain], amounts[certain]
        total = self._commitments(rows, amounts)
        worst, projects = self._extremes(rows, amounts, np.minimum)
        inside = np.bincount(self.project[rows[self.free[rows]]], minlength=len(self.locked))[projects]
        bound = self.locked[projects] & (inside == self.choices[projects])
        return total + sum_as_written(np.where(bound, worst, np.minimum(worst, 0)))

    def of_lines(self, lines: Ints) -> tuple[Ints, Floats]:
        """Options with the sum of some of their payments."""
        payments = self.case.options.payments
        option = payments["option"].to_numpy(np.int64)[lines]
        amount = payments["amount"].to_numpy(float)[lines]
        sums = np.asarray(np.bincount(option, amount, len(self.project)), float)
        rows: Ints = np.flatnonzero(sums).astype(np.int64)
        amounts: Floats = np.asarray(sums[rows])
        return rows, amounts

    def _commitments(self, rows: Ints, amounts: Floats) -> Fraction:
        return sum_as_written(amounts[self.committed[rows]])

    def _extremes(self, rows: Ints, amounts: Floats, ufunc: np.ufunc) -> tuple[Floats, Ints]:
        """Largest or smallest amount among each project's free options in ``rows`` (ascending), and the projects."""
        free = self.free[rows]
        project, amounts = self.project[rows[free]], amounts[free]
        first = np.flatnonzero(np.r_[True, project[1:] != project[:-1]]) if len(project) else np.zeros(0, np.int64)
        return (ufunc.reduceat(amounts, first) if len(first) else np.zeros(0)), project[first]
