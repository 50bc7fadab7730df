"""What the funded rows add up to, by measure, condition, group, year and source; investment in the years it is spent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from itertools import accumulate, product
from typing import NamedTuple

from allocator.config.keys.parts import Where
from allocator.config.keys.plan import GoalTerm
from allocator.tables.measures import MEASURES
from allocator.verify import clusters
from allocator.verify.awards import Award, Choice
from allocator.verify.facts import half_up, normal, number_in
from allocator.verify.plan import Plan

LAST_MONTH = 12
INVESTMENTS = MEASURES[:-1]


Corners = tuple[tuple[Fraction, Fraction], ...]


def spent(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """Year and amount; without profiles all in the start year. What is spent until a year is rounded down."""
    spending, amount, before = plan.config.spending, award.measures[measure], 0
    own = months(plan, award)
    if spending is not None and own is not None:
        curve = tuple((Fraction(time), Fraction(share)) for time, share in spending.curve)
        until_years = by_months(own, _since(plan, award), curve, whole=measure in of_all(plan))
    else:
        until_years = by_profile(plan, award)
    for year, share in until_years:
        until = amount * share.numerator // share.denominator
        yield year, until - before
        before = until


def by_profile(plan: Plan, award: Award) -> Sequence[tuple[int, Fraction]]:
    """Year, and the share of the investment that is spent until its end."""
    spending, shares = plan.config.spending, [Fraction(1)]
    if spending is not None:
        value = normal(plan.attribute(award, spending.by))
        listed = {normal(name): profile for name, profile in spending.profile.items()}
        shares = [Fraction(share) for share in listed.get(value, spending.default or [])]
    return [(award.start + after, share) for after, share in enumerate(accumulate(shares))]


def counted(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """The same as far as limits and targets count it: not what a project's own months put before the plan."""
    own = months(plan, award)
    return ((year, amount) for year, amount in spent(plan, award, measure) if own is None or year >= plan.years[0])


class OwnMonths(NamedTuple):
    """Start and completion (year, month) of a project, and by how many years its support moves what is left."""

    start: tuple[int, int]
    end: tuple[int, int]
    later: int


def months(plan: Plan, award: Award) -> OwnMonths | None:
    """The project's own months, as many years later as the support; None where it is spread by a profile."""
    spending = plan.config.spending
    if spending is None or spending.from_ != "months":
        return None
    cells = [plan.facts.cell(award.at, name) for name in ("start_ym", "end_ym")]
    if not all(isinstance(cell, str) for cell in cells):
        return None
    start, end = ((int(str(cell)[:4]), int(str(cell)[5:])) for cell in cells)
    return OwnMonths(start, end, max(0, award.start - max(start[0], _since(plan, award))))


def _since(plan: Plan, award: Award) -> int:
    """Year from which on its investment was still to come: the first of the plan, or the start of what was promised before."""
    return min(award.start, plan.years[0]) if award.committed else plan.years[0]


def of_all(plan: Plan) -> tuple[str, ...]:
    """Measures of the whole investment, whatever of it is done; the others are still to be spent."""
    nominal = ("supported_investment", "nominal_investment")
    return (*nominal, "leveraged_investment") if plan.config.leverage.goal == "nominal" else nominal


@lru_cache(maxsize=100_000)
def by_months(own: OwnMonths, first: int, curve: Corners, *, whole: bool) -> Sequence[tuple[int, Fraction]]:
    """Month after month is gone by: the years, and the share of the curve that is spent until the end of each."""
    (year, month), found = own.start, list[tuple[int, int]]()
    while (year, month) <= own.end:
        found.append((year, month))
        year, month = (year, month + 1) if month < LAST_MONTH else (year + 1, 1)
    past = [one for one in found if one[0] < first]
    left = [(y + own.later, m) for y, m in found if y >= first]
    if not whole and not left:
        return [(first + own.later, Fraction(1))]
    counted_months, over = ([*past, *left], 0) if whole else (left, len(past))
    begun, gone, shares = spent_by(curve, Fraction(over, len(found))), 0, []
    for year in range(counted_months[0][0], counted_months[-1][0] + 1):
        gone += sum(one[0] == year for one in counted_months)
        share = Fraction(gone, len(counted_months))
        if begun < 1:
            share = (spent_by(curve, Fraction(over + gone, len(found))) - begun) / (1 - begun)
        shares.append((year, share))
    return shares


