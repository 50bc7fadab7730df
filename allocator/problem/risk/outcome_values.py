"""Outcomes resolved to options: what the goal is worth in each, and how bad the bad ones are.

The goal is cut into parts, each of the options and terms that the same factors touch. In an outcome the value is
the parts times its factors, what sources pay as the goal counts it, less penalties and shortages: so an outcome is
a short row over a few totals, whatever the number of options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm, prod

import numpy as np

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import as_written
from allocator.options.screening.screen import written
from allocator.problem.goals import Term
from allocator.problem.groups import Group
from allocator.problem.measures import Measures
from allocator.tables.conditions import where_problems
from allocator.tables.opened import Inputs
from allocator.tables.outcomes import Outcomes, affects, read_outcomes

WORST_MEAN, EVERY = "worst_mean", "every"


@dataclass(frozen=True, eq=False)
class Part:
    """What the same factors touch: of each term the options (rows of the option table) and what they add."""

    axes: tuple[int, ...]
    pieces: tuple[tuple[Fraction, Ints, Floats], ...]
    """Weight of a term in fen of goal per unit, option rows, and what each adds to the term."""

    def values(self, size: int) -> Floats:
        """Fen of goal of every option, as floats."""
        found = np.zeros(size)
        for weight, rows, amounts in self.pieces:
            found[rows] += amounts * float(weight)
        return found

    def total(self, chosen: Flags) -> Fraction:
        """Fen of goal of the chosen options, exactly."""
        whole = Fraction(0)
        for weight, rows, amounts in self.pieces:
            inside = amounts[chosen[rows]]
            if np.all(inside == np.rint(inside)):
                whole += weight * int(inside.sum())
            else:
                whole += weight * sum((as_written(a) for a in inside.tolist()), Fraction(0))
        return whole


@dataclass(frozen=True, eq=False)
class Risk:
    """The outcomes of a case, resolved to its options and payments."""

    outcomes: Outcomes
    alpha: Fraction
    weight: Fraction
    parts: tuple[Part, ...]
    floors: tuple[Fraction | None, ...]
    """Fen of goal that must be reached in each outcome."""
    worst_floor: Fraction | None
    """Fen of goal that the mean of the worst outcomes must reach."""
    options: int
    """Number of option rows."""
    cell: Ints
    """Which cost factors touch a part of an option: parts of the same number share all of them."""
    cell_axes: tuple[tuple[int, ...], ...]
    cost_lines: tuple[Ints, ...]
    """Per cost axis the payment rows it touches."""
    price: Fraction | None
    """Fen of goal per fen missing; None where every outcome must be payable."""
    replayed: tuple[tuple[int, str], ...]
    """Outcome and source where budgets or costs differ from the plan's."""
    notices: tuple[Message, ...]

    @cached_property
    def scaled(self) -> tuple[np.ndarray, int]:
        """Factor of every outcome on every part as whole numbers over one denominator: exact, and quick in bulk."""
        states = self.outcomes.states
        shape = (len(states), len(self.parts))
        over = [
            lcm(1, *(s.factors[a].denominator for s in states if a in s.factors))
            for a in range(len(self.outcomes.axes))
        ]
        told = np.array([[int(s.factors.get(a, 1) * d) for a, d in enumerate(over)] for s in states], dtype=object)
        told = told.reshape(shape[0], len(over))
        own = [prod(over[a] for a in part.axes) for part in self.parts]
        bottom, found = lcm(1, *own), np.empty(shape, dtype=object)
        for u, part in enumerate(self.parts):
            found[:, u] = told[:, list(part.axes)].prod(axis=1) * (bottom // own[u])
        return found, bottom

    @property
    def factors(self) -> Floats:
        """Factor of every outcome on every part, as floats."""
        found, bottom = self.scaled
        return (found / bottom).astype(float)

    @cached_property
    def mean(self) -> list[Fraction]:
        """Expected factor on every part."""
        chances = [state.probability for state in self.outcomes.states]
        whole, (factors, bottom) = lcm(1, *(c.denominator for c in chances)), self.scaled
        weights = np.array([int(c * whole) for c in chances], dtype=object)
        return [Fraction(int(total), whole * bottom) for total in weights @ factors]

    def expected_values(self, rows: Ints) -> Floats:
        """What options are expected to add to the goal by their own measures, in fen."""
        size = self.options
        found = np.zeros(size)
        for part, mean in zip(self.parts, self.mean, strict=True):
            found += part.values(size) * float(mean)
        return found[rows]

    def factor(self, outcome: int, axes: Sequence[int]) -> Fraction:
        """Product of an outcome's factors on some axes."""
        found, factors = Fraction(1), self.outcomes.states[outcome].factors
        for axis in axes:
            if axis in factors:
                found *= factors[axis]
        return found

    def cost(self, outcome: int, cell: int, year: int) -> Fraction:
        """What a planned payment of a cell costs in an outcome and year."""
        axes = self.outcomes.axes
        return self.factor(outcome, [a for a in self.cell_axes[cell] if axes[a].year in (None, year)])

    def budget(self, outcome: int, source: str, year: int) -> Fraction:
        """Factor on a budget in an outcome."""
        told = [
            number
            for number, axis in enumerate(self.outcomes.axes)
            if axis.on == "budget" and axis.source in (None, source) and axis.year in (None, year)
        ]
        return self.factor(outcome, told)

    def values(self, chosen: Flags, sure: Fraction, losses: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The goal in every outcome, in fen: ``sure`` is what no outcome changes, ``losses`` what shortages cost."""
        totals = [part.total(chosen) for part in self.parts]
        whole = lcm(1, *(t.denominator for t in totals))
        numbers, (factors, bottom) = np.array([int(t * whole) for t in totals], dtype=object), self.scaled
        some = numbers != 0
        sums = (factors[:, some] @ numbers[some]).tolist() if some.any() else [0] * len(losses)
        return tuple(Fraction(s, whole * bottom) + sure - loss for s, loss in zip(sums, losses, strict=True))

    def expected(self, values: Sequence[Fraction]) -> Fraction:
        """Mean over all outcomes."""
        states = self.outcomes.states
        return sum((s.probability * v for s, v in zip(states, values, strict=True)), Fraction(0))

    def shares(self, values: Sequence[Fraction]) -> list[Fraction]:
        """How much of each outcome's probability is among the worst 1 − alpha; they sum to 1 − alpha."""
        found, left = [Fraction(0)] * len(values), 1 - self.alpha
        for w in sorted(range(len(values)), key=lambda w: (values[w], w)):
            found[w] = min(left, self.outcomes.states[w].probability)
            left -= found[w]
        return found

    def worst(self, values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
        """Mean of the worst 1 − alpha of probability, and the value where it begins (value at risk)."""
        shares = self.shares(values)
        mean = sum((s * v for s, v in zip(shares, values, strict=True) if s), Fraction(0)) / (1 - self.alpha)
        return mean, max(v for s, v in zip(shares, values, strict=True) if s)


def resolve(loaded: Loaded, inputs: Inputs, measures: Measures, terms: Sequence[Term]) -> Risk | None:
    """The outcomes of a config on its options; None where it has none.

    Raises:
        InputError: attributes or values that do not exist, all at once.
    """
    config = loaded.config
    outcomes = _outcomes(loaded, inputs)
    if outcomes is None:
        return None
    _refuse_unknown(loaded, measures, outcomes)
    masks = [measures.where(axis.conditions) for axis in outcomes.axes]
    fen = config.unit.fen_per_unit
    states, floor = outcomes.states, config.risk.floor
    every = Fraction(floor) if floor is not None and config.risk.floor_on == EVERY else None
    asked = [max((f for f in (s.floor, every) if f is not None), default=None) for s in states]
    parts = measures.by_part
    paid = [parts.where(axis.conditions) for axis in outcomes.axes] if parts is not measures else masks
    cell, cell_axes = _cells(outcomes, paid, len(parts.project))
    owner = parts.options.payments["option"].to_numpy(np.int64)
    price = config.uncertainty.shortage_price if config.uncertainty is not None else None
    costs = [number for number, axis in enumerate(outcomes.axes) if axis.on == "cost"]
    return Risk(
        outcomes=outcomes,
        alpha=Fraction(config.risk.alpha),
        weight=Fraction(config.risk.weight),
        parts=_parts(outcomes, masks, terms, config.leverage.goal),
        floors=tuple(None if f is None else f * fen for f in asked),
        worst_floor=Fraction(floor) * fen if floor is not None and config.risk.floor_on == WORST_MEAN else None,
        options=len(measures.project),
        cell=cell,
        cell_axes=cell_axes,
        cost_lines=tuple(np.flatnonzero(paid[a][owner]) for a in costs),
        price=None if price is None else Fraction(price),
        replayed=replayed_in(outcomes, tuple(config.sources)),
        notices=_idle(loaded, outcomes, masks, terms),
    )


def _refuse_unknown(loaded: Loaded, measures: Measures, outcomes: Outcomes) -> None:
    known, problems = {"instrument": list(loaded.config.instruments)}, []
    for axis in outcomes.axes:
        path = f"{axis.path}.where" if axis.path != "uncertainty.file" else axis.path
        problems += where_problems(axis.conditions, measures.written, measures.names, path, loaded.place, known)
    if problems:
        raise InputError(problems)


def _parts(outcomes: Outcomes, masks: Sequence[Flags], terms: Sequence[Term], leverage_goal: str) -> tuple[Part, ...]:
    """The goal cut by which axes touch what; what none touches comes first."""
    found: dict[tuple[int, ...], list[tuple[Fraction, Ints, Floats]]] = {(): []}
    for term in terms:
        axes = [a for a, axis in enumerate(outcomes.axes) if affects(axis, term.group.measure, leverage_goal)]
        code, told = _codes([masks[a][term.group.rows] for a in axes], len(term.group.rows))
        for number, which in enumerate(told):
            inside = code == number
            piece = (Fraction(term.weight), term.group.rows[inside], term.group.amounts[inside])
            found.setdefault(tuple(axes[i] for i in which), []).append(piece)
    return tuple(Part(axes, tuple(pieces)) for axes, pieces in found.items() if pieces)


def _codes(masks: Sequence[Flags], size: int) -> tuple[Ints, list[tuple[int, ...]]]:
    """A number for every row, the same for rows that are in the same masks; and which masks those are."""
    code = np.zeros(size, np.int64)
    for mask in masks:
        _, code = np.unique(code * 2 + mask, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    return code, [tuple(i for i, mask in enumerate(masks) if mask[row]) for row in first]


def _cells(outcomes: Outcomes, masks: Sequence[Flags], size: int) -> tuple[Ints, tuple[tuple[int, ...], ...]]:
    costs = [a for a, axis in enumerate(outcomes.axes) if axis.on == "cost"]
    code, told = _codes([masks[a] for a in costs], size)
    return code, tuple(tuple(costs[i] for i in which) for which in told) or ((),)


def replayed_in(outcomes: Outcomes, sources: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Where budgets or costs differ from the plan's."""
    found = []
    for w, state in enumerate(outcomes.states):
        changed = [outcomes.axes[a] for a, factor in state.factors.items() if factor != 1]
        found += [
            (w, source)
            for source in sources
            if any(a.on == "cost" or (a.on == "budget" and a.source in (None, source)) for a in changed)
        ]
    return tuple(found)


def _outcomes(loaded: Loaded, inputs: Inputs) -> Outcomes | None:
    """The outcomes; what is wrong with them is told with its place."""
    try:
        return read_outcomes(loaded.config, inputs.projects, inputs.extra.get("outcomes"))
    except InputError as error:
        raise InputError([replace(m, where=m.where or loaded.place(m.path)) for m in error.messages]) from None


def _idle(loaded: Loaded, outcomes: Outcomes, masks: Sequence[Flags], terms: Sequence[Term]) -> tuple[Message, ...]:
    """Effects that touch nothing in the goal."""
    goal, notices = loaded.config.leverage.goal, {}
    for axis, mask in zip(outcomes.axes, masks, strict=True):
        touched = any(affects(axis, t.group.measure, goal) and mask[t.group.rows].any() for t in terms)
        if axis.on not in ("cost", "budget") and not touched:
            where = ", ".join(f"{key}: {written(value)}" for key, value in axis.where) or "–"
            values = {"on": axis.on, "where": where}
            notices[axis.on, where] = Message("risk.idle_effect", values, loaded.place(axis.path), axis.path)
    return tuple(notices.values())


@dataclass(frozen=True, eq=False)
class Turnout:
    """A plan in every outcome, exactly; amounts in fen."""

    values: tuple[Fraction, ...]
    shortages: tuple[Fraction, ...]
    """Money missing in each outcome, over all sources and years."""
    missing: Mapping[tuple[int, int], Fraction]
    """Replay and year (positions) → money missing."""
    expected: Fraction
    worst_mean: Fraction
    value_at_risk: Fraction
    broken: tuple[tuple[str, int, Fraction], ...]
    """Rows of the model that do not hold: equation, number within it, by how much (0: by a hair)."""

    @property
    def valid(self) -> bool:
        """Whether every floor is reached, and every outcome payable."""
        return not self.broken


def cost_groups(risk: Risk | None) -> list[Group]:
    """One group per cost effect, so that payments it touches are told from others."""
    return [] if risk is None else [Group("payment", True, lines[:0], np.zeros(0), lines) for lines in risk.cost_lines]
