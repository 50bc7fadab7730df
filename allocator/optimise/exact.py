"""A plan looked at in whole fen: who pays what exactly, which rule it breaks, and what it is worth.

The solver works in floats within a tolerance; what is published is decided here. Draws of payments that
several sources may pay are rounded to whole fen so that every payment is met exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.config.keys.plan import Config
from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import sum_as_written
from allocator.optimise.instance import Instance
from allocator.problem.accounts import balances, tail_cap
from allocator.problem.case import Case
from allocator.problem.goals import Term
from allocator.problem.groups import Group
from allocator.problem.risk.outcome_values import Turnout
from allocator.problem.risk.turnout import replay, spent_by_cell


@dataclass(frozen=True, eq=False)
class ExactPlan:
    """A plan in whole fen. ``draws[s, k, t]`` pays class k; ``short[s, t]`` is what a source lacks (0 when valid)."""

    options: Ints
    draws: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    short: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    totals: tuple[Fraction, ...]
    broken: dict[int, Fraction]
    """Violation of every hard bound that is broken, by its number, in the bound's group units."""
    terms: tuple[Fraction, ...]
    violations: dict[int, Fraction]
    """Violation of every soft bound that is missed."""
    turnout: Turnout | None = None
    """The plan in every outcome."""
    falls: tuple[Fraction, ...] = ()
    """What each fall under a budget of uncertainty would cost, in fen."""

    @property
    def valid(self) -> bool:
        """Whether every rule holds exactly."""
        return not self.broken and not self.short.any() and (self.turnout is None or self.turnout.valid)


def examine(case: Case, instance: Instance, chosen: Ints, draw: Floats) -> ExactPlan:
    """Settle who pays for the chosen model options, guided by the solver's ``draw`` (fen), and check every rule."""
    rows = instance.rows[chosen]
    mask = np.zeros(len(case.usable), bool)
    mask[rows] = True
    payments = case.options.payments
    line = instance.lines[mask[payments["option"].to_numpy(np.int64)[instance.lines]]]
    klass = instance.line_class[np.searchsorted(instance.lines, line)]
    year = np.searchsorted(np.array(instance.years), payments["year"].to_numpy(np.int64)[line])
    demand = np.zeros((len(instance.class_payers), len(instance.years)), np.int64)
    np.add.at(demand, (klass, year), payments["amount"].to_numpy(float)[line].astype(np.int64))
    draws, short = settle(case.loaded.config, case.money.fen_per_unit, instance, demand, draw)
    class_of = {int(row): int(k) for row, k in zip(line, klass, strict=True)} if _any_drawn(case) else {}
    totals = tuple(_total(g, mask, draws, instance, case, class_of) for g in case.rules.groups)
    broken: dict[int, Fraction] = {}
    violations: dict[int, Fraction] = {}
    for number, bound in enumerate(case.rules.bounds):
        miss = bound.violation(totals)
        if miss:
            (broken if bound.price is None else violations)[number] = miss
    terms = tuple(_total(t.group, mask, draws, instance, case, class_of) for t in case.terms)
    plan = ExactPlan(rows, draws, short, totals, broken, terms, violations)
    return replace(plan, turnout=turnout_of(case, instance, plan, mask), falls=_falls(case, mask))


