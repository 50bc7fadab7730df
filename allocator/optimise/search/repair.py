"""A first plan where rounding the relaxation breaks rules: what breaks them is freed until they can be kept.

A share of something small hangs on few indivisible projects, and the relaxation splits just these. The restricted
program is solved with a slack on every floor and cap; options that move the rules still broken are freed, those that
cost least to change first, until no slack is needed. How much is tried depends on work done, never on seconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.program import ZERO, Search
from allocator.optimise.search.sifting import columns_of
from models.formulation import EQUATIONS

RULES = ("floor", "cap")
"""Equations that get a slack; as the solver takes them, each is "at most"."""
TOTALS = sorted((eq for eq in EQUATIONS if eq.links == "totals"), key=lambda eq: "GROUPS" not in eq.over)
"""Equations that lead from the total of a group to draws and options, and then from draws to options."""
FREED = 100
"""Options freed for every broken rule in the first round, half as many more in each later one."""
ROUNDS = 10
NODES = 100


def mend(s: Search, loss: Floats, undecided: Flags) -> Flags | None:
    """Options to leave open, the others as in the relaxation, so that every rule can be kept; None if none were found."""
    assert s.relaxation is not None
    decided = s.options(s.relaxation) > 0.5
    project = s.case.measures.project[s.instance.rows]
    rules = np.concatenate([np.arange(r.start, r.stop) for r in map(s.compiled.rows_of, RULES)])
    elastic, matrix = _elastic(s.program, rules), sp.csr_array(s.program.matrix)
    free, count = _whole(undecided, project, np.ones_like(undecided)), FREED
    for _ in range(ROUNDS):
        slack = _slack(s, elastic, free, decided, len(rules))
        if slack is None:
            return None
        broken = np.flatnonzero(slack > ZERO)
        if not len(broken):
            return free
        for row in rules[broken].tolist():
            moving = _behind(s, matrix, row)
            moving = moving[~free[moving]]
            free[moving[np.argsort(loss[moving], kind="stable")[:count]]] = True
        free |= _whole(free, project, decided)
        count += count // 2
    return None


def _elastic(p: Program, rules: Ints) -> Program:
    """The same program with a slack on every rule, the slacks its only cost."""
    count = len(rules)
    slacks = sp.csc_array((-np.ones(count), (rules, np.arange(count))), shape=(p.matrix.shape[0], count))
    return Program(
        sp.csc_array(sp.hstack([p.matrix, slacks])),
        p.row_lower,
        p.row_upper,
        np.append(p.column_lower, np.zeros(count)),
        np.append(p.column_upper, np.full(count, np.inf)),
        np.append(p.integer, np.zeros(count, bool)),
        np.append(np.zeros(len(p.cost)), -np.ones(count)),
    )


def _slack(s: Search, elastic: Program, free: Flags, decided: Flags, rules: int) -> Floats | None:
    """The slack of every rule when all options but the free ones are as decided."""
    options = len(free)
    lower = elastic.column_lower.copy()
    lower[:options][decided & ~free] = 1.0
    columns = np.r_[np.flatnonzero(free | decided), np.arange(options, len(lower))]
    part = columns_of(replace(elastic, column_lower=lower), columns)
    outcome = Solver(part, s.watch, seed=s.case.loaded.config.solver.seed).run(nodes=NODES)
    return None if outcome.x is None else outcome.x[-rules:]


def _behind(s: Search, matrix: sp.csr_array, row: int) -> Ints:
    """The options that move one rule: by what they are, or by what its sources pay them."""
    options = len(s.instance.rows)
    columns = matrix[[row]].indices
    for eq in TOTALS:
        part = matrix[s.compiled.rows_of(eq.name)]
        leads = np.unique(part[:, columns[columns >= options]].nonzero()[0])
        columns = np.union1d(columns, part[leads].indices)
    return np.asarray(columns[columns < options], dtype=np.int64)


def _whole(some: Flags, project: Ints, among: Flags) -> Flags:
    """The options ``among`` those of the same projects as ``some``, and these."""
    touched = np.zeros(int(project.max(initial=0)) + 1, bool)
    touched[project[some]] = True
    return np.asarray(some | (touched[project] & among))
