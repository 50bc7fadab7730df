"""Payments, payers and budgets as the model's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from allocator.config.keys.plan import Config
from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance.lines import Lines
from allocator.optimise.instance.shapes import Part, columns
from allocator.problem.case import Case
from models.values import Family, Sparse


def of(case: Case, lines: Lines, years: Sequence[int], scale: float) -> Part:
    """Families and parameters of `models.funding`; money in units of ``scale`` fen."""
    config, options = case.loaded.config, int(case.usable.sum())
    sources = list(config.sources)
    key, owner, option, amount = _summed(lines.klass * len(years) + lines.year, lines.option, lines.amount, options)
    pays = [(k, sources.index(s)) for k, payers in enumerate(lines.class_payers) for s in payers]
    klass, source = columns(pays, 2)
    families = {
        "PAID": Family.sparse(owner, [option]),
        "PAYERS_OF": Family.grouped(klass, [source], len(lines.class_payers)),
        "CLASSES_OF": Family.grouped(source, [klass], len(sources)),
    }
    parameters = {"payment": Sparse(key, amount / scale), **yearly(case, years, scale)}
    return Part(families=families, parameters=parameters)


def _summed(owner: Ints, option: Ints, amount: Floats, options: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Key, owner, option and sum of the amounts of every owner and option, in the order of the keys."""
    few = int(owner.max(initial=0)) < np.iinfo(np.int16).max
    order = np.argsort(owner.astype(np.int16) if few else owner, kind="stable")  # 16 bits sort in linear time
    owner, option, amount = owner[order], option[order], amount[order]
    key = owner * options + option
    if (key[1:] > key[:-1]).all():  # the usual case: payments come by option
        return key, owner, option, amount
    key, first, at = np.unique(key, return_index=True, return_inverse=True)
    return key, owner[first], option[first], np.bincount(at, amount, len(key)).astype(float)


def yearly(case: Case, years: Sequence[int], scale: float) -> dict[str, Any]:
    """Budgets, opening money, carry-over and tail of every source; money in units of ``scale`` fen."""
    config, unit = case.loaded.config, case.money.fen_per_unit / scale
    sources = list(config.sources)
    rules = [config.sources[name].carryover for name in sources]
    amounts = {name: np.array([part(config, s, years) for s in sources]) * unit for name, part in _YEARLY.items()}
    return {
        "opening": np.array([_opening(config, s) for s in sources]) * unit,
        "carry_share": np.array([float(rule.max_share) if rule else 0.0 for rule in rules]),
        **{name: array.reshape(len(sources), len(years)) for name, array in amounts.items()},
    }


def _opening(config: Config, source: str) -> float:
    """Money of earlier years that is young enough for the first plan year."""
    rule = config.sources[source].carryover
    keep = rule.years if rule else 0
    pots = config.sources[source].opening.items()
    return float(sum((amount for year, amount in pots if year + keep >= config.years[0]), Decimal(0)))


def _budget(config: Config, source: str, years: Sequence[int]) -> list[float]:
    return [float(config.budget(source, y)) if y in config.years else 0.0 for y in years]


def _age(config: Config, source: str, years: Sequence[int]) -> list[float]:
    """Budgets young enough to be paid in the next year; nothing is carried past the last plan year."""
    rule = config.sources[source].carryover
    keep = rule.years if rule else 0
    pots = dict(config.sources[source].opening) | {y: config.budget(source, y) for y in config.years}
    young = [sum((a for u, a in pots.items() if y + 1 - keep <= u <= y), Decimal(0)) for y in years]
    return [float(a) if y < config.years[-1] else 0.0 for y, a in zip(years, young, strict=True)]


def _tail(config: Config, source: str, years: Sequence[int]) -> list[float]:
    cap = float(config.sources[source].tail.max_share * config.budget(source, config.years[-1]))
    return [cap if y > config.years[-1] else 0.0 for y in years]


_YEARLY: dict[str, Any] = {"budget": _budget, "carry_age": _age, "tail_cap": _tail}
