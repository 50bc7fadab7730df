"""What a planner can turn to loosen a rule: by how much at least, and how that is written.

Amounts and counts are found by one solve that makes the violation as small as it can be; shares, which multiply
what is chosen, by halving; rules without a number are given up whole. What is found is rounded outward to what can
be typed into the config, and the rest of the rules is tried under it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np
import scipy.sparse as sp

from allocator.case import Case
from allocator.changes import with_money
from allocator.diagnose.members import Elastic, Member
from allocator.highs import Floats, Solver, Watch
from allocator.limits import RATIO, SHARE, Bound

SHARE_STEP = Decimal("0.0001")
"""Shares are told to a hundredth of a percent."""
MOST_STEPS = 8
"""How often a value that the solver's tolerance makes too tight is widened, tenfold each time."""
SMALL, GAP = 3_000, 1e-3
"""Options up to which the smallest violation is proved; beyond, it is the smallest within this gap."""


@dataclass(frozen=True, eq=False)
class Turned:
    """A case with one rule loosened: what it was, what it is now; ``after`` is None where the rule is given up."""

    case: Case
    member: Member
    before: object
    after: object


def loosened(case: Case, member: Member, free: Iterable[str], watch: Watch) -> Turned | None:
    """The case with one rule loosened as little as needed while those in ``free`` do not count.

    The same case where nothing is needed; None where no loosening of this rule alone helps.
    """
    out = frozenset(free)
    if not len(member.rows) and not len(member.columns):
        return Turned(given_up(case, member), member, member.key, None)
    if possible(case, out, watch):
        return Turned(case, member, None, None)
    if not possible(case, out | {member.key}, watch):
        return None
    if member.kind == "budget":
        return _budget(case, member, out, watch)
    if member.kind == "tail":

        def tail(c: Case, value: Decimal) -> Case:
            return with_tail(c, member, value)

        return _by_halves(case, member, out, watch, tail_share(case, member), tail, Decimal(100))
    if member.kind == "rule":
        return None  # nothing is known of how it is written
    if member.kind != "limit":
        return Turned(given_up(case, member), member, member.key, None)
    bound = case.rules.bounds[member.bounds[0]]
    if bound.unit in (SHARE, RATIO):
        return _share(case, member, out, watch, bound)
    return _amount(case, member, out, watch, bound)


def possible(case: Case, free: frozenset[str], watch: Watch) -> bool:
    """Whether a case has a plan when some rules do not count."""
    elastic = Elastic.of(case)
    kept = [m for m in elastic.members if m.key not in free]
    return not elastic.impossible(kept, watch) and not watch.over


def is_lower(member: Member) -> bool:
    """Whether a member is a floor."""
    return member.key.rpartition(".")[2] in ("min", "min_share", "growth")


def written(case: Case, member: Member) -> Decimal:
    """The end of a limit as the planner wrote it."""
    bound = case.rules.bounds[member.bounds[0]]
    end = bound.lower if is_lower(member) else bound.upper
    assert end is not None
    if bound.unit == RATIO:
        return end - 1
    if bound.per:
        return end / bound.per_unit
    money = case.rules.groups[bound.group].money and bound.unit != SHARE
    return end / case.money.fen_per_unit if money else end


def with_end(case: Case, member: Member, value: Decimal) -> Case:
    """The case with another end of a limit, for all its groups."""
    path, lower = member.key.rpartition(".")[0], is_lower(member)
    relative = member.key.endswith(("_share", "growth"))

    def moved(bound: Bound) -> Bound:
        if bound.path != path or (bound.unit in (SHARE, RATIO)) != relative:
            return bound
        if (bound.lower if lower else bound.upper) is None:
            return bound
        if bound.per:
            end = value * bound.per_unit
            return replace(bound, lower=end) if lower else replace(bound, upper=end)
        money = case.rules.groups[bound.group].money and not relative
        inner = 1 + value if bound.unit == RATIO else value * case.money.fen_per_unit if money else value
        return replace(bound, lower=inner) if lower else replace(bound, upper=inner)

    return replace(case, rules=replace(case.rules, bounds=tuple(map(moved, case.rules.bounds))))


def tail_share(case: Case, member: Member) -> Decimal:
    """What a source may pay after the plan, as a share of its last budget."""
    return case.loaded.config.sources[member.source].tail.max_share


def with_tail(case: Case, member: Member, value: Decimal) -> Case:
    """The case with another share of what a source may pay after the plan."""
    config, name = case.loaded.config, member.source
    pot = config.sources[name]
    pot = pot.model_copy(update={"tail": pot.tail.model_copy(update={"max_share": value})})
    config = config.model_copy(update={"sources": {**config.sources, name: pot}})
    return replace(case, loaded=replace(case.loaded, config=config))


def given_up(case: Case, member: Member) -> Case:
    """The case without a lock, a rule between projects, or the strictness of a floor."""
    links = case.links
    if member.kind == "strict":
        name = member.key.removeprefix("limits.").removesuffix(".strict")
        kept = tuple(m for m in case.rules.unreachable if m.values["name"] != name)
        return replace(case, rules=replace(case.rules, unreachable=kept))
    if member.rule is not None:
        kind = member.key.split(":")[0]
        others: dict[str, Any] = {kind: tuple(r for r in getattr(links, kind) if r is not member.rule)}
        return replace(case, links=replace(links, **others))
    names = ("must_fund", "fix") if member.kind == "fix" else (member.kind,)
    fewer: dict[str, Any] = {
        name: {p: v for p, v in getattr(links, name).items() if p != member.project} for name in names
    }
    return replace(case, links=replace(links, **fewer))


