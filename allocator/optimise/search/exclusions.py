"""Rows that rule out a plan which the solver's tolerance let pass, and no plan that keeps every rule exactly.

A limit over options alone, or the money of a source that alone may pay, is broken by some of the options chosen whatever
else a plan holds: all of these together are a cover, and every plan leaves one of them out, or has more of what
counts the other way. That is decided in whole fen and fractions, so what a program with such rows has no plan for,
the planner's rules have none for either. Where it depends on who pays, or on outcomes, nothing is ruled out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.money.rounding import as_written
from allocator.optimise.exact import ExactPlan
from allocator.optimise.instance import Instance
from allocator.problem.accounts import balances, tail_cap
from allocator.problem.case import Case
from allocator.problem.groups import Group
from allocator.problem.limits import Bound

ZERO = Fraction(0)
COVERS = 30
"""Covers told of one broken rule at once."""
Row = tuple[Floats, float]
"""A row and its lower end."""
Size = TypeVar("Size", Fraction, Ints)


def exclusions(case: Case, instance: Instance, exact: ExactPlan, width: int) -> list[Row]:
    """Rows over ``width`` columns that every plan keeps and this one does not; none where that is not certain."""
    at = _Excluder(case, instance, exact, width)
    found = [row for number in exact.broken for row in at.bound(case.rules.bounds[number])]
    return found + [row for s, t in np.argwhere(exact.short > 0).tolist() for row in at.money(s, t)]


@dataclass
class _Excluder:
    case: Case
    instance: Instance
    exact: ExactPlan
    width: int

    def __post_init__(self) -> None:
        options = self.instance.rows
        self.position = np.full(len(self.case.usable), -1)
        self.position[options] = np.arange(len(options))
        self.chosen: Ints = self.position[self.exact.options]
        self.project = self.case.measures.project[options]
        promised = np.unique(self.project[self.case.measures.committed[options]])
        self.single = ~np.isin(self.project, promised)

    def bound(self, bound: Bound) -> Iterator[Row]:
        """What a limit rules out: each end that is broken as "at most"."""
        groups = self.case.rules.groups
        of = None if bound.of is None else groups[bound.of]
        if len(groups[bound.group].lines) or (of is not None and len(of.lines)):
            return  # what counts depends on who pays
        if any(len(g.nodes) or len(g.bundles) for g in (groups[bound.group], of) if g is not None):
            yield self._pattern()
            return
        for end, sign in ((bound.upper, 1), (bound.lower, -1)):
            if end is not None:
                yield from self._at_most(*self._coefficients(bound, Fraction(end), sign))

    def _coefficients(self, bound: Bound, end: Fraction, sign: int) -> tuple[dict[int, Fraction], Fraction]:
        """An end of a limit as Σ coefficients ≤ a number, exactly, by model option."""
        found: dict[int, Fraction] = {}
        groups = self.case.rules.groups
        _add(found, groups[bound.group], Fraction(sign), self.position)
        if bound.of is None:
            whole = Fraction(1) if bound.of_amount is None else Fraction(bound.of_amount)
            return found, sign * end * whole
        _add(found, groups[bound.of], -sign * end, self.position)
        return found, ZERO

    def _at_most(self, coefficient: dict[int, Fraction], most: Fraction) -> Iterator[Row]:
        """Covers of Σ coefficients ≤ ``most`` among what is chosen."""
        own = {o: coefficient.get(o, ZERO) for o in self.chosen.tolist()}
        least = sum((c for c in own.values() if c < 0), ZERO)
        if least + sum((c for c in own.values() if c > 0), ZERO) <= most:
            return
        relief = [o for o, c in coefficient.items() if c < 0 and o not in own]
        size = {o: own[o] for o in sorted(own, key=lambda o: (-own[o], o)) if own[o] > 0}
        for cover in covers(size, least, lambda total: total > most):
            smallest = min((own[o] for o in cover), default=ZERO)
            members = self._or_larger(cover, coefficient)
            if not relief and self.single[cover].all() and least + len(cover) * smallest > most:
                # so many that are as large as the smallest of them are too much, whichever they are
                members = [o for o, c in coefficient.items() if c >= smallest > 0 and self.single[o]]
            yield self._row(members, len(cover) - 1, relief)

    def _or_larger(self, cover: Sequence[int], coefficient: dict[int, Fraction]) -> list[int]:
        """The options of a cover, and those of the same projects that count as much or more: a project has one."""
        counts = {int(self.project[o]): coefficient[o] for o in cover if self.single[o]}
        least = {o: counts.get(int(self.project[o])) for o in coefficient if o not in set(cover)}
        return [*cover, *(o for o, c in least.items() if c is not None and coefficient[o] >= c)]

    def money(self, s: int, t: int) -> Iterator[Row]:
        """What the money of a source up to a year, or in a year after the plan, rules out, as far as it alone may pay."""
        config, years = self.case.loaded.config, self.instance.years
        name, plan, fen = list(config.sources)[s], len(config.years), self.case.money.fen_per_unit
        paid = self._paid(name)
        tail = tail_cap(config, fen, name)

        def exceeds(total: Ints) -> bool:
            if t >= plan:
                return int(total[t]) > tail
            return balances(config, fen, name, total[:plan].tolist())[t].lapsed < 0

        until = slice(0, t + 1) if t < plan else slice(t, t + 1)
        worth = {o: int(paid[o][until].sum()) for o in paid}
        size = {o: paid[o] for o in sorted(paid, key=lambda o: (-worth[o], o)) if worth[o]}
        none = np.zeros(len(years), np.int64)
        if exceeds(sum(size.values(), none)):
            for cover in covers(size, none, exceeds):
                yield self._row(cover, len(cover) - 1, [])

    def _paid(self, name: str) -> dict[int, Ints]:
        """What only this source may pay of every chosen option, by year."""
        alone = np.array([payers == (name,) for payers in self.instance.class_payers])
        payments, lines = self.case.options.payments, self.instance.lines[alone[self.instance.line_class]]
        option = payments["option"].to_numpy(np.int64)[lines]
        year = np.searchsorted(np.array(self.instance.years), payments["year"].to_numpy(np.int64)[lines])
        amount = payments["amount"].to_numpy(float)[lines]
        paid = np.zeros((len(self.instance.rows), len(self.instance.years)), np.int64)
        np.add.at(paid, (self.position[option], year), amount.astype(np.int64))
        return {o: paid[o] for o in self.chosen.tolist()}

    def _pattern(self) -> Row:
        """Any other choice of options than this one."""
        row = np.zeros(self.width)
        row[: len(self.instance.rows)] = 1.0
        row[self.chosen] = -1.0
        return row, 1.0 - len(self.chosen)

    def _row(self, members: Sequence[int], most: int, relief: Sequence[int]) -> Row:
        """At most so many of the members, or one of what counts the other way."""
        row = np.zeros(self.width)
        row[np.array(members, np.int64)] = -1.0
        row[np.array(relief, np.int64)] = 1.0
        return row, -float(most)


def _add(found: dict[int, Fraction], group: Group, factor: Fraction, position: Ints) -> None:
    for row, amount in zip(group.rows.tolist(), group.amounts.tolist(), strict=True):
        option = int(position[row])
        if option >= 0 and amount:
            found[option] = found.get(option, ZERO) + factor * as_written(amount)


def covers(size: Mapping[int, Size], nothing: Size, exceeds: Callable[[Size], bool]) -> Iterator[list[int]]:
    """Sets that are too much together, none of whose members can be missed; ``size`` begins with the largest.

    What fits stays; whatever does not fit beside it makes a cover with it.
    """
    if exceeds(nothing):
        yield []
        return
    kept: list[int] = []
    total, told = nothing, 0
    for member, own in size.items():
        if not exceeds(total + own):
            kept.append(member)
            total = total + own
        elif told < COVERS:
            yield _smallest([*kept, member], size, total + own, exceeds)
            told += 1


def _smallest(cover: list[int], size: Mapping[int, Size], total: Size, exceeds: Callable[[Size], bool]) -> list[int]:
    """A cover without the members, the last ones first, that it does not need."""
    needed = []
    for member in reversed(cover):
        if exceeds(total - size[member]):
            total = total - size[member]
        else:
            needed.append(member)
    return needed
