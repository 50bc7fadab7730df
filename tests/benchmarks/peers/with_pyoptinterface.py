"""pyoptinterface: one expression per row, summed by `quicksum`. Solver: HiGHS."""

from __future__ import annotations

from typing import Any

import pyoptinterface as poi
from pyoptinterface import highs

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    m = highs.Model()
    m.set_model_attribute(poi.ModelAttribute.Silent, True)
    x = [m.add_variable(domain=poi.VariableDomain.Binary) for _ in range(len(p.options))]
    m.set_objective(poi.quicksum(v * x[o] for o, v in enumerate(p.options["value"])), poi.ObjectiveSense.Maximize)
    for _, options in p.options.groupby("project"):
        m.add_linear_constraint(poi.quicksum(x[o] for o in options.index) <= 1)
    carry = {(s, t): m.add_variable(lb=0) for s, source in enumerate(p.sources) for t in range(len(source.budget))}
    for s, t, lines in p.paid():
        spent = poi.quicksum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        source = p.sources[s]
        if t >= len(source.budget):
            m.add_linear_constraint(spent <= source.tail)
            continue
        before = carry[s, t - 1] if t else 0.0
        m.add_linear_constraint(spent + carry[s, t] - before <= source.budget[t])
        m.add_linear_constraint(carry[s, t] - source.carry_share * before <= source.carry_share * source.budget[t])
        m.add_linear_constraint(1.0 * carry[s, t] <= source.young(t))
    total = [m.add_variable() for _ in range(p.groups)]
    for g, lines in p.members.groupby("group"):
        inside = poi.quicksum(a * x[o] for o, a in zip(lines["option"], lines["amount"], strict=True))
        m.add_linear_constraint(inside - total[g] == 0)
    for terms, end in p.bounds:
        m.add_linear_constraint(poi.quicksum(f * total[g] for g, f in terms) <= end)
    for a, b in p.needs:
        m.add_linear_constraint(poi.quicksum(x[o] for o in a) - poi.quicksum(x[o] for o in b) <= 0)
    for both in p.rivals:
        m.add_linear_constraint(poi.quicksum(x[o] for o in both) <= 1)
    m.set_raw_parameter("mip_rel_gap", gap)
    m.set_raw_parameter("time_limit", seconds)
    m.optimize()
    return {"objective": m.get_model_attribute(poi.ModelAttribute.ObjectiveValue)}


if __name__ == "__main__":
    main(solve)
