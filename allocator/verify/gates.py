"""Gates before the choice, worked out again for one project and instrument."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from allocator.config.keys.instruments import Bond
from allocator.verify import capital
from allocator.verify.facts import Cell, normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocator.config.keys.parts import Condition, Where
    from allocator.config.keys.plan import Config
    from allocator.config.keys.screening import Capital, Gate
    from allocator.verify.facts import Facts

MILLION = 10**6
"""Ratios are stated in millionths, rounded down."""


class Stop(NamedTuple):
    """A gate that is closed to a project."""

    rule: str
    got: Cell
    needed: Condition
    """A condition of the config, or what stands in its place as text."""


def stops(config: Config, facts: Facts, at: int, instrument: str) -> Iterator[Stop]:
    """The gates before an instrument that a project does not pass."""
    for gate in config.screening.gates:
        if not gate.instruments or instrument in gate.instruments:
            yield from facts.once(gate.name, at, partial(_closed, facts, at, gate))
    rule = config.screening.capital
    if rule is not None and (not rule.instruments or instrument in rule.instruments):
        yield from facts.once("", at, partial(_capital, config, facts, at, rule))
    yield from _tier(config, facts, at, instrument)


def _closed(facts: Facts, at: int, gate: Gate) -> list[Stop]:
    if not _meant(facts, at, gate.where):
        return []
    rule, cell = f"gate.{gate.name}.", partial(facts.cell, at)
    unmet = [name for name, condition in gate.require.items() if not facts.fulfils(at, name, condition)]
    found = [Stop(f"{rule}{name}", cell(name), gate.require[name]) for name in unmet]
    return found + [Stop(f"{rule}{name}", None, "filled") for name in gate.filled if cell(name) is None]


def _capital(config: Config, facts: Facts, at: int, rule: Capital) -> list[Stop]:
    if not _meant(facts, at, rule.where):
        return []
    written = next((case.min for case in rule.ratios if _meant(facts, at, case.where)), rule.min)
    least = capital.least(config, facts, at, written)
    own, whole = sum(facts.fen(at, column) or 0 for column in rule.funds), facts.fen(at, rule.of) or 0
    if whole > 0 and own >= least * whole:
        return []
    return [Stop("gate.capital", _millionths(Fraction(own, whole)) if whole > 0 else "", _millionths(least))]


def _tier(config: Config, facts: Facts, at: int, instrument: str) -> Iterator[Stop]:
    """No new bonds where the grade of debt risk allows none, but for projects that have some already."""
    debt, rule = config.debt, config.instruments.get(instrument)
    if debt is None or debt.grade is None or not isinstance(rule, Bond) or (facts.fen(at, "bond_issued") or 0) > 0:
        return
    closed = {normal(grade) for grade, share in debt.tiers.items() if share == 0}
    if not closed.isdisjoint(facts.parts(at, debt.grade)):
        yield Stop("debt.tier", facts.cell(at, debt.grade), "bond_issued > 0")


def _meant(facts: Facts, at: int, where: Where) -> bool:
    return all(facts.fulfils(at, column, condition) for column, condition in where.items())


def _millionths(share: Fraction) -> str:
    whole, rest = divmod(share.numerator * MILLION // share.denominator, MILLION)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
