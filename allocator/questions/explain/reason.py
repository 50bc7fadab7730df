"""Exactly one reason for every candidate that lost (design: the first that holds), as far as it can be proved.

What the run knew already needs no solve. For the rest a small plan is solved again, exactly; of a large one the
relaxation's bounds are asked: with one rule dropped, or with more money in one source, a project is certain to
enter when what it is worth at the prices exceeds the distance between plan and bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

import numpy as np

from allocator.messages import Message
from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise.plan_tables import limits_table
from allocator.plan.reasons import best_options, option_values, reason_codes
from allocator.problem import edits as changes
from allocator.problem.case import Case
from allocator.questions.explain.answers import Reason
from allocator.questions.explain.counterfactual import has_options, held_by_order, linked, placed, trial, units
from allocator.questions.session import Model, Session, above
from allocator.report.amounts import amount
from allocator.report.chapters.goal import money_of_goal, worth

KNOWN = ("not_eligible", "locked_out", "exclusive_with", "dependency", "negative_value")
"""Codes that need no further solve; the run has told them already."""
EXACT = 1_000
"""Options up to which every question is solved, not only bounded."""
PROOFS = 6
"""Proofs that a project enters that are tried on a large plan, each a search of its own."""
WORTHWHILE = 0.5
"""Share of the gap that a project must be worth, at the prices, before the proof that it enters is tried."""


@dataclass(eq=False)
class Reasons:
    """Finds the reason of one candidate after the other."""

    opened: Session
    watch: Watch
    language: str
    """Language in which amounts are written."""
    models: dict[str, Model] = field(default_factory=dict)
    bounds: dict[str, tuple[float, Floats] | None] = field(default_factory=dict)
    proofs: int = 0
    unasked: bool = False
    """Whether a question that might have proved that the candidate enters was left out for its cost."""

    @cached_property
    def best(self) -> np.ndarray:
        """Option of greatest value of every project, or −1."""
        return best_options(self.opened.case)

    @cached_property
    def behind(self) -> tuple[float, Floats] | None:
        """Bound of the relaxation (fen), and what each project's best option loses at its prices (fen)."""
        return self.priced("", self.opened.case, self.opened.model)

    def priced(self, key: str, case: Case, model: Model) -> tuple[float, Floats] | None:
        """Bound of a case's relaxation, and the profit of each project's best option at its prices; in fen."""
        if key not in self.bounds:
            found = model.relaxed(case, self.watch)
            if found is None or found[0].live is None:
                self.bounds[key] = None
            else:
                scale = model.numbers.goal_scale
                profit: Floats = np.full(len(case.inputs.projects), -np.inf)
                np.maximum.at(profit, case.measures.project[model.numbers.rows], found[0].profit)
                self.bounds[key] = (found[0].bound * scale, profit * scale)
        return self.bounds[key]

    @cached_property
    def told(self) -> tuple[np.ndarray, np.ndarray]:
        """Reason code and words of every candidate, as far as no further solve is needed."""
        case = self.opened.case
        config = case.loaded.config.model_copy(update={"language": self.language})
        return reason_codes(replace(case, loaded=replace(case.loaded, config=config)), self.opened.base.plan.options)

    def of(self, p: int) -> Reason:
        """The reason of one candidate that lost."""
        code, words = (column[p] for column in self.told)
        if code in KNOWN:
            return Reason(code, Message("explain.as_told", {"words": placed(self.opened, str(words))}))
        self.unasked = False
        return self._exactly(p) if len(self.opened.model.numbers.rows) <= EXACT else self._by_bounds(p)

    def _exactly(self, p: int) -> Reason:
        opened = self.opened
        case, found = trial(opened, p, self.watch, inside=True)
        if found is not None and above(found.value, opened.base.value):
            return self._told("gap_unresolved", 0.0, words="better")
        rule = next(self._limits(p, sorted({b.path for b in opened.case.rules.bounds})), None)
        source = None if rule else next(self._sources(p), None)
        least = None if found is None else max(0.0, float(opened.base.value) - found.bound)
        if rule:
            return self._told("limit_cap", least, rule=rule, shown={"name": rule.partition(".")[2]})
        if source:
            return self._told(
                "source_exhausted", least, rule=f"sources.{source}", shown={"source": source, **self._ask(p)}
            )
        if self.watch.over:
            return self._told("not_examined", least)
        if found is None:
            return self._told(
                "outranked", None, words=f"impossible{'_in_order' if held_by_order(opened, case, self.watch) else ''}"
            )
        falls = opened.base.value - found.value
        if falls <= 0 and opened.base.exact:
            return self._told("indifferent", least)
        gap = self._worth(found.bound - float(found.value))
        shown = {"falls": self._worth(float(falls)), "gap": gap, "goal": self._goal}
        if not above(opened.base.value, found.bound):
            return self._told("gap_unresolved", least, shown=shown)
        return self._told("outranked", least, shown=shown)

    def _limits(self, p: int, paths: list[str]) -> Iterator[str]:
        """Limits without which the project enters for certain."""
        for path in paths:
            case = changes.without_rule(self.opened.case, path)
            if path not in self.models:
                self.models[path] = self.opened.anew(case, self.watch)
            if self._enters(p, case, self.models[path]):
                yield path

    def _sources(self, p: int) -> Iterator[str]:
        """Sources with which the project enters for certain when they grow by its ask."""
        for source, more in growth(self.opened.case, int(self.best[p])).items():
            case = changes.with_money(self.opened.case, source, more)
            if self._enters(p, case, self.opened.anew(case, self.watch)):
                yield source

    def _enters(self, p: int, case: Case, model: Model) -> bool:
        """Whether every best plan of a case that forbids less holds the project."""
        inside, outside = changes.forced_in(case, p), changes.forced_out(case, p)
        if not has_options(inside, p):
            return False
        if len(self.opened.model.numbers.rows) > EXACT:
            return self._enters_by_bounds(p, inside, outside, model)
        found = model.best(inside, self.watch, self.opened.gap, near=linked(case, p))
        if found is None or (not self.opened.floors and not above(found.value, self.opened.base.value)):
            return False  # the stored plan, which lacks it, is as good
        without = model.best(outside, self.watch, self.opened.gap)
        return without is None or above(found.value, without.bound)

    def _enters_by_bounds(self, p: int, inside: Case, outside: Case, model: Model) -> bool:
        """The same of a large plan: one with the project, near the stored one, exceeds the bound of all without it."""
        bounds = [model.relaxed(case, self.watch) for case in (inside, outside)]
        if bounds[0] is None or bounds[1] is None:
            return False
        most, without = (found[0].bound * model.numbers.goal_scale for found in bounds if found is not None)
        if not above(most, max(without, float(self.opened.base.value))):
            return False
        if self.proofs >= PROOFS:
            self.unasked = True
            return False
        self.proofs += 1
        near = linked(inside, p)
        found = model.best(inside, self.watch, self.opened.gap, near=near, thorough=False)
        return found is not None and above(found.value, max(without, float(self.opened.base.value)))

    def _by_bounds(self, p: int) -> Reason:
        opened, gap = self.opened, self.opened.base.bound - float(self.opened.base.value)
        if opened.floors:  # what the earlier goals reach without a rule takes a search of its own
            self.unasked = True
            return self._by_cost(p)
        for path in sorted(self.tight | self._broken_by(int(self.best[p]))):
            case = changes.without_rule(opened.case, path)
            if path not in self.models:
                self.models[path] = opened.anew(case, self.watch)
            priced = self.priced(path, case, self.models[path])
            worthwhile = priced is not None and priced[1][p] > WORTHWHILE * gap
            if worthwhile and self._enters(p, case, self.models[path]):
                return self._told("limit_cap", None, rule=path, shown={"name": path.partition(".")[2]})
        if option_values(opened.case)[self.best[p]] > gap:
            for source, more in growth(opened.case, int(self.best[p])).items():
                if self.proofs >= PROOFS:
                    self.unasked = True
                    break
                case = changes.with_money(opened.case, source, more)
                model = opened.anew(case, self.watch)
                priced = self.priced(f"{source} {p}", case, model)
                if priced is not None and priced[1][p] > WORTHWHILE * gap and self._enters(p, case, model):
                    return self._told(
                        "source_exhausted", None, rule=f"sources.{source}", shown={"source": source, **self._ask(p)}
                    )
        return self._by_cost(p)

    def _by_cost(self, p: int) -> Reason:
        """Outranked when the bound proves that every plan with it is worse than the stored one; else unresolved."""
        opened, base = self.opened, self.opened.base
        if self.behind is None:
            return self._told("gap_unresolved", None, words="unknown")
        bound, profit = min(self.behind[0], base.bound), self.behind[1]
        prices = max(0.0, -float(profit[p]))
        case = changes.forced_in(opened.case, p)
        forced = opened.model.relaxed(case, self.watch) if not self.watch.over else None
        inside = bound - prices if forced is None else forced[0].bound * opened.model.numbers.goal_scale
        least = float(base.value) - min(inside, bound - prices)
        gap = self._worth(base.bound - float(base.value))
        shown = {"falls": self._worth(max(0.0, bound - inside)), "gap": gap, "goal": self._goal}
        words, unasked = ("proved" if least > 0 else "bounded"), self.unasked or self.watch.over
        code = "not_examined" if unasked else "outranked" if least > 0 else "gap_unresolved"
        return self._told(code, max(0.0, least), prices=prices, words=words, shown=shown)

    @cached_property
    def tight(self) -> frozenset[str]:
        """Rules that bind in the stored plan or in the relaxation."""
        opened = self.opened
        rows = limits_table(opened.case, opened.base.plan)
        found = {b.path for b, binds in zip(opened.case.rules.bounds, rows["binding"], strict=True) if binds}
        relaxed = opened.model.relaxed(opened.case, self.watch)
        if relaxed is not None and relaxed[0].x is not None:
            c, n = opened.model.engine.compiled, opened.model.numbers
            value = c.matrix @ relaxed[0].x[: c.matrix.shape[1]]
            for side, equation in (("FLOORS", "floor"), ("CAPS", "cap")):
                at = c.rows_of(equation)
                near = np.abs(value[at] - c.row_upper[at]) <= 1e-7 * np.maximum(1.0, np.abs(c.row_upper[at]))
                found |= {opened.case.rules.bounds[n.sides[side][i]].path for i in np.flatnonzero(near).tolist()}
        return frozenset(found)

    def _broken_by(self, row: int) -> frozenset[str]:
        """Rules whose caps the stored plan would exceed with one option more."""
        rules, totals, found = self.opened.case.rules, self.opened.base.plan.totals, set()
        for bound in rules.bounds:
            group, (_, upper) = rules.groups[bound.group], bound.ends(totals)
            adds = group.amounts[slice(*np.searchsorted(group.rows, (row, row + 1)))]
            if upper is not None and len(adds) and totals[bound.group] + Fraction(float(adds[0])) > upper:
                found.add(bound.path)
        return frozenset(found)

    def _ask(self, p: int) -> dict[str, str]:
        award = self.opened.case.measures.amount("award")[self.best[p]]
        money = self.opened.case.money
        return {"ask": amount(float(award) / money.fen_per_unit, money, self.language)}

    @property
    def _goal(self) -> str:
        """What the stored plan reaches."""
        return self._worth(abs(float(self.opened.base.value)))

    def _worth(self, fen: float) -> str:
        """An amount of the goal."""
        return worth(fen / self.opened.case.money.fen_per_unit, money_of_goal(self.opened.run), self.language)

    def _told(
        self,
        code: str,
        least: float | None,
        *,
        rule: str = "",
        prices: float | None = None,
        words: str = "",
        shown: Mapping[str, object] = MappingProxyType({}),
    ) -> Reason:
        message = Message(f"explain.reason_{code}{'_' if words else ''}{words}", shown)
        told = None if least is None else units(self.opened, least)
        return Reason(code, message, rule, told, None if prices is None else units(self.opened, prices))


def growth(case: Case, row: int) -> dict[str, dict[int, int]]:
    """Source → year → fen that an option asks of it; what falls due after the plan counts in the last plan year."""
    payments, years = case.options.payments, case.loaded.config.years
    asked: dict[str, dict[int, int]] = {}
    for line in np.flatnonzero(payments["option"].to_numpy(np.int64) == row).tolist():
        year = min(max(int(payments["year"].iloc[line]), years[0]), years[-1])
        for source in case.options.payers[int(payments["payers"].iloc[line])]:
            pot = asked.setdefault(source, {})
            pot[year] = pot.get(year, 0) + int(payments["amount"].iloc[line])
    return asked
