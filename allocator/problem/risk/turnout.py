"""A plan replayed in every outcome: what is paid from what, what is missing, and what the goal is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocator.problem.accounts import budgets
from allocator.problem.risk.outcome_values import Risk, Turnout

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.money.arrays import Flags

Spent = Mapping[tuple[str, int, int], int]
"""Source, year and cell → fen paid."""


def replay(risk: Risk, config: Config, fen: int, chosen: Flags, sure: Fraction, spent: Spent) -> Turnout:
    """The plan of the ``chosen`` option rows in every outcome; ``sure`` is the goal's part that none changes."""
    states = risk.outcomes.states
    short = [Fraction(0)] * len(states)
    missing: dict[tuple[int, int], Fraction] = {}
    for number, (w, source) in enumerate(risk.replayed):
        for t, amount in enumerate(_missing(risk, config, fen, w, source, spent)):
            if amount:
                missing[number, t] = amount
                short[w] += amount
    price = risk.price or Fraction(0)
    values = risk.values(chosen, sure, [price * s for s in short])
    mean, at_risk = risk.worst(values)
    broken = [] if risk.price is not None else [
        ("replay_balance", number * len(config.years) + t, amount) for (number, t), amount in missing.items()
    ]  # fmt: skip
    floored = [w for w, floor in enumerate(risk.floors) if floor is not None]
    broken += [
        ("outcome_floor", at, Fraction(0))
        for at, w in enumerate(floored)
        if values[w] < (risk.floors[w] or Fraction(0))
    ]
    if risk.worst_floor is not None and mean < risk.worst_floor:
        broken.append(("worst_floor", 0, Fraction(0)))
    return Turnout(values, tuple(short), missing, risk.expected(values), mean, at_risk, tuple(broken))


def _missing(risk: Risk, config: Config, fen: int, w: int, source: str, spent: Spent) -> Sequence[Fraction]:
    """What a source lacks in each plan year of an outcome, carrying as much as its rules allow."""
    pots = money_of(risk, config, fen, w, source)
    rule = config.sources[source].carryover
    keep, share = (rule.years, Fraction(rule.max_share)) if rule else (0, Fraction(0))
    opening = {y: Fraction(a) * fen for y, a in config.sources[source].opening.items() if y + keep >= config.years[0]}
    carried, ages, found = sum(opening.values(), Fraction(0)), {**opening, **pots}, []
    for year in config.years:
        have = pots[year] + carried
        due = sum(
            (risk.cost(w, c, year) * spent.get((source, year, c), 0) for c in range(len(risk.cell_axes))), Fraction(0)
        )
        found.append(max(Fraction(0), due - have))
        young = sum((a for y, a in ages.items() if year + 1 - keep <= y <= year), Fraction(0))
        carried = min(max(Fraction(0), have - due), share * have, young)
    return found


def money_of(risk: Risk, config: Config, fen: int, w: int, source: str) -> dict[int, Fraction]:
    """A source's budgets in an outcome, in fen."""
    return {y: risk.budget(w, source, y) * amount for y, amount in budgets(config, fen, source).items()}


def spent_by_cell(config: Config, years: Sequence[int], draws: np.ndarray, class_cell: np.ndarray) -> Spent:
    """What every source pays in every year for each cell, in fen."""
    found: dict[tuple[str, int, int], int] = {}
    for s, source in enumerate(config.sources):
        for k, cell in enumerate(class_cell.tolist()):
            for t in np.flatnonzero(draws[s, k]).tolist():
                key = (source, years[t], cell)
                found[key] = found.get(key, 0) + int(draws[s, k, t])
    return found
