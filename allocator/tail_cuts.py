"""The mean of the worst outcomes by a few cuts instead of a row per outcome.

The mean of the worst is the least of many means, one per way of choosing who is worst. Each is linear in the parts
of the goal, so the model needs only those that matter near the best plan: they are found by solving the relaxation,
looking who is worst there, and adding that mean, until nothing changes. What the model then says of a plan is never
less than the truth, so its bounds hold; every plan found is looked at exactly, and adds its own mean.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.case import Case
from allocator.highs import Floats, Program, Solver, Watch
from allocator.instance import Instance
from allocator.measures import Ints
from models.compiler import Compiled
from models.values import Values

MANY = 50
"""Outcomes from which cuts take the place of rows."""
ROUNDS = 60
CLOSE = 1e-9


class Tail:
    """What is needed to add the mean of the worst at some point as a row."""

    def __init__(self, compiled: Compiled, values: Values) -> None:
        self.compiled, columns = compiled, compiled.columns
        p = values.parameters
        self.factor, self.chance = np.asarray(p["part_factor"]), np.asarray(p["probability"])
        self.weight = np.asarray(p["tail_weight"])[0]
        self.part = columns.start["part"] + np.arange(self.factor.shape[1])
        self.spread = columns.start["spread_of_worst"]
        shape = columns.shape["shortage"]
        self.shortage = columns.start["shortage"] + np.arange(int(np.prod(shape)))
        family = values.families["REPLAYS_OF"]
        owner = np.zeros(shape[0], np.int64)
        owner[family.items[0]] = np.repeat(np.arange(len(self.chance)), np.diff(family.start))
        self.owner = np.repeat(owner, shape[1] if len(shape) > 1 else 1)
        self.loss = np.repeat(np.asarray(p["shortage_loss"]), shape[1] if len(shape) > 1 else 1)
        self.risk_weight = float(np.asarray(p["risk_weight"])[0])
        self.reference = self.chance.copy()
        """Who is worst at the relaxation's optimum: that mean is part of the goal itself, others are rows."""
        self.floored = len(values.of("FLOORED_TAILS")[0]) > 0

    def worth(self, x: Floats) -> Floats:
        """Worth of every outcome at a point."""
        short = np.bincount(self.owner, self.loss * x[self.shortage], len(self.chance))
        return np.asarray(self.factor @ x[self.part] - short)

    def shares(self, worth: Floats) -> Floats:
        """Who is worst: each outcome's share of the tail."""
        order = np.argsort(worth, kind="stable")
        filled = np.minimum(np.cumsum(self.weight[order]), 1.0)
        found = np.zeros(len(worth))
        found[order] = np.diff(filled, prepend=0.0)
        return found

    def behind(self, x: Floats) -> float:
        """By how much the mean of the worst at a point is less than the model says."""
        worth = self.worth(x)
        return float(self.reference @ worth - self.shares(worth) @ worth - x[self.spread])

    def adjusted(self, cost: Floats) -> Floats:
        """The goal with the mean of those who are worst at the reference; the spread counts from there."""
        rows = self.compiled.rows_of("part_of_goal")
        part = self.compiled.matrix[rows.start : rows.stop, : self.compiled.columns.start["draw"]]
        changed = cost.copy()
        shift = self.risk_weight * (self.reference - self.chance)
        changed[: part.shape[1]] += (shift @ self.factor) @ part
        changed[self.shortage] -= shift[self.owner] * self.loss
        return changed

    def row(self, shares: Floats, width: int) -> sp.csr_array:
        """The mean with some shares of the tail, less that of the reference, plus the spread."""
        row = np.zeros(width)
        row[self.part] = (shares - self.reference) @ self.factor
        row[self.shortage] = -self.loss * (shares - self.reference)[self.owner]
        row[self.spread] = 1.0
        return sp.csr_array(row[None, :])

    def floor_row(self, shares: Floats) -> sp.csr_array:
        """The floor of the worst mean, for those who are worst; the rest of the row is as the model has it."""
        at = self.compiled.rows_of("worst_floor").start
        row = -np.asarray(self.compiled.matrix[[at], :].todense()).ravel()
        for name in ("value_at_risk", "loss_beyond"):
            start = self.compiled.columns.start[name]
            row[start : start + int(np.prod(self.compiled.columns.shape[name]))] = 0.0
        row[self.part] += shares @ self.factor
        row[self.shortage] -= self.loss * shares[self.owner]
        return sp.csr_array(row[None, :])

    def cut(self, program: Program, shares: Floats) -> Program:
        """The program with the mean of those who are worst."""
        rows, lower = [self.row(shares, len(program.cost))], [0.0]
        if self.floored:
            rows.append(self.floor_row(shares))
            lower.append(-float(self.compiled.row_upper[self.compiled.rows_of("worst_floor").start]))
        return replace(
            program,
            matrix=sp.csc_array(sp.vstack([program.matrix, *rows])),
            row_lower=np.append(program.row_lower, lower),
            row_upper=np.append(program.row_upper, [np.inf] * len(rows)),
        )

    def improved(self, program: Program, x: Floats) -> Program:
        """The program with one more cut where it thinks better of a plan than it is."""
        if self.behind(x) <= CLOSE * max(1.0, abs(float(program.cost @ x))):
            return program
        return self.cut(program, self.shares(self.worth(x)))

    def without_rows(self, program: Program, kept: Ints) -> Program:
        """The program without the rows of single outcomes, but for the worth of those ``kept``."""
        lower, upper = program.row_lower.copy(), program.row_upper.copy()
        free = [self.compiled.rows_of(name) for name in ("beyond_value_at_risk", "spread", "worst_floor")]
        at = np.concatenate([np.arange(rows.start, rows.stop) for rows in free])
        worth = self.compiled.rows_of("worth_in_outcome")
        held = np.isin(self.compiled.row_members["worth_in_outcome"][0], kept)
        at = np.append(at, np.arange(worth.start, worth.stop)[~held])
        lower[at], upper[at] = -np.inf, np.inf
        return replace(program, row_lower=lower, row_upper=upper)


