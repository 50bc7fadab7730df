"""Chain nodes and bundles of projects, and the capacity of parks, worked out again from the funded rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from allocator.config.keys.clusters import Synergy
from allocator.config.keys.parks import Parks, Resource
from allocator.config.keys.parts import Where
from allocator.verify.facts import fulfils, normal, number_in
from allocator.verify.plan import Plan

CLOSED_NODES = "closed_nodes"
Label = tuple[str, ...]


def nodes(plan: Plan) -> Mapping[str, list[str]]:
    """Node in normal form → the projects with an option, or an award, that close it."""
    found: dict[str, list[str]] = {}
    column = plan.config.chains.node if plan.config.chains else ""
    for project, at in plan.facts.row_of.items():
        names = plan.facts.parts(at, column) if column else ()
        if names and (plan.by_project.get(project) or next(iter(plan.offers.every(project)), None) is not None):
            for name in names:
                found.setdefault(name, []).append(project)
    return found


def labelled(plan: Plan, where: Where, each: Sequence[str]) -> Mapping[Label, list[bool]]:
    """Group → whether each of its nodes is closed, for the nodes that meet every condition."""
    assert plan.config.chains is not None
    chains, found = plan.config.chains, dict[Label, list[bool]]()
    for name, projects in nodes(plan).items():
        first = plan.facts.row_of[projects[0]]  # all projects of a node have its role
        role = normal(plan.facts.cell(first, chains.role)) if chains.role else ""
        about = {chains.node: name, str(chains.role): role}
        if not all(fulfils(condition, about[key] or None) for key, condition in where.items()):
            continue
        closed = any(plan.by_project.get(project) for project in projects)
        for label in product(*((about[key],) if about[key] else () for key in each)):
            found.setdefault(label, []).append(closed)
    return found


def sums(plan: Plan, where: Where, each: Sequence[str]) -> Mapping[Label, Fraction]:
    """Closed nodes of every group."""
    return {label: Fraction(sum(flags)) for label, flags in labelled(plan, where, each).items()}


def expected_terms(plan: Plan) -> list[tuple[str, Fraction, Fraction]]:
    """Measure, weight and value of what chains and synergies add to the planner's terms."""
    found = []
    chains = plan.config.chains
    if chains is not None:
        bonus = chains.bonus if isinstance(chains.bonus, dict) else {"": chains.bonus}
        for name, weight in bonus.items():
            where: Where = {str(chains.role): name} if name else {}
            if weight:
                closed = sums(plan, where, ()).get((), Fraction(0))
                found.append((CLOSED_NODES, Fraction(weight), closed))
    if any(synergy.bonus for synergy in plan.config.synergies):
        found.append(("synergy", Fraction(1), synergies(plan)))
    return found


def synergies(plan: Plan) -> Fraction:
    """What all joined bundles bring."""
    total = Fraction(0)
    for synergy in plan.config.synergies:
        rows = plan.facts.row_of.items()
        meant = synergy.projects or [project for project, at in rows if plan.facts.meets(at, synergy.where)]
        funded = sum(bool(plan.by_project.get(project)) for project in meant if project != synergy.anchor)
        total += times(plan, synergy, funded, len(meant)) * Fraction(synergy.bonus)
    return total


def times(plan: Plan, synergy: Synergy, funded: int, members: int) -> int:
    """How often a synergy brings its bonus when so many of its members are funded."""
    if synergy.anchor is not None:
        return funded if plan.by_project.get(synergy.anchor) else 0
    if synergy.per == "pair":
        return funded * (funded - 1) // 2
    if synergy.per == "further":
        return max(0, funded - (synergy.at_least or 2) + 1)
    return int(funded >= (synergy.at_least or members))


Line = tuple[str, tuple[str, str], str, Fraction, Fraction]
"""Resource, park and year, measure, net use, what is vacant before the plan."""


def capacity_lines(plan: Plan) -> Iterator[Line]:
    """One line per resource, park and plan year."""
    parks = plan.config.parks
    if parks is None:
        return
    inside: dict[str, list[tuple[str, int]]] = {}
    for project, at in plan.facts.row_of.items():
        for park in plan.facts.parts(at, parks.park):
            inside.setdefault(park, []).append((project, at))
    for name, resource in parks.resources.items():
        for park, members in inside.items():
            plants = [
                (p, at)
                for p, at in members
                if not plan.facts.meets(at, parks.builders) and _number(plan, at, resource.use)
            ]
            if any(plan.by_project.get(p) or next(iter(plan.offers.every(p)), None) is not None for p, _ in plants):
                yield from _by_year(plan, parks, name, resource, park, members)


def _by_year(
    plan: Plan, parks: Parks, name: str, resource: Resource, park: str, members: list[tuple[str, int]]
) -> Iterator[Line]:
    existing = resource.existing
    if isinstance(existing, dict):
        vacant = {normal(key): Fraction(amount) for key, amount in existing.items()}.get(park, Fraction(0))
    else:
        vacant = Fraction(existing)
    for year in plan.years:
        used = Fraction(0)
        for project, at in members:
            builds = plan.facts.meets(at, parks.builders)
            column, by = (resource.adds, year - parks.lag) if builds else (resource.use, year)
            amount = _number(plan, at, column) * (-1 if builds else 1)
            funded = [award for award in plan.by_project.get(project, ()) if award.place in plan.carriers]
            used += sum((amount for award in funded if award.start <= by), Fraction(0))
        yield name, (park, str(year)), resource.use, used, vacant


def _number(plan: Plan, at: int, column: str | None) -> Fraction:
    return Fraction(0) if column is None else number_in(plan.facts.cell(at, column)) or Fraction(0)
