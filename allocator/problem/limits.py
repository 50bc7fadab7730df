"""The planner's limits and targets as bounds on measured groups of options.

A limit with `each` becomes one bound per value that at least one eligible option has; a floor for a value
whose candidates its `where` does not mean, or screening keeps out, is skipped with a notice (`strict: true`: a conflict). A share keeps the
limit's measure, source and year, and drops its `where` and `each` (design.md §6).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.config.keys.parts import Condition, Where
from allocator.config.keys.plan import Limit, Target
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Flags, Ints
from allocator.options.screening.near_miss import nearest as nearest_rules
from allocator.options.screening.stacking import ONE_PER_ENTITY, stacking_limits
from allocator.problem import parks
from allocator.problem.chain_nodes import CLOSED_NODES
from allocator.problem.clusters import node_problems
from allocator.problem.coefficients import coefficient_notices, coefficient_problems
from allocator.problem.debt.room import unused_room
from allocator.problem.debt.service import service_caps
from allocator.problem.groups import Aggregator, Group, Query
from allocator.problem.measures import PAID_BY_SOURCE, Measures
from allocator.tables.conditions import Group as Members
from allocator.tables.conditions import each_problems, groups, holds, matches, normal, unknown, where_problems

SHARE = "share"
RATIO = "ratio"
MONEY = "money"
MIN, MAX = "min", "max"
_YEAR = "year"


@dataclass(frozen=True)
class Bound:
    """Bounds on one measured group: absolute, or relative to another group (``of``) or to a fixed amount.

    ``lower`` and ``upper`` are in whole fen or plain numbers, or shares where the bound is relative.
    ``path`` is where the planner wrote the rule, ``price`` what a unit of violation costs (None: hard).
    """

    name: str
    label: str
    measure: str
    unit: str
    group: int
    lower: Decimal | None
    upper: Decimal | None
    of: int | None = None
    of_amount: Decimal | None = None
    per: str = ""
    """The measure of the group ``of`` where the bound is on a ratio of two measures."""
    per_unit: Decimal = Decimal(1)
    """What one unit of the ratio as written is in the groups' own units."""
    price: Decimal | None = None
    path: str = ""

    @property
    def relative(self) -> bool:
        """Whether the bounds are shares of something."""
        return self.of is not None or self.of_amount is not None

    def base(self, totals: Sequence[Fraction]) -> Fraction:
        """What the bounds are shares of, 1 for absolute ones; ``totals`` are the sums of all groups."""
        return totals[self.of] if self.of is not None else Fraction(1 if self.of_amount is None else self.of_amount)

    def ends(self, totals: Sequence[Fraction]) -> tuple[Fraction | None, Fraction | None]:
        """Lower and upper bound in the group's units."""
        base = self.base(totals)
        lower, upper = (None if end is None else Fraction(end) * base for end in (self.lower, self.upper))
        return lower, upper

    def slack(self, totals: Sequence[Fraction]) -> Fraction | None:
        """Distance to the nearer bound in the group's units, negative where it is missed; None without bounds."""
        return nearer(totals[self.group], *self.ends(totals))

    def violation(self, totals: Sequence[Fraction]) -> Fraction:
        """By how much the bounds are missed, in the group's units; 0 when they hold."""
        lower, upper = self.ends(totals)
        missing = Fraction(0) if lower is None else max(Fraction(0), lower - totals[self.group])
        return missing + (Fraction(0) if upper is None else max(Fraction(0), totals[self.group] - upper))


def nearer(value: Fraction, lower: Fraction | None, upper: Fraction | None) -> Fraction | None:
    """Distance of a value to the nearer of two bounds; negative where it is beyond."""
    slack = [value - lower] if lower is not None else []
    slack += [upper - value] if upper is not None else []
    return min(slack, default=None)


@dataclass(frozen=True)
class Rules:
    """Every bound of the plan and the groups they speak of."""

    groups: tuple[Group, ...]
    bounds: tuple[Bound, ...]
    notices: tuple[Message, ...]
    unreachable: tuple[Message, ...]
    """Strict floors for values without any eligible candidate."""


