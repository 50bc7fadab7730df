"""Limits and targets worked out again from the funded rows, and the table that states them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain, product
from math import prod

from allocator.config.keys.parts import Where
from allocator.config.keys.plan import Limit, Target
from allocator.verify import clusters
from allocator.verify.awards import Award
from allocator.verify.clusters import Line, capacity_lines
from allocator.verify.facts import listed, normal
from allocator.verify.gates import entity_limits
from allocator.verify.measures import Label, Question, by_group, is_money, labels, total
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Row, Table, matched, plain

LONGEST = 10**14
"""Plain numbers are printed with 15 digits."""
SHARE_PLACES = 12
"""Decimals to which shares are printed."""


@dataclass(frozen=True)
class Bound:
    """One line of the limit table: one limit, one group, one kind of bound."""

    limit: str
    group: Label
    measure: str
    unit: str
    amount: Fraction
    """In units of the measure."""
    lower: Fraction | None
    upper: Fraction | None
    price: Fraction | None = None
    """Loss of goal per unit of violation; None for a bound that must hold."""
    whole: Fraction | None = None
    """What the ends are shares of, in units of the measure; None where they are amounts."""

    @property
    def value(self) -> Fraction | None:
        """In the bound's own unit; None for a share of nothing."""
        if self.whole is None:
            return self.amount
        return self.amount / self.whole if self.whole else None

    @cached_property
    def room(self) -> Fraction | None:
        """Distance to the nearer bound in units of the measure; negative when a bound is missed."""
        whole = Fraction(1) if self.whole is None else self.whole
        room = [] if self.lower is None else [self.amount - self.lower * whole]
        room += [] if self.upper is None else [self.upper * whole - self.amount]
        return min(room, default=None)

    @property
    def violation(self) -> Fraction:
        """How far the amount is outside its bounds, in units of the measure."""
        return max(-(self.room or Fraction(0)), Fraction(0))

    @property
    def loss(self) -> Fraction:
        """Loss of goal."""
        return self.violation * (self.price or 0)

    @property
    def binding(self) -> bool:
        """Whether it is at its bound, or beyond a soft one; a share of nothing is at none."""
        return self.value is not None and self.room is not None and self.room <= 0

    @property
    def name_of_group(self) -> str:
        """The values of the group in normal form."""
        return " / ".join(self.group)

    @property
    def slack(self) -> Fraction | None:
        """Room to the nearer bound in the bound's own unit; none where a soft bound is missed."""
        if self.value is None or self.room is None:
            return None
        return max(self.room / (self.whole or 1), Fraction(0))


def unit_of(plan: Plan, measure: str) -> str:
    """The unit in which a measure is bounded."""
    return plan.money.name if is_money(plan, measure) else measure


def fraction(number: Decimal | None) -> Fraction | None:
    """A number of the config, exactly."""
    return None if number is None else Fraction(number)


def limit_bounds(plan: Plan, limit: Limit) -> Iterator[Bound]:
    """The lines of one limit: one per group that an option could count in, and per plan year where `each` says so."""
    plain = tuple(attribute for attribute in listed(limit.each) if attribute != "year")
    groups = [()] if not plain else possible_groups(plan, limit.where, plain)
    if plain and limit.measure == clusters.CLOSED_NODES:
        groups = sorted(clusters.labelled(plan, limit.where, plain))
    if plain == listed(limit.each):
        yield from _limit_bounds(plan, limit, groups, plain)
        return
    for year in plan.years:
        yield from _limit_bounds(plan, limit.model_copy(update={"year": year}), groups, plain, (str(year),))


def possible_groups(plan: Plan, where: Where, each: Sequence[str]) -> list[Label]:
    """The groups that at least one option of any candidate belongs to."""
    key = f"groups {Question('', where).key(each)}"
    found = set(plan.facts.once(key, -1, lambda: _offered_groups(plan, where, each)))
    for award in plan.awards:
        found.update(award.once(key, lambda a=award: _groups(plan, a, where, each)))  # type: ignore[misc]
    return sorted(found)


def _groups(plan: Plan, award: Award, where: Where, each: Sequence[str]) -> Sequence[Label]:
    """The groups that an option belongs to, where it meets every condition."""
    return tuple(labels(plan, award, each)) if plan.fits(award, where) else ()


