"""Money of one config: its unit, its smallest amount, amounts and sums that these can hold exactly, and spending profiles."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
from allocator.config.keys.spending import Spending
from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault, instrument_amounts
from allocator.money import COARSEST, Money, quantum_for


def amounts(config: Config) -> Iterator[tuple[Path, Decimal]]:
    """Every amount of money of the config."""
    for key, source in config.sources.items():
        budget = source.budget if isinstance(source.budget, dict) else {None: source.budget}
        for year, amount in budget.items():
            yield ("sources", key, "budget") if year is None else ("sources", key, "budget", year), amount
        for year, amount in source.opening.items():
            yield ("sources", key, "opening", year), amount
    for key, instrument in config.instruments.items():
        yield from instrument_amounts(("instruments", key), instrument)
    if config.report.region_investment is not None:
        yield ("report", "region_investment"), config.report.region_investment
    for project, fixed in config.locks.fix.items():
        if fixed.award is not None:
            yield ("locks", "fix", project, "award"), fixed.award


def all_money(config: Config) -> Decimal:
    """What all sources have in all years together."""
    years, total = len(config.years), Decimal(0)
    for source in config.sources.values():
        budget = source.budget
        yearly = sum(map(abs, budget.values())) if isinstance(budget, dict) else abs(budget) * years
        total += yearly + sum(map(abs, source.opening.values()))
    return total


def taken_quantum(config: Config) -> Decimal | None:
    """The smallest amount of a config that names none, where its money is too large for that of its currency."""
    if config.quantum is not None:
        return config.quantum
    fits = quantum_for(config.money, all_money(config))
    return None if fits == config.unit.quantum else min(fits, COARSEST)


def check_money(config: Config) -> Iterator[Fault]:
    """The unit, the smallest amount, and what these cannot hold."""
    try:
        Money.of(config.money)
    except ValueError:
        yield Fault(("money",), "unknown_money", {"got": config.money})
        return
    if config.quantum is not None and sum(config.quantum.as_tuple().digits) != 1:
        yield Fault(("quantum",), "quantum_no_power", {"got": plain_number(config.quantum)})
        return
    money = Money.of(config.money, taken_quantum(config))
    largest = money.to_unit(money.largest)
    known = {"largest": plain_number(largest), "smallest": plain_number(money.quantum), "base": money.base}
    too_large = False
    for path, amount in amounts(config):
        if abs(amount) > largest:
            too_large = True
            yield Fault(path, "amount_too_large", {"got": plain_number(amount), **way_out(config, amount), **known})
            continue
        try:
            money.to_fen(amount)
        except ValueError:
            yield Fault(path, "finer_than_fen", {"got": plain_number(amount), "unit": money.name, **known})
    total = all_money(config)
    if total > largest and not too_large:
        yield Fault(("sources",), "sum_too_large", {"got": plain_number(total), **way_out(config, total), **known})


def way_out(config: Config, amount: Decimal) -> dict[str, object]:
    """The smallest amount with which one of this size fits."""
    return {"quantum": plain_number(quantum_for(config.money, amount))}


def check_spending(config: Config) -> Iterator[Fault]:
    """Profiles sum to 1, and months have a curve that rises; a ratio has ends and no shares."""
    if config.spending is not None:
        profiles: dict[Path, list[Decimal]] = {
            ("profile", name): shares for name, shares in config.spending.profile.items()
        }
        if config.spending.default is not None:
            profiles["default",] = config.spending.default
        yield from check_months(config.spending)
        for path, shares in profiles.items():
            if sum(shares) != 1:
                yield Fault(("spending", *path), "payments_sum", {"got": plain_number(sum(shares, Decimal(0)))})
    yield from check_ratios(config)


def check_months(spending: Spending) -> Iterator[Fault]:
    """A profile, or months; a curve of months goes from nothing to all."""
    curve: Path = ("spending", "curve")
    if spending.from_ == "profile" and not spending.profile and spending.default is None:
        yield Fault(("spending",), "spending_without_profile", key=True)
    if spending.curve and spending.from_ != "months":
        yield Fault(curve, "goes_with", {"other": "from: months"}, key=True)
    if spending.curve and (max(spending.curve[0]) != 0 or set(spending.curve[-1]) != {Decimal(1)}):
        yield Fault(curve, "response_ends")
    for index, (before, point) in enumerate(pairwise(spending.curve), start=1):
        if point[0] <= before[0]:
            yield Fault((*curve, index), "response_order")
        elif point[1] < before[1] or point[1] > 1:
            yield Fault((*curve, index), "curve_falls")


def check_ratios(config: Config) -> Iterator[Fault]:
    """A ratio has ends and no shares."""
    for index, limit in enumerate(config.limits):
        if limit.per is None:
            if limit.per_source is not None:
                yield Fault(("limits", index, "per_source"), "goes_with", {"other": "per"}, key=True)
            continue
        said = {"min_share": limit.min_share, "max_share": limit.max_share, "of": limit.of}
        for key in (key for key, given in said.items() if given is not None):
            yield Fault(("limits", index, key), "ratio_has_ends", key=True)
        for key in ("measure", "per"):
            if getattr(limit, key) == "closed_nodes":
                yield Fault(("limits", index, key), "no_ratio_of_nodes")
