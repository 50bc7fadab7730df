"""What one option by itself adds to a question, in the figures that its offer or its project hold, without a detour.

The general way (`allocator.verify.measures.added`) is asked where a figure needs more than to be looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.facts import fulfils, number_in
from allocator.verify.spending import INVESTMENTS
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.verify.measures import Question
    from allocator.verify.plan import Award, Plan

Figure = Callable[["Award"], Fraction | int]


def of(plan: Plan, question: Question) -> Figure:
    """What an option adds that is in the question's years, and meets its conditions."""
    from allocator.verify.measures import added

    figure, year, where = _figure(plan, question), question.year, dict(question.where)
    if figure is None or question.coefficient is not None:
        return lambda award: added(plan, (award,), question)
    held, kinds = where.pop("instrument", None), dict[str, bool]()

    def value(award: Award) -> Fraction | int:
        if question.new_only and award.committed:
            return 0
        if year is not None and award.start != year and not (question.cumulative and award.start < year):
            return 0
        if held is not None:
            if award.instrument not in kinds:
                kinds[award.instrument] = fulfils(held, award.instrument or None)
            if not kinds[award.instrument]:
                return 0
        if where and not plan.fits(award, where):
            return 0
        return figure(award)

    return value


def _figure(plan: Plan, question: Question) -> Figure | None:
    """The figure asked for; None where it is spread over years, or more than one option's."""
    measure = question.measure
    if question.sources:
        return _of_sources(plan, question) if measure == "award" else None
    if measure in MEASURES and not (measure in INVESTMENTS and question.year is not None):
        return lambda award: award.measures[measure]
    if measure == "award":
        return lambda award: award.award
    if measure == "count":
        return lambda _: 1
    return _of_project(plan, measure) if plan.of_project(measure) else None


def _of_project(plan: Plan, measure: str) -> Figure:
    """A number of the project table, each project's looked up once."""
    from allocator.verify.measures import scale

    own, unit = dict[int, Fraction](), scale(plan, measure)

    def cell(award: Award) -> Fraction:
        if award.at not in own:
            own[award.at] = (number_in(plan.facts.cell(award.at, measure)) or Fraction(0)) * unit
        return own[award.at]

    return cell


def _of_sources(plan: Plan, question: Question) -> Figure:
    """The whole award where nobody but these sources may pay its instrument in any year; else as in general."""
    from allocator.verify.measures import added

    bare, alone = replace(question, where={}, year=None, new_only=False), dict[str, bool]()

    def paid(award: Award) -> Fraction | int:
        if award.stated or award.offer is None or award.offer.drawn is not None:
            return added(plan, (award,), bare)
        if award.instrument not in alone:
            alone[award.instrument] = question.sources.issuperset(plan.offers.payers(award.instrument, plan.years[0]))
        return award.award if alone[award.instrument] else added(plan, (award,), bare)

    return paid
