"""HiGHS: one linear or integer program in, what was found and proved out. Nothing else knows the solver.

A `Watch` carries the deadline and the user's interrupt into the solver: HiGHS can overrun its own time limit
by minutes inside a phase, so its callbacks ask the watch too. An interrupted solve keeps its plan and bound.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

import highspy
import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch
from allocator.money.arrays import Floats

_FOUND = highspy.SolutionStatus.kSolutionStatusFeasible
_FINE = 1e-9
_FINE_COLUMNS = 20_000  # fine tolerances cost nothing up to here, and many simplex iterations beyond
_NONE = 1e30  # what HiGHS says of a bound that it has not
GRACE = 5.0
"""Seconds HiGHS has to come back after it was told to stop."""
PHANTOM = 1e-6
"""Share by which a plan may be worth less than HiGHS says."""


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise ``cost · x + offset`` with ``row_lower ≤ matrix x ≤ row_upper``; ``integer`` marks whole columns."""

    matrix: sp.csc_array
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    integer: np.ndarray[Any, np.dtype[np.bool_]]
    cost: Floats
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a solve ended with; ``bound`` holds even when it was stopped."""

    status: Literal["optimal", "infeasible", "stopped"]
    x: Floats | None
    value: float
    bound: float
    row_dual: Floats = field(default_factory=lambda: np.zeros(0))
    column_dual: Floats = field(default_factory=lambda: np.zeros(0))
    nodes: int = 0
    """Nodes of its search tree."""


_log: ContextVar[TextIO | None] = ContextVar("log", default=None)


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """HiGHS's own log of every solve goes to a file, line by line."""
    with path.open("w", encoding="utf-8", buffering=1) as file:
        before = _log.set(file)
        try:
            yield
        finally:
            _log.reset(before)


