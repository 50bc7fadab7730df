"""The terms of the goal as measured groups, discounted where the config asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.config.keys.plan import Config, GoalTerm
from allocator.config.loaded import Loaded
from allocator.config.rules.implied_rules import in_present_value
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Floats
from allocator.money.rounding import as_written, half_up
from allocator.problem.chain_nodes import CLOSED_NODES
from allocator.problem.clusters import SYNERGY, node_problems, terms_of
from allocator.problem.coefficients import MILLION
from allocator.problem.groups import Aggregator, Group, Query
from allocator.problem.limits import measure_problems
from allocator.problem.measures import Measures
from allocator.tables.conditions import matches, where_problems


@dataclass(frozen=True, eq=False)
class Term:
    """One term of the goal: ``weight`` (fen of goal per unit of the measure) times the sum of ``group``.

    Where spending is minimised, the planner's terms are told but are not the ``aim``; spending is, but is not ``told``.
    """

    measure: str
    weight: Decimal
    group: Group
    tolerance: Decimal | None
    aim: bool = True
    told: bool = True


def resolve(loaded: Loaded, measures: Measures) -> tuple[Term, ...]:
    """The terms of the goal, in their order.

    Raises:
        InputError: unknown measures, attributes or values, all at once.
    """
    problems: list[Message] = []
    for number, term in enumerate(loaded.config.goals.terms):  # what follows from other keys is checked there
        problems += _problems(loaded, measures, term, f"goals.terms.{number}")
    if problems:
        raise InputError(problems)
    meter = Aggregator(measures)
    terms = tuple(_term(loaded, measures, meter, term) for term in terms_of(loaded.config))
    if loaded.config.discount:
        paths = [f"goals.terms.{number}" for number, term in enumerate(terms) if len(term.group.lines)]
        problems = [Message("audit.source_not_discounted", {}, loaded.place(path), path) for path in paths]
    if problems:
        raise InputError(problems)
    if loaded.config.minimise is None:
        return terms
    return (*(replace(term, aim=False) for term in terms), spending(loaded, meter))


def in_money(config: Config, terms: Sequence[Term]) -> bool:
    """Whether the goal is an amount of money; with goals in order the last one, whose value a plan states."""
    aims = [term for term in terms if term.aim]
    return all(term.group.money for term in (aims[-1:] if config.goals.mode == "lexicographic" else aims))


def spending(loaded: Loaded, meter: Aggregator) -> Term:
    """Every payment as a loss: what a plan that minimises spending maximises. Money is not discounted."""
    group = meter.group(Query("payment", tuple(loaded.config.sources)))
    return Term("payment", Decimal(-1), group, None, told=False)


def _problems(loaded: Loaded, measures: Measures, term: GoalTerm, path: str) -> list[Message]:
    problems = measure_problems(loaded, measures, term.measure, f"{path}.measure")
    if term.measure == CLOSED_NODES and not problems:
        return node_problems(loaded, list(term.where), f"{path}.where")
    known = {"instrument": list(loaded.config.instruments)}
    spot = f"{path}.where"
    parts = measures.by_part
    problems += where_problems(term.where, parts.written, parts.names, spot, loaded.place, known)
    return problems


def _term(loaded: Loaded, measures: Measures, meter: Aggregator, term: GoalTerm) -> Term:
    if term.measure in (CLOSED_NODES, SYNERGY):
        return _together(loaded, measures, meter, term)
    sources = () if term.source is None else (term.source,)
    mask = measures.by_part.where(term.where) if term.where else None
    group = meter.group(Query(term.measure, sources, coefficient=term.coefficient), mask)
    if loaded.config.discount and not in_present_value(loaded.config, term.measure):
        years = measures.start_year[group.rows] - loaded.config.years[0]
        parts = 1 if group.money else MILLION
        worth = discounted(group.amounts, np.maximum(years, 0), loaded.config.discount, parts)
        group = replace(group, amounts=worth)
    weight = term.weight if group.money else term.weight * loaded.config.unit.fen_per_unit
    return Term(term.measure, weight, group, term.tolerance)


def _together(loaded: Loaded, measures: Measures, meter: Aggregator, term: GoalTerm) -> Term:
    """What projects bring together: not discounted, for they may start in different years."""
    if term.measure == SYNERGY:
        return Term(SYNERGY, term.weight, meter.bundles(), term.tolerance)
    clusters = measures.clusters
    group = meter.nodes(matches(term.where, clusters.column, len(clusters.nodes)))
    return Term(CLOSED_NODES, term.weight * loaded.config.unit.fen_per_unit, group, term.tolerance)


def discounted(amounts: Floats, years: np.ndarray, rate: Decimal, parts: int) -> Floats:
    """``amounts`` × (1 + rate)^−years, rounded half-up to 1 ÷ ``parts``: to a whole fen, or to a millionth."""
    factor = Fraction(1) / (1 + Fraction(rate))
    estimate = amounts * parts * np.power(float(factor), years)
    error = np.abs(estimate) * 1e-14 + 1e-9

    def exact(row: int) -> Fraction:
        return as_written(amounts[row]) * parts * factor ** int(years[row])

    return half_up(estimate, error, exact) / parts
