"""From files to the matrix and back, without the solve: the readable model against the NumPy floor.

Both read the same files with the same reader and make the same options; the floor then assembles the matrix
with bare arrays, the allocator resolves the rules, makes the model's numbers and compiles the equations from
their templates. The two take turns in one process; CPU seconds; imports are done before.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import scipy.sparse as sp

from allocator.config.source.load import load_config
from allocator.optimise import instance
from allocator.options.table import build_options
from allocator.problem import build
from allocator.tables.inputs import read_inputs
from models.compiler import Compiled, compile_model
from tests.benchmarks.floor import Floor
from tests.benchmarks.machine import emit


class Clock:
    """CPU seconds of consecutive phases."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.at = time.process_time()

    def lap(self, phase: str) -> None:
        now = time.process_time()
        self.laps[phase], self.at = now - self.at, now


def allocator_way(path: Path, clock: Clock) -> Compiled:
    """Read, resolve, build, compile and read an answer back, as `allocator run` does."""
    case = build.load(path)
    clock.lap("load")
    numbers = instance.build(case)
    clock.lap("build")
    compiled = compile_model(numbers.values)
    clock.lap("translate")
    x = answer(compiled.matrix.shape[1])
    chosen = numbers.rows[np.flatnonzero(x[: len(numbers.rows)] > 0.5)]
    draws = compiled.columns.part("draw", x) * numbers.money_scale
    assert len(case.options.table.iloc[chosen]) == len(chosen) and draws.ndim == 3
    clock.lap("extract")
    return compiled


def floor_way(path: Path, clock: Clock) -> Floor:
    """The same with bare arrays."""
    loaded = load_config(path)
    inputs = read_inputs(loaded)
    options = build_options(loaded, inputs)
    clock.lap("read")
    floor = Floor(loaded, inputs, options)
    clock.lap("floor")
    floor.extract(answer(floor.matrix.shape[1]))
    clock.lap("extract")
    return floor


def answer(columns: int) -> np.ndarray:
    """Columns as a solver would give them back."""
    return (np.arange(columns) % 20 == 0).astype(float)


def same(compiled: Compiled, floor: Floor) -> bool:
    """Whether both made the same rows, up to their scale and the side on which an equation is written."""
    ours, theirs = (_normal(m.matrix, m.row_lower, m.row_upper) for m in (compiled, floor))
    pairs = [*zip(ours, theirs, strict=True), (compiled.cost, floor.cost)]
    return all(a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs)


def _normal(matrix: sp.csc_array, lower: np.ndarray, upper: np.ndarray) -> list[np.ndarray]:
    m = sp.csr_array(matrix)
    m.sort_indices()
    first = m.data[m.indptr[:-1]]
    unit = 1 / np.where(lower == upper, first, np.abs(first))
    data = m.data * np.repeat(unit, np.diff(m.indptr))
    return [m.indptr, m.indices, data, lower * unit, upper * unit]


def measure(path: Path, repeats: int) -> dict[str, Any]:
    """Median CPU seconds of every phase of both ways, alternated, and their ratios."""
    ways: dict[str, Callable[[Path, Clock], Any]] = {"allocator": allocator_way, "floor": floor_way}
    made = {name: way(path, Clock()) for name, way in ways.items()}  # also imports, caches and templates
    if not same(made["allocator"], made["floor"]):
        raise SystemExit("the two ways made different matrices")
    shape, nonzeros = made["allocator"].matrix.shape, int(made["allocator"].matrix.nnz)
    options = len(made["floor"].rows)
    made.clear()
    laps: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            gc.collect()
            clock = Clock()
            way(path, clock)
            laps[name].append(clock.laps)
    seconds = {n: {phase: median(lap[phase] for lap in found) for phase in found[0]} for n, found in laps.items()}
    ratios = [sum(a.values()) / sum(f.values()) for a, f in zip(laps["allocator"], laps["floor"], strict=True)]
    read = seconds["floor"]["read"]
    after = [sum(seconds[name].values()) - read for name in ways]
    sizes = {"options": options, "rows": shape[0], "columns": shape[1], "nonzeros": nonzeros}
    return {"seconds": seconds, "ratio": median(ratios), "ratio_without_reading": after[0] / after[1], **sizes}


if __name__ == "__main__":
    emit(measure(Path(sys.argv[1]), int(sys.argv[2])))
