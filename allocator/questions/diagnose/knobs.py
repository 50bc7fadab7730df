"""What a planner can turn to loosen a rule: by how much at least, and how that is written.

Amounts and counts are found by one solve that makes the violation as small as it can be; shares, which multiply
what is chosen, by a few (`ratios`); rules without a number are given up whole. What is found is rounded outward to what can
be typed into the config, and the rest of the rules is tried under it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np

from allocator.messages.watch import Watch
from allocator.optimise.conflicts.addresses import PARKS, TIERS, TIMES, has_number
from allocator.optimise.conflicts.least import least
from allocator.optimise.conflicts.members import Elastic, Member
from allocator.optimise.conflicts.outcomes import is_floor, with_floor, without_money
from allocator.optimise.conflicts.outcomes import written as floor_written
from allocator.optimise.conflicts.ratios import as_planned, nearest_ratio, outward, widen
from allocator.problem.case import Case
from allocator.problem.edits import with_money
from allocator.problem.limits import RATIO, SHARE, Bound
from allocator.problem.parks import existing

MOST_TIMES = Decimal(1000)
"""Caps that columns give are raised to so many times the columns at most, before they are given up."""
SHARE_STEP = Decimal("0.0001")
"""Shares are told to a hundredth of a percent."""
CAPACITY_STEP = Decimal("0.01")
"""Capacities of parks are told to a hundredth of their unit."""
MOST_STEPS = 8
"""How often a value that the solver's tolerance makes too tight is widened, tenfold each time."""


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
    if member.kind == "budget":
        return _budget(case, member, out, watch)
    if member.kind == "tail":

        def tail(c: Case, value: Decimal) -> Case:
            return with_tail(c, member, value)

        return _by_halves(case, member, out, watch, tail_share(case, member), tail, Decimal(100))
    if member.kind == "park":
        return _capacity(case, member, out, watch)
    if member.kind == "outcome":
        return _outcome(case, member, out, watch)
    if member.kind == "rule":
        return None  # nothing is known of how it is written
    if member.kind != "limit":
        return Turned(given_up(case, member), member, member.key, None)
    bound = case.rules.bounds[member.bounds[0]]
    if not has_number(member.key):
        return Turned(without_bounds(case, member), member, "", None)
    if member.key.startswith(TIERS) or member.key.endswith(TIMES):
        return _times(case, member, out, watch)
    if bound.unit in (SHARE, RATIO) or bound.per:
        return _share(case, member, out, watch, bound)
    return _amount(case, member, out, watch, bound)


def possible(case: Case, free: frozenset[str], watch: Watch) -> bool:
    """Whether a case has a plan when some rules do not count."""
    elastic = Elastic.of(case)
    kept = [m for m in elastic.members if m.key not in free]
    return elastic.verdict(kept, watch) is True


def written(case: Case, member: Member) -> Decimal:
    """The end of a limit as the planner wrote it."""
    bound, config = case.rules.bounds[member.bounds[0]], case.loaded.config
    if member.key.startswith(TIERS) and config.debt is not None:
        return config.debt.tiers[member.key.removeprefix(TIERS)]
    if member.key.endswith(TIMES):
        limit = next(one for one in config.limits if member.key.startswith(f"limits.{one.name}."))
        return limit.min_times if member.lower_end else limit.max_times
    end = bound.lower if member.lower_end else bound.upper
    assert end is not None
    if bound.unit == RATIO or bound.per:
        return as_planned(bound, end)
    money = case.rules.groups[bound.group].money and bound.unit != SHARE
    return end / case.money.fen_per_unit if money else end


def with_end(case: Case, member: Member, value: Decimal) -> Case:
    """The case with another end of a limit, for all its groups."""
    numbers, before = set(member.bounds), written(case, member)
    bounds = list(case.rules.bounds)
    for n in numbers:
        bound = bounds[n]
        money = case.rules.groups[bound.group].money and not bound.relative
        if member.key.startswith(TIERS) or member.key.endswith(TIMES):
            old = bound.lower if member.lower_end else bound.upper
            assert old is not None
            end = old * value / before
        elif bound.per:
            end = value * bound.per_unit
        else:
            end = 1 + value if bound.unit == RATIO else value * case.money.fen_per_unit if money else value
        bounds[n] = replace(bound, lower=end) if member.lower_end else replace(bound, upper=end)
    return replace(case, rules=replace(case.rules, bounds=tuple(bounds)))


def without_bounds(case: Case, member: Member) -> Case:
    """The case without the bounds of a rule that has no number of its own."""
    mine = set(member.bounds)
    gone: dict[str, Any] = {"lower" if member.lower_end else "upper": None}
    bounds = (replace(b, **gone) if n in mine else b for n, b in enumerate(case.rules.bounds))
    return replace(case, rules=replace(case.rules, bounds=tuple(bounds)))


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
    x = least(elastic, kept, rows, -signs, watch, slack=np.arange(len(rows)))
    if x is None:
        return None
    found = np.maximum(x[-len(rows) :], 0.0)
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
    x = least(elastic, kept, mine.rows, -size / scales, watch)
    if x is None:
        return None
    unit = case.money.fen_per_unit if money else 1
    before, step = written(case, mine), typed_step(written(case, mine), bound.measure, unit if money else 0)
    sign, away = (-1, ROUND_FLOOR) if mine.lower_end else (1, ROUND_CEILING)
    change = Decimal(f"{max(0.0, float(x[-1]) * size * (1 - 1e-12) - 1e-7):.15g}") / unit
    for widened in range(MOST_STEPS):
        extra = step * (10 ** (widened - 1) if widened else 0)
        after = ((before + sign * (change + extra)) / step).to_integral_value(away) * step
        tried = with_end(case, mine, after)
        if possible(tried, out, watch):
            return Turned(tried, mine, before, after)
    return None