def spent_by(curve: Corners, time: Fraction) -> Fraction:
    """Share of the investment spent at a share of the months."""
    corners: list[tuple[Fraction, Fraction]] = [*(curve or [(Fraction(0), Fraction(0))]), (Fraction(1), Fraction(1))]
    low = max(corner for corner in corners if corner[0] <= time)
    high = min(corner for corner in corners if corner[0] >= time)
    return low[1] if high[0] == low[0] else low[1] + (high[1] - low[1]) * (time - low[0]) / (high[0] - low[0])


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

    def key(self, each: Sequence[str]) -> str:
        """What decides the answer beside the award."""
        return repr(
            (sorted(self.where.items()), [value for name, value in vars(self).items() if name != "where"], each)
        )


def is_money(plan: Plan, measure: str) -> bool:
    """Whether a measure is an amount of money."""
    own = measure in ("award", "payment", *MEASURES) or measure in plan.offers.of_bonds
    return own or (measure in plan.facts.amounts and measure in plan.facts.columns)


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
        return award.once(f"spent {measure}", lambda: tuple(counted(plan, award, measure)))
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
    key = question.key(each)
    for award in plan.awards:
        if once and award.committed and award.place not in plan.carriers:
            continue
        adds = award.answers.get(key)
        if adds is None:
            adds = award.answers[key] = _adds(plan, award, question, each)
        for label, amount in adds:
            if several:
                if (award.project, label) in seen:
                    continue
                seen.add((award.project, label))
            sums[label] = sums.get(label, 0) + amount
    unit = scale(plan, question.measure)
    return {label: Fraction(amount) / unit for label, amount in sums.items()}


def _adds(plan: Plan, award: Award, question: Question, each: Sequence[str]) -> Sequence[tuple[Label, Fraction | int]]:
    """What one funded row adds to every group."""
    return tuple((label, amount) for _, amount in amounts(plan, award, question) for label in labels(plan, award, each))


def goal_value(plan: Plan, term: GoalTerm) -> Fraction:
    """Value of a term: what each funded row adds, later starts discounted and then rounded."""
    if term.measure == clusters.CLOSED_NODES:
        return clusters.sums(plan, term.where, ()).get((), Fraction(0))
    once = once_per_project(plan, term.measure)
    rows = (choice for choice in plan.choices if not once or choice[0].place in plan.carriers)
    key = f"term {[value for name, value in term if name not in ('weight', 'tolerance')]}"
    worth = partial(term_value, plan, term)
    whole = sum(choice[0].once(key, partial(worth, choice)) if len(choice) == 1 else worth(choice) for choice in rows)
    return Fraction(whole) / scale(plan, term.measure)


def term_value(plan: Plan, term: GoalTerm, choice: Choice) -> Fraction | int:
    """What one option adds to a term (whole fen, or a plain number).

    Discounted money is rounded half up to a fen, other measures to millionths.
    """
    sources = frozenset[str]() if term.source is None else frozenset([term.source])
    question = Question(term.measure, term.where, sources, coefficient=term.coefficient)
    amount = added(plan, choice, question)
    present = any(terms.shortfall == "yearly" for terms in plan.offers.bond_terms.values())
    if not plan.config.discount or (term.measure == "bond_shortfall" and present):
        return amount  # or a present value already
    later = max(0, choice[0].start - plan.years[0])
    return in_part(plan, term.measure, amount / (1 + Fraction(plan.config.discount)) ** later)


def added(plan: Plan, choice: Choice, question: Question) -> Fraction | int:
    """What an option adds over all years: the sum over its parts, or what its first part adds of what counts once."""
    parts = [sum(amount for _, amount in found) for award in choice if (found := [*amounts(plan, award, question)])]
    return sum(parts[:1] if once_per_project(plan, question.measure) else parts)


def labels(plan: Plan, award: Award, each: Sequence[str]) -> Iterator[Label]:
    """The groups a row belongs to; several where an attribute lists several values, none where one is blank."""
    return product(*(plan.parts(award, name) for name in each))
