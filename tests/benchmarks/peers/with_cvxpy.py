"""CVXPY: sparse matrices times vectors. Solver: HiGHS."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    count = len(p.options)
    x = cp.Variable(count, boolean=True)
    _, project = np.unique(p.options["project"], return_inverse=True)
    rules = [sp.csr_array((np.ones(count), (project, np.arange(count)))) @ x <= 1]
    carry = cp.Variable((len(p.sources), p.sources[0].years), nonneg=True)
    for s, t, lines in p.paid():
        source = p.sources[s]
        spent = sp.csr_array((lines["amount"], (np.zeros(len(lines), int), lines["option"])), shape=(1, count)) @ x
        if t >= len(source.budget):
            rules.append(spent <= source.tail)
            continue
        before = carry[s, t - 1] if t else 0
        rules.append(spent + carry[s, t] <= source.budget[t] + before)
        rules.append(carry[s, t] <= source.carry_share * (source.budget[t] + before))
        rules.append(carry[s, t] <= source.young(t))
    total = cp.Variable(p.groups)
    member = sp.csr_array((p.members["amount"], (p.members["group"], p.members["option"])), shape=(p.groups, count))
    rules.append(member @ x == total)
    rules += [sum(f * total[g] for g, f in terms) <= end for terms, end in p.bounds]
    rules += [cp.sum(x[a]) <= cp.sum(x[b]) for a, b in p.needs]
    rules += [cp.sum(x[both]) <= 1 for both in p.rivals]
    problem = cp.Problem(cp.Maximize(p.options["value"].to_numpy() @ x), rules)
    problem.solve(solver=cp.HIGHS, mip_rel_gap=gap, time_limit=seconds)
    return {"objective": float(problem.value)}


if __name__ == "__main__":
    main(solve)
