"""OR-Tools MathOpt: one expression per row. Solver: HiGHS."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ortools.math_opt.python import mathopt

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    m = mathopt.Model(name="plan")
    x = [m.add_binary_variable() for _ in range(len(p.options))]
    m.maximize(mathopt.fast_sum(v * x[o] for o, v in enumerate(p.options["value"])))
    for _, options in p.options.groupby("project"):
        m.add_linear_constraint(mathopt.fast_sum(x[o] for o in options.index) <= 1)
    carry = {(s, t): m.add_variable(lb=0) for s, source in enumerate(p.sources) for t in range(len(source.budget))}
    for s, t, lines in p.paid():
        spent = mathopt.fast_sum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        source = p.sources[s]
        if t >= len(source.budget):
            m.add_linear_constraint(spent <= source.tail)
            continue
        before = carry[s, t - 1] if t else 0
        m.add_linear_constraint(spent + carry[s, t] - before <= source.budget[t])
        m.add_linear_constraint(carry[s, t] - source.carry_share * before <= source.carry_share * source.budget[t])
        m.add_linear_constraint(carry[s, t] <= source.young(t))
    total = [m.add_variable() for _ in range(p.groups)]
    for g, lines in p.members.groupby("group"):
        inside = mathopt.fast_sum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        m.add_linear_constraint(inside == total[g])
    for terms, end in p.bounds:
        m.add_linear_constraint(mathopt.fast_sum(f * total[g] for g, f in terms) <= end)
    for a, b in p.needs:
        m.add_linear_constraint(mathopt.fast_sum(x[o] for o in a) <= mathopt.fast_sum(x[o] for o in b))
    for both in p.rivals:
        m.add_linear_constraint(mathopt.fast_sum(x[o] for o in both) <= 1)
    limits = mathopt.SolveParameters(relative_gap_tolerance=gap, time_limit=dt.timedelta(seconds=seconds))
    return {"objective": mathopt.solve(m, mathopt.SolverType.HIGHS, params=limits).objective_value()}


if __name__ == "__main__":
    main(solve)
