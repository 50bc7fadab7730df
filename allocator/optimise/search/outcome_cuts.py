"""Many outcomes by a few cuts instead of rows and columns for each.

What a plan is worth over all outcomes is the least of many linear functions of the goal's parts and of what is
drawn: one per way of choosing who is worst, and per plane below what is missing (`allocator.optimise.search.shortages`). The model
needs only those that matter near the best plan: they are found by solving the relaxation, looking what it is truly
worth there, and adding that function, until nothing changes. What the model then says of a plan is never less than
the truth, so its bounds hold; every plan found is looked at exactly, and adds its own cut where it is worth less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise.instance import Instance
from allocator.optimise.search.engine import LARGE, Engine
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.shortages import Plane, Replays
from allocator.optimise.search.sifting import Live
from allocator.problem.case import Case
from models.compiler import Compiled
from models.formulation import EQUATIONS
from models.values import Values

MANY = 50
"""Outcomes from which cuts take the place of rows."""
FEW = 3_000
"""Options from which floors on fewer outcomes are cuts as well: so that a first plan may miss them at a price."""
ROUNDS = 100
CLOSE = 1e-9
PART_OF_GAP = 0.02
"""Share of the gap asked by which the relaxation may think too well of a plan."""
TOO_WELL, MISSED = -2, -1
"""Columns added at the end: how much more the reference says than is true, and by how much floors are missed."""
NEAR = 0.002
"""Share of the goal by which a floor is reached with so little to spare that it gets a row from the start."""
AT_ONCE = 5
"""Floors and shortages, those broken most, for which a round adds a row."""
FREED = [eq.name for eq in EQUATIONS if eq.links == "outcomes"]
"""Equations that cuts stand for."""
FIXED = ("worth", "value_at_risk", "loss_beyond", "spread_of_worst", "shortage", "replay_carry")
"""Variables that cuts stand for."""
Broken = Sequence[tuple[str, int, Fraction]]


class Cut(NamedTuple):
    """``row · x ≥ lower``; of a ``worth`` the row and minus its constant: what outcomes add to the goal at the most."""

    row: Floats
    lower: float
    worth: bool = True


class Point(NamedTuple):
    """A plan in every outcome."""

    plane: Plane
    worth: Floats
    shares: Floats
    """Each outcome's share of the worst."""


