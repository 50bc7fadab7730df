"""The outcomes a plan has to live with, as the config, a table or a random sample gives them.

Nothing here knows of options: an outcome is a probability and factors on what some of them bring, cost, or are paid from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from random import Random
from typing import TYPE_CHECKING, Any

from allocator.config.keys.parts import Where
from allocator.config.rules.risk_rules import BASE, rest
from allocator.messages import Message, did_you_mean
from allocator.messages.errors import InputError
from allocator.money.arrays import is_nan
from allocator.tables.conditions import normal
from allocator.tables.measures import MEASURES

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.keys.plan import Config
    from allocator.config.keys.risk import Draw, Sample

REVENUE = ("new_output", "new_va", "new_tax", "revenue_total")
FINE = 1000
"""Sampled factors are whole multiples of one over this."""
GRAIN = 1_000_000
OWN = ("outcome", "probability", "on", "factor", "source", "year")
"""Columns of a table of outcomes; all others are attributes."""
KINDS = ("leverage", "realisation", "revenue", "cost", "budget")


@dataclass(frozen=True)
class Axis:
    """What a factor is on: the same for every outcome that changes the same thing."""

    on: str
    where: tuple[tuple[str, Any], ...]
    source: str | None
    year: int | None
    path: str
    """Where in the config it is first written."""

    @property
    def conditions(self) -> Where:
        """Its `where`."""
        return dict(self.where)


@dataclass(frozen=True)
class State:
    """One outcome: the factor on every axis it changes (position → factor)."""

    name: str
    probability: Fraction
    factors: Mapping[int, Fraction]
    floor: Fraction | None = None
    """Value of the goal it must reach, in the config's money unit."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """All outcomes of a plan; their probabilities sum to 1."""

    axes: tuple[Axis, ...]
    states: tuple[State, ...]

    def by_option(self, of_project: Callable[[str], bool]) -> bool:
        """Whether some effect asks for more than the project, such as the instrument."""
        return not all(of_project(name) for axis in self.axes for name, _ in axis.where)


def affects(axis: Axis, measure: str, leverage_goal: str) -> bool:
    """Whether an axis changes what a measure counts in the goal."""
    if axis.on == "leverage":
        return measure in MEASURES
    if axis.on == "realisation":
        derived = ("leveraged_investment", "upgrading") if leverage_goal == "additional" else ()
        return measure in ("additional_investment", *derived)
    return axis.on == "revenue" and measure in REVENUE


class _Book:
    """Collects axes, each once."""

    def __init__(self) -> None:
        self.axes: dict[tuple[object, ...], int] = {}
        self.list: list[Axis] = []

    def axis(self, on: str, where: Where, source: str | None, year: int | None, path: str) -> int:
        """Position of an axis."""
        key = (on, repr(sorted(where.items(), key=lambda item: item[0])), source, year)
        if key not in self.axes:
            self.axes[key] = len(self.list)
            self.list.append(Axis(on, tuple(where.items()), source, year, path))
        return self.axes[key]


def read_outcomes(config: Config, projects: pd.DataFrame, table: pd.DataFrame | None) -> Outcomes | None:
    """The outcomes of a config; None where it has none. ``table`` is its file of outcomes.

    Raises:
        InputError: a table whose probabilities do not make one whole; a column that does not exist.
    """
    uncertainty = config.uncertainty
    if uncertainty is None:
        return None
    book = _Book()
    if table is not None:
        states = list(_tabled(table, book))
    elif uncertainty.sample is not None:
        states = list(_sampled(uncertainty.sample, projects, book))
    else:
        states = list(_named(config, book))
    return Outcomes(tuple(book.list), tuple(states))


def _named(config: Config, book: _Book) -> Iterator[State]:
    assert config.uncertainty is not None
    for name, outcome in config.uncertainty.outcomes.items():
        path = f"uncertainty.outcomes.{name}.effects"
        effects = (
            (book.axis(e.on, e.where, e.source, e.year, f"{path}.{number}"), Fraction(e.factor))
            for number, e in enumerate(outcome.effects)
        )
        floor = None if outcome.floor is None else Fraction(outcome.floor)
        yield State(name, Fraction(outcome.probability), _multiplied(effects), floor)
    if rest(config) > 0:
        yield State(BASE, Fraction(rest(config)), {})


def _multiplied(effects: Iterable[tuple[int, Fraction]]) -> dict[int, Fraction]:
    found: dict[int, Fraction] = {}
    for axis, factor in effects:
        found[axis] = found.get(axis, Fraction(1)) * factor
    return found


def _tabled(table: pd.DataFrame, book: _Book) -> Iterator[State]:
    """The outcomes of a table, in the order in which they first stand in it."""
    attributes = [str(name) for name in table.columns if name not in OWN]
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(str(row["outcome"]), []).append({str(key): value for key, value in row.items()})
    for name, lines in rows.items():
        effects = []
        for line in lines:
            if line["on"]:
                where: Where = {key: line[key] for key in attributes if line[key] != ""}
                year = int(line["year"]) if line["year"] > 0 else None
                axis = book.axis(str(line["on"]), where, line["source"] or None, year, "uncertainty.file")
                effects.append((axis, Fraction(repr(float(line["factor"])))))
        yield State(name, Fraction(repr(float(lines[0]["probability"]))), _multiplied(effects))


def _sampled(sample: Sample, projects: pd.DataFrame, book: _Book) -> Iterator[State]:
    """Outcomes drawn at random: of every draw a share is common to the outcome, the rest its own."""
    rng, share = Random(sample.seed), Fraction(sample.common)  # noqa: S311 - drawn again to the same numbers
    axes: list[tuple[int, int, int, int]] = []
    for number, draw in enumerate(sample.draw):
        path = f"uncertainty.sample.draw.{number}"
        for value in _values(projects, draw.each, path):
            where = draw.where if draw.each is None else {**draw.where, draw.each: value}
            axes.append((book.axis(draw.on, where, draw.source, draw.year, path), *_steps(draw, share)))
    digits, ours, theirs = len(str(sample.count)), share.numerator, share.denominator - share.numerator
    for number in range(1, sample.count + 1):
        common, effects = ours * rng.randrange(GRAIN + 1), []
        for axis, low, step, whole in axes:
            drawn = low + step * (common + theirs * rng.randrange(GRAIN + 1))
            effects.append((axis, Fraction((2 * drawn + whole) // (2 * whole), FINE)))
        yield State(f"s{number:0{digits}d}", Fraction(1, sample.count), _multiplied(effects))


def _steps(draw: Draw, share: Fraction) -> tuple[int, int, int]:
    """The least factor and one step of a draw, both in units of a common part of the factors' grain."""
    low = Fraction(draw.low) * FINE
    step = (Fraction(draw.high) - Fraction(draw.low)) * FINE / (share.denominator * GRAIN)
    whole = lcm(low.denominator, step.denominator)
    return int(low * whole), int(step * whole), whole


def _values(projects: pd.DataFrame, each: str | None, path: str) -> Sequence[str]:
    """The values of a column of the project table, in order; a cell may list several."""
    if each is None:
        return [""]
    if each not in projects.columns:
        values = {"got": each, "hint": did_you_mean(each, map(str, projects.columns))}
        raise InputError([Message("options.unknown_attribute", values, "", f"{path}.each")])
    cells = {cell for cell in projects[each].tolist() if not is_nan(cell) and cell != ""}
    texts = [str(cell).split(";") if isinstance(cell, str) else [normal(cell)] for cell in cells]
    return sorted({part.strip() for parts in texts for part in parts if part.strip()})
