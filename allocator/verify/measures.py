"""What the funded rows add up to, by measure, condition, group, year and source, in exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from allocator.verify import clusters
from allocator.verify.facts import half_up, number_in
from allocator.verify.spending import INVESTMENTS, counted
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.config.keys.parts import Where
    from allocator.config.keys.plan import GoalTerm
    from allocator.verify.known import Adds
    from allocator.verify.plan import Award, Choice, Plan

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
    coefficient: str | None = None
    """Column with the share of each row that counts."""

    def key(self, each: Sequence[str]) -> tuple[object, ...]:
        """What decides the answer beside the plan."""
        condition = repr(sorted(self.where.items())) if self.where else ""
        return (condition, *(value for name, value in vars(self).items() if name != "where"), *each)


def is_money(plan: Plan, measure: str) -> bool:
    """Whether a measure is an amount of money."""
    if measure in ("award", "payment", *MEASURES):
        return True
    if measure in plan.offers.of_bonds:
        return True
    return measure in plan.facts.amounts and measure in plan.facts.columns


def once_per_project(plan: Plan, measure: str) -> bool:
    """Whether a measure counts once when a project is funded, whatever its options."""
    own = {"award", "payment", *MEASURES, *plan.offers.extra}
    return measure == "count" or measure not in own


def amounts(plan: Plan, award: Award, question: Question) -> Iterator[tuple[int, Fraction | int]]:
    """What an option adds in each year (whole fen, or plain numbers); nothing when the question does not mean it."""
    if (question.new_only and award.committed) or not plan.fits(award, question.where):
        return
    found = (
        (year, amount)
        for year, amount in _amounts(plan, award, question)
        if question.year is None or year == question.year or (question.cumulative and year < question.year)
    )
    if question.coefficient is None:
        yield from found
        return
    whole = sum(amount for _, amount in found)
    yield award.start, in_part(plan, question.measure, whole * coefficient(plan, award, question.coefficient))


def coefficient(plan: Plan, award: Award, name: str) -> Fraction:
    """The share of an option that counts; a blank counts 0."""
    return number_in(plan.attribute(award, name)) or Fraction(0)


def in_part(plan: Plan, measure: str, amount: Fraction | int) -> Fraction:
    """Part of an amount: money to a fen, other measures to millionths, halves up."""
    fineness = 1 if is_money(plan, measure) else 10**6
    return Fraction(half_up(Fraction(fineness * amount)), fineness)


def _amounts(plan: Plan, award: Award, question: Question) -> Iterable[tuple[int, Fraction | int]]:
    measure, sources = question.measure, question.sources
    if measure == "payment" or (measure == "award" and sources):
        by_payment = measure == "payment"
        paid = award.paid.items() if award.stated else _sure_payments(plan, award, sources)
        return [
            (year if by_payment else award.start, amount)
            for (source, year), amount in paid
            if not sources or source in sources
        ]
    if measure == "count":
        return [(award.start, 1)]
    if measure in INVESTMENTS and question.year is not None:
        key = (id(award), measure)  # awards last as long as the plan
        if key not in plan.spread:
            plan.spread[key] = tuple(counted(plan, award, measure))
        return plan.spread[key]
    if measure == "award" or measure in MEASURES:
        return [(award.start, award.award if measure == "award" else award.measures[measure])]
    value = number_in(plan.attribute(award, measure)) or Fraction(0)
    return [(award.start, value * scale(plan, measure))]


def scale(plan: Plan, measure: str) -> int:
    """How many of what `amounts` gives make one unit of the measure."""
    return plan.money.fen_per_unit if is_money(plan, measure) else 1


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
    """The sum of every group that a funded row belongs to, in the measure's unit; without ``each`` one group ().

    What counts once per project stands at the first of its commitments, or at every part of its package.
    """
    if question.measure == clusters.CLOSED_NODES:
        return clusters.sums(plan, question.where, each)
    sums: dict[Label, Fraction | int] = {}
    once, seen = once_per_project(plan, question.measure), set[tuple[str, Label]]()
    several = once and len(plan.by_project) < len(plan.awards)
    known = plan.offers.known.answers(question.key(each))
    for award in plan.awards:
        if once and award.committed and award.place not in plan.carriers:
            continue
        adds = known.get(award.number)
        if adds is None:
            adds = _adds(plan, award, question, each)
            if award.number >= 0:
                known[award.number] = adds
        for label, amount in adds:
            if several:
                if (award.project, label) in seen:
                    continue
                seen.add((award.project, label))
            sums[label] = sums.get(label, 0) + amount
    unit = scale(plan, question.measure)
    return {label: Fraction(amount) / unit for label, amount in sums.items()}


def _adds(plan: Plan, award: Award, question: Question, each: Sequence[str]) -> Adds:
    """What one funded row adds to every group."""
    found = [amount for _, amount in amounts(plan, award, question)]
    return tuple((label, amount) for amount in found for label in labels(plan, award, each)) if found else ()


def goal_value(plan: Plan, term: GoalTerm) -> Fraction:
    """Value of a term: what each funded row adds, later starts discounted and then rounded."""
    if term.measure == clusters.CLOSED_NODES:
        return clusters.term_of_nodes(plan, term)
    once = once_per_project(plan, term.measure)
    rows = (choice for choice in plan.choices if not once or choice[0].place in plan.carriers)
    known = plan.offers.known.answers(("term", *term_key(term)))
    whole: Fraction | int = 0
    for choice in rows:
        value = known.get(choice[0].number) if len(choice) == 1 else None
        if value is None:
            value = term_value(plan, term, choice)
            if len(choice) == 1 and choice[0].number >= 0:
                known[choice[0].number] = value
        whole += value
    return Fraction(whole) / scale(plan, term.measure)


def term_key(term: GoalTerm) -> tuple[str, ...]:
    """What decides the amounts of a term: everything but how much they weigh."""
    return tuple(repr(getattr(term, name)) for name in type(term).model_fields if name not in ("weight", "tolerance"))


def term_value(plan: Plan, term: GoalTerm, choice: Choice) -> Fraction | int:
    """What one option adds to a term (whole fen, or a plain number).

    Discounted money is rounded half up to a fen, other measures to millionths.
    """
    sources = frozenset[str]() if term.source is None else frozenset([term.source])
    question = Question(term.measure, term.where, sources, coefficient=term.coefficient)
    amount = added(plan, choice, question)
    if not plan.config.discount or (term.measure == "bond_shortfall" and yearly_shortfall(plan)):
        return amount  # or a present value already
    later = max(0, choice[0].start - plan.years[0])
    return in_part(plan, term.measure, amount / (1 + Fraction(plan.config.discount)) ** later)


def yearly_shortfall(plan: Plan) -> bool:
    """Whether shortfalls of bonds are present values."""
    return any(terms.shortfall == "yearly" for terms in plan.offers.bond_terms.values())


def added(plan: Plan, choice: Choice, question: Question) -> Fraction | int:
    """What an option adds over all years: the sum over its parts, or what its first part adds of what counts once."""
    parts = [sum(amount for _, amount in found) for award in choice if (found := [*amounts(plan, award, question)])]
    return sum(parts[:1] if once_per_project(plan, question.measure) else parts)


def labels(plan: Plan, award: Award, each: Sequence[str]) -> Iterator[Label]:
    """The groups a row belongs to; several where an attribute lists several values, none where one is blank."""
    return product(*(plan.parts(award, name) for name in each))
