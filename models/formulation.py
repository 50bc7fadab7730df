"""The table of contents: every equation in reading order, and the Pyomo model made from them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.template_expr import IndexTemplate, templatize_rule

from models import chains, choice, dependencies, funding, goals, limits, risk
from models.equation import Equation
from models.symbols import PARAMETERS, SETS, VARIABLES

EQUATIONS: tuple[Equation, ...] = (
    choice.one_option,
    choice.must_fund,
    choice.committed,
    funding.class_payment,
    funding.first_balance,
    funding.source_balance,
    funding.first_carry_share_limit,
    funding.carry_share_limit,
    funding.carry_age_limit,
    funding.tail_limit,
    limits.measured,
    limits.floor,
    limits.cap,
    limits.priced_floor,
    limits.priced_cap,
    dependencies.requires,
    dependencies.requires_earlier,
    dependencies.excludes,
    dependencies.one_of,
    dependencies.all_or_none,
    dependencies.same_instrument,
    chains.node_needs_funding,
    chains.funding_closes_node,
    chains.bonus_needs_each,
    chains.bonus_needs_enough,
    chains.enough_brings_loss,
    risk.part_of_goal,
    risk.worth_in_outcome,
    risk.beyond_value_at_risk,
    risk.spread,
    risk.outcome_floor,
    risk.worst_floor,
    risk.replay_balance,
    risk.replay_carry_share,
    risk.replay_carry_age,
    risk.falls_back,
    goals.earlier_goal,
)
GOAL: Equation = goals.net_value


@cache
def skeleton() -> pyo.ConcreteModel:
    """A model with every symbol and one placeholder member per set: enough to call a rule with index letters."""
    m = pyo.ConcreteModel()
    for s in SETS:
        dimen = len(s.letters)
        member = (0,) * dimen if dimen > 1 else 0
        if s.over:
            over = [m.component(name) for name in s.over]
            m.add_component(s.name, pyo.Set(*over, initialize=lambda b, *i, member=member: [member], dimen=dimen))
        else:
            m.add_component(s.name, pyo.Set(initialize=[member], dimen=dimen))
    for p in PARAMETERS:
        m.add_component(p.name, pyo.Param(*(m.component(o) for o in p.over), mutable=True, initialize=0.0))
    for v in VARIABLES:
        m.add_component(v.name, pyo.Var(*(m.component(o) for o in v.over), domain=getattr(pyo, v.domain)))
    return m


@cache
def template(eq: Equation) -> tuple[Any, tuple[IndexTemplate, ...]]:
    """The rule of an equation called with index letters: the expression with its sums unexpanded, and its indices."""
    m = skeleton()
    over = [m.component(name) for name in eq.over]
    index = None
    for s in over:
        index = s if index is None else index * s
    expression, indices = templatize_rule(m, lambda b, ix: eq.rule(b, *(i for i in ix if i is not None)), index)
    return expression, tuple(i for i in indices if i is not None)
