"""Conflicts that can be seen without solving: what there is, what is needed, the smallest change that helps.

Only what is certain is reported: every message names rules that no plan can keep together.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.case import Case, RowsOf
from allocator.dependencies import Rule, cycles
from allocator.groups import Group
from allocator.limits import RATIO, SHARE, Bound
from allocator.measures import Floats
from allocator.messages import Message


def conflicts(case: Case) -> list[Message]:
    """Every conflict there is to see, each with the place of the rule."""
    found = list(case.rules.unreachable)
    found += _locks(case)
    found += _links(case)
    found += _bounds(case)
    found += _shares(case)
    found += _money(case)
    return found


def _id(case: Case, project: int) -> str:
    return str(case.inputs.projects["project_id"].iloc[project])


def _amount(case: Case, value: Fraction | Decimal | float, money: bool) -> str:
    number = Decimal(str(float(Fraction(value)))) if not money else None
    if number is not None:
        return f"{number.normalize():f}"
    return f"{case.money.text(float(Fraction(value)))} {case.money.name}"


def _locks(case: Case) -> Iterator[Message]:
    links, rows = case.links, RowsOf(case.measures.project)
    for p in sorted(set(links.must_fund) & set(links.must_not)):
        values = {"project": _id(case, p), "other": links.must_not[p]}
        yield Message("audit.lock_both", values, links.must_fund[p])
    promised = set(case.measures.project[case.measures.committed].tolist())
    for p in sorted(promised & set(links.must_not)):
        yield Message("audit.lock_committed", {"project": _id(case, p)}, links.must_not[p])
    for p in sorted(set(links.must_fund) - set(links.must_not)):
        at = rows(p)
        if not len(at):
            yield Message("audit.must_fund_not_eligible", {"project": _id(case, p)}, links.must_fund[p])
        elif not case.usable[at].any() and not any(r.projects[0] == p for r in links.requires):
            yield Message("audit.fix_matches_nothing", {"project": _id(case, p)}, links.must_fund[p])


def _links(case: Case) -> Iterator[Message]:
    links, rows = case.links, RowsOf(case.measures.project)
    promised = set(case.measures.project[case.measures.committed].tolist())
    sure = (set(links.must_fund) | promised) - set(links.must_not)

    def open_(p: int) -> bool:
        return bool(case.usable[rows(p)].any())

    def told(code: str, rule: Rule, **values: object) -> Message:
        return Message(f"audit.{code}", values, rule.place, rule.path)

    for rule in links.requires:
        p = rule.projects[0]
        if p in sure and p not in promised:
            for q in rule.projects[1:]:
                if q not in promised and not open_(q):
                    yield told("requires_impossible", rule, project=_id(case, p), other=_id(case, q))
                elif rule.lag and not open_(p) and len(rows(p)):
                    yield told("lag_impossible", rule, project=_id(case, p), other=_id(case, q), lag=rule.lag)
    for rule in (*links.excludes, *links.one_of):
        both = [p for p in rule.projects if p in sure]
        if len(both) > 1:
            yield told("excludes_both", rule, projects=", ".join(_id(case, p) for p in both))
    for rule in links.one_of:
        if not any(open_(p) for p in rule.projects):
            yield told("one_of_none", rule, projects=", ".join(_id(case, p) for p in rule.projects))
    for rule in links.all_or_none:
        inside = [p for p in rule.projects if p in sure]
        outside = [p for p in rule.projects if not open_(p)]
        if inside and outside:
            yield told("all_or_none_split", rule, project=_id(case, inside[0]), other=_id(case, outside[0]))
    ids = case.inputs.projects["project_id"].tolist()
    for message, projects in cycles(links, ids):
        if any(p in links.must_fund for p in projects):
            yield message


def _most(case: Case, group: Group) -> Fraction:
    """The most a group can come to: the best option of each project, and every shared payment."""
    at = group.rows[case.usable[group.rows]]
    amounts = group.amounts[case.usable[group.rows]]
    total = float(np.maximum(_by_project(case, at, amounts, np.maximum), 0).sum())
    if len(group.lines):
        payments = case.options.payments
        option = payments["option"].to_numpy(np.int64)[group.lines]
        open_ = case.usable[option]
        amount = payments["amount"].to_numpy(float)[group.lines][open_]
        sums = np.bincount(option[open_], amount, len(case.usable)).astype(float)
        both = np.flatnonzero(sums)
        total += float(_by_project(case, both, sums[both], np.maximum).sum())
    return Fraction(total)


def _by_project(case: Case, rows: np.ndarray, amounts: Floats, ufunc: np.ufunc) -> Floats:
    """The extreme amount of each project among option rows; 0 for projects without one of them."""
    project = case.measures.project[rows]
    result = np.full(len(case.inputs.projects), -np.inf if ufunc is np.maximum else np.inf)
    ufunc.at(result, project, amounts)
    return np.where(np.isinf(result), 0.0, result)


def _least_locked(case: Case, group: Group) -> Fraction:
    """The least a group comes to through projects that must be funded: their smallest option, 0 outside the group."""
    count = len(case.inputs.projects)
    amount = np.zeros(len(case.usable))
    amount[group.rows] = group.amounts
    least = np.full(count, np.inf)
    open_ = np.flatnonzero(case.usable & ~case.measures.committed)
    np.minimum.at(least, case.measures.project[open_], amount[open_])
    locked = np.zeros(count, bool)
    locked[list(case.links.must_fund)] = True
    total = float(least[locked & np.isfinite(least)].sum()) + float(amount[case.measures.committed].sum())
    return Fraction(total)


def _bounds(case: Case) -> Iterator[Message]:
    for bound in case.rules.bounds:
        group = case.rules.groups[bound.group]
        values: dict[str, object] = {"name": _name(bound)}
        place = case.loaded.place(bound.path)
        if bound.lower is not None and bound.upper is not None and bound.lower > bound.upper:
            money = group.money and bound.unit not in (SHARE, RATIO)
            values |= {"lower": _amount(case, bound.lower, money), "upper": _amount(case, bound.upper, money)}
            yield Message("audit.floor_above_cap", values, place)
            continue
        if bound.price is not None or bound.of is not None:
            continue
        base = Fraction(1) if bound.of_amount is None else Fraction(bound.of_amount)
        if bound.lower is not None:
            have, need = _most(case, group), Fraction(bound.lower) * base
            if have < need:
                shown = {k: _amount(case, v, group.money) for k, v in (("have", have), ("need", need))}
                yield Message("audit.floor_above_supply", values | shown, place)
        if bound.upper is not None and not (group.amounts < 0).any():
            have, need = Fraction(bound.upper) * base, _least_locked(case, group)
            if need > have:
                shown = {k: _amount(case, v, group.money) for k, v in (("have", have), ("need", need))}
                yield Message("audit.cap_below_locks", values | shown, place)


def _name(bound: Bound) -> str:
    return f"{bound.name}[{bound.label}]" if bound.label else bound.name


def _shares(case: Case) -> Iterator[Message]:
    """Floors over all groups of one limit that together ask for more than the whole, or than the budget."""
    by_rule: dict[tuple[str, str], list[Bound]] = {}
    for bound in case.rules.bounds:
        if bound.lower is not None and bound.price is None and bound.path.startswith("limits."):
            by_rule.setdefault((bound.path, bound.unit), []).append(bound)
    for (path, unit), bounds in by_rule.items():
        groups = [case.rules.groups[b.group] for b in bounds]
        rows = np.concatenate([g.rows for g in groups])
        if len(np.unique(rows)) != len(rows) or any(len(g.lines) for g in groups):
            continue  # groups that overlap may be served together
        total = sum((Fraction(b.lower or 0) for b in bounds), Fraction(0))
        name = bounds[0].name
        if unit == SHARE and total > 1 and bounds[0].of == bounds[-1].of and _whole(case, bounds):
            shown = {"name": name, "need": f"{float(total) * 100:g} %"}
            yield Message("audit.floors_above_whole", shown, case.loaded.place(path))
        paid = groups[0].measure in ("award", "payment") and unit != SHARE
        have = _all_money(case)
        if paid and total > have:
            shown = {"name": name, "have": _amount(case, have, True), "need": _amount(case, total, True)}
            yield Message("audit.floors_above_budget", shown, case.loaded.place(path))


def _whole(case: Case, bounds: list[Bound]) -> bool:
    """Whether the shares are of the plan's own total, or of the budget that pays it."""
    of = bounds[0].of
    if of is None:
        return True
    rows = set(case.rules.groups[of].rows.tolist())
    return all(set(case.rules.groups[b.group].rows.tolist()) <= rows for b in bounds)