def _offered_groups(plan: Plan, where: Where, each: Sequence[str]) -> set[Label]:
    """The groups that options of the candidates belong to."""
    found = set[Label]()
    by_table = [name for name in each if name in plan.of_project]
    for project, at in plan.facts.row_of.items():
        if len(by_table) == len(each) and found.issuperset(product(*(plan.facts.parts(at, name) for name in each))):
            continue
        for award in chain.from_iterable(plan.possible(project)):
            found.update(_groups(plan, award, where, each))
    return found


def _limit_bounds(
    plan: Plan, limit: Limit, groups: Sequence[Label], each: Sequence[str], year: Label = ()
) -> Iterator[Bound]:
    sources = frozenset(listed(limit.source))
    when = (limit.year, limit.cumulative, limit.new_only)
    question = Question(limit.measure, limit.where, sources, *when, limit.coefficient)
    sums = by_group(plan, question, each)
    others = {} if limit.per is None else by_group(plan, _other(limit, question), each)
    floors, caps = (_of_columns(plan, limit, each, key) for key in ("min", "max"))
    share = limit.min_share is not None or limit.max_share is not None
    whole = denominator(plan, limit) if share else Fraction(0)
    for members in groups:
        group, value = (*members, *year), sums.get(members, Fraction(0))
        ends = (
            max((end for end in (fraction(limit.min), floors.get(members)) if end is not None), default=None),
            min((end for end in (fraction(limit.max), caps.get(members)) if end is not None), default=None),
        )
        line = partial(Bound, limit.name, group, limit.measure, price=fraction(limit.soft))
        if limit.per is not None:
            yield line(f"{limit.measure}/{limit.per}", value, *ends, whole=others.get(members, Fraction(0)))
            continue
        if ends != (None, None):
            yield line(unit_of(plan, limit.measure), value, *ends)
        if share:
            yield line("share", value, fraction(limit.min_share), fraction(limit.max_share), whole=whole)


def _of_columns(plan: Plan, limit: Limit, each: Sequence[str], key: str) -> dict[Label, Fraction]:
    """The end of every group by the columns that tell it: of several in one group the one that asks for most."""
    columns, times = getattr(limit, f"{key}_from"), Fraction(getattr(limit, f"{key}_times"))
    found: dict[Label, Fraction] = {}
    for at in plan.facts.row_of.values() if columns is not None else ():
        cells = [plan.facts.cell(at, name) for name in listed(columns)]
        numbers = [cell for cell in cells if isinstance(cell, Fraction)]
        if len(numbers) < len(cells):
            continue
        said = prod(numbers, start=times)
        for label in product(*(plan.facts.parts(at, name) for name in each)):
            known = found.get(label, said)
            found[label] = max(known, said) if key == "min" else min(known, said)
    return found


def _other(limit: Limit, question: Question) -> Question:
    """What a bound on a ratio divides by: the other measure over the same rows."""
    same = question.sources if limit.per in ("award", "payment") else frozenset[str]()
    payers = same if limit.per_source is None else frozenset(listed(limit.per_source))
    return replace(question, measure=str(limit.per), sources=payers, coefficient=None)


def denominator(plan: Plan, limit: Limit) -> Fraction:
    """What the shares of a limit are shares of, in the unit of its measure."""
    sources = frozenset(listed(limit.source))
    if limit.of == "budget":
        years = plan.years if limit.year is None else [limit.year]
        if limit.year is not None and limit.cumulative:
            years = [year for year in plan.years if year <= limit.year]
        budgets = (plan.config.budget(name, year) for name in sources or plan.config.sources for year in years)
        return sum((Fraction(amount) for amount in budgets), Fraction(0))
    where = limit.of if isinstance(limit.of, dict) else {}
    if set(where) == {"where"} and isinstance(where["where"], dict):
        where = where["where"]
    return total(plan, Question(limit.measure, where, sources, limit.year, limit.cumulative, limit.new_only))


