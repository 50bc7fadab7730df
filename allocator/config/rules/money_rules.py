"""Money of one config: its unit, its smallest amount, and amounts and sums that these can hold exactly."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
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