class _LimitBuilder:
    """Collects groups and bounds."""

    def __init__(self, loaded: Loaded, measures: Measures) -> None:
        self.loaded, self.config, self.measures = loaded, loaded.config, measures
        self.money = loaded.config.unit
        self.groups: list[Group] = []
        self.bounds: list[Bound] = []
        self.notices: list[Message] = []
        self.unreachable: list[Message] = []
        self.known: dict[object, int] = {}
        self.meter = Aggregator(measures)
        self.grouped: dict[tuple[object, ...], list[Members]] = {}
        self.told: dict[tuple[str, str], dict[str, Decimal]] = {}

    def group(self, q: Query, mask: Flags | None = None, key: object = None) -> int:
        """Position of the group of the options in ``mask`` (all when None); made once per ``key``."""
        key = (q, "" if mask is None else key)
        if key not in self.known:
            self.known[key] = len(self.groups)
            of_nodes = q.measure == CLOSED_NODES
            self.groups.append(self.meter.nodes(mask) if of_nodes else self.meter.group(q, mask))
        return self.known[key]

    def members(self, measure: str, each: Sequence[str]) -> list[Members]:
        """The groups of options, or of chain nodes where these are counted, that some attributes make; made once."""
        nodes = measure == CLOSED_NODES
        key = (nodes, *each)
        if key not in self.grouped:
            self.grouped[key] = groups(each, self.measures.clusters.column if nodes else self.measures.attribute)
        return self.grouped[key]

    def where(self, measure: str, conditions: Where) -> Flags:
        """Which options, or chain nodes where these are counted, meet every condition."""
        if measure != CLOSED_NODES:
            return self.measures.where(conditions)
        clusters = self.measures.clusters
        return matches(conditions, clusters.column, len(clusters.nodes))

    def budget(self, sources: tuple[str, ...], year: int | None, cumulative: bool) -> Decimal:
        """Budgets of the sources (all when none is named) over the plan years, in fen."""
        years = [y for y in self.config.years if year is None or y == year or (cumulative and y <= year)]
        named = sources or tuple(self.config.sources)
        return sum((self.config.budget(s, y) for s in named for y in years), Decimal(0)) * self.money.fen_per_unit

    def ends(self, limit: Limit, label: str) -> tuple[Decimal | None, Decimal | None]:
        """Ends of a limit's group, in the measure's unit: its own, and what columns say of the group's projects."""
        lower, upper = (self.of_columns(limit, end).get(normal(label)) for end in (MIN, MAX))
        least = [end for end in (limit.min, lower) if end is not None]
        greatest = [end for end in (limit.max, upper) if end is not None]
        return max(least, default=None), min(greatest, default=None)

    def of_columns(self, limit: Limit, end: str) -> dict[str, Decimal]:
        """Group of projects, in normal form → the end that columns give it: the strictest that one of its projects says."""
        columns, times = limit.columns(end), limit.min_times if end == MIN else limit.max_times
        if columns and (limit.name, end) not in self.told:
            cells = np.array([self.measures.project_attribute(name) for name in columns], dtype=np.float64)
            known = np.flatnonzero(~np.isnan(cells).any(axis=0))
            values = {
                row: math.prod((Decimal(repr(cell)) for cell in cells[:, row].tolist()), start=times)
                for row in known.tolist()
            }
            plain = [e for e in _each(limit) if e != _YEAR]
            members = (
                groups(plain, self.measures.project_attribute) if plain else [Members("", np.arange(cells.shape[1]))]
            )
            said = {normal(one.label): [values[row] for row in one.rows.tolist() if row in values] for one in members}
            self.told[limit.name, end] = {
                group: (max if end == MIN else min)(found) for group, found in said.items() if found
            }
        return self.told.get((limit.name, end), {})

    def unit_of(self, measure: str) -> str:
        return MONEY if self.measures.is_money(measure) else measure

    def inner(self, value: Decimal | None, measure: str) -> Decimal | None:
        """A bound in the config's unit as whole fen, or as it is for other measures."""
        return value if value is None or not self.measures.is_money(measure) else value * self.money.fen_per_unit


