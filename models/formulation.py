"""The table of contents: every equation in reading order, and the Pyomo model made from them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.template_expr import IndexTemplate, templatize_rule

from models import chains, choice, dependencies, funding, goals, limits, risk
from models.equation import Equation
from models.symbols import PARAMETERS, SETS, VARIABLES

CHAPTERS = (choice, funding, limits, dependencies, chains, risk, goals)
GOAL: Equation = goals.net_value
EQUATIONS: tuple[Equation, ...] = tuple(
    eq for chapter in CHAPTERS for eq in vars(chapter).values() if isinstance(eq, Equation) and eq is not GOAL
)
"""In reading order: chapter by chapter, as they stand there."""


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
