"""Awards, payments and closing sheets against what config and tables offer, and budgets replayed from the payments alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import zip_longest
from math import floor
from typing import NamedTuple

from allocator.config.keys.instruments import Bond, Grant
from allocator.config.keys.sources import Source
from allocator.verify import gates
from allocator.verify.awards import Award, Choice, Offer
from allocator.verify.gates import (
    PARKS,
    SUBSIDIES,
    bare,
    elsewhere,
    finance,
    folded,
    industry,
    is_bond,
    publicly_owned,
    whole,
)
from allocator.verify.offers import NotOffered
from allocator.verify.packages import joined
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Table, matched, project_of


def check_awards(plan: Plan, findings: Findings) -> None:
    """Every funded row is an option that config and tables give, with exactly its figures and payments."""
    for choice in plan.choices:
        _offer(plan, choice, findings)
    for award in plan.awards:
        if award.checks is not None:
            findings.checks += award.checks
            continue
        checks, faults = findings.checks, len(findings.violations)
        _check_award(plan, award, findings)
        award.checks = findings.checks - checks if len(findings.violations) == faults else None
    check_bond_use(plan, findings)


def _check_award(plan: Plan, award: Award, findings: Findings) -> None:
    """The row states what the project table and its option say, and is paid as they say."""
    place = award.place
    for column in ("project_name", "region", "category"):
        written = award.stated.text(column) if award.stated else ""
        findings.equal(written, plan.facts.cell(award.at, column) or "", place, column)
    if award.offer is None:
        return
    findings.equal(award.instrument, award.offer.instrument, place, "instrument")
    findings.equal(award.start, award.offer.start, place, "start_year")
    stated = {"award": award.award, **award.measures}
    for name, amount in {"award": award.offer.award, **award.offer.measures}.items():
        findings.same_fen(stated[name], amount, plan.money, place, name)
    _check_payments(plan, award, findings)


def _offer(plan: Plan, choice: Choice, findings: Findings) -> None:
    """Look up what config and tables offer; what cannot be had is a finding."""
    first, offers = choice[0], list[Offer]()
    try:
        if len(choice) > 1:
            found = joined(plan.offers, first.project, [award.option for award in choice])
            findings.hold(found is not None, "no_package", first.place, "option", got=first.project)
            offers = [offer for _, offer in found or ()]
        else:
            offers = [plan.offers.offer(first.project, first.option, committed=first.committed)]
    except NotOffered as reason:
        findings.hold(False, reason.key, first.place, "option", **reason.values)
    for award, offer in zip_longest(choice, offers):
        award.have(offer)


def _check_payments(plan: Plan, award: Award, findings: Findings) -> None:
    place, offer, money = award.place, award.offer, plan.money
    for source in plan.config.sources:
        paid = sum(amount for (payer, _), amount in award.paid.items() if payer == source)
        stated = award.stated.fen(source) if award.stated else 0
        findings.same_fen(stated, paid, money, place, source)
    if offer is None:
        return
    if offer.drawn is not None:
        for source, year in sorted({*offer.drawn, *award.paid}):
            due, paid = offer.drawn.get((source, year), 0), award.paid.get((source, year), 0)
            findings.same_fen(paid, due, money, place, f"payments.csv {source}@{year}")
        return
    by_year: dict[int, int] = {}
    for (source, year), amount in award.paid.items():
        by_year[year] = by_year.get(year, 0) + amount
        allowed = source in plan.offers.payers(award.instrument, year)
        findings.hold(
            allowed, "may_not_pay", place, "payments.csv", source=source, year=year, instrument=award.instrument
        )
    for year in sorted({*by_year, *offer.payments}):
        due, paid = offer.payments.get(year, 0), by_year.get(year, 0)
        findings.same_fen(paid, due, money, place, f"payments.csv {year}")


class Flow(NamedTuple):
    """One source in a plan year. Amounts in fen."""

    available: int
    paid: int
    carry: int
    lapse: int


def replay(plan: Plan, findings: Findings) -> None:
    """No source pays more than it has; what is short is a finding."""
    for name, paid in paid_by_source(plan).items():
        for rule, year, due, most in rooms(plan, name, paid):
            shown = {"paid": plan.money.text(due), "available": plan.money.text(most)}
            findings.hold(due <= most, rule, "payments.csv", name, year=year, **shown)


def paid_by_source(plan: Plan) -> dict[str, dict[int, int]]:
    """Source → year → what it pays."""
    paid: dict[str, dict[int, int]] = {name: {} for name in plan.config.sources}
    for award in plan.awards:
        for (source, year), amount in award.paid.items():
            paid[source][year] = paid[source].get(year, 0) + amount
    return paid


def rooms(plan: Plan, name: str, paid: Mapping[int, int]) -> Iterator[tuple[str, int, int, int]]:
    """Rule, year, what a source pays, and the most it may: what is available then, or its share after the plan."""
    for year, flow in flows(plan, name, paid).items():
        yield "overspent", year, flow.paid, flow.available
    last, share = plan.years[-1], Fraction(plan.config.sources[name].tail.max_share)
    most = floor(share * plan.money.to_fen(plan.config.budget(name, last)))
    yield from (("tail_exceeded", year, paid[year], most) for year in sorted(paid) if year > last)


def flows(plan: Plan, name: str, paid: Mapping[int, int]) -> dict[int, Flow]:
    """A source year by year, oldest money first."""
    source, found = plan.config.sources[name], dict[int, Flow]()
    purse = opened(plan, source)
    for year in plan.years:
        purse[year] = plan.money.to_fen(plan.config.budget(name, year))
        available, due = sum(purse.values()), paid.get(year, 0)
        _take(purse, due)
        left = sum(purse.values())
        carry = 0 if year == plan.years[-1] else _carry(purse, source, year, available)
        found[year] = Flow(available, due, carry, left - carry)
    return found


def opened(plan: Plan, source: Source) -> dict[int, int]:
    """Money of earlier years that may still be paid in the first plan year, by the year it is of."""
    last = 0 if source.carryover is None else source.carryover.years
    return {year: plan.money.to_fen(amount) for year, amount in source.opening.items() if year + last >= plan.years[0]}


def _take(purse: dict[int, int], amount: int) -> None:
    """Spend or let lapse, oldest money first."""
    for year in sorted(purse):
        taken = min(purse[year], amount)
        purse[year] -= taken
        amount -= taken


def _carry(purse: dict[int, int], source: Source, year: int, available: int) -> int:
    """Let lapse what may not be carried out of ``year``, oldest first; what remains is carried."""
    rule = source.carryover
    if rule is None:
        purse.clear()
        return 0
    for old in [old for old in purse if old + rule.years <= year]:
        del purse[old]
    most = floor(Fraction(rule.max_share) * available)
    _take(purse, max(0, sum(purse.values()) - most))
    return sum(purse.values())


def check_closing(plan: Plan, table: Table, findings: Findings) -> None:
    """One closing_sheet for every supported project, each figure right, and all that is gated closes."""
    for row, awards in matched(table, plan.by_project, project_of, "project_id", findings):
        later = sum(later_of(plan, award) for award in awards)
        expected = closing_sheet(plan, awards[0].at, sum(award.award for award in awards), later)
        for column, amount in expected.items():
            if amount is None:
                findings.hold(not row.text(column), "not_expected", row.place, column, got=row.text(column))
            else:
                findings.same_fen(row.fen(column), amount, plan.money, row.place, column)


def later_of(plan: Plan, award: Award) -> int:
    """What the phases after the one that an award pays up to need."""
    phase = award.option.rpartition("#")[2]
    if award.committed or award.instrument not in plan.config.instruments or not phase.isdecimal():
        return 0
    return gates.after_phases(gates.phase_needs(plan.config, plan.facts, award.at, award.instrument)).get(int(phase), 0)


def closing_sheet(plan: Plan, at: int, award: int, later: int) -> dict[str, int | None]:
    """Who pays what of one project; None: not told."""
    facts, total, paid = plan.facts, whole(plan.facts, at), finance(plan.facts, at)
    other, issued = elsewhere(facts, at)
    found: dict[str, int | None] = {
        "total_investment": total,
        "done_investment": facts.fen(at, "done_investment"),
        "other_public": other,
        "bond_issued": issued,
        "award": award,
    }
    if total is None or paid is None:
        return found | dict.fromkeys(("own_private", "own_public", "loans", "later_phases", "gap"))
    left, used = total - other - issued - award, []
    for amount in paid:
        used.append(min(amount, max(left, 0)))
        left -= used[-1]
    public = publicly_owned(plan.config, facts, at)
    mine, theirs = (0, used[0]) if public else (used[0], 0)
    wait = min(later, max(left, 0))
    found |= {"own_private": mine, "own_public": theirs, "loans": used[1] + used[2]}
    return found | {"later_phases": wait, "gap": left - wait}


def check_bond_use(plan: Plan, findings: Findings) -> None:
    """No payment of special-bond money goes to a subsidy or to an enterprise."""
    bonds = {key for key, source in plan.config.sources.items() if is_bond(key, source)}
    for award in plan.awards:
        payers = sorted({source for source, _ in award.paid} & bonds)
        for source in payers:
            findings.hold(
                _bonds_allowed(plan, source, award), "bond_misused", award.place, source,
                project=award.project, instrument=award.instrument,
            )  # fmt: skip


def _bonds_allowed(plan: Plan, source: str, award: Award) -> bool:
    rule = plan.config.instruments.get(award.instrument)
    if industry(plan.facts, award.at):
        return False
    if isinstance(rule, Bond):
        return True
    if rule is not None and not isinstance(rule, Grant):
        return False
    if rule is None and SUBSIDIES.search(bare(award.instrument)):
        return False
    terms = plan.config.sources[source].bond
    return bool(PARKS.search(folded(str(plan.facts.cell(award.at, "category") or "")))) or (
        rule is None and terms is None
    )