def tail_of(case: Case, compiled: Compiled, instance: Instance) -> Tail | None:
    """The tail, where its outcomes are too many for a row each."""
    many = case.risk is not None and len(case.risk.outcomes.states) >= MANY
    return Tail(compiled, instance.values) if many and instance.values.sizes["TAILS"] else None


def few_cuts(
    case: Case, instance: Instance, compiled: Compiled, program: Program, watch: Watch
) -> tuple[Tail | None, Program]:
    """The tail and the program with cuts for it; None and the program as it is where it needs none."""
    tail = tail_of(case, compiled, instance)
    if tail is None:
        return None, program
    watch.tell("lp")
    kept = instance.values.of("FLOORED_OUTCOMES")[0]
    return tail, with_cuts(tail, program, kept, watch, case.loaded.config.solver.seed)


def with_cuts(tail: Tail, program: Program, kept: Ints, watch: Watch, seed: int) -> Program:
    """The program with the cuts that its relaxation needs; the one that decides there becomes part of the goal."""
    bare = tail.without_rows(program, kept)
    cuts = [tail.shares(tail.worth(guess(tail, program)))]
    program = tail.cut(bare, cuts[0])
    for _ in range(ROUNDS):
        outcome = Solver(program, watch, seed=seed, relaxed=True).run()
        if outcome.x is None or outcome.status != "optimal" or watch.over:
            break
        shares = tail.shares(tail.worth(outcome.x))
        if tail.behind(outcome.x) <= CLOSE * max(1.0, abs(outcome.value)):
            break
        cuts.append(shares)
        program = tail.cut(program, shares)
    tail.reference = cuts.pop()
    for shares in cuts if not tail.floored else [*cuts, tail.reference]:
        bare = tail.cut(bare, shares)
    return bare


def guess(tail: Tail, program: Program) -> Floats:
    """A point to begin with: what options are worth, in equal parts of everything that brings something."""
    rows = tail.compiled.rows_of("part_of_goal")
    part = tail.compiled.matrix[rows.start : rows.stop, : tail.compiled.columns.start["draw"]]
    x = np.zeros(len(program.cost))
    x[tail.part] = part @ (program.cost[: part.shape[1]] > 0)
    return x
