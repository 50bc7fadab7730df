"""A case as it would be if: a project forced in or out, a rule dropped, more money, a smaller ask, a higher value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.config.rules.package_rules import JOINT
from allocator.money.arrays import Ints
from allocator.problem import goals, limits
from allocator.problem.build import case_of
from allocator.problem.case import Case
from allocator.problem.goals import Term
from allocator.problem.measures import Measures

ASKED = "requested_amount"
PLACE = "explain"


def forced_in(case: Case, p: int) -> Case:
    """The case in which a project must be funded; what forbids it otherwise is lifted."""
    links = case.links
    must_not = {q: place for q, place in links.must_not.items() if q != p}
    usable = case.usable.copy()
    if p in links.must_not:
        usable[case.measures.project == p] = True
    return replace(
        case, usable=usable, links=replace(links, must_fund={**links.must_fund, p: PLACE}, must_not=must_not)
    )


def forced_out(case: Case, p: int) -> Case:
    """The case in which a project gets nothing."""
    usable = case.usable & (case.measures.project != p)
    must_fund = {q: place for q, place in case.links.must_fund.items() if q != p}
    links = replace(case.links, must_fund=must_fund, must_not={**case.links.must_not, p: PLACE})
    return replace(case, usable=usable, links=links)


def without_rule(case: Case, path: str) -> Case:
    """The case without one limit or target, whatever groups it has."""
    kept = tuple(b for b in case.rules.bounds if b.path != path)
    return replace(case, rules=replace(case.rules, bounds=kept))


def with_money(case: Case, source: str, more: Mapping[int, int]) -> Case:
    """The case with ``more`` (fen, by year) in a source's budget."""
    loaded, fen = case.loaded, case.money.fen_per_unit
    config = loaded.config
    budget = {y: config.budget(source, y) + Decimal(more.get(y, 0)) / fen for y in config.years}
    sources = {**config.sources, source: config.sources[source].model_copy(update={"budget": budget})}
    loaded = replace(loaded, config=config.model_copy(update={"sources": sources}))
    case = replace(case, loaded=loaded)
    if any(limit.of == "budget" for limit in config.limits):
        case = replace(case, rules=limits.resolve(loaded, case.measures))
    return case


def with_value(case: Case, p: int, factor: Fraction) -> Case:
    """The case in which every option of a project adds ``factor`` times as much to the goal."""
    return replace(case, terms=tuple(_worth_more(term, case.measures.project, p, factor) for term in case.terms))


def _worth_more(term: Term, project: Ints, p: int, factor: Fraction) -> Term:
    inside = project[term.group.rows] == p
    amounts: Any = term.group.amounts.copy()
    amounts[inside] = amounts[inside] * float(factor)
    if term.group.money:
        amounts[inside] = np.rint(amounts[inside])
    return replace(term, group=replace(term.group, amounts=amounts))


def with_ask(case: Case, p: int, fen: int) -> Case:
    """The case in which a project asks for at most ``fen``, its investment being the same."""
    projects = case.inputs.projects.copy()
    column = projects[ASKED].to_numpy(float).copy() if ASKED in projects else np.full(len(projects), np.nan)
    column[p] = float(fen)
    projects[ASKED] = column
    return case_of(case.loaded, replace(case.inputs, projects=projects))


def from_instrument(case: Case, p: int) -> bool:
    """Whether all options of a project come from instruments, which look at the amount asked for."""
    at = case.measures.project == p
    names = set(np.asarray(case.options.table["instrument"], object)[at].tolist())
    config = case.loaded.config
    return bool(names) and names <= {*config.instruments, *map(JOINT.join, config.packages)}


def with_cost(case: Case, p: int, factor: Fraction) -> Case:
    """The case in which every payment of a project is ``factor`` times as much, its investment being the same."""
    options, inside = case.options, case.measures.project == p
    payments, table = options.payments.copy(), options.table.copy()
    at = inside[payments["option"].to_numpy(np.int64)]
    amount = payments["amount"].to_numpy(float).copy()
    amount[at] = np.rint(amount[at] * float(factor))
    award = table["award"].to_numpy(float).copy()
    award[inside] = np.bincount(payments["option"].to_numpy(np.int64), amount, len(award))[inside]
    payments["amount"], table["award"] = amount, award
    if options.parts is not None:
        options = replace(options, parts=replace(options.parts, line=options.parts.line[amount != 0]))
    options = replace(options, table=table, payments=payments[amount != 0].reset_index(drop=True))
    measures = Measures.of(case.inputs, options, case.money)
    rules, terms = limits.resolve(case.loaded, measures), goals.resolve(case.loaded, measures)
    return replace(case, options=options, measures=measures, rules=rules, terms=terms)
