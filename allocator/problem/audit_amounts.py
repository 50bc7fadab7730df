"""Conflicts between amounts: floors no supply or money can reach, caps and budgets that what is locked breaks.

Decided in fractions, as a plan is: what is missed by less than a float tells is missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

from allocator.messages import Message
from allocator.problem.accounts import balances, budgets, tail_cap
from allocator.problem.activity_bounds import Reach
from allocator.problem.case import Case
from allocator.problem.groups import Group
from allocator.problem.limits import RATIO, SHARE, Bound
from allocator.problem.shares import starved

PAID = ("award", "payment")
"""Measures that are nothing but money of the sources."""
SHORT = ".12g"
"""Numbers as people read them, where that tells them apart."""


def empty_shares(case: Case) -> list[Message]:
    """Shares of which only a plan with nothing of their whole keeps all; where there must be some, that is a conflict."""
    audit = _Amounts(case)
    return [found.message(case, conflict=False) for found in starved(case) if not audit.positive(found.whole)]


def amounts(case: Case) -> list[Message]:
    """Every conflict between amounts."""
    audit = _Amounts(case)
    return [*audit.bounds(), *audit.floors(), *audit.whole(), *audit.money()]


class _Amounts:
    def __init__(self, case: Case) -> None:
        self.case, self.reach = case, Reach(case)
        self.config, self.groups = case.loaded.config, case.rules.groups
        self.hard = [b for b in case.rules.bounds if b.price is None]
        payments = case.options.payments
        self.lines = np.flatnonzero(self.reach.certain[payments["option"].to_numpy(np.int64)])
        self.payers, self.year = (payments[name].to_numpy(np.int64)[self.lines] for name in ("payers", "year"))

    def bounds(self) -> Iterator[Message]:
        """Bounds that contradict themselves, or what their own group can come to."""
        for bound in self.hard:
            group, place = self.groups[bound.group], self.case.loaded.place(bound.path)
            if bound.lower is not None and bound.upper is not None and bound.lower > bound.upper:
                shown = {key: self.end(bound, end) for key, end in (("lower", bound.lower), ("upper", bound.upper))}
                yield Message("audit.floor_above_cap", {"name": _name(bound), **shown}, place)
                continue
            if bound.lower is not None and bound.lower > 0:
                have, need = self.reach.most(group), Fraction(bound.lower) * self.base(bound, self.reach.least)
                if need > have:
                    code = {SHARE: "share_above_supply", RATIO: "growth_above_supply"}.get(
                        bound.unit, "floor_above_supply"
                    )
                    yield Message(f"audit.{code}", {"name": _name(bound), **self.shown(have, need, group)}, place)
            if bound.upper is not None and bound.upper >= 0:
                have, need = Fraction(bound.upper) * self.base(bound, self.reach.most), self.reach.least(group)
                if need > have:
                    code = "share_below_locks" if bound.relative else "cap_below_locks"
                    yield Message(f"audit.{code}", {"name": _name(bound), **self.shown(have, need, group)}, place)

    def base(self, bound: Bound, extreme: Callable[[Group], Fraction]) -> Fraction:
        """What a bound is relative to, at its least or most; 1 for an absolute one."""
        if bound.of is not None:
            return max(Fraction(0), extreme(self.groups[bound.of]))
        return Fraction(1) if bound.of_amount is None else Fraction(bound.of_amount)

    def floors(self) -> Iterator[Message]:
        """Floors over all groups of one limit that together ask for more than the money there is."""
        by_rule: dict[tuple[str, str], list[Bound]] = {}
        for bound in self.hard:
            if bound.lower is not None and bound.of is None:
                by_rule.setdefault((bound.path, bound.unit), []).append(bound)
        for (path, _), bounds in by_rule.items():
            groups = [self.groups[b.group] for b in bounds]
            if groups[0].measure not in PAID or not apart(groups):
                continue  # groups that overlap may be served together
            need = sum((Fraction(b.lower or 0) * self.base(b, self.reach.least) for b in bounds), Fraction(0))
            have = sum((self.budget(s) for s in groups[0].sources or self.config.sources), Fraction(0))
            if need > have:
                shown = {"name": bounds[0].name, **self.shown(have, need, groups[0])}
                yield Message("audit.floors_above_budget", shown, self.case.loaded.place(path))

    def whole(self) -> Iterator[Message]:
        """Shares that only nothing of their whole keeps, where the whole is not nothing."""
        for found in starved(self.case):
            if self.positive(found.whole):
                yield found.message(self.case, conflict=True)

    def positive(self, whole: Group) -> bool:
        """Whether a group is certain to come to more than nothing."""
        if self.reach.least(whole) > 0:
            return True
        inside = set(whole.rows.tolist())
        return any(
            not b.relative
            and (b.lower or 0) > 0
            and self.groups[b.group].measure == whole.measure
            and self.groups[b.group].sources == whole.sources
            and not len(self.groups[b.group].lines)
            and set(self.groups[b.group].rows.tolist()) <= inside
            for b in self.hard
        ) and not bool((whole.amounts < 0).any())

    def money(self) -> Iterator[Message]:
        """What is locked or promised and asks for more than its sources have, in a year or in all."""
        for source in self.config.sources:
            yield from self.by_year(source)
        codes = {tuple(payers) for payers in self.case.options.payers}
        several = {names for names in codes | {tuple(self.config.sources)} if len(names) > 1}
        for names in sorted(several):
            need, have = self.reach.least(self.payable(names)), sum((self.budget(s) for s in names), Fraction(0))
            if need > have:
                yield self.short("locks_above_budget", need, have, sources=", ".join(names))

    def by_year(self, source: str) -> Iterator[Message]:
        """The first year in which a source cannot pay what is certain, when as much as allowed is carried over."""
        paid_in = self.case.options.payments["year"]
        plan = self.config.years
        years = [*plan, *range(plan[-1] + 1, int(paid_in.max()) + 1)] if len(paid_in) else list(plan)
        needs = [int(self.reach.least(self.payable((source,), year))) for year in years]
        fen = self.case.money.fen_per_unit
        for balance in balances(self.config, fen, source, needs[: len(plan)]):
            if balance.lapsed < 0:
                have = Fraction(balance.budget + balance.carried_in)
                yield self.short("locks_above_year", Fraction(balance.paid), have, sources=source, year=balance.year)
                return
        cap = self.tail(source)
        for year, need in zip(years[len(plan) :], needs[len(plan) :], strict=True):
            if need > cap:
                yield self.short("locks_above_tail", Fraction(need), Fraction(cap), sources=source, year=year)
                return

    def short(self, code: str, need: Fraction, have: Fraction, **values: object) -> Message:
        """That money is missing for what is certain, where the first lock stands, or else the commitments."""
        more = {"more": f"{self.case.money.text(int(need - have))} {self.case.money.name}"}
        shown = self.shown(have, need, Group("payment", True, np.zeros(0, np.int64), np.zeros(0)))
        places = list(self.case.links.must_fund.values())
        place = places[0] if places else self.case.loaded.place("commitments")
        return Message(f"audit.{code}", {**values, **shown, **more}, place)

    def payable(self, sources: tuple[str, ...], year: int | None = None) -> Group:
        """What only ``sources`` may pay of what is certain, in one year or in all, as a group."""
        inside = np.array([set(code) <= set(sources) for code in self.case.options.payers] or [False])
        lines = inside[self.payers] if len(self.payers) else np.zeros(0, bool)
        if year is not None:
            lines &= self.year == year
        return Group("payment", True, *self.reach.of_lines(self.lines[lines]))

    def budget(self, source: str) -> Fraction:
        """All money of a source, in fen: plan years, what is left of earlier ones, and what the tail may bind."""
        pot, years = self.config.sources[source], self.config.years
        paid = self.case.options.payments["year"]
        later = max(0, int(paid.max()) - years[-1]) if len(paid) else 0
        fen = self.case.money.fen_per_unit
        total = sum(budgets(self.config, fen, source).values()) + sum(pot.opening.values(), Decimal(0)) * fen
        return Fraction(total) + later * self.tail(source)

    def tail(self, source: str) -> int:
        """What a source may pay in each year after the plan, in fen."""
        return tail_cap(self.config, self.case.money.fen_per_unit, source)

    def shown(self, have: Fraction, need: Fraction, group: Group) -> dict[str, str]:
        """What there is, rounded down, and what is needed, rounded up, as people read them."""
        if group.money:
            fen, unit = self.case.money.text, self.case.money.name
            return {"have": f"{fen(math.floor(have))} {unit}", "need": f"{fen(math.ceil(need))} {unit}"}
        told = {"have": f"{float(have):{SHORT}}", "need": f"{float(need):{SHORT}}"}
        return told if told["have"] != told["need"] else {"have": in_full(have), "need": in_full(need)}

    def end(self, bound: Bound, value: Decimal) -> str:
        """An end of a bound as the planner wrote it."""
        if not bound.relative and self.groups[bound.group].money:
            return f"{self.case.money.text(float(value))} {self.case.money.name}"
        return f"{value.normalize():f}"


def in_full(value: Fraction) -> str:
    """All digits of a sum of what people wrote, or 40 of them."""
    return f"{Context(prec=40).divide(Decimal(value.numerator), Decimal(value.denominator)).normalize():f}"


def apart(groups: list[Group]) -> bool:
    """Whether no option and no payment counts in two of the groups."""
    rows, lines = (np.concatenate([getattr(g, kind) for g in groups]) for kind in ("rows", "lines"))
    return len(np.unique(rows)) == len(rows) and len(np.unique(lines)) == len(lines)


def _name(bound: Bound) -> str:
    return f"{bound.name}[{bound.label}]" if bound.label else bound.name