def turnout_of(
    case: Case, instance: Instance, plan: ExactPlan, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Turnout | None:
    """The plan in every outcome."""
    if case.risk is None:
        return None
    config = case.loaded.config
    drawn = zip(case.terms, plan.terms, strict=True)
    sure = sum(
        (Fraction(t.weight) * (v - _by_rows(t.group, mask)) for t, v in drawn if _counts_more_than_options(t.group)),
        Fraction(0),
    )
    spent = spent_by_cell(config, instance.years, plan.draws, instance.class_cell)
    return replay(case.risk, config, case.money.fen_per_unit, mask, sure - _losses(case, plan), spent)


def _counts_more_than_options(group: Group) -> bool:
    """Whether more than options by themselves counts: who pays, nodes closed, bundles joined."""
    return bool(len(group.lines) or len(group.nodes) or len(group.bundles))


def _falls(case: Case, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Fraction, ...]:
    return () if case.robust is None else tuple(case.robust.losses(mask))


def _losses(case: Case, plan: ExactPlan) -> Fraction:
    """Price of every soft bound that is missed, in fen of goal."""
    return sum((price_in_fen(case, n) * miss for n, miss in plan.violations.items()), Fraction(0))


def objective(case: Case, plan: ExactPlan, stage: int | None = None) -> Fraction:
    """The goal in fen: as planned, or with outcomes what is expected and what the worst of them weigh."""
    if case.risk is not None and plan.turnout is not None:
        spread = plan.turnout.expected - plan.turnout.worst_mean
        return plan.turnout.expected - case.risk.weight * spread
    fallen = Fraction(0) if case.robust is None else case.robust.worst(plan.falls)[0]
    return planned(case, plan, stage) - fallen


def planned(case: Case, plan: ExactPlan, stage: int | None = None) -> Fraction:
    """The goal in fen as planned: weighted terms (or the term of one stage) less the price of every violation.

    Where spending is minimised it is spending and these prices as a loss, so more is better here in any case.
    """
    terms = [(term, value) for term, value in zip(case.terms, plan.terms, strict=True) if term.aim]
    if case.loaded.config.goals.mode == "lexicographic":
        terms = [terms[-1 if stage is None else stage]]
    return sum((Fraction(t.weight) * value for t, value in terms), Fraction(0)) - _losses(case, plan)


def price_in_fen(case: Case, number: int) -> Fraction:
    """Fen of goal lost per unit by which a soft bound is missed."""
    bound = case.rules.bounds[number]
    money = case.rules.groups[bound.group].money
    return Fraction(bound.price or Decimal(0)) * (1 if money else case.money.fen_per_unit)


def _any_drawn(case: Case) -> bool:
    groups = [*case.rules.groups, *(t.group for t in case.terms)]
    return any(len(g.lines) for g in groups)


def _total(
    group: Group,
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]],
    draws: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    instance: Instance,
    case: Case,
    class_of: dict[int, int],
) -> Fraction:
    """Exact sum of a group over a plan."""
    total = _by_rows(group, mask)
    if len(group.nodes) or len(group.bundles):
        total += _together(group, case, case.funded(np.flatnonzero(mask)))
    if len(group.lines):
        sources = [s for s, name in enumerate(case.loaded.config.sources) if name in group.sources]
        years = case.options.payments["year"].to_numpy(np.int64)
        pairs = {(class_of[r], instance.years.index(int(years[r]))) for r in group.lines.tolist() if r in class_of}
        total += sum(int(draws[s, k, t]) for k, t in pairs for s in sources)
    return total


def _together(group: Group, case: Case, funded: Flags) -> Fraction:
    """Chain nodes closed, and what joined bundles bring, when these projects are funded."""
    clusters = case.measures.clusters
    total = Fraction(int(clusters.closed(funded)[group.nodes].sum())) if len(group.nodes) else Fraction(0)
    if len(group.bundles):
        total += sum((Fraction(bonus) for bonus in group.bundles[clusters.joined(funded)].tolist()), Fraction(0))
    return total


