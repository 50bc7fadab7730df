"""What the funded rows add up to, by measure, condition, group, year and source, in exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from allocator.verify.facts import half_up, number_in, parts
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.config import GoalTerm, Where
    from allocator.verify.plan import Award, Plan

Label = tuple[str, ...]
"""Value of each attribute of ``each`` in normal form; empty without ``each``."""


@dataclass(frozen=True)
class Question:
    """What is to be added up."""

    measure: str
    where: Where = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    """Only what these pay; all when empty."""
    year: int | None = None
    cumulative: bool = False
    new_only: bool = False


class Part(NamedTuple):
    """What one funded row adds, in the measure's unit."""

    award: Award
    year: int
    amount: Fraction


def is_money(plan: Plan, measure: str) -> bool:
    """Whether a measure is an amount of money."""
    if measure in ("award", "payment", *MEASURES):
        return True
    return measure in plan.facts.amounts and measure in plan.facts.columns


def once_per_project(plan: Plan, measure: str) -> bool:
    """Whether a measure counts once when a project is funded, whatever its options."""
    own = {"award", "payment", *MEASURES, *plan.offers.extra}
    return measure == "count" or measure not in own


def contributions(plan: Plan, question: Question) -> Iterator[Part]:
    """What every funded row that the question means adds; what counts once per project stands at its first row."""
    once = once_per_project(plan, question.measure)
    for award in plan.awards:
        if once and award.place not in plan.carriers:
            continue
        for year, amount in amounts(plan, award, question):
            yield Part(award, year, amount)


def amounts(plan: Plan, award: Award, question: Question) -> Iterator[tuple[int, Fraction]]:
    """What an option adds in each year; nothing when the question does not mean it."""
    if (question.new_only and award.committed) or not plan.fits(award, question.where):
        return
    for year, amount in _amounts(plan, award, question):
        if question.year is None or year == question.year or (question.cumulative and year < question.year):
            yield year, amount


def _amounts(plan: Plan, award: Award, question: Question) -> Iterable[tuple[int, Fraction]]:
    unit = plan.money.fen_per_unit
    if question.measure == "payment" or (question.measure == "award" and question.sources):
        by_payment = question.measure == "payment"
        paid = award.paid.items() if award.stated else _sure_payments(plan, award, question.sources)
        return [
            (year if by_payment else award.start, Fraction(amount, unit))
            for (source, year), amount in paid
            if not question.sources or source in question.sources
        ]
    if question.measure == "count":
        return [(award.start, Fraction(1))]
    return [(award.start, number_in(plan.attribute(award, question.measure)) or Fraction(0))]


def _sure_payments(plan: Plan, award: Award, sources: frozenset[str]) -> Iterable[tuple[tuple[str, int], int]]:
    """Payments of an option that is not funded, as far as nobody but ``sources`` may make them."""
    offer = award.offer
    if offer is None:
        return []
    if offer.drawn is not None:
        return offer.drawn.items()
    payers = {year: plan.offers.payers(award.instrument, year) for year in offer.payments}
    return [
        ((payers[year][0], year), amount)
        for year, amount in offer.payments.items()
        if not sources or sources.issuperset(payers[year])
    ]


def total(plan: Plan, question: Question) -> Fraction:
    """The sum over the plan."""
    return by_group(plan, question, ()).get((), Fraction(0))


def by_group(plan: Plan, question: Question, each: Sequence[str]) -> Mapping[Label, Fraction]:
    """The sum of every group that a funded row belongs to; without ``each`` one group ()."""
    sums: dict[Label, Fraction] = {}
    for part in contributions(plan, question):
        for label in labels(plan, part.award, each):
            sums[label] = sums.get(label, Fraction(0)) + part.amount
    return sums


def goal_value(plan: Plan, term: GoalTerm) -> Fraction:
    """Value of a term: what each funded row adds, later starts discounted and then rounded."""
    once = once_per_project(plan, term.measure)
    rows = (award for award in plan.awards if not once or award.place in plan.carriers)
    return sum((term_value(plan, term, award) for award in rows), Fraction(0))


def term_value(plan: Plan, term: GoalTerm, award: Award) -> Fraction:
    """What one option adds to a term; discounted money is rounded half up to a fen, other measures to millionths."""
    sources = frozenset[str]() if term.source is None else frozenset([term.source])
    amount = sum((part for _, part in amounts(plan, award, Question(term.measure, term.where, sources))), Fraction(0))
    later = max(0, award.start - plan.years[0])
    if not plan.config.discount:
        return amount
    scale = plan.money.fen_per_unit if is_money(plan, term.measure) else 10**6
    return Fraction(half_up(scale * amount / (1 + Fraction(plan.config.discount)) ** later), scale)


def smallest_steps(plan: Plan, question: Question, each: Sequence[str]) -> Mapping[Label, Fraction]:
    """The least that an option which is not funded would add to each group."""
    steps: dict[Label, Fraction] = {}
    for project in plan.facts.row_of:
        for award in plan.possible(project):
            if plan.chosen(award):
                continue
            step = abs(sum((amount for _, amount in amounts(plan, award, question)), Fraction(0)))
            for label in labels(plan, award, each) if step else ():
                steps[label] = min(step, steps.get(label, step))
    return steps


def labels(plan: Plan, award: Award, each: Sequence[str]) -> Iterator[Label]:
    """The groups a row belongs to; several where an attribute lists several values, none where one is blank."""
    return product(*(parts(plan.attribute(award, name)) for name in each))
