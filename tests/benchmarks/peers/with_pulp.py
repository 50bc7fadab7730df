"""PuLP: one expression per row, summed by `lpSum`. Solver: HiGHS."""

from __future__ import annotations

from typing import Any

import pulp

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    m = pulp.LpProblem("plan", pulp.LpMaximize)
    x = pulp.LpVariable.dicts("choose", range(len(p.options)), cat="Binary")
    m += pulp.lpSum(v * x[o] for o, v in enumerate(p.options["value"]))
    for _, options in p.options.groupby("project"):
        m += pulp.lpSum(x[o] for o in options.index) <= 1
    plan = [(s, t) for s, source in enumerate(p.sources) for t in range(len(source.budget))]
    carry = pulp.LpVariable.dicts("carry", plan, lowBound=0)
    for s, t, lines in p.paid():
        spent = pulp.lpSum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        source = p.sources[s]
        if t >= len(source.budget):
            m += spent <= source.tail
            continue
        before = carry[s, t - 1] if t else 0
        m += spent + carry[s, t] <= source.budget[t] + before
        m += carry[s, t] <= source.carry_share * (source.budget[t] + before)
        m += carry[s, t] <= source.young(t)
    total = pulp.LpVariable.dicts("total", range(p.groups))
    for g, lines in p.members.groupby("group"):
        m += pulp.lpSum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True)) == total[g]
    for terms, end in p.bounds:
        m += pulp.lpSum(f * total[g] for g, f in terms) <= end
    for a, b in p.needs:
        m += pulp.lpSum(x[o] for o in a) <= pulp.lpSum(x[o] for o in b)
    for both in p.rivals:
        m += pulp.lpSum(x[o] for o in both) <= 1
    m.solve(pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds))
    return {"objective": pulp.value(m.objective)}


if __name__ == "__main__":
    main(solve)