def resolve(loaded: Loaded, measures: Measures, kept: Mapping[str, int] | None = None) -> Rules:
    """The bounds that the config's limits and targets mean; ``kept`` are approved awards to keep to (stability).

    Raises:
        InputError: unknown measures, attributes or values, all at once.
    """
    by_option, measures = measures, measures.by_part
    problems = [
        *unused_room(loaded, measures.projects),
        *parks.problems(loaded, by_option),
        *coefficient_problems(loaded, measures),
    ]
    problems += [p for kind, rule in _rules(loaded) for p in _problems(loaded, measures, kind, rule)]
    if problems:
        raise InputError(problems)
    book = _LimitBuilder(loaded, measures)
    book.notices += coefficient_notices(loaded, measures)
    for limit in (*loaded.config.limits, *stacking_limits(loaded.config, measures.projects)):
        _add_limit(book, limit)
    for target in loaded.config.targets:
        _add_target(book, target)
    if loaded.config.stability is not None and loaded.config.previous is not None:
        _add_stability(book, by_option, kept or {}, loaded.config.stability)
    for capacity in parks.capacities(loaded.config, by_option):
        book.groups.append(capacity.group)
        book.bounds.append(_capacity(capacity, len(book.groups) - 1))
    for cap in service_caps(loaded.config, by_option, book.money.fen_per_unit):
        book.groups.append(cap.group)
        common: dict[str, Any] = {"label": cap.label, "upper": cap.cap, "path": cap.path}
        book.bounds.append(
            Bound(cap.name, measure="debt_service", unit=MONEY, group=len(book.groups) - 1, lower=None, **common)
        )
    return Rules(tuple(book.groups), tuple(book.bounds), tuple(book.notices), tuple(book.unreachable))


def _add_stability(book: _LimitBuilder, measures: Measures, kept: Mapping[str, int], price: Decimal) -> None:
    """What stays of the approved awards: each less what the new award differs from it, others less their award."""
    ids = measures.projects["project_id"].tolist()
    before = np.array([float(kept.get(str(name), 0)) for name in ids])[measures.project]
    amounts = np.where(measures.committed, 0.0, before - np.abs(measures.amount("award") - before))
    rows = np.flatnonzero(amounts)
    book.groups.append(Group("award", True, rows, amounts[rows]))
    whole = Decimal(sum(kept.values()))
    book.bounds.append(
        Bound("stability", "", "award", MONEY, len(book.groups) - 1, whole, None, price=price, path="stability")
    )


def _capacity(capacity: parks.Capacity, group: int) -> Bound:
    """Net use of a park's resource, at most what is vacant."""
    name, measure = f"parks.{capacity.resource}", capacity.group.measure
    return Bound(name, capacity.label, measure, measure, group, None, capacity.existing, path=capacity.path)


def _rules(loaded: Loaded) -> Iterator[tuple[str, Limit | Target]]:
    yield from (("limits", limit) for limit in loaded.config.limits)
    yield from (("targets", target) for target in loaded.config.targets)


def _problems(loaded: Loaded, measures: Measures, kind: str, rule: Limit | Target) -> list[Message]:
    path = f"{kind}.{rule.name}"
    problems = measure_problems(loaded, measures, rule.measure, f"{path}.measure")
    if rule.measure == CLOSED_NODES and not problems:
        of_columns = column_problems(loaded, measures, rule, []) if isinstance(rule, Limit) else []
        return [*of_columns, *of_nodes(loaded, rule, path)]
    wheres: list[tuple[str, Where]] = [("where", rule.where)]
    if isinstance(rule, Limit):
        if rule.per is not None:
            problems += measure_problems(loaded, measures, rule.per, f"{path}.per")
        if isinstance(rule.of, dict):
            wheres.append(("of", rule.of))
        plain = [e for e in _each(rule) if e != _YEAR]
        problems += column_problems(loaded, measures, rule, plain)
        problems += each_problems(plain, measures.attribute, measures.names, f"{path}.each", loaded.place)
    known = {"instrument": list(loaded.config.instruments)}
    if loaded.config.debt is not None and loaded.config.debt.grade is not None:
        known[loaded.config.debt.grade] = list(loaded.config.debt.tiers)
    for key, where in wheres:
        spot = f"{path}.{key}"
        problems += where_problems(where, measures.written, measures.names, spot, loaded.place, known)
    return problems


