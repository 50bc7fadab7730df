"""A plan against itself with less money: where a tenth of a source buys nothing."""

from __future__ import annotations

import numpy as np

from allocator.optimise.exact import ExactPlan, examine, objective
from allocator.optimise.instance import Instance
from allocator.problem.accounts import balances, budgets
from allocator.problem.case import Case
from allocator.problem.edits import with_money


def spare(case: Case, instance: Instance, plan: ExactPlan) -> tuple[str, ...]:
    """Sources that may have a tenth less in every year: the plan keeps every rule and is worth the same."""
    config, fen = case.loaded.config, case.money.fen_per_unit
    if case.risk is not None:
        return ()
    chosen = np.flatnonzero(np.isin(instance.rows, plan.options))
    found = []
    for s, name in enumerate(config.sources):
        less = {year: amount // -10 for year, amount in budgets(config, fen, name).items()}
        paid = plan.draws[s].sum(axis=0).tolist() if len(plan.draws) else [0] * len(instance.years)
        if not any(less.values()) or sum(b.lapsed for b in balances(config, fen, name, paid)) < -sum(less.values()):
            continue
        poorer = with_money(case, name, less)
        same = examine(poorer, instance, chosen, plan.draws.astype(float))
        if same.valid and objective(poorer, same) == objective(case, plan):
            found.append(name)
    return tuple(found)
