"""The compiled model and its live relaxation, kept from one solve to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.messages.watch import Watch
from allocator.money.arrays import Flags, Floats
from allocator.optimise.instance import Instance
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.sifting import Live, Relaxation, Sifted, relax, resume, whole
from allocator.problem.case import Case
from models.compiler import Compiled, compile_model, recompile
from models.formulation import EQUATIONS

LARGE = 30_000
"""Options from which the relaxation is solved by sifting."""


class NoPlan(Exception):
    """The full model has no plan."""


@dataclass(eq=False)
class Engine:
    """What solves one model again and again while its budgets, limits, weights and locks change."""

    compiled: Compiled
    local: Flags
    single: Flags
    live: Live | None = None
    last: Floats | None = None
    """Columns of the last plan."""

    @staticmethod
    def of(instance: Instance) -> Engine:
        """Compile the model of an instance."""
        compiled = compile_model(instance.values)
        local, single = np.zeros((2, len(compiled.row_lower)), bool)
        for eq in EQUATIONS:
            local[compiled.rows_of(eq.name)] = eq.links in ("options", "projects")
        single[compiled.rows_of("one_option")] = True
        return Engine(compiled, local, single)

    def program(self, case: Case, instance: Instance) -> Program:
        """The compiled model as the solver takes it, with the locks of ``case`` as bounds."""
        c = self.compiled
        lower, column_upper = c.row_lower.copy(), c.column_upper.copy()
        column_upper[: len(instance.rows)][~case.usable[instance.rows]] = 0.0
        must = np.zeros(len(case.inputs.projects), bool)
        must[list(case.links.must_fund)] = True
        for name in ("one_option", "must_fund"):
            lower[c.rows_of(name)] = np.where(must[c.row_members[name][0]], 1.0, -np.inf)
        return Program(c.matrix, lower, c.row_upper, c.column_lower, column_upper, c.integer, c.cost)

    def relax(self, program: Program, case: Case, instance: Instance, watch: Watch) -> Relaxation | None:
        """The linear relaxation, from the last one's basis where there is one; None when the time ends first.

        Raises:
            NoPlan: not even the relaxation has a plan.
        """
        seed = case.loaded.config.solver.seed
        sifted = self.sifted(program, case, instance)
        found: Relaxation | None = None
        if self.live is not None and self.live.program.matrix is program.matrix:
            found = resume(sifted, self.live, watch)
        elif len(instance.rows) > LARGE:
            found = relax(sifted, watch, seed)
        if (found is None or found.x is None) and not watch.over:
            solver = Solver(program, watch, seed=seed, relaxed=True)
            found = whole(sifted, solver, watch)
            if found is None and solver.infeasible:
                raise NoPlan
        self.live = None if found is None else found.live
        return found

    def sifted(self, program: Program, case: Case, instance: Instance) -> Sifted:
        """The program with which rows are of single projects; rows added at its end are of all."""
        more = np.zeros(program.matrix.shape[0] - len(self.local), bool)
        local, single = np.append(self.local, more), np.append(self.single, more)
        return Sifted(program, case.measures.project[instance.rows], single, local)

    def renew(self, instance: Instance) -> None:
        """Take over numbers with other bounds, costs or shares, for the same rows and columns."""
        before = self.compiled
        self.compiled = compiled = recompile(before, instance.values)
        if self.live is not None and compiled.matrix is not before.matrix:
            changed = (compiled.matrix - before.matrix).tocoo()
            place = np.full(len(compiled.cost), -1)
            place[self.live.columns] = np.arange(len(self.live.columns))
            entries = [(int(r), int(c)) for r, c, v in zip(changed.row, changed.col, changed.data, strict=True) if v]
            for row, column in entries:
                self.live.solver.change_coefficient(row, int(place[column]), float(compiled.matrix[row, column]))
            self.live.program = replace(self.live.program, matrix=compiled.matrix)
