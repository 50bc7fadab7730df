"""Capacity of parks worked out again, year by year: what is vacant and built against what plants use."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.facts import normal, number_in

if TYPE_CHECKING:
    from allocator.config.keys.parks import Parks, Resource
    from allocator.verify.plan import Plan

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
            plants = [(p, at) for p, at in members if not _builds(plan, parks, at) and _number(plan, at, resource.use)]
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
            builds = _builds(plan, parks, at)
            column, by = (resource.adds, year - parks.lag) if builds else (resource.use, year)
            amount = _number(plan, at, column) * (-1 if builds else 1)
            funded = [award for award in plan.by_project.get(project, ()) if award.place in plan.carriers]
            used += sum((amount for award in funded if award.start <= by), Fraction(0))
        yield name, (park, str(year)), resource.use, used, vacant


def _builds(plan: Plan, parks: Parks, at: int) -> bool:
    return all(plan.facts.fulfils(at, name, condition) for name, condition in parks.builders.items())


def _number(plan: Plan, at: int, column: str | None) -> Fraction:
    return Fraction(0) if column is None else number_in(plan.facts.cell(at, column)) or Fraction(0)