@dataclass(eq=False)
class OutcomeCuts:
    """The cuts of one model; one of them, the reference, is part of the goal itself, others are rows."""

    compiled: Compiled
    values: Values
    cuts: list[Cut] = field(default_factory=list)
    reference: int = 0
    matrix: tuple[object, int, int, sp.csc_array] | None = None

    def __post_init__(self) -> None:
        p, columns = self.values.parameters, self.compiled.columns
        self.factor, self.chance = np.asarray(p["part_factor"]), np.asarray(p["probability"])
        self.tails = bool(self.values.sizes["TAILS"])
        self.weight = np.asarray(p["tail_weight"])[0] if self.tails else self.chance
        self.risk_weight = float(np.asarray(p["risk_weight"])[0]) if self.tails else 0.0
        self.part = columns.start["part"] + np.arange(self.factor.shape[1])
        self.replays = Replays(self.compiled, self.values)
        self.floored = self.values.of("FLOORED_OUTCOMES")[0]
        self.floor = np.asarray(p["outcome_floor_value"])
        self.width = len(self.compiled.cost) + 2
        rows = self.compiled.rows_of("part_of_goal")
        self.of_options = self.compiled.matrix[rows.start : rows.stop, : columns.start["draw"]]

    def at(self, x: Floats) -> Point:
        """A plan in every outcome."""
        plane = self.replays.plane(x)
        worth = np.zeros(len(self.chance)) - np.bincount(
            self.replays.outcome, self.replays.loss * plane.short, len(self.chance)
        )
        if len(self.part):
            worth = np.asarray(worth + self.factor @ x[self.part])
        return Point(plane, worth, self._shares(worth) if self.tails else self.chance)

    def _shares(self, worth: Floats) -> Floats:
        order = np.argsort(worth, kind="stable")
        filled = np.minimum(np.cumsum(self.weight[order]), 1.0)
        found = np.zeros(len(worth))
        found[order] = np.diff(filled, prepend=0.0)
        return found

    def _weighed(self, point: Point, parts: Floats, shortages: Floats) -> Cut:
        """Outcomes by weight: what their parts bring less what is missing costs."""
        weight = shortages[self.replays.outcome] * self.replays.loss
        row = -self.replays.row(weight, point.plane, self.width)
        if len(self.part):
            row[self.part] += parts @ self.factor
        return Cut(row, float(weight @ point.plane.rest))

    def of_goal(self, point: Point) -> Cut:
        """What outcomes add to the goal: exactly at the point, at the most elsewhere."""
        shift = self.risk_weight * (point.shares - self.chance)
        return self._weighed(point, shift, self.chance + shift)

    def expanded(self, cut: Cut, cost: Floats) -> tuple[Floats, float]:
        """The goal with a cut, whose parts are told by their options; and the constant."""
        changed = np.append(cost, [-1.0, 0.0])
        row = cut.row.copy()
        changed[: self.of_options.shape[1]] += row[self.part] @ self.of_options
        row[self.part] = 0.0
        return changed + row, -cut.lower

    def applied(self, program: Program) -> Program:
        """The program with the cuts in place of the rows and variables they stand for."""
        reference = self.cuts[self.reference]
        cost, offset = self.expanded(reference, program.cost)
        lower, upper = program.row_lower.copy(), program.row_upper.copy()
        for name in FREED:
            lower[self.compiled.rows_of(name)], upper[self.compiled.rows_of(name)] = -np.inf, np.inf
        column_lower = np.append(program.column_lower, [0.0, 0.0])
        column_upper = np.append(program.column_upper, [np.inf, 0.0])
        for name in FIXED:
            start = self.compiled.columns.start[name]
            at = slice(start, start + int(np.prod(self.compiled.columns.shape[name])))
            column_lower[at], column_upper[at] = 0.0, 0.0
        rows = [self.as_row(cut) for cut in self.cuts]
        return Program(
            self._matrix(program.matrix, [row for row, _ in rows]),
            np.append(lower, [end for _, end in rows]),
            np.append(upper, np.full(len(rows), np.inf)),
            *(column_lower, column_upper, np.append(program.integer, [False, False]), cost, program.offset + offset),
        )

    def as_row(self, cut: Cut) -> tuple[Floats, float]:
        """A cut as the model has it: of a worth, how much more the reference says is at most the last column."""
        if not cut.worth:
            return cut.row, cut.lower
        reference = self.cuts[self.reference]
        row = cut.row - reference.row
        row[TOO_WELL] = 1.0
        return row, cut.lower - reference.lower

    def _matrix(self, base: sp.csc_array, rows: Sequence[Floats]) -> sp.csc_array:
        known = self.matrix
        if known is None or known[0] is not base or known[1:3] != (len(rows), self.reference):
            kept = np.ones(base.shape[0])
            for name in FREED:
                kept[self.compiled.rows_of(name)] = 0.0
            bare = sp.csc_array(sp.diags_array(kept) @ base)
            bare.eliminate_zeros()
            wide = sp.hstack([bare, sp.csc_array((base.shape[0], 2))])
            known = (base, len(rows), self.reference, sp.csc_array(sp.vstack([wide, sp.csr_array(np.array(rows))])))
            self.matrix = known
        return known[3]

    def missed(self, x: Floats, close: float) -> list[Cut]:
        """Cuts that a plan breaks: it is worth less than the model says, or misses a floor."""
        point, reference = self.at(x), self.cuts[self.reference]
        found, cut = [], self.of_goal(point)
        says = float(reference.row @ x) - reference.lower - x[TOO_WELL]
        if says - (float(cut.row @ x) - cut.lower) > close:
            found.append(cut)
        return found + [c for c in self.floors(point) if float(c.row @ x) < c.lower - CLOSE * max(1.0, abs(c.lower))]

    def floors(self, point: Point) -> Iterator[Cut]:
        """The floors, for those who are worst, and shortages that must not be; of many those nearest to be broken."""
        if len(self.values.of("FLOORED_TAILS")[0]):
            yield self.worst_floor(point)
        behind = self.floor[self.floored] - point.worth[self.floored]
        for at in np.argsort(-behind, kind="stable")[:AT_ONCE].tolist():
            yield self.outcome_floor(point, at)
        short = np.where(self.replays.priced, 0.0, point.plane.short)
        for number in np.argsort(-short, kind="stable")[:AT_ONCE].tolist():
            if short[number] > 0:
                yield self.payable(point, number)

    def near(self, x: Floats, value: float) -> list[Cut]:
        """Floors that are nearly missed: plans close to this one may well miss them."""
        return [c for c in self.floors(self.at(x)) if float(c.row @ x) - c.lower <= NEAR * max(1.0, abs(value))]

    def _floor(self, name: str, at: int, own: Cut) -> Cut:
        """A floor's row as the model has it, with its own variables told by a cut."""
        number = self.compiled.rows_of(name).start + at
        row = np.append(-np.asarray(self.compiled.matrix[[number], :].todense()).ravel(), [0.0, 1.0])
        for variable in FIXED:
            start = self.compiled.columns.start[variable]
            row[start : start + int(np.prod(self.compiled.columns.shape[variable]))] = 0.0
        return Cut(row + own.row, own.lower - float(self.compiled.row_upper[number]), worth=False)

    def worst_floor(self, point: Point) -> Cut:
        """The mean of those who are worst reaches its floor."""
        return self._floor("worst_floor", 0, self._weighed(point, point.shares, point.shares))

    def outcome_floor(self, point: Point, at: int) -> Cut:
        """A floored outcome, by its number among them, reaches its floor."""
        one = np.zeros(len(self.chance))
        one[self.floored[at]] = 1.0
        return self._floor("outcome_floor", at, self._weighed(point, one, one))

    def payable(self, point: Point, replay: int) -> Cut:
        """A replay lacks nothing."""
        one = np.zeros(len(self.replays.money))
        one[replay] = 1.0
        row = -self.replays.row(one, point.plane, self.width)
        return Cut(row, float(point.plane.rest[replay]), worth=False)

    def cuts_of_plan(self, x: Floats, value: float) -> list[tuple[Floats, float]]:
        """Rows that a plan teaches: its worth if it is less than the model says, and floors it misses."""
        return [self.as_row(cut) for cut in self.missed(x, CLOSE * max(1.0, abs(value)))]

    def hairs(self, x: Floats, broken: Broken, money: float) -> list[tuple[Floats, float]]:
        """Rows narrower than the floors that a plan misses, if only by a hair."""
        told, point = [], self.at(x)
        for name, number, missing in broken[:AT_ONCE]:
            if name == "worst_floor":
                cut = self.worst_floor(point)
            elif name == "outcome_floor":
                cut = self.outcome_floor(point, number)
            else:
                cut = self.payable(point, number // self.replays.years)
            hair = max(float(missing) / money, CLOSE * max(1.0, abs(cut.lower)))
            told.append(cut._replace(lower=max(cut.lower, min(float(cut.row @ x), cut.lower + hair)) + hair))
        return [self.as_row(cut) for cut in told]


def with_rows(program: Program, rows: Sequence[tuple[Floats, float]]) -> Program:
    """The program with further rows, each with a lower end."""
    if not rows:
        return program
    return replace(
        program,
        matrix=sp.csc_array(sp.vstack([program.matrix, sp.csr_array(np.array([row for row, _ in rows]))])),
        row_lower=np.append(program.row_lower, [lower for _, lower in rows]),
        row_upper=np.append(program.row_upper, np.full(len(rows), np.inf)),
    )


def without_rows(program: Program, rows: Sequence[int], matrix: sp.csc_array) -> Program:
    """The program without some rows; ``matrix`` is taken where it is what is left."""
    if not rows:
        return program
    kept = np.ones(len(program.row_lower), bool)
    kept[list(rows)] = False
    left = matrix if kept.sum() == matrix.shape[0] else sp.csc_array(program.matrix[np.flatnonzero(kept)])
    return replace(program, matrix=left, row_lower=program.row_lower[kept], row_upper=program.row_upper[kept])


def learned(
    case: Case, instance: Instance, engine: Engine, program: Program, watch: Watch, gap: float
) -> OutcomeCuts | None:
    """The cuts that the relaxation of a program needs; None where its outcomes are few."""
    sizes, risk = instance.values.sizes, case.risk
    if risk is None:
        return None
    floors = risk.worst_floor is not None or any(floor is not None for floor in risk.floors)
    many = len(risk.outcomes.states) >= MANY or (floors and len(instance.rows) > FEW)
    if not many or not (sizes["TAILS"] or sizes["REPLAYS"] or floors):
        return None
    watch.tell("lp")
    cuts = OutcomeCuts(engine.compiled, instance.values)
    cuts.cuts.append(cuts.of_goal(cuts.at(_guess(cuts, program))))
    close = max(CLOSE, PART_OF_GAP * gap)
    if len(instance.rows) > LARGE:
        _by_sifting(cuts, case, instance, engine, program, watch, close)
    else:
        _in_one_model(cuts, case, engine, program, watch, close)
    return cuts


def _in_one_model(cuts: OutcomeCuts, case: Case, engine: Engine, program: Program, watch: Watch, close: float) -> None:
    """Solve the relaxation again from its last basis with every cut; the model stays open for the search."""
    seed, told = case.loaded.config.solver.seed, cuts.applied(program)
    solver = Solver(told, watch, seed=seed, relaxed=True)
    for _ in range(ROUNDS):
        outcome = solver.run()
        if outcome.x is None or outcome.status != "optimal" or watch.over:
            return
        new = cuts.missed(outcome.x, close * max(1.0, abs(outcome.value)))
        near = [] if new else cuts.near(outcome.x, outcome.value)
        cuts.cuts += new + near
        solver.add_rows([cuts.as_row(cut) for cut in new + near])
        if not new:
            break
    assert outcome.x is not None
    cuts.reference = _tightest(cuts, outcome.x)
    told = cuts.applied(program)
    last = Solver(told, watch, seed=seed, relaxed=True)
    last.go_on_from(solver)
    options = cuts.compiled.columns.start["draw"]
    none = np.zeros(options, bool)
    engine.live = Live(last, told, np.arange(len(told.cost)), ~none, none)


def _by_sifting(
    cuts: OutcomeCuts, case: Case, instance: Instance, engine: Engine, program: Program, watch: Watch, close: float
) -> None:
    """Solve a large relaxation anew with every cut."""
    for _ in range(ROUNDS):
        found = engine.relax(cuts.applied(program), case, instance, watch)
        if found is None or found.x is None or watch.over:
            return
        new = cuts.missed(found.x, close * max(1.0, abs(found.bound)))
        if not new:
            cuts.cuts += cuts.near(found.x, found.bound)
            return
        cuts.cuts += new
        cuts.reference = _tightest(cuts, found.x)


def _tightest(cuts: OutcomeCuts, x: Floats) -> int:
    """The cut that says least of a plan, so that it becomes part of the goal."""
    says = [float(cut.row @ x) - cut.lower if cut.worth else np.inf for cut in cuts.cuts]
    return int(np.argmin(says))


def _guess(cuts: OutcomeCuts, program: Program) -> Floats:
    """A point to begin with: what options are worth, in equal parts of everything that brings something."""
    x = np.zeros(cuts.width)
    x[cuts.part] = cuts.of_options @ (program.cost[: cuts.of_options.shape[1]] > 0)
    return x
