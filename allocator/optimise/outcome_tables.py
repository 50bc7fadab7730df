"""What a plan is worth in every outcome, and what it may lose, as tables and figures in the config's unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from allocator.money.rounding import half_up_exactly
from allocator.optimise.award_changes import COLUMNS, moves
from allocator.optimise.exact import ExactPlan, objective, planned
from allocator.optimise.instance import Instance
from allocator.optimise.plan_tables import decimal
from allocator.plan import delivered
from allocator.problem.case import Case
from allocator.tables.realised_shares import COLUMNS as SHARE_COLUMNS
from allocator.tables.realised_shares import TABLE

SHARE_PLACES = 12


def tables(case: Case, numbers: Instance, plan: ExactPlan) -> dict[str, pd.DataFrame]:
    """The tables that this plan has beside those of every plan."""
    found = {}
    if case.risk is not None:
        found["outcomes"] = outcomes_table(case, plan)
    if case.robust is not None:
        found["falls"] = falls_table(case, plan)
    if case.loaded.config.previous is not None:
        found["moved"] = moved_table(case, numbers, plan)
    if TABLE in case.inputs.extra:
        found[TABLE] = case.inputs.extra[TABLE][list(SHARE_COLUMNS)]
        found[delivered.TABLE] = delivered.table(case.loaded.config, case.inputs.extra, case.money.fen_per_unit)
    return found


def outcomes_table(case: Case, plan: ExactPlan) -> pd.DataFrame:
    """Every outcome: its probability, the goal in it, money missing, and how much of it is among the worst."""
    assert case.risk is not None
    assert plan.turnout is not None
    unit, tail = case.money.fen_per_unit, case.risk.shares(plan.turnout.values)
    rows = [
        [state.name, share(state.probability), fen(value) / unit, fen(short) / unit, share(part)]
        for state, value, short, part in zip(
            case.risk.outcomes.states, plan.turnout.values, plan.turnout.shortages, tail, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=["outcome", "probability", "value", "shortage", "worst_share"])


def falls_table(case: Case, plan: ExactPlan) -> pd.DataFrame:
    """What each fall would cost the plan, the worst first; `fallen` marks the worst case."""
    assert case.robust is not None
    _, fallen = case.robust.worst(plan.falls)
    order = sorted((f for f, loss in enumerate(plan.falls) if loss), key=lambda f: (-plan.falls[f], f))
    unit = case.money.fen_per_unit
    rows = [[case.robust.labels[f], fen(plan.falls[f]) / unit, int(f in fallen)] for f in order]
    return pd.DataFrame(rows, columns=["fall", "loss", "fallen"])


def moved_table(case: Case, numbers: Instance, plan: ExactPlan) -> pd.DataFrame:
    """Every project with an award in the approved plan or in this one, and why they differ."""
    unit = case.money.fen_per_unit

    def goal(value: Fraction | None) -> Decimal | None:
        return None if value is None else Decimal(fen(value)) / unit

    rows = [
        [
            m.project,
            m.before / unit,
            m.after / unit,
            (m.after - m.before) / unit,
            m.reason,
            m.by,
            goal(m.own_goal),
            goal(m.restored),
            *m.starts,
        ]
        for m in moves(case, numbers, plan)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"start_before": object, "start_after": object})


def figures(case: Case, plan: ExactPlan) -> Mapping[str, Any]:
    """What the manifest says of risk: each figure of the goal, exactly."""
    unit = case.money.fen_per_unit
    if case.risk is not None and plan.turnout is not None:
        t = plan.turnout
        return {
            "alpha": decimal(case.risk.alpha),
            "weight": decimal(case.risk.weight),
            "outcomes": len(t.values),
            "planned_value": decimal(planned(case, plan) / unit),
            "expected_value": decimal(t.expected / unit),
            "worst_mean": decimal(t.worst_mean / unit),
            "value_at_risk": decimal(t.value_at_risk / unit),
        }
    if case.robust is not None:
        return {
            "gamma": case.robust.gamma,
            "planned_value": decimal(planned(case, plan) / unit),
            "worst_loss": decimal((planned(case, plan) - objective(case, plan)) / unit),
        }
    return {}


def fen(value: Fraction) -> int:
    """An amount to the nearest fen."""
    return half_up_exactly(value)


def share(value: Fraction) -> Decimal:
    """A share to twelve decimals."""
    return Decimal(half_up_exactly(value * 10**SHARE_PLACES)).scaleb(-SHARE_PLACES)
