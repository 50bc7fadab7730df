"""Rules across the keys of one instrument, and how a fault of such a rule is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from allocator.config.keys.instruments import Bond, BondTerms, Grant, Guarantee, Instrument, InterestSubsidy
from allocator.config.keys.parts import Range, Where
from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.bond_money import is_bond_money, may_pay
from allocator.config.rules.check import Path

FEE_UNIT = "万元"
"""Unit of the fee classes by default, as published."""


@dataclass(frozen=True)
class Fault:
    """A rule broken at ``path``; ``key`` points at the key instead of its value."""

    path: Path
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    key: bool = False


def instrument_amounts(path: Path, instrument: Instrument) -> Iterator[tuple[Path, Decimal]]:
    """Every amount of money of an instrument."""
    for name in ("min", "max", "step"):
        bound = getattr(instrument.award, name)
        if bound is not None:
            yield (*path, "award", name), bound
    if isinstance(instrument, InterestSubsidy):
        yield (*path, "min_loan"), instrument.min_loan
        if instrument.max_per_year is not None:
            yield (*path, "max_per_year"), instrument.max_per_year
    if isinstance(instrument, Guarantee):
        yield from (((*path, "fee", number, 0), most) for number, (most, _) in enumerate(instrument.fee))


def check_instruments(config: Config) -> Iterator[Fault]:
    """Award bounds of instruments, and what their kinds ask for."""
    for key, instrument in config.instruments.items():
        path: Path = ("instruments", key)
        award = instrument.award
        if award.max is not None and award.min > award.max:
            values = {"min": plain_number(award.min), "max": plain_number(award.max)}
            yield Fault((*path, "award", "min"), "award_min_above_max", values)
        if award.max is not None and award.step is not None and award.step > award.max:
            values = {"step": plain_number(award.step), "max": plain_number(award.max)}
            yield Fault((*path, "award", "step"), "step_above_max", values)
        yield from check_phases(instrument, (*path, "award"))
        yield from check_where(instrument.where, (*path, "where"))
        if isinstance(instrument, Grant):
            yield from check_grant(instrument, path)
        elif isinstance(instrument, Bond):
            yield from check_payments(instrument.payments, path)
        elif isinstance(instrument, InterestSubsidy):
            yield from check_interest(instrument, path)
        else:
            yield from check_guarantee(instrument, path, config.money)


def check_phases(instrument: Instrument, path: Path) -> Iterator[Fault]:
    """Phases are named once, and stand instead of levels."""
    phases = instrument.award.phases
    for index, name in enumerate(phases):
        if name in phases[:index]:
            yield Fault((*path, "phases", index), "listed_twice", {"got": name})
    if phases and instrument.award.levels > 1:
        yield Fault((*path, "phases"), "not_together", {"other": "levels"}, key=True)
    if phases and instrument.continuous:
        yield Fault((*path, "phases"), "not_together", {"other": "continuous"}, key=True)


def check_grant(grant: Grant, path: Path) -> Iterator[Fault]:
    """Payments sum to the whole; what is paid back later is not held back before completion as well."""
    yield from check_payments(grant.payments, path)
    if grant.payment_mode == "reimbursement" and grant.before_acceptance is not None:
        yield Fault((*path, "before_acceptance"), "reimbursed_before_acceptance", key=True)


def check_payments(shares: Sequence[Decimal], path: Path) -> Iterator[Fault]:
    """Shares of all years are the whole."""
    if sum(shares) != 1:
        yield Fault((*path, "payments"), "payments_sum", {"got": plain_number(sum(shares, Decimal(0)))})


def check_bonds(config: Config) -> Iterator[Fault]:
    """Bond money pays bonds alone, bonds are paid by bond money alone, and on one kind of terms.

    State Council Document 52 of 2024: never interest, recurrent spending or competitive industry.
    """
    terms: dict[str, tuple[str, BondTerms]] = {}
    for name, source in config.sources.items():
        for number, key in enumerate(source.pays):
            instrument = config.instruments.get(key)
            path: Path = ("sources", name, "pays", number)
            if instrument is None:
                continue
            if source.bond is not None and not isinstance(instrument, Bond):
                yield Fault(path, "bond_pays_other", {"got": key, "kind": instrument.kind})
            elif source.bond is None and isinstance(instrument, Bond):
                yield Fault(path, "bond_without_terms", {"got": key, "source": name})
            elif is_bond_money(name, source) and not may_pay(instrument):
                yield Fault(path, "bond_by_name_pays_other", {"got": key, "kind": instrument.kind, "source": name})
            elif source.bond is not None:
                other, known = terms.setdefault(key, (name, source.bond))
                if known.model_copy(update={"max_capital_share": source.bond.max_capital_share}) != source.bond:
                    yield Fault(path, "bond_terms_differ", {"got": key, "source": name, "other": other})


def check_interest(subsidy: InterestSubsidy, path: Path) -> Iterator[Fault]:
    """Something says how much of the rate is subsidised; a share of the reference rate has its rate."""
    if subsidy.points is None and subsidy.share_of_rate is None and subsidy.share_of_reference is None:
        yield Fault(path, "interest_without_rate", key=True)
    for name, other in (("share_of_reference", "reference_rate"), ("reference_rate", "share_of_reference")):
        if getattr(subsidy, name) is not None and getattr(subsidy, other) is None:
            yield Fault((*path, name), "goes_with", {"other": other}, key=True)


def check_guarantee(guarantee: Guarantee, path: Path, money: str) -> Iterator[Fault]:
    """Fee classes are in the unit of the config and ascend, the band of claims and the multiples are not empty."""
    if "fee" not in guarantee.model_fields_set and money != FEE_UNIT:
        yield Fault(path, "fee_in_other_unit", {"unit": FEE_UNIT, "got": money}, key=True)
    for number, (before, after) in enumerate(pairwise(guarantee.fee), start=1):
        if after[0] <= before[0]:
            yield Fault((*path, "fee", number), "fee_classes_descend")
    low, high = guarantee.claim_band
    if low > high:
        values = {"min": plain_number(low), "max": plain_number(high)}
        yield Fault((*path, "claim_band"), "range_empty", values)
    if guarantee.multiple.min > guarantee.multiple.max:
        values = {"min": plain_number(guarantee.multiple.min), "max": plain_number(guarantee.multiple.max)}
        yield Fault((*path, "multiple", "min"), "range_empty", values)


def above(least: Decimal | None, most: Decimal | None) -> bool:
    return least is not None and most is not None and least > most


def check_where(where: Where, path: Path) -> Iterator[Fault]:
    """Conditions that say nothing, or that nothing meets."""
    for attribute, condition in where.items():
        if isinstance(condition, Range) and condition == Range():
            yield Fault((*path, attribute), "empty_condition")
        elif isinstance(condition, Range) and isinstance(condition.not_, list) and not condition.not_:
            yield Fault((*path, attribute, "not"), "too_few", {"least": 1, "got": 0})
        elif isinstance(condition, Range) and above(condition.min, condition.max):
            values = {
                "min": plain_number(condition.min or Decimal(0)),
                "max": plain_number(condition.max or Decimal(0)),
            }
            yield Fault((*path, attribute, "min"), "range_empty", values)


def wrong_depth(values: Mapping[str, object], depth: int, path: Path, needed: int) -> Iterator[Fault]:
    """Values that are not nested as often as there are attributes."""
    for key, value in values.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from wrong_depth(value, depth - 1, (*path, key), needed)
        elif isinstance(value, Mapping) or depth > 1:
            yield Fault((*path, key), "factor_depth", {"depth": needed})
