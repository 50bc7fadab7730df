"""python-mip: one expression per row, summed by `xsum`. Solver: CBC, its default."""

from __future__ import annotations

from typing import Any

import mip

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    m = mip.Model(sense=mip.MAXIMIZE)
    m.verbose = 0
    x = [m.add_var(var_type=mip.BINARY) for _ in range(len(p.options))]
    m.objective = mip.xsum(v * x[o] for o, v in enumerate(p.options["value"]))
    for _, options in p.options.groupby("project"):
        m += mip.xsum(x[o] for o in options.index) <= 1
    carry = {(s, t): m.add_var(lb=0) for s, source in enumerate(p.sources) for t in range(len(source.budget))}
    for s, t, lines in p.paid():
        spent = mip.xsum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        source = p.sources[s]
        if t >= len(source.budget):
            m += spent <= source.tail
            continue
        before = carry[s, t - 1] if t else 0
        m += spent + carry[s, t] - before <= source.budget[t]
        m += carry[s, t] - source.carry_share * before <= source.carry_share * source.budget[t]
        m += carry[s, t] <= source.young(t)
    total = [m.add_var(lb=-mip.INF) for _ in range(p.groups)]
    for g, lines in p.members.groupby("group"):
        m += mip.xsum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True)) - total[g] == 0
    for terms, end in p.bounds:
        m += mip.xsum(f * total[g] for g, f in terms) <= end
    for a, b in p.needs:
        m += mip.xsum(x[o] for o in a) - mip.xsum(x[o] for o in b) <= 0
    for both in p.rivals:
        m += mip.xsum(x[o] for o in both) <= 1
    m.max_mip_gap = gap
    m.optimize(max_seconds=seconds)
    return {"objective": m.objective_value}


if __name__ == "__main__":
    main(solve)
