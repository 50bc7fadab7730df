"""What it takes a candidate to enter: a smaller ask, a higher value, or more money; each proved on both sides.

A change is tried by solving again. Where the plan under it is proved the best, it decides. Where a gap is left,
the project is in when the plan with it exceeds the bound of all plans without it, out when it is the other way
round, and open in between.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.config.keys.instruments import Award
from allocator.config.rules.package_rules import JOINT
from allocator.messages.errors import NoPlanInTime
from allocator.messages.watch import Watch
from allocator.money.arrays import Flags
from allocator.optimise.plan_tables import decimal
from allocator.plan.reasons import best_options, option_values
from allocator.problem import edits as changes
from allocator.problem.case import Case
from allocator.questions.explain.answers import Threshold
from allocator.questions.explain.counterfactual import has_options, linked
from allocator.questions.explain.reason import growth
from allocator.questions.session import Answer, Session, above

PERCENT = Fraction(1, 100)
MOST_VALUE = 10_000
"""Steps of 1 % up to which a higher value is tried."""
MOST_MONEY = 16
"""Times its ask up to which more money is tried."""
Verdict = Callable[[int], str]


class TimeOver(Exception):
    """The time for an explanation has ended."""


@dataclass(eq=False)
class Thresholds:
    """Looks for the thresholds of one candidate."""

    opened: Session
    watch: Watch
    p: int

    def all(self) -> tuple[Threshold, ...]:
        """What it takes in each way there is; nothing where a project has no option to be chosen."""
        row = int(best_options(self.opened.case)[self.p])
        if row < 0 or self.p in self.opened.case.links.must_not or not has_options(self.opened.case, self.p):
            return ()
        money = [self.money(source, more, row) for source, more in growth(self.opened.case, row).items()]
        return tuple(t for t in (self.smaller(row), self.value(), *money) if t is not None)

    def smaller(self, row: int) -> Threshold | None:
        """How much less the project would have to ask for, or to cost."""
        case = self.opened.case
        if not changes.from_instrument(case, self.p):
            if case.options.parts is not None:
                return None
            step = PERCENT

            def cheaper(k: int) -> Case:
                return changes.with_cost(case, self.p, 1 - k * step)

            return self._told("cost", Fraction(1), -step, self._verdict(cheaper, fixed=True), 99)
        award = case.measures.amount("award")
        mine = case.measures.project == self.p
        ask, fen = int(award[mine].max()), self._step(row)
        most = (ask - self._least(mine)) // fen
        if most < 1:
            return None

        def asking(k: int) -> Case:
            return changes.with_ask(case, self.p, ask - k * fen)

        return self._told("ask", Fraction(ask), -Fraction(fen), self._verdict(asking, fixed=True), most)

    def value(self) -> Threshold | None:
        """How much more the project would have to bring."""
        case = self.opened.case
        mine = case.measures.project == self.p
        most = float(option_values(case)[mine & case.usable].max(initial=0.0))
        if most <= 0:
            return None
        guess = math.ceil(100 * (self.opened.base.bound - float(self.opened.base.value)) / most)

        def worth(k: int) -> Case:
            return changes.with_value(case, self.p, 1 + k * PERCENT)

        return self._told("value", Fraction(1), PERCENT, self._verdict(worth, fixed=True), MOST_VALUE, guess)

    def money(self, source: str, more: dict[int, int], row: int) -> Threshold | None:
        """How much more a source would need, spread over the years as the project asks for it."""
        ask, fen = sum(more.values()), self._step(row)
        if ask <= 0:
            return None

        def spread(k: int) -> dict[int, int]:
            parts = {year: int(Fraction(amount * k * fen, ask)) for year, amount in more.items()}
            first = min(parts)
            return parts | {first: parts[first] + k * fen - sum(parts.values())}

        def richer(k: int) -> Case:
            return changes.with_money(self.opened.case, source, spread(k))

        most = -(-ask * MOST_MONEY // fen)
        told: Threshold = self._told(
            "money", Fraction(0), Fraction(fen), self._verdict(richer, fixed=False), most, -(-ask // fen)
        )
        if told.enters is None:
            return replace(told, source=source)
        config = richer(int(told.enters / told.step)).loaded.config
        budget = ", ".join(f"{year}: {config.budget(source, year).normalize():f}" for year in config.years)
        return replace(told, source=source, overrides=(f"sources.{source}.budget={{{budget}}}",))

    def _step(self, row: int) -> int:
        """The step of the instrument, or a hundredth of the award; in fen."""
        case = self.opened.case
        rules = rules_of(case, str(case.options.table["instrument"].iloc[row]))
        steps = [int(rule.step * case.money.fen_per_unit) for rule in rules if rule.step]
        if steps and len(steps) == len(rules):
            return max(1, *steps)
        return max(1, math.ceil(float(case.measures.amount("award")[row]) / 100))

    def _least(self, mine: Flags) -> int:
        """The smallest award that any instrument of the project gives; in fen."""
        case = self.opened.case
        names = {
            n for whole in np.asarray(case.options.table["instrument"], object)[mine].tolist() for n in whole.split("+")
        }
        rules = [rule for name in names for rule in rules_of(case, name)]
        return min(max(1, int(max(rule.min or 0, rule.step or 0) * case.money.fen_per_unit)) for rule in rules)

    def _verdict(self, changed: Callable[[int], Case], *, fixed: bool) -> Verdict:
        """In, out or open after ``k`` steps; ``fixed``: plans without the project stay as they are."""
        known = {0: "out" if self.opened.base.exact else "open"}

        def verdict(k: int) -> str:
            if k not in known:
                if self.watch.over:
                    raise TimeOver
                known[k] = self._ask(changed(k), fixed=fixed)
            return known[k]

        return verdict

    def _ask(self, case: Case, *, fixed: bool) -> str:
        opened, base = self.opened, self.opened.base
        if not has_options(case, self.p):
            return "out"
        model = opened.anew(case, self.watch)
        if not opened.large:
            free = model.best(case, self.watch, opened.gap, ties=True)
            if free is not None and free.exact:
                return "in" if self.p in free.funded else "out"
        inside = model.best(changes.forced_in(case, self.p), self.watch, opened.gap, near=linked(case, self.p))
        if inside is None:
            return "out"
        without: Answer | None = base
        if not fixed and above(inside.bound, base.value):
            without = model.best(changes.forced_out(case, self.p), self.watch, opened.gap)
        if without is None or above(inside.value, without.bound):
            return "in"
        return "out" if above(without.value, inside.bound) else "open"

    def _told(self, kind: str, now: Fraction, step: Fraction, verdict: Verdict, most: int, guess: int = 1) -> Threshold:
        """The fewest steps that bring the project in, and the most that leave it out, on either side of the threshold."""
        scale = 1 if kind in ("cost", "value") else self.opened.case.money.fen_per_unit

        def at(k: int) -> Decimal:
            return decimal((now + k * step) / scale)

        size = decimal(abs(step) / scale)
        try:
            enters, out = boundary(verdict, most, guess, only_ends=self.opened.large)
        except (TimeOver, NoPlanInTime):
            return Threshold(kind, at(0), size, at(most), note="time")
        if enters is None:
            note = "never" if verdict(most) == "out" else "gap"
            return Threshold(kind, at(0), size, at(most), note=note)
        exact = out == enters - 1
        return Threshold(kind, at(0), size, at(most), at(enters), None if out is None else at(out), exact)


def rules_of(case: Case, name: str) -> list[Award]:
    """Award rules of an instrument, or of those of a package; none for a ready-made option."""
    instruments = case.loaded.config.instruments
    return [
        instruments[key].award
        for key in (name.split(JOINT) if name not in instruments else [name])
        if key in instruments
    ]


def boundary(verdict: Verdict, most: int, guess: int = 1, *, only_ends: bool = False) -> tuple[int | None, int | None]:
    """Steps with which the project is in, and the nearest fewer steps with which it is out; None where there are none.

    Found by doubling and halving; each of the two was asked, and everything asked in between was open.
    """
    if most < 1 or (only_ends and verdict(most) != "in"):
        return None, None
    low, high = 0, min(max(1, guess), most)
    while verdict(high) != "in":
        if high == most:
            return None, None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if verdict(middle) == "in" else (middle, high)
    if verdict(low) == "out":
        return high, low
    inner, outer = low, 0
    if verdict(outer) != "out":
        return high, None
    while inner - outer > 1:
        middle = (inner + outer) // 2
        inner, outer = (inner, middle) if verdict(middle) == "out" else (middle, outer)
    return high, outer
