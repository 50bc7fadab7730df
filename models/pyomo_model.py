"""The Pyomo model of an instance: array-backed, its members appear when they are touched.

`build` costs the same for ten options and for two million: every component knows its index set and how
to make a member, and Pyomo makes it on first access from the same pure rules that are printed and
compiled. Nothing here is needed to solve; it is what a reader, a test or a debugger holds in hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.set import IndexedSet, InsertionOrderSetData
from pyomo.environ import units

from models.formulation import EQUATIONS, GOAL
from models.symbol import MEASURE, MONEY, ONE, PRICE, RATE, Index, Parameter
from models.symbols import PARAMETERS, SETS, VARIABLES
from models.values import Values


class _LazySet(IndexedSet):  # type: ignore[misc]
    """An indexed set whose members are looked up when they are asked for."""

    def __new__(cls, *args: Any, **kwds: Any) -> Any:
        new = object.__new__(cls)
        new._ComponentDataClass = InsertionOrderSetData
        return new

    def construct(self, data: object = None) -> None:
        _construct_index(self)


class _LazyConstraint(IndexedConstraint):  # type: ignore[misc]
    """An indexed constraint whose members are expanded when they are asked for."""

    def __new__(cls, *args: Any, **kwds: Any) -> Any:
        return object.__new__(cls)

    def construct(self, data: object = None) -> None:
        _construct_index(self)


def _construct_index(component: Any) -> None:
    if not component._constructed:
        component._constructed = True
        for index_set in component._anonymous_sets or ():
            index_set.construct()


def _unit(name: str) -> Any:
    if name == ONE:
        return None
    if "allocation_money" not in dir(units):
        units.load_definitions_from_strings(["allocation_money = [currency]", "allocation_measure = [measure]"])
    money, measure = units.allocation_money, units.allocation_measure
    return {MONEY: money, MEASURE: measure, RATE: measure / money, PRICE: money / measure}[name]


def _set(m: pyo.ConcreteModel, s: Index, values: Values) -> Any:
    if s.over:
        family = values.families[s.name]

        def members(_: object, *index: int) -> list[Any]:
            key = values.linear(s.over, [np.array([i]) for i in index])
            first, count = (int(a[0]) for a in family.find(key))
            return _tuples([item[first : first + count] for item in family.items])

        return _LazySet(*(m.component(o) for o in s.over), initialize=members, dimen=len(s.letters))
    if s.of:
        return pyo.Set(initialize=_tuples(values.of(s.name)), dimen=len(s.letters))
    return pyo.RangeSet(0, values.sizes[s.name] - 1)


def _tuples(columns: Any) -> list[Any]:
    plain = [c.tolist() for c in columns]
    return list(zip(*plain, strict=True)) if len(plain) > 1 else plain[0]


def _span(m: pyo.ConcreteModel, over: tuple[str, ...]) -> list[Any]:
    return [m.component(o) for o in over]


def _parameter(m: pyo.ConcreteModel, p: Parameter, values: Values) -> Any:
    def number(_: object, *index: int) -> float:
        return float(values.parameter(p.name, [np.array([i]) for i in index])[0])

    return pyo.Param(*_span(m, p.over), mutable=True, default=number, units=_unit(p.unit), doc=p.doc)


def build(values: Values) -> pyo.ConcreteModel:
    """The Pyomo model of ``values``: every equation of the table of contents, and the goal, on demand."""
    m = pyo.ConcreteModel()
    for s in SETS:
        m.add_component(s.name, _set(m, s, values))
    for p in PARAMETERS:
        m.add_component(p.name, _parameter(m, p, values))
    for v in VARIABLES:
        var = pyo.Var(*_span(m, v.over), domain=getattr(pyo, v.domain), units=_unit(v.unit), dense=False, doc=v.doc)
        m.add_component(v.name, var)
    for eq in EQUATIONS:
        m.add_component(eq.name, _LazyConstraint(*_span(m, eq.over), rule=eq.rule, doc=eq.caption))
    m.add_component(GOAL.name, pyo.Objective(rule=GOAL.rule, sense=pyo.maximize, doc=GOAL.caption))
    return m


def expand_all(m: pyo.ConcreteModel) -> None:
    """Let Pyomo expand every member of every equation; for small instances."""
    for eq in EQUATIONS:
        component = m.component(eq.name)
        for index in component.index_set():
            component[index]
