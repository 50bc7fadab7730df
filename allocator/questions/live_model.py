"""A model that stays open: change budgets, limits, weights or locks, and the next plan starts from the last one.

    model = allocator.open("configs/guangxi.yaml")
    model.solve()
    model.with_budget("fiscal", 2022, 900_000).solve()

A change is written like `--set`, so it can do all that `--set` can. What only moves bounds, weights or locks
keeps the tables, the options, the compiled model and the solver's basis. With outcomes, falls or an earlier plan, and
where rules between projects change, tables, options and the last plan are kept; anything else opens the model anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allocator.config.source.likeness import same_options, same_rows
from allocator.config.source.load import load_config
from allocator.messages.errors import VerificationFailed
from allocator.messages.progress import Phases
from allocator.optimise.planner import solve
from allocator.options.named_projects import with_ids
from allocator.problem import dependencies, goals, limits
from allocator.problem.build import case_of, load
from allocator.problem.case import Case, usable
from allocator.runs.solution import Solution
from allocator.verify.again import Verifier

if TYPE_CHECKING:
    from allocator.money.arrays import Floats, Ints
    from allocator.optimise.instance import Instance
    from allocator.optimise.search.engine import Engine

Number = int | float | Decimal | str


class LiveModel:
    """An open model; every ``with_…`` changes it and returns it."""

    def __init__(self, path: str | Path, scenario: str | None = None, overrides: Sequence[str] = ()) -> None:
        self.path, self.scenario, self.overrides = path, scenario, list(overrides)
        self.case: Case = load(path, scenario, overrides)
        self._numbers: Instance | None = None
        self._engine: Engine | None = None
        self._last: tuple[Ints, Floats] | None = None
        self._verifier = Verifier()

    def change(self, *overrides: str) -> LiveModel:
        """Change values as `--set a.b.c=value` does.

        Raises:
            InputError: what is wrong with the values; the model stays as it was.
        """
        return self._become(self.scenario, [*self.overrides, *overrides])

    def with_scenario(self, name: str | None) -> LiveModel:
        """Go over to another scenario of the config, or to none; changes made so far stay on top of it."""
        return self._become(name, self.overrides)

    def with_budget(self, source: str, year: int, amount: Number) -> LiveModel:
        """Change the budget of one source and year, in the config's unit."""
        budgets = {str(y): str(self.case.loaded.config.budget(source, y)) for y in self.case.loaded.config.years}
        budgets[str(year)] = str(amount)
        told = ", ".join(f"{y}: {a}" for y, a in budgets.items())
        return self.change(f"sources.{source}.budget={{{told}}}")

    def with_limit(self, name: str, **ends: Number) -> LiveModel:
        """Change the ends of a limit: ``min``, ``max``, ``min_share``, ``max_share``, ``soft``."""
        return self.change(*(f"limits.{name}.{end}={value}" for end, value in ends.items()))

    def with_target(self, name: str, **ends: Number) -> LiveModel:
        """Change the ends of a target: ``min``, ``max``, ``shortfall_price`` and others that it has."""
        return self.change(*(f"targets.{name}.{end}={value}" for end, value in ends.items()))

    def with_weight(self, term: int, weight: Number) -> LiveModel:
        """Change the weight of a goal's term, counted from 0."""
        return self.change(f"goals.terms.{term}.weight={weight}")

    def with_locks(self, *, must_fund: Sequence[str] = (), must_not: Sequence[str] = ()) -> LiveModel:
        """Replace the locks of the config, projects by id or by a name that only one has; those of the table stay."""
        told = {"must_fund": list(must_fund), "must_not": list(must_not)}
        return self.change(*(f"locks.{key}={json.dumps(ids, ensure_ascii=False)}" for key, ids in told.items()))

    def solve(self, *, gap: float | None = None, time_limit: float | None = None) -> Solution:
        """Make the plan, from the last plan and basis where there are any, and verify it; see `allocator.solve`.

        Raises:
            VerificationFailed: the plan breaks a rule after all.
        """
        solution = solve(self.case, gap=gap, time_limit=time_limit, built=self._build())
        with Phases(None, solution.timings).of("verify"):
            verification = self._verifier.check(solution, self.case.inputs)
        if not verification.ok:
            raise VerificationFailed(verification.violations)
        return replace(solution, verified=verification.checks)

    def _become(self, scenario: str | None, overrides: Sequence[str]) -> LiveModel:
        """Be the model of the config with this scenario and these overrides."""
        loaded = with_ids(load_config(self.path, scenario, overrides), self.case.inputs)
        if not same_options(self.case.loaded.config, loaded.config):
            self.case, self._numbers, self._engine = load(self.path, scenario, overrides), None, None
            self._last = None
        elif same_rows(self.case.loaded.config, loaded.config):
            self._move(replace(self.case, loaded=loaded))
        else:
            self.case, self._last = case_of(loaded, self.case.inputs, options=self.case.options), self._plan()
            self._numbers = self._engine = None
        self.scenario, self.overrides = scenario, list(overrides)
        return self

    def _plan(self) -> tuple[Ints, Floats] | None:
        """The options of the model and the columns of its last plan."""
        if self._numbers is None or self._engine is None or self._engine.last is None:
            return self._last
        return self._numbers.rows, self._engine.last

    def _build(self) -> tuple[Instance, Engine]:
        """The model's numbers and what solves them, with the last plan to start from where it has the same columns."""
        from allocator.optimise import instance
        from allocator.optimise.search.engine import Engine

        if self._numbers is None or self._engine is None:
            self._numbers = instance.build(self.case)
            self._engine = Engine.of(self._numbers)
            if self._last is not None and np.array_equal(self._last[0], self._numbers.rows):
                x = self._last[1]
                self._engine.last = x if len(x) == len(self._engine.compiled.cost) else None
        return self._numbers, self._engine

    def _move(self, case: Case) -> None:
        """Take over a case with other bounds, weights or locks, and move the model's numbers accordingly."""
        from allocator.optimise import instance

        old, new, loaded = self.case.loaded.config, case.loaded.config, case.loaded
        if (old.limits, old.targets) != (new.limits, new.targets) or any(x.of == "budget" for x in new.limits):
            case = replace(case, rules=limits.resolve(loaded, case.measures))
        if old.goals != new.goals:
            case = replace(case, terms=goals.resolve(loaded, case.measures))
        if old.locks != new.locks:
            links = dependencies.resolve(loaded, case.inputs)
            case = replace(case, links=links, usable=usable(case.measures, links))
        moved = None if self._numbers is None else instance.moved(case, self._numbers)
        self.case = case
        if moved is None or self._engine is None:
            self._numbers = self._engine = None
            return
        self._engine.renew(moved)
        self._numbers = moved


def open(path: str | Path, scenario: str | None = None, overrides: Sequence[str] = ()) -> LiveModel:  # noqa: A001 (the public name)
    """Open a config as a model that stays live between solves.

    Raises:
        InputError: what is wrong with config or tables, all at once.
    """
    return LiveModel(path, scenario, overrides)
