"""Awards and payments against what config and tables offer, and budgets replayed from the payments alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import floor
from typing import TYPE_CHECKING

from allocator.verify.bond_use import check_bond_use
from allocator.verify.offers import NotOffered
from allocator.verify.packages import joined

if TYPE_CHECKING:
    from allocator.config.keys.sources import Source
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Award, Choice, Plan


def check_awards(plan: Plan, findings: Findings) -> None:
    """Every funded row is an option that config and tables give, with exactly its figures and payments."""
    known = plan.offers.known
    for choice in plan.choices:
        _offer(plan, choice, findings)
    for award in plan.awards:
        if not known.has(findings, ("award", award.number)):
            known.once(findings, ("award", award.number), partial(_check_award, plan, award, findings))
    check_bond_use(plan, findings)


def _check_award(plan: Plan, award: Award, findings: Findings) -> None:
    """The row states what the project table and its option say, and is paid as they say."""
    place = award.place
    for column in ("project_name", "region", "category"):
        findings.equal(award.text(column), plan.facts.cell(award.at, column) or "", place, column)
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
    first = choice[0]
    try:
        if len(choice) > 1:
            found = joined(plan.offers, first.project, [award.option for award in choice])
            if not findings.hold(found is not None, "no_package", first.place, "option", got=first.project):
                return
            offers = [offer for _, offer in found or ()]
        else:
            offers = [plan.offers.offer(first.project, first.option, committed=first.committed)]
    except NotOffered as reason:
        findings.hold(False, reason.key, first.place, "option", **reason.values)
        return
    for award, offer in zip(choice, offers, strict=True):
        award.offer = offer


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


@dataclass
class Account:
    """One source through the years. Amounts in fen."""

    budget: dict[int, int] = field(default_factory=dict)
    opening: int = 0
    paid: dict[int, int] = field(default_factory=dict)
    carry: dict[int, int] = field(default_factory=dict)
    lapse: dict[int, int] = field(default_factory=dict)
    tail: dict[int, int] = field(default_factory=dict)


def replay(plan: Plan, findings: Findings) -> Mapping[str, Account]:
    """Pay every source's payments year by year, oldest money first; what is short is a finding."""
    accounts = {name: Account() for name in plan.config.sources}
    for award in plan.awards:
        for (payer, year), amount in award.paid.items():
            paid = accounts[payer].paid
            paid[year] = paid.get(year, 0) + amount
    for name, source in plan.config.sources.items():
        _replay_source(plan, name, source, accounts[name], findings)
    return accounts


def _replay_source(plan: Plan, name: str, source: Source, account: Account, findings: Findings) -> None:
    years, money = plan.years, plan.money
    purse = opened(plan, source)
    account.opening = sum(purse.values())
    for year in years:
        account.budget[year] = purse[year] = money.to_fen(plan.config.budget(name, year))
        available = sum(purse.values())
        due = account.paid.get(year, 0)
        findings.hold(
            due <= available, "overspent", "payments.csv", name,
            year=year, paid=money.text(due), available=money.text(available),
        )  # fmt: skip
        _take(purse, due)
        left = sum(purse.values())
        account.carry[year] = 0 if year == years[-1] else _carry(purse, source, year, available)
        account.lapse[year] = left - account.carry[year]
    _check_tail(plan, name, account, findings)


def opened(plan: Plan, source: Source) -> dict[int, int]:
    """Money of earlier years that may still be paid in the first plan year, by the year it is of."""
    last = 0 if source.carryover is None else source.carryover.years
    return {year: plan.money.to_fen(amount) for year, amount in source.opening.items() if year + last >= plan.years[0]}


def years_short(plan: Plan, name: str, paid: Mapping[int, int]) -> list[int]:
    """Plan years in which a source could not make these payments."""
    source, short = plan.config.sources[name], list[int]()
    purse = opened(plan, source)
    for year in plan.years:
        purse[year] = plan.money.to_fen(plan.config.budget(name, year))
        available, due = sum(purse.values()), paid.get(year, 0)
        if due > available:
            short.append(year)
        _take(purse, due)
        _carry(purse, source, year, available)
    return short


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


def tail_room(plan: Plan, name: str) -> Fraction:
    """The most that a source may pay in each year after the plan, in fen."""
    share = Fraction(plan.config.sources[name].tail.max_share)
    return share * plan.money.to_fen(plan.config.budget(name, plan.years[-1]))


def _check_tail(plan: Plan, name: str, account: Account, findings: Findings) -> None:
    last, most = plan.years[-1], tail_room(plan, name)
    for year in sorted(year for year in account.paid if year > last):
        account.tail[year] = account.paid[year]
        findings.hold(
            account.tail[year] <= most, "tail_exceeded", "payments.csv", name,
            year=year, paid=plan.money.text(account.tail[year]), available=plan.money.text(floor(most)),
        )  # fmt: skip