def _all_money(case: Case) -> Fraction:
    """All money of all sources over all plan years, with opening money and what the tail may bind."""
    return sum((_money_of(case, s) for s in case.loaded.config.sources), Fraction(0))


def _money_of(case: Case, source: str) -> Fraction:
    config = case.loaded.config
    pot = config.sources[source]
    paid = case.options.payments["year"]
    later = max(0, int(paid.max()) - config.years[-1]) if len(paid) else 0
    total = sum((config.budget(source, y) for y in config.years), Decimal(0)) + sum(pot.opening.values(), Decimal(0))
    total += pot.tail.max_share * config.budget(source, config.years[-1]) * later
    return Fraction(total) * case.money.fen_per_unit


def _money(case: Case) -> Iterator[Message]:
    """Projects that must be funded and ask for more than all the money their sources have."""
    payments = case.options.payments
    option = payments["option"].to_numpy(np.int64)
    payers = payments["payers"].to_numpy(np.int64)
    amount = payments["amount"].to_numpy(float)
    for names in {(s,) for s in case.loaded.config.sources} | {tuple(case.loaded.config.sources)}:
        inside = np.array([set(code) <= set(names) for code in case.options.payers] or [False])
        if not names or not len(payments):
            continue
        sums = np.bincount(option, amount * inside[payers], len(case.usable)).astype(float)
        rows = np.flatnonzero(sums)
        need = _least_locked(case, Group("payment", True, rows, sums[rows]))
        have = sum((_money_of(case, s) for s in names), Fraction(0))
        if need > have:
            shown = {"sources": ", ".join(names), "have": _amount(case, have, True), "need": _amount(case, need, True)}
            shown["more"] = _amount(case, need - have, True)
            yield Message("audit.locks_above_budget", shown, _lock_place(case))


def _lock_place(case: Case) -> str:
    places = list(case.links.must_fund.values())
    return places[0] if places else case.loaded.place("commitments")
