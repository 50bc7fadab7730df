"""What it is worth to know more, to plan for all outcomes, or to plan boldly: found by solving again.

Each figure has the value between the plans found and the least and most it can be when the bounds of the solves are
taken into account; none is ever below 0, since a plan at hand is always among those compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from allocator.messages.errors import Interrupted, NoPlanInTime
from allocator.optimise import instance
from allocator.optimise.exact import ExactPlan, objective, planned, turnout_of
from allocator.optimise.plan_tables import decimal
from allocator.optimise.search.strategy import Answer
from allocator.optimise.search.strategy import solve as search
from allocator.problem.case import Case
from allocator.problem.risk.outcome_values import replayed_in
from allocator.tables.outcomes import Outcomes, State

ZERO = Fraction(0)


def report(case: Case, numbers: instance.Instance, answer: Answer) -> Mapping[str, Any]:
    """The figures the config asks for; none when the user or the clock comes first, so that the plan itself is kept."""
    try:
        return _figures(case, numbers, answer)
    except (Interrupted, NoPlanInTime, KeyboardInterrupt):
        return {}


def _figures(case: Case, numbers: instance.Instance, answer: Answer) -> Mapping[str, Any]:
    """evpi and vss, or the price of robustness."""
    if case.robust is not None:
        return {"price_of_robustness": _price(case, answer.plan)} if case.robust.gamma else {}
    if case.risk is None or not case.loaded.config.risk.report:
        return {}
    neutral = _with(case, case.risk.outcomes.states)
    plain = case.risk.weight == 0 and case.risk.worst_floor is None and not any(case.risk.floors)
    best = answer if plain else _best(neutral)
    told: dict[str, Any] = {}
    if "evpi" in case.loaded.config.risk.report:
        told["evpi"] = _evpi(neutral, numbers, best)
    if "vss" in case.loaded.config.risk.report:
        told["vss"] = _vss(neutral, numbers, best)
    return told


def _with(case: Case, states: Sequence[State]) -> Case:
    """The case with other outcomes, of which only the expected value counts."""
    assert case.risk is not None
    outcomes = Outcomes(case.risk.outcomes.axes, tuple(states))
    risk = replace(
        case.risk,
        outcomes=outcomes,
        weight=ZERO,
        floors=(None,) * len(states),
        worst_floor=None,
        replayed=replayed_in(outcomes, tuple(case.loaded.config.sources)),
    )
    return replace(case, risk=risk)


def _best(case: Case) -> Answer:
    solver = case.loaded.config.solver
    return search(case, instance.build(case), gap=float(solver.gap), seconds=float(solver.time_limit))


def _estimate(case: Case, value: Fraction, least: Fraction, most: Fraction, **more: int) -> dict[str, Any]:
    """The figure with its ends, none below 0, in the config's unit."""
    unit = case.money.fen_per_unit
    low, high = max(ZERO, min(least, value)), max(value, most)
    return {"value": decimal(value / unit), "least": decimal(low / unit), "most": decimal(high / unit), **more}


def _worth(case: Case, numbers: instance.Instance, plan: ExactPlan) -> tuple[Sequence[Fraction], Fraction] | None:
    """A plan's goal in every outcome, and what is expected; None where some outcome is not payable."""
    chosen = np.zeros(len(case.usable), bool)
    chosen[plan.options] = True
    turnout = turnout_of(case, numbers, plan, chosen)
    return None if turnout is None or not turnout.valid else (turnout.values, turnout.expected)


def _evpi(case: Case, numbers: instance.Instance, best: Answer) -> dict[str, Any]:
    """What is gained on average when the outcome is known before awards are decided."""
    assert case.risk is not None
    states, config = case.risk.outcomes.states, case.loaded.config
    found = _worth(case, numbers, best.plan)
    assert found is not None
    picked = list(range(len(states)))
    most = config.risk.report_outcomes
    if len(picked) > most:
        picked = sorted(Random(config.solver.seed).sample(picked, most))  # noqa: S311 - a stated sample
    share = sum((states[w].probability for w in picked), ZERO)
    gained = ceiling = ZERO
    for w in picked:
        alone = _with(case, [replace(states[w], probability=Fraction(1), floor=None)])
        answer = _best(alone)
        weight = states[w].probability / share
        gained += weight * max(ZERO, objective(alone, answer.plan) - found[0][w])
        ceiling += weight * max(ZERO, Fraction(answer.stages[-1].bound) - found[0][w])
    behind = max(ZERO, Fraction(best.stages[-1].bound) - found[1])
    sampled = {"outcomes": len(picked)} if len(picked) < len(states) else {}
    return _estimate(case, gained, gained - behind, ceiling, **sampled)


def _vss(case: Case, numbers: instance.Instance, best: Answer) -> dict[str, Any]:
    """What the plan for all outcomes is expected to gain over the plan made for the mean of every factor."""
    assert case.risk is not None
    outcomes = case.risk.outcomes
    mean = {
        axis: sum((s.probability * s.factors.get(axis, Fraction(1)) for s in outcomes.states), ZERO)
        for axis in range(len(outcomes.axes))
    }
    naive = _best(_with(case, [State("mean", Fraction(1), mean)]))
    ours, theirs = _worth(case, numbers, best.plan), _worth(case, numbers, naive.plan)
    assert ours is not None
    if theirs is None:
        return {"value": None}
    value = max(ZERO, ours[1] - theirs[1])
    return _estimate(case, value, value, Fraction(best.stages[-1].bound) - theirs[1])


def _price(case: Case, plan: ExactPlan) -> dict[str, Any]:
    """What the plan gives up, should nothing fall, against the best plan for that."""
    bold = replace(case, robust=None)
    answer, ours = _best(bold), planned(case, plan)
    value = max(ZERO, objective(bold, answer.plan) - ours)
    return _estimate(case, value, value, Fraction(answer.stages[-1].bound) - ours)