def column_problems(loaded: Loaded, measures: Measures, limit: Limit, each: Sequence[str]) -> list[Message]:
    """What is wrong with ends that columns give: both they and their groups are about projects."""
    path, columns = f"limits.{limit.name}", [str(name) for name in measures.projects.columns]
    numeric = [name for name in columns if measures.projects[name].dtype.kind in "fiub"]
    given = [(f"{end}_from", name) for end in (MIN, MAX) for name in limit.columns(end)]
    wrong = [("each", name, columns) for name in each if given and name not in columns]
    wrong += [(key, name, numeric) for key, name in given if name not in numeric]
    return [
        unknown("attribute", got, names, f"{path}.{key}", loaded.place(f"{path}.{key}")) for key, got, names in wrong
    ]


def of_nodes(loaded: Loaded, rule: Limit | Target, path: str) -> list[Message]:
    """What is wrong with a rule about chain nodes."""
    of = rule.of if isinstance(rule, Limit) and isinstance(rule.of, dict) else {}
    each = _each(rule) if isinstance(rule, Limit) else []
    named = (("where", rule.where), ("of", of), ("each", each))
    return [p for key, names in named for p in node_problems(loaded, list(names), f"{path}.{key}")]


def measure_problems(loaded: Loaded, measures: Measures, measure: str, path: str) -> list[Message]:
    """What is wrong with the name of a measure."""
    if measures.is_numeric(measure):
        return []
    if measure in measures.names:
        return [Message("audit.measure_not_numeric", {"measure": measure}, loaded.place(path), path)]
    numeric = [n for n in ("count", "payment", *measures.names) if measures.is_numeric(n)]
    return [unknown("measure", measure, numeric, path, loaded.place(path))]


def _each(limit: Limit) -> list[str]:
    return [] if limit.each is None else [limit.each] if isinstance(limit.each, str) else list(limit.each)


