"""Pyomo's own expansion of an equation: the measure of the compiler, and its stand-in for what it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.relational_expr import EqualityExpression, InequalityExpression
from pyomo.repn import generate_standard_repn

from models.equation import Equation
from models.pyomo_model import build
from models.values import Ints, Values

Row = tuple[dict[tuple[str, tuple[int, ...]], float], float, float]
"""Coefficient of every variable (by name and index), lower and upper bound."""


def standard_form(expression: Any) -> Row:
    """An expression as coefficients and bounds; what is no relation has its constant, negated, as upper bound.

    A relation is read as "left − right ≤ 0" or "= 0".

    Raises:
        TypeError: the expression is not linear, or not a relation the model knows.
    """
    equal = isinstance(expression, EqualityExpression)
    if isinstance(expression, tuple | bool) or getattr(expression, "strict", False):
        raise TypeError(f"neither 'a <= b' nor 'a == b': {expression}")
    body = expression
    if equal or isinstance(expression, InequalityExpression):
        left, right = expression.args
        body = left - right
    repn = generate_standard_repn(body, compute_values=True)
    if not repn.is_linear():
        raise TypeError(f"not linear: {expression}")
    terms: dict[tuple[str, tuple[int, ...]], float] = {}
    for variable, coefficient in zip(repn.linear_vars, repn.linear_coefs, strict=True):
        index = variable.index()
        key = (variable.parent_component().name, index if isinstance(index, tuple) else (index,))
        terms[key] = terms.get(key, 0.0) + float(coefficient)
    upper = 0.0 - float(repn.constant)
    return terms, upper if equal else -np.inf, upper


def expand_with_pyomo(eq: Equation, values: Values, members: tuple[Ints, ...]) -> Iterator[Row]:
    """The rows of one equation, member by member: slow, and right for whatever is linear.

    Raises:
        TypeError: the rule is not linear.
    """
    m: pyo.ConcreteModel = build(values)
    for index in zip(*(column.tolist() for column in members), strict=True) if members else [()]:
        yield standard_form(eq.rule(m, *index))