def target_bounds(plan: Plan, target: Target) -> Iterator[Bound]:
    """The lines of one target."""
    if target.min is not None:
        when = (target.year, target.cumulative)
        question = Question(target.measure, target.where, frozenset(), *when, coefficient=target.coefficient)
        yield _floor(plan, target, (), question, Fraction(target.min))
    if target.growth is not None:
        before = fraction(target.base)
        for year in plan.years:
            question = Question(target.measure, target.where, frozenset(), year, coefficient=target.coefficient)
            if before is not None:
                yield _floor(plan, target, (str(year),), question, (1 + Fraction(target.growth)) * before)
            before = total(plan, question)


def _floor(plan: Plan, target: Target, group: Label, question: Question, lower: Fraction) -> Bound:
    unit, price = unit_of(plan, target.measure), fraction(target.shortfall_price)
    return Bound(target.name, group, target.measure, unit, total(plan, question), lower, None, price)


def _capacity(line: Line) -> Bound:
    """The line of a park's capacity."""
    name, group, measure, used, vacant = line
    return Bound(f"parks.{name}", group, measure, measure, used, None, vacant)


def check_bounds(plan: Plan, table: Table, findings: Findings, further: Sequence[Bound] = ()) -> list[Bound]:
    """Every line of the limit table, none missing and none more; hard bounds hold. Returns the recomputed lines."""
    bounds = kept_bounds(plan, table.place, findings, further)
    expected = {(bound.limit, bound.name_of_group, bound.unit): bound for bound in bounds}
    for row, bound in matched(table, expected, _key, "limit/group/unit", findings):
        _check_row(plan, row, bound, findings)
    return bounds


def kept_bounds(plan: Plan, place: str, findings: Findings, further: Sequence[Bound] = ()) -> list[Bound]:
    """Every line there is for a plan, of which the hard ones hold."""
    limits = (*plan.config.limits, *entity_limits(plan.config, plan.facts))
    bounds = [bound for limit in limits for bound in limit_bounds(plan, limit)]
    bounds += [bound for target in plan.config.targets for bound in target_bounds(plan, target)]
    bounds += further
    bounds += [_capacity(line) for line in capacity_lines(plan)]
    for bound in bounds:
        holds = bound.price is not None or not bound.violation
        findings.hold(
            holds, "limit_broken", place, bound.limit, group=bound.name_of_group,
            value=plain(bound.value), lower=plain(bound.lower), upper=plain(bound.upper),
        )  # fmt: skip
    return bounds


def group_in_normal_form(text: str) -> str:
    """A group as the tables write it, in the form in which groups are compared."""
    return " / ".join(normal(piece) for piece in text.split(" / "))


def _key(row: Row) -> tuple[str, str, str]:
    return row.text("limit"), group_in_normal_form(row.text("group")), row.text("unit")


def _check_row(plan: Plan, row: Row, bound: Bound, findings: Findings) -> None:
    findings.equal(row.text("measure"), bound.measure, row.place, "measure")
    violation = None if bound.price is None else bound.violation
    figures = {
        "value": bound.value,
        "lower": bound.lower,
        "upper": bound.upper,
        "slack": bound.slack,
        "violation": violation,
    }
    for column, exact in figures.items():
        if column == "violation" and exact is None and not row.text(column):
            continue
        unit = unit_of(plan, bound.measure) if column == "violation" else bound.unit
        check_number(plan, row, column, exact, unit, findings)
    findings.equal(int(row.flag("binding")), int(bound.binding), row.place, "binding")


def check_number(plan: Plan, row: Row, column: str, exact: Fraction | None, unit: str, findings: Findings) -> None:
    """A printed figure is the exact one, to the places its unit is printed with; blank where there is none."""
    if exact is None:
        findings.equal(row.text(column), "", row.place, column)
        return
    half = Fraction(0)
    if unit == plan.money.name:
        whole = (exact * plan.money.fen_per_unit).denominator == 1
        half = Fraction(0 if whole else 51, 100 * 10**plan.money.places)
    elif unit == "share":
        half = Fraction(51, 100 * 10**SHARE_PLACES)
    elif exact.denominator != 1 or abs(exact) > LONGEST:
        half = abs(exact) / 10**14
    findings.near(Fraction(row.number(column)), exact, half, row.place, column)
