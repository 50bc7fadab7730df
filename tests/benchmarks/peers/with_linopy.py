"""linopy: labelled arrays; sums by `groupby`. Solver: HiGHS."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from tests.benchmarks.peers.problem import Problem, main


def solve(p: Problem, gap: float, seconds: float) -> dict[str, Any]:
    m = linopy.Model()
    option = pd.RangeIndex(len(p.options), name="option")
    x = m.add_variables(binary=True, coords=[option], name="choose")
    m.add_objective((x * p.options["value"].to_numpy()).sum(), sense="max")
    m.add_constraints((1 * x).groupby(p.options["project"].rename_axis("option")).sum() <= 1, name="one_option")
    _money(m, x, p)
    total = m.add_variables(coords=[pd.RangeIndex(p.groups, name="group")], name="total")
    member = summed(x, p.members["option"], p.members["amount"], p.members["group"])
    m.add_constraints(member - total.sel(group=member.coords["group"]) == 0, name="measured")
    for number, (terms, end) in enumerate(p.bounds):
        m.add_constraints(sum(total.sel(group=g) * f for g, f in terms) <= end, name=f"bound{number}")
    for number, (a, b) in enumerate(p.needs):
        m.add_constraints(x.sel(option=a).sum() - x.sel(option=b).sum() <= 0, name=f"needs{number}")
    for number, both in enumerate(p.rivals):
        m.add_constraints(x.sel(option=both).sum() <= 1, name=f"rivals{number}")
    m.solve("highs", mip_rel_gap=gap, time_limit=seconds)
    return {"objective": float(m.objective.value)}


def summed(x: linopy.Variable, option: pd.Series, amount: pd.Series, key: pd.Series) -> linopy.LinearExpression:
    """Amounts times choices, summed by key."""
    line = np.arange(len(option))
    chosen = x.sel(option=xr.DataArray(option.to_numpy(), coords={"line": line}, dims="line"))
    terms = chosen * xr.DataArray(amount.to_numpy(), coords={"line": line}, dims="line")
    return terms.groupby(pd.Series(key.to_numpy(), pd.Index(line, name="line"), name=key.name)).sum()


def _money(m: linopy.Model, x: linopy.Variable, p: Problem) -> None:
    years = p.sources[0].years
    cell = (p.payments["source"] * years + p.payments["year"]).rename("cell")
    paid = summed(x, p.payments["option"], p.payments["amount"], cell)
    carry = m.add_variables(
        lower=0, coords=[range(len(p.sources)), range(years)], dims=["source", "year"], name="carry"
    )
    for s, source in enumerate(p.sources):
        for t in range(years):
            spent = paid.sel(cell=s * years + t) if s * years + t in paid.coords["cell"] else 0 * carry[s, t]
            if t >= len(source.budget):
                m.add_constraints(spent <= source.tail, name=f"tail{s}_{t}")
                continue
            before = 1 * carry[s, t - 1] if t else 0 * carry[s, t]
            m.add_constraints(spent + carry[s, t] - before <= source.budget[t], name=f"balance{s}_{t}")
            most = source.carry_share * source.budget[t]
            m.add_constraints(carry[s, t] - source.carry_share * before <= most, name=f"share{s}_{t}")
            m.add_constraints(carry[s, t] <= source.young(t), name=f"age{s}_{t}")


if __name__ == "__main__":
    main(solve)
