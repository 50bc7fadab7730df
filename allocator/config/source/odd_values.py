"""Numbers of the config that are allowed and hardly meant: amounts of one year in another unit, rates with a slip of the point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from statistics import median
from typing import Final

from allocator.config.keys.instruments import Guarantee, InterestSubsidy
from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.bond_money import is_bond_money
from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault

UNITS: Final = (Decimal(10) ** 4, Decimal(10) ** 8)
"""Times by which units of money that are mistaken for each other differ: 万元 and 亿元, 元 and 亿元."""
AROUND: Final = 3
"""Times by which amounts of two years differ at most without that."""
RATES: Final = {
    "bond": ("0.002", "0.1"),
    "points": ("0.0005", "0.1"),
    "reference": ("0.002", "0.15"),
    "fee": ("0.0005", "0.1"),
    "claims": ("0.0005", "0.5"),
    "discount": ("0.002", "0.2"),
}
"""Kind of a yearly rate → the lowest and the highest that is believed."""
TIMES: Final = 10
"""A cover ratio or a share of later years' money is below it; what is above was meant in percent."""
PERCENT: Final = 100
MOST_PROMISED: Final = Decimal("0.2")
"""Share of a budget that may be promised for each later year without a word (assumption): that money is not voted yet."""
LEAST_DEBT_RATIO: Final = 10
"""A debt ratio is in percent; what is below was meant as times."""


def odd_values(config: Config) -> Iterator[Fault]:
    """What is most likely a slip of the pen."""
    for path, amounts in yearly(config):
        yield from odd_years(path, amounts)
    for path, kind, rate in rates(config):
        low, high = map(Decimal, RATES[kind])
        if rate and not low <= rate <= high:
            meant = rate * PERCENT if rate < low else rate / (10 if rate / 10 <= high else PERCENT)
            told = {"got": plain_number(rate), "percent": in_percent(rate)}
            yield Fault(path, "odd_rate", told | {"meant": in_percent(meant), "instead": plain_number(meant)})
    for path, times in ratios(config):
        if times is not None and times > TIMES:
            yield Fault(path, "odd_times", {"got": plain_number(times), "instead": plain_number(times / PERCENT)})
    yield from promised(config)
    if config.flags is not None and 0 < config.flags.debt_ratio < LEAST_DEBT_RATIO:
        ratio = config.flags.debt_ratio
        told = {"got": plain_number(ratio), "instead": plain_number(ratio * PERCENT)}
        yield Fault(("flags", "debt_ratio"), "odd_percent", told)


def yearly(config: Config) -> Iterator[tuple[Path, Mapping[int, Decimal]]]:
    """Everything that names an amount for each of several years."""
    named: list[tuple[Path, object]] = [(("sources", key, "budget"), one.budget) for key, one in config.sources.items()]
    if config.debt is not None:
        named.append((("debt", "quota"), config.debt.quota))
        named.append((("debt", "service", "total"), config.debt.service and config.debt.service.total))
    yield from ((path, amounts) for path, amounts in named if isinstance(amounts, dict))


def odd_years(path: Path, amounts: Mapping[int, Decimal]) -> Iterator[Fault]:
    """Years whose amount is to the others what one unit of money is to another."""
    known = {year: amount for year, amount in amounts.items() if amount > 0}
    odd: list[int] = []
    for year, amount in known.items():
        others = [other for one, other in known.items() if one != year]
        middle = median(others) if others else amount
        times = max(amount / middle, middle / amount)
        odd += [year] if any(unit / AROUND <= times <= unit * AROUND for unit in UNITS) else []
    for year in odd if 2 * len(odd) < len(known) else odd[-1:]:
        other = next(one for one in known if one not in (odd if 2 * len(odd) < len(known) else [year]))
        told = {"year": year, "got": plain_number(known[year]), "other": other, "there": plain_number(known[other])}
        yield Fault((*path, year), "odd_year", told)


def rates(config: Config) -> Iterator[tuple[Path, str, Decimal]]:
    """Every yearly rate, and of which kind it is."""
    yield ("discount",), "discount", config.discount
    for key, source in config.sources.items():
        if source.bond is not None:
            yield ("sources", key, "bond", "rate"), "bond", source.bond.rate
    for key, instrument in config.instruments.items():
        path: Path = ("instruments", key)
        if isinstance(instrument, InterestSubsidy):
            yield (*path, "points"), "points", instrument.points or Decimal(0)
            yield (*path, "reference_rate"), "reference", instrument.reference_rate or Decimal(0)
        elif isinstance(instrument, Guarantee):
            yield from (((*path, "fee", number), "fee", rate) for number, (_, rate) in enumerate(instrument.fee))
            yield (*path, "claim_rate"), "claims", instrument.claim_rate


def ratios(config: Config) -> Iterator[tuple[Path, Decimal | None]]:
    """What is a number of times and not a percentage."""
    for key, source in config.sources.items():
        yield ("sources", key, "tail", "max_share"), source.tail.max_share
        if source.bond is not None:
            yield ("sources", key, "bond", "min_cover"), source.bond.min_cover
    if config.debt is not None:
        yield ("debt", "min_cover"), config.debt.min_cover


def in_percent(rate: Decimal) -> str:
    """A rate as a percentage."""
    return plain_number(rate * PERCENT)


def promised(config: Config) -> Iterator[Fault]:
    """Money promised for years after the plan: bonds that nobody has a quota for, or much of a budget not voted yet."""
    for key, source in config.sources.items():
        share, most = source.tail.max_share, Decimal(0) if is_bond_money(key, source) else MOST_PROMISED
        if most < share <= TIMES:
            told = {"got": in_percent(share), "most": in_percent(most)}
            yield Fault(("sources", key, "tail", "max_share"), "tail_large" if most else "tail_of_bonds", told)
