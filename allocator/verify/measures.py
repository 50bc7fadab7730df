"""What the funded rows add up to, by measure, condition, group, year and source, in exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from allocator.verify.facts import number_in, parts
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.config import Where
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
    """What every funded row that the question means adds."""
    for award in plan.awards:
        if (question.new_only and award.committed) or not plan.fits(award, question.where):
            continue
        for year, amount in _amounts(plan, award, question):
            if question.year is None or year == question.year or (question.cumulative and year < question.year):
                yield Part(award, year, amount)


def _amounts(plan: Plan, award: Award, question: Question) -> Iterable[tuple[int, Fraction]]:
    unit = plan.money.fen_per_unit
    if question.measure == "payment" or (question.measure == "award" and question.sources):
        return [
            (year if question.measure == "payment" else award.start, Fraction(amount, unit))
            for (source, year), amount in award.paid.items()
            if not question.sources or source in question.sources
        ]
    if question.measure == "count":
        return [(award.start, Fraction(1))]
    return [(award.start, number_in(plan.attribute(award, question.measure)) or Fraction(0))]


def total(plan: Plan, question: Question) -> Fraction:
    """The sum over the plan."""
    return by_group(plan, question, ()).get((), Fraction(0))


def by_group(plan: Plan, question: Question, each: Sequence[str]) -> Mapping[Label, Fraction]:
    """The sum of every group that a funded row belongs to; without ``each`` one group ()."""
    once = once_per_project(plan, question.measure)
    seen: set[tuple[Label, str]] = set()
    sums: dict[Label, Fraction] = {}
    for part in contributions(plan, question):
        for label in labels(plan, part.award, each):
            if once and (label, part.award.project) in seen:
                continue
            seen.add((label, part.award.project))
            sums[label] = sums.get(label, Fraction(0)) + part.amount
    return sums


def labels(plan: Plan, award: Award, each: Sequence[str]) -> Iterator[Label]:
    """The groups a row belongs to; several where an attribute lists several values, none where one is blank."""
    return product(*(parts(plan.attribute(award, name)) for name in each))