def _by_rows(group: Group, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Fraction:
    """Exact sum of what the options of a group add by themselves."""
    amounts = group.amounts[mask[group.rows]]
    if group.money and bool(np.all(amounts == np.rint(amounts))):
        return Fraction(int(amounts.sum()))  # whole fen below 2^53 add up exactly
    return sum_as_written(amounts)


def settle(
    config: Config, fen: int, instance: Instance, demand: np.ndarray, draw: Floats
) -> tuple[np.ndarray, np.ndarray]:
    """Whole-fen draws that meet every class's payments, near ``draw``; and what each source lacks in each year."""
    sources = list(config.sources)
    draws = np.zeros((len(sources), *demand.shape), np.int64)
    payers = [[sources.index(s) for s in names] for names in instance.class_payers]
    for k, who in enumerate(payers):
        for t in np.flatnonzero(demand[k]).tolist():
            left = int(demand[k, t])
            for s in who[:-1]:
                draws[s, k, t] = min(left, max(0, round(float(draw[s, k, t]))))
                left -= int(draws[s, k, t])
            draws[who[-1], k, t] = left
    return draws, _mend(_Pots(config, fen, instance.years), payers, draws)


@dataclass(frozen=True)
class _Pots:
    """What the sources have."""

    config: Config
    fen: int
    years: Sequence[int]

    def short(self, draws: np.ndarray) -> np.ndarray:
        """What each source lacks in each year for its draws."""
        return _short(self.config, self.fen, draws, self.years)


def _mend(pots: _Pots, payers: list[list[int]], draws: np.ndarray) -> np.ndarray:
    """Let others pay where a source lacks money, as long as that leaves less missing; what is missing then."""
    short = pots.short(draws)
    better = any(len(who) > 1 for who in payers)
    while better and short.any():
        better = False
        for s, t in np.argwhere(short > 0).tolist():
            for year in range(t, -1, -1) if t < len(pots.config.years) else (t,):
                after = _relieve(pots, payers, draws, (s, year), short, int(short[s, t]))
                if after is not None:
                    short, better = after, True
                    break
    return short


def _relieve(
    pots: _Pots, payers: list[list[int]], draws: np.ndarray, place: tuple[int, int], short: np.ndarray, amount: int
) -> np.ndarray | None:
    """Hand up to ``amount`` of what a source pays in a year on to another, perhaps by way of further ones.

    Returns what is missing afterwards; None (and unchanged draws) when no such move leaves less missing.
    """
    start, t = place
    came: dict[int, tuple[int, int]] = {}
    reached = [start]
    for s in reached:
        for k, who in enumerate(payers):
            if s not in who or draws[s, k, t] <= 0:
                continue
            for other in who:
                if other != start and other not in came:
                    came[other] = (s, k)
                    reached.append(other)
    for end in reached[1:]:
        path = _path(came, start, end)
        step = min(amount, *(int(draws[giver, k, t]) for giver, _, k in path))
        while step > 0:
            _hand_on(draws, path, t, step)
            after = pots.short(draws)
            if after.sum() < short.sum():
                return after
            _hand_on(draws, path, t, -step)
            step //= 2
    return None


def _path(came: dict[int, tuple[int, int]], start: int, end: int) -> list[tuple[int, int, int]]:
    """Giver, taker and class of every hand-over from ``start`` to ``end``."""
    path = []
    while end != start:
        giver, k = came[end]
        path.append((giver, end, k))
        end = giver
    return path


def _hand_on(draws: np.ndarray, path: list[tuple[int, int, int]], t: int, step: int) -> None:
    for giver, taker, k in path:
        draws[giver, k, t] -= step
        draws[taker, k, t] += step


def _short(config: Config, fen: int, draws: np.ndarray, years: Sequence[int]) -> np.ndarray:
    """What each source lacks in each year for its draws."""
    paid: np.ndarray = draws.sum(axis=1)
    short = np.zeros_like(paid)
    for s, name in enumerate(config.sources):
        for t, balance in enumerate(balances(config, fen, name, paid[s].tolist())):
            short[s, t] = max(0, -balance.lapsed)
        cap = tail_cap(config, fen, name)
        for t in range(len(config.years), len(years)):
            short[s, t] = max(0, int(paid[s, t]) - cap)
    return short


def worth(term: Term, value: Fraction) -> Fraction:
    """What a term adds to the goal, in fen."""
    return Fraction(term.weight) * value
