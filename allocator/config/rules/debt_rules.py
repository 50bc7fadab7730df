"""What `debt` asks for as limits like any other, and what its keys need of each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from allocator.config.keys.debt import Service
from allocator.config.keys.plan import Config, Limit
from allocator.config.rules.instrument_rules import Fault

DEBT: Final = "debt: "
"""How the names of limits begin that `debt` asks for."""


def bond_sources(config: Config) -> list[str]:
    """Sources of special-bond money with terms."""
    return [name for name, source in config.sources.items() if source.bond is not None]


def debt_limits(config: Config) -> Iterator[Limit]:
    """The limits that `debt` implies."""
    debt, sources = config.debt, bond_sources(config)
    if debt is None or not sources:
        return
    issue: dict[str, Any] = {"source": sources}
    if debt.room_column is not None:
        yield Limit(name=f"{DEBT}room", measure="award", each=debt.by, max_from=debt.room_column, **issue)
    if debt.grade is not None and debt.last is not None:
        for grade, share in debt.tiers.items():
            if share:
                tier: dict[str, Any] = {"where": {debt.grade: grade}, "each": [debt.by, "year"], **issue}
                yield Limit(name=f"{DEBT}tier {grade}", measure="payment", max_from=debt.last, max_times=share, **tier)
    for year in config.years:
        quota = debt.quota.get(year) if isinstance(debt.quota, dict) else debt.quota
        if quota is not None:
            yield Limit(name=f"{DEBT}quota {year}", measure="payment", year=year, max=quota, **issue)
    if debt.min_cover is not None:
        yield Limit(name=f"{DEBT}min_cover", measure="bond_revenue", per="bond_service", min=debt.min_cover)


def check_debt(config: Config) -> Iterator[Fault]:
    """Debt needs bonds; tiers that leave some of last year's bonds need to know them; quotas are of plan years."""
    debt = config.debt
    if debt is None:
        return
    if not bond_sources(config):
        yield Fault(("debt",), "debt_without_bonds", key=True)
    if debt.grade is not None and debt.last is None and any(debt.tiers.values()):
        yield Fault(("debt", "grade"), "goes_with", {"other": "last"}, key=True)
    if debt.service is not None:
        yield from check_service(debt.service, config.years[0])
    for year in debt.quota if isinstance(debt.quota, dict) else ():
        if year not in config.years:
            yield Fault(("debt", "quota", year), "not_a_plan_year", {"got": year, "years": config.years}, key=True)


def check_service(service: Service, first: int) -> Iterator[Fault]:
    """A cap on service has a bound; years before the plan owe nothing."""
    if service.max is None and service.max_from is None and service.total is None:
        yield Fault(("debt", "service"), "service_without_cap", key=True)
    if service.max_from is None and service.max_times != 1:
        yield Fault(("debt", "service", "max_times"), "goes_with", {"other": "max_from"}, key=True)
    yearly = {"max": service.max, "total": service.total}
    for key, year in ((key, year) for key, cap in yearly.items() if isinstance(cap, dict) for year in cap):
        if year < first:
            yield Fault(("debt", "service", key, year), "service_before_plan", {"got": year, "first": first}, key=True)