def _capacity(case: Case, member: Member, out: frozenset[str], watch: Watch) -> Turned | None:
    """The least capacity that helps, park by park; one number for all parks where the planner wrote one."""
    elastic, config = Elastic.of(case), case.loaded.config
    assert config.parks is not None
    resource = member.key.removeprefix(PARKS).removesuffix(".existing")
    had = config.parks.resources[resource].existing
    mine = next(m for m in elastic.members if m.key == member.key)
    bounds = [case.rules.bounds[n] for n in mine.bounds]
    names = [b.label.rpartition(" / ")[0] for b in bounds] if isinstance(had, dict) else [""] * len(bounds)
    parks = list(dict.fromkeys(names))
    scales = np.array([elastic.numbers.scales[b.group] for b in bounds])
    size = float(scales.max())
    kept = [m for m in elastic.members if m.key not in out]
    slack = np.array([parks.index(name) for name in names])
    x = least(elastic, kept, mine.rows, -size / scales, watch, slack=slack)
    if x is None:
        return None
    more = {
        park: outward(Decimal(f"{size * v * (1 - 1e-12) - 1e-7:.15g}"), CAPACITY_STEP, lower=False)
        for park, v in zip(parks, x[-len(parks) :].tolist(), strict=True)
        if size * v > 1e-6
    }
    raised = list(case.rules.bounds)
    for n, name in zip(mine.bounds, names, strict=True):
        raised[n] = replace(raised[n], upper=(raised[n].upper or Decimal(0)) + more.get(name, Decimal(0)))
    tried = replace(case, rules=replace(case.rules, bounds=tuple(raised)))
    if not possible(tried, out, watch):
        return None
    if not isinstance(had, dict):
        return Turned(tried, mine, had, had + more.get("", Decimal(0)))
    before = {park: existing(had, park) for park in more}
    return Turned(tried, mine, before, {park: before[park] + extra for park, extra in more.items()})


def _outcome(case: Case, member: Member, out: frozenset[str], watch: Watch) -> Turned | None:
    """The least change of a floor in an outcome; money that must do there is not looked at."""
    if not is_floor(member.key):
        return Turned(without_money(case, member.key), member, member.key, None)
    elastic, unit = Elastic.of(case), case.money.fen_per_unit
    mine = next(m for m in elastic.members if m.key == member.key)
    kept = [m for m in elastic.members if m.key not in out]
    x = least(elastic, kept, mine.rows, -np.ones(len(mine.rows)), watch)
    before = floor_written(case, member.key)
    if x is not None:
        need = Decimal(f"{float(x[-1]) * elastic.numbers.goal_scale:.15g}") / unit
        for widened_by in (0, 1, 100, 10_000):
            after = outward(before - need, Decimal(1) / unit, lower=True) - Decimal(widened_by) / unit
            tried = with_floor(case, member.key, after)
            if possible(tried, out, watch):
                return Turned(tried, mine, before, after)
    return Turned(with_floor(case, member.key, None), mine, before, None)


def typed_step(value: Decimal, measure: str, fen_per_unit: int) -> Decimal:
    """The step in which a value is typed: a fen, a whole number, or a ten-thousandth of a small one."""
    if fen_per_unit:
        return Decimal(1) / fen_per_unit
    return Decimal(1) if measure == "count" or abs(value) >= 1000 else Decimal("0.0001")


def _share(case: Case, member: Member, out: frozenset[str], watch: Watch, bound: Bound) -> Turned:
    """The least change of a share, a growth rate or a ratio; given up where none helps."""
    lower, before = member.lower_end, written(case, member)

    def change(c: Case, value: Decimal) -> Case:
        return with_end(c, member, value)

    gone = Turned(change(case, Decimal(-(10**9) if lower else 10**9)), member, before, None)
    found = nearest_ratio(case, member, out, watch, before, change)
    if found is None:
        return gone
    step = typed_step(before, bound.measure, 0) if bound.per else SHARE_STEP
    start = outward(found + (1 if lower else -1) * Decimal("1e-9") * abs(found), step, lower=lower)
    after = widen(start, step, lambda value: possible(change(case, value), out, watch), lower=lower)
    if after is None or (bound.unit == SHARE and not 0 <= after <= 1):
        return gone
    return Turned(change(case, after), member, before, after)


def _times(case: Case, member: Member, out: frozenset[str], watch: Watch) -> Turned:
    """The nearest multiple of what columns tell; given up where none helps."""

    def change(c: Case, value: Decimal) -> Case:
        return with_end(c, member, value)

    most = Decimal(1) if member.key.startswith(TIERS) else MOST_TIMES
    end, before = Decimal(0) if member.lower_end else most, written(case, member)
    found = _by_halves(case, member, out, watch, before, change, end)
    return found or Turned(without_bounds(case, member), member, before, None)


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