class _Quiet(highspy.Highs):
    """HiGHS without a word on the console; `output_flag` would silence the progress callbacks too."""

    def enableCallbacks(self) -> None:  # noqa: N802 (called by the constructor, and the first to print)
        self.setOptionValue("log_to_console", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class Solver:
    """One live HiGHS model: bounds and costs change, the next solve starts from where the last one ended.

    It solves at the tolerances that HiGHS is tested at, unless it is to be ``fine``, which is for plans, never for
    proofs: at finer ones HiGHS has claimed bounds below plans that exist.
    """

    def __init__(
        self,
        program: Program,
        watch: Watch,
        *,
        seed: int = 0,
        relaxed: bool = False,
        fine: bool = False,
        presolve: bool = True,
    ) -> None:
        self.watch, self.program, self.presolve = watch, program, presolve
        self.least: float | None = None
        self.mixed = bool(program.integer.any()) and not relaxed
        self.highs = h = _Quiet()  # type: ignore[no-untyped-call]
        h.setOptionValue("random_seed", seed)
        h.setOptionValue("threads", 1)  # the plan must not depend on the number of threads
        h.setOptionValue("parallel", "off")
        for name in ("primal", "dual", "mip") if fine and len(program.cost) <= _FINE_COLUMNS else ():
            h.setOptionValue(f"{name}_feasibility_tolerance", _FINE)
        rows, columns = program.matrix.shape
        if (log := _log.get()) is not None:
            self._log_to(log)
        h.passModel(_as_lp(program, mixed=self.mixed))
        watch.size = (rows, columns)
        watch.tell()
        for event in (h.cbMipInterrupt, h.cbSimplexInterrupt, h.cbIpmInterrupt):
            event.subscribe(self._poll)
        if self.mixed:
            h.cbMipLogging.subscribe(self._hear)

    def _log_to(self, log: TextIO) -> None:
        rows, columns = self.program.matrix.shape
        log.write(f"\n# {self.watch.seconds:.1f} s, {self.watch.phase}: {rows:,} rows, {columns:,} columns\n")

        def hear(event: Any) -> None:
            if not log.closed:
                log.write(event.message)

        self.highs.setOptionValue("log_file", os.devnull)  # without a console or a file the callback hears nothing
        self.highs.cbLogging.subscribe(hear)

    def _poll(self, event: Any) -> None:
        if self.watch.over or (self.least is not None and self._hopeless(event.data_out)):
            event.interrupt()

    def _hopeless(self, data: Any) -> bool:
        """Whether a plan is there, and none of this program is worth the least asked."""
        return bool(abs(data.mip_primal_bound) < _NONE and data.mip_dual_bound < self.least)

    def _hear(self, event: Any) -> None:
        data = event.data_out
        best = data.mip_primal_bound if abs(data.mip_primal_bound) < _NONE else None
        self.watch.tell(None, best, data.mip_dual_bound if abs(data.mip_dual_bound) < _NONE else None)

    def run(
        self,
        *,
        gap: float = 0.0,
        nodes: int | None = None,
        start: Floats | None = None,
        target: float | None = None,
        least: float | None = None,
    ) -> Outcome:
        """Solve; a mixed program ends within ``gap`` of the optimum, or after ``nodes``, or when the watch says so.

        With a ``target`` it also ends at the first plan that is as good; where ``least`` is asked, as soon as there
        is some plan and none can be worth so much.
        """
        h, self.least = self.highs, least
        if self.watch.left < 1e9:
            h.setOptionValue("time_limit", h.getRunTime() + max(self.watch.left, 0.01))
        if self.mixed:
            h.setOptionValue("mip_rel_gap", gap)
            h.setOptionValue("mip_abs_gap", 0.0)
            h.setOptionValue("mip_max_nodes", 2**31 - 1 if nodes is None else nodes)
            h.setOptionValue("objective_target", -np.inf if target is None else target)
        outcome = Outcome("stopped", None, -np.inf, np.inf)
        for presolve in ("choose",)[: self.presolve] + ("off",)[: self.mixed or not self.presolve]:
            h.setOptionValue("presolve", presolve)
            if start is not None:
                solution = highspy.HighsSolution()
                solution.col_value = start.tolist()
                h.setSolution(solution)
            if not self._finish():
                break
            outcome = self._outcome()
            if not self._phantom(outcome):
                break
        return outcome

    def _phantom(self, outcome: Outcome) -> bool:
        """Whether HiGHS tells of a better plan than it hands out: with a start its presolve can bring one (seen in 1.16).

        The bound is then no better than that value, which no plan exceeds; but the search has ended for nothing.
        """
        if not self.mixed or outcome.x is None or self.watch.over:
            return False
        worth = float(self.program.cost @ outcome.x) + self.program.offset
        return outcome.value - worth > PHANTOM * max(1.0, abs(worth))

    def add_columns(self, part: Program) -> None:
        """Add columns to the live model; the next solve goes on from the last basis."""
        m = part.matrix
        self.highs.addCols(
            len(part.cost), part.cost, part.column_lower, part.column_upper, m.nnz, m.indptr[:-1], m.indices, m.data
        )

    def add_rows(self, rows: Sequence[tuple[Floats, float]]) -> None:
        """Add rows with lower ends to the live model; the next solve goes on from the last basis."""
        if not rows:
            return
        m, lower = sp.csr_array(np.array([row for row, _ in rows])), np.array([end for _, end in rows])
        self.highs.addRows(len(rows), lower, np.full(len(rows), np.inf), m.nnz, m.indptr[:-1], m.indices, m.data)

    def go_on_from(self, other: Solver) -> None:
        """Begin with the basis of another model of the same columns, whose rows are the first of this one's."""
        basis = other.highs.getBasis()
        more = self.highs.getNumRow() - len(basis.row_status)
        basis.row_status = [*basis.row_status, *[highspy.HighsBasisStatus.kBasic] * more]
        self.highs.setBasis(basis)

    def change_bounds(self, at: np.ndarray[Any, np.dtype[np.int64]], lower: Floats, upper: Floats) -> None:
        """Change the bounds of columns of the live model."""
        self.highs.changeColsBounds(len(at), at.astype(np.int32), lower, upper)

    def change_costs(self, at: np.ndarray[Any, np.dtype[np.int64]], cost: Floats) -> None:
        """Change the costs of columns of the live model."""
        self.highs.changeColsCost(len(at), at.astype(np.int32), cost)

    def change_coefficient(self, row: int, column: int, value: float) -> None:
        """Change one coefficient of the live model."""
        self.highs.changeCoeff(row, column, value)

    @property
    def prices(self) -> Floats:
        """Dual values of the rows after the last solve of a relaxation."""
        return np.array(self.highs.getSolution().row_dual)

    @property
    def infeasible(self) -> bool:
        """Whether the last solve proved that there is no solution."""
        kinds = highspy.HighsModelStatus
        return self.highs.getModelStatus() in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible)

    def change_rows(self, before: Program, after: Program) -> None:
        """Change the row bounds that differ between two programs."""
        at = np.flatnonzero((before.row_lower != after.row_lower) | (before.row_upper != after.row_upper))
        change: Any = self.highs.changeRowsBounds  # type: ignore[attr-defined]  # missing from the stubs alone
        change(len(at), at.astype(np.int32), after.row_lower[at], after.row_upper[at])

    def _finish(self) -> bool:
        """Let HiGHS run in a thread of its own, so that one that answers neither clock nor callback can be left."""
        done = threading.Event()

        def work() -> None:
            self.highs.run()
            done.set()

        threading.Thread(target=work, daemon=True).start()
        while not done.wait(0.2):
            if self.watch.over and not done.wait(GRACE):
                return False
        return True

    def _outcome(self) -> Outcome:
        h, status = self.highs, self.highs.getModelStatus()
        info, kinds = h.getInfo(), highspy.HighsModelStatus
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return Outcome("infeasible", None, -np.inf, -np.inf)
        found = info.primal_solution_status == int(_FOUND)
        solution = h.getSolution()
        x = np.array(solution.col_value) if found else None
        value = info.objective_function_value if found else -np.inf
        done = status in (kinds.kOptimal, kinds.kModelEmpty)
        if self.mixed:
            nodes = int(info.mip_node_count)
            return Outcome("optimal" if done else "stopped", x, value, info.mip_dual_bound, nodes=nodes)
        bound = value if done else np.inf
        row_dual, column_dual = np.array(solution.row_dual), np.array(solution.col_dual)
        return Outcome("optimal" if done else "stopped", x, value, bound, row_dual, column_dual)


def _as_lp(program: Program, *, mixed: bool) -> highspy.HighsLp:
    """A program as HiGHS takes it."""
    lp = highspy.HighsLp()
    rows, columns = program.matrix.shape
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_, lp.offset_ = program.cost, program.offset
    lp.col_lower_, lp.col_upper_ = program.column_lower, program.column_upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = columns, rows
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    if mixed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[i] for i in program.integer.astype(int).tolist()]
    return lp
