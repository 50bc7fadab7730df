"""What is missing for the service of a plan's bonds, by award, region and year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from allocator.config.keys.instruments import Bond
from allocator.verify.facts import half_up, normal
from allocator.verify.kinds import loan_of, present, served

if TYPE_CHECKING:
    from allocator.verify.awards import Award
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Findings, Row

Place = tuple[str, int]


def gaps_of(plan: Plan, award: Award) -> list[tuple[int, Fraction]]:
    """The years of one award in which money is missing; none unless an instrument of kind bond made it."""
    terms = plan.offers.bond_terms.get(award.instrument)
    given = (award.project, award.option) in plan.offers.options.row_of
    if terms is None or terms.shortfall != "yearly" or award.committed or given:
        return []
    paid: dict[int, int] = {}
    for (_, year), amount in award.paid.items():
        paid[year] = paid.get(year, 0) + amount
    entitlement = plan.offers.claimed(award.at, award.instrument)
    return plan.offers.candidate(award.at, award.instrument).gaps(paid, award.start, entitlement)


def made(plan: Plan, awards: Iterable[Award]) -> Iterator[tuple[Award, Fraction]]:
    """The awards that instruments of kind bond made, with their entitlements."""
    for award in awards:
        terms = plan.offers.bond_terms.get(award.instrument)
        if terms is None or not isinstance(plan.config.instruments[award.instrument], Bond):
            continue
        if not award.committed and (award.project, award.option) not in plan.offers.options.row_of:
            yield award, plan.offers.claimed(award.at, award.instrument)


def counted(plan: Plan, awards: Iterable[Award]) -> Fraction:
    """Which part of a project's revenue and cost stands against its bonds; all of it where others than bonds made them."""
    parts = [
        plan.offers.candidate(award.at, award.instrument).counted(award.award, entitlement)
        for award, entitlement in made(plan, awards)
    ]
    return min(sum(parts, Fraction(0)), Fraction(1)) if parts else Fraction(1)


def standing(plan: Plan, awards: Sequence[Award]) -> list[Fraction]:
    """Revenue, cost of running, and other debt of one project, as far as they count beside its bonds."""
    at, part = awards[0].at, counted(plan, awards)
    paid = [(source, amount) for award in awards for (source, _), amount in award.paid.items()]
    terms = next(
        (source.bond for name, source in plan.config.sources.items() if source.bond and name in dict(paid)), None
    )
    revenue, cost = (plan.facts.fen(at, name) or 0 for name in ("revenue_total", "cost_total"))
    if terms is None:
        return [part * revenue, part * cost, Fraction(0)]
    if terms.cost_includes_debt_service:
        given = sum(
            amount for source, amount in paid if source in plan.config.sources and plan.config.sources[source].bond
        )
        entitled = (entitlement for _, entitlement in made(plan, awards))
        asked = max(plan.facts.fen(at, "bond_need") or 0, 0) or next(chain(entitled, [Fraction(given)]))
        due = sum(
            (interest + repaid for interest, repaid, _ in served(*loan_of(plan.facts, awards[0].at, terms))),
            Fraction(0),
        )
        cost = max(cost - half_up(asked * due), 0)
    other = 0 if terms.other_debt is None else plan.facts.fen(at, terms.other_debt) or 0
    return [part * revenue, part * cost, part * max(other, 0)]


def all_gaps(plan: Plan) -> dict[Place, Fraction]:
    """What is missing by region and year; region '' is all together."""
    found: dict[Place, Fraction] = {}
    for award in plan.awards:
        assert plan.config.debt is not None
        region = normal(plan.facts.cell(award.at, plan.config.debt.by) or "")
        for year, gap in gaps_of(plan, award):
            for name in dict.fromkeys((region, "")):
                found[name, year] = found.get((name, year), Fraction(0)) + gap
    return found


def check_gap(plan: Plan, row: Row, gap: Fraction, findings: Findings) -> None:
    """The two columns of one row of the debt table."""
    worth = present(plan.years, plan.config.discount, [(row.whole("year"), gap)])
    findings.same_fen(row.fen("shortfall"), half_up(gap), plan.money, row.place, "shortfall")
    findings.same_fen(row.fen("shortfall_pv"), half_up(worth), plan.money, row.place, "shortfall_pv")