def _sources(given: str | list[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def _question(limit: Limit) -> Query:
    return Query(limit.measure, _sources(limit.source), limit.year, limit.cumulative, limit.new_only, limit.coefficient)


def _add_limit(book: _LimitBuilder, limit: Limit) -> None:
    where = book.where(limit.measure, limit.where)
    plain = [e for e in _each(limit) if e != _YEAR]
    members = book.members(limit.measure, plain) if plain else []
    base = _question(limit)
    years = book.config.years if _YEAR in _each(limit) else [None]
    seen: set[str] = set()
    for year in years:
        q = base if year is None else replace(base, year=year)
        if not plain:
            _add_bounds(book, limit, q, "" if year is None else str(year), where, year)
            continue
        for label, rows in members:
            mask = np.zeros(len(where), bool)
            mask[rows] = where[rows]
            if mask.any():
                seen.add(label)
                _add_bounds(book, limit, q, label if year is None else f"{label} / {year}", mask, year)
    if plain:
        _note_unreachable(book, limit, plain, seen)


def _note_unreachable(book: _LimitBuilder, limit: Limit, plain: list[str], seen: set[str]) -> None:
    """Values that only ineligible candidates have: their floors are skipped."""
    floors, all_have = book.of_columns(limit, MIN), bool(limit.min or limit.min_share)
    if not (all_have or floors) or not set(plain) <= set(book.measures.projects.columns):
        return
    projects, strict = book.measures.project_attribute, limit.strict and limit.soft is None
    known = {name: condition for name, condition in limit.where.items() if name in book.measures.projects.columns}
    meant = matches(known, projects, len(book.measures.projects))
    for label, rows in groups(plain, projects):
        if label in seen or not (all_have or floors.get(normal(label))):
            continue
        wanted = rows[meant[rows]]
        values: dict[str, object] = {"name": limit.name, "group": label, "count": f"{len(wanted):,}"}
        code = "floor_without_option"
        if not len(wanted):
            code, values["count"] = "floor_of_nobody", f"{len(rows):,}"
        elif out := kept_out(book.measures, wanted, limit.where.get("instrument")):
            code, values["rule"], values["out"] = "floor_of_screened", out[0], f"{out[1]:,}"
        message = Message(
            f"audit.{code}{'_strict' if strict else ''}", values, book.loaded.place(f"limits.{limit.name}")
        )
        (book.unreachable if strict else book.notices).append(message)


def kept_out(measures: Measures, projects: Ints, instrument: Condition | None) -> tuple[str, int] | None:
    """The rule that keeps most of some projects from an instrument (any when None), and how many; None where none does."""
    frame = measures.options.screening
    names = measures.projects["project_id"].to_numpy(object)[projects]
    frame = frame[frame["project_id"].isin(names)]
    if instrument is not None:
        frame = frame[holds(instrument, frame["instrument"].to_numpy(object))]
    if frame.empty:
        return None
    nearest = nearest_rules(frame, list(dict.fromkeys(frame["instrument"])))
    counts = nearest.groupby("rule")["project_id"].nunique().sort_values(ascending=False, kind="stable")
    return str(counts.index[0]), int(counts.iloc[0])


def _add_bounds(book: _LimitBuilder, limit: Limit, q: Query, label: str, mask: Flags, year: int | None) -> None:
    group = book.group(q, mask, ("limit", limit.name, label))
    path = limit.name if limit.name == ONE_PER_ENTITY else f"limits.{limit.name}"
    common: dict[str, Any] = {
        "name": limit.name,
        "label": label,
        "measure": limit.measure,
        "group": group,
        "price": limit.soft,
        "path": path,
    }
    least, greatest = book.ends(limit, label if year is None else label.rpartition(" / ")[0])
    if limit.per is not None:
        payers = _sources(limit.per_source) or (q.sources if limit.per in PAID_BY_SOURCE else ())
        below = replace(q, measure=limit.per, sources=payers, coefficient=None)
        other = book.group(below, mask, ("limit", limit.name, label))
        fen = Decimal(1) * book.money.fen_per_unit
        unit = Decimal(1)
        unit = unit * fen if book.measures.is_money(limit.measure) else unit
        unit = unit / fen if book.measures.is_money(limit.per) else unit
        lower, upper = (None if end is None else end * unit for end in (least, greatest))
        ratio = f"{limit.measure}/{limit.per}"
        book.bounds.append(
            Bound(unit=ratio, of=other, lower=lower, upper=upper, per=limit.per, per_unit=unit, **common)
        )
        return
    if least is not None or greatest is not None:
        lower, upper = book.inner(least, limit.measure), book.inner(greatest, limit.measure)
        book.bounds.append(Bound(unit=book.unit_of(limit.measure), lower=lower, upper=upper, **common))
    if limit.min_share is not None or limit.max_share is not None:
        of, amount, q = None, None, replace(q, coefficient=None)
        if limit.of == "budget":
            amount = book.budget(q.sources, q.year, q.cumulative)
        elif limit.of is None:
            of = book.group(q)
        else:
            mask = book.where(limit.measure, limit.of)
            of = book.group(q, mask, ("of", limit.name))
        lower, upper = limit.min_share, limit.max_share
        book.bounds.append(Bound(unit=SHARE, of=of, of_amount=amount, lower=lower, upper=upper, **common))


def _add_target(book: _LimitBuilder, target: Target) -> None:
    where = book.where(target.measure, target.where)
    path = f"targets.{target.name}"
    common: dict[str, Any] = {"name": target.name, "measure": target.measure, "price": target.shortfall_price}
    if target.min is not None:
        q = Query(target.measure, (), target.year, target.cumulative, coefficient=target.coefficient)
        group = book.group(q, where, path)
        lower = book.inner(target.min, target.measure)
        unit = book.unit_of(target.measure)
        book.bounds.append(Bound(label="", unit=unit, group=group, lower=lower, upper=None, path=path, **common))
    if target.growth is None:
        return
    each = Query(target.measure, coefficient=target.coefficient)
    by_year = [book.group(replace(each, year=y), where, (path, y)) for y in book.config.years]
    least: dict[str, Any] = {"unit": RATIO, "lower": 1 + target.growth, "upper": None, "path": path}
    if target.base is not None:
        base = book.inner(target.base, target.measure)
        label = str(book.config.years[0])
        book.bounds.append(Bound(label=label, group=by_year[0], of_amount=base, **least, **common))
    for year, before, now in zip(book.config.years[1:], by_year, by_year[1:], strict=False):
        book.bounds.append(Bound(label=str(year), group=now, of=before, **least, **common))
