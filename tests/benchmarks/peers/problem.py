"""The tables every front end starts from; `python -m tests.benchmarks.peers.NAME FOLDER GAP SECONDS` solves one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks.machine import emit


@dataclass(frozen=True)
class Source:
    """A source's budgets, what of them may be carried on, and what may fall due later."""

    budget: list[float]
    carry_share: float
    carry_years: int
    tail: float
    years: int

    def young(self, year: int) -> float:
        """Most that may be carried out of a plan year, by age; nothing leaves the last one."""
        last = len(self.budget) - 1
        return sum(self.budget[max(0, year + 1 - self.carry_years) : year + 1]) if year < last else 0.0


@dataclass(frozen=True)
class Problem:
    """Options with value and project, payments, members of measured groups, bounds, and rules between projects."""

    options: pd.DataFrame
    payments: pd.DataFrame
    members: pd.DataFrame
    sources: list[Source]
    bounds: list[tuple[list[tuple[int, float]], float]]
    needs: list[tuple[list[int], list[int]]]
    rivals: list[list[int]]

    @property
    def groups(self) -> int:
        """Number of measured groups."""
        return int(self.members["group"].max()) + 1

    def paid(self) -> Iterator[tuple[int, int, pd.DataFrame]]:
        """Source, year and payments of every year of every source, the plan's and later ones."""
        by_cell = dict(iter(self.payments.groupby(["source", "year"])))
        none = self.payments.iloc[:0]
        for s, source in enumerate(self.sources):
            yield from ((s, t, by_cell.get((s, t), none)) for t in range(source.years))


def main(solve: Callable[[Problem, float, float], dict[str, Any]]) -> None:
    """Read the tables, solve, and report the objective with the seconds since the tables were asked for."""
    folder, started = Path(sys.argv[1]), time.perf_counter()
    tables = [pd.read_csv(folder / f"{name}.csv") for name in ("options", "payments", "members")]
    rules = json.loads((folder / "rules.json").read_text())
    sources = [Source(**source) for source in rules.pop("sources")]
    answer = solve(Problem(*tables, sources, **rules), float(sys.argv[2]), float(sys.argv[3]))
    emit(answer | {"seconds": time.perf_counter() - started})