def _budget(case: Case, member: Member, out: frozenset[str], watch: Watch) -> Turned | None:
    """The least money that helps, by year."""
    elastic, name = Elastic.of(case), member.source
    c, years = elastic.engine.compiled, case.loaded.config.years
    s = list(case.loaded.config.sources).index(name)
    rows = np.concatenate(
        [c.rows_of(eq).start + np.flatnonzero(c.row_members[eq][0] == s) for eq in ("first_balance", "source_balance")]
    )
    kept = [m for m in elastic.members if m.key not in out]
    lapse = next(m for m in elastic.members if m.key == member.key).columns
    signs = np.asarray(c.matrix.tocsr()[rows][:, lapse].sum(axis=1)).ravel()
    found = _least(elastic, kept, rows, -signs, watch, apart=True)
    if found is None:
        return None
    fen = [math.ceil(v * elastic.numbers.money_scale - 1e-3) for v in found.tolist()]
    for widened in range(MOST_STEPS):
        more = {y: f + (10**widened if f and widened else 0) for y, f in zip(years, fen, strict=True)}
        tried = with_money(case, name, more)
        if possible(tried, out, watch):
            unit = case.money.fen_per_unit
            had = sum((case.loaded.config.budget(name, y) for y in years), Decimal(0))
            return Turned(tried, member, had, had + Decimal(sum(more.values())) / unit)
    return None


def _amount(case: Case, member: Member, out: frozenset[str], watch: Watch, bound: Bound) -> Turned | None:
    """The least change of an amount or a count."""
    elastic = Elastic.of(case)
    mine = next(m for m in elastic.members if m.key == member.key)
    money = case.rules.groups[bound.group].money
    scales = np.array([elastic.numbers.scales[case.rules.bounds[n].group] for n in mine.bounds])
    size = float(scales.max())
    kept = [m for m in elastic.members if m.key not in out]
    found = _least(elastic, kept, mine.rows, -size / scales, watch, apart=False)
    if found is None:
        return None
    unit = case.money.fen_per_unit if money else 1
    before, step = written(case, mine), typed_step(written(case, mine), bound.measure, unit if money else 0)
    sign, away = (-1, ROUND_FLOOR) if is_lower(mine) else (1, ROUND_CEILING)
    change = Decimal(f"{max(0.0, float(found[0]) * size * (1 - 1e-12) - 1e-7):.15g}") / unit
    for widened in range(MOST_STEPS):
        extra = step * (10 ** (widened - 1) if widened else 0)
        after = ((before + sign * (change + extra)) / step).to_integral_value(away) * step
        tried = with_end(case, mine, after)
        if possible(tried, out, watch):
            return Turned(tried, mine, before, after)
    return None


def typed_step(value: Decimal, measure: str, fen_per_unit: int) -> Decimal:
    """The step in which a value is typed: a fen, a whole number, or a ten-thousandth of a small one."""
    if fen_per_unit:
        return Decimal(1) / fen_per_unit
    return Decimal(1) if measure == "count" or abs(value) >= 1000 else Decimal("0.0001")


def _least(
    elastic: Elastic, kept: Sequence[Member], rows: np.ndarray, coefficients: Floats, watch: Watch, *, apart: bool
) -> Floats | None:
    """The least total by which rows must give way: one amount for all of them, or one for each."""
    program = elastic.with_members(kept)
    height, count = program.matrix.shape[0], len(rows) if apart else 1
    column = np.arange(len(rows)) if apart else np.zeros(len(rows), np.int64)
    extra = sp.csc_array((coefficients, (rows, column)), shape=(height, count))
    width = len(program.cost)
    program = replace(
        program,
        matrix=sp.csc_array(sp.hstack([program.matrix, extra])),
        column_lower=np.r_[program.column_lower, np.zeros(count)],
        column_upper=np.r_[program.column_upper, np.full(count, np.inf)],
        integer=np.r_[program.integer, np.zeros(count, bool)],
        cost=np.r_[np.zeros(width), -np.ones(count)],
    )
    gap = 0.0 if len(elastic.numbers.rows) <= SMALL else GAP
    outcome = Solver(program, watch).run(gap=gap)
    return None if outcome.x is None else np.maximum(outcome.x[width:], 0.0)


def _share(case: Case, member: Member, out: frozenset[str], watch: Watch, bound: Bound) -> Turned | None:
    """The least change of a share or of a growth rate; given up where none helps."""
    end = Decimal(-1 if bound.unit == RATIO else 0) if is_lower(member) else Decimal(1)

    def change(c: Case, value: Decimal) -> Case:
        return with_end(c, member, value)

    before, gone = written(case, member), Decimal(-1000 if is_lower(member) else 1000)
    found = _by_halves(case, member, out, watch, before, change, end)
    return found or Turned(with_end(case, member, gone), member, before, None)


def _by_halves(
    case: Case,
    member: Member,
    out: frozenset[str],
    watch: Watch,
    before: Decimal,
    change: Callable[[Case, Decimal], Case],
    end: Decimal,
) -> Turned | None:
    """The value nearest to ``before``, on the way to ``end``, that helps; on the grid of shares."""
    sign = 1 if end > before else -1
    steps = math.ceil(abs(end - before) / SHARE_STEP)

    def value(k: int) -> Decimal:
        raw = before + sign * k * SHARE_STEP
        grid = (raw / SHARE_STEP).to_integral_value(ROUND_CEILING if sign > 0 else ROUND_FLOOR) * SHARE_STEP
        return min(grid, end) if sign > 0 else max(grid, end)

    high = 1
    while high < steps and not possible(change(case, value(high)), out, watch):
        high = min(4 * high, steps)
    if not possible(change(case, value(high)), out, watch):
        return None
    low = high // 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if possible(change(case, value(middle)), out, watch) else (middle, high)
    return Turned(change(case, value(high)), member, before, value(high))
