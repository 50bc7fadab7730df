"""Options that no best plan of a goal can have: another one of the same project is worth more and hurts no row more.

Exchanging such an option for the better one keeps every rule: rows that hold from both sides see no difference, the
others are left with at least as much room. So the search closes it, and the optimum stays; the option stays in the
table for locks, questions and other goals. A column is compared with the most valuable one of its project that is the
same in all rows held from both sides, found by a weighted sum of its entries, and then entry by entry.

Options that differ in what they are paid or measured at are seldom comparable so, because budgets and totals are held
from both sides; what they cost against the prices decides about these, once a plan is known (`allocator.solve`).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Flags, Ints
from allocator.optimise.search.highs import Program


def dominated(program: Program, project: Ints, single: Flags) -> Flags:
    """The options to close; ``single`` marks the rows that allow one option per project."""
    options = len(project)
    matrix = sp.csc_array(program.matrix[:, :options])
    found = np.zeros(options, bool)
    same = single | (np.isfinite(program.row_lower) & np.isfinite(program.row_upper))
    owned = (matrix.T @ single.astype(float)) > 0
    eligible = np.flatnonzero(owned & (program.column_lower[:options] == 0) & (program.column_upper[:options] > 0))
    key = matrix.T @ np.where(same, np.random.default_rng(0).random(len(same)), 0.0)
    cost = program.cost[:options]
    order = eligible[np.lexsort((-cost[eligible], key[eligible], project[eligible]))]
    first = np.ones(len(order), bool)
    first[1:] = (project[order][1:] != project[order][:-1]) | (key[order][1:] != key[order][:-1])
    leader = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))] if len(order) else order
    worse = cost[order] < cost[leader]
    tried, leader = order[worse], leader[worse]
    more = sp.coo_array(matrix[:, tried] - matrix[:, leader])
    row, column, amount = more.coords[0], more.coords[1], more.data
    hurts = np.where(same[row], amount != 0, False)
    hurts |= np.isfinite(program.row_upper[row]) & (amount < 0)
    hurts |= np.isfinite(program.row_lower[row]) & (amount > 0)
    found[tried[np.bincount(column[hurts], minlength=len(tried)) == 0]] = True
    return found
