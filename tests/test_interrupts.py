"""Ctrl-C, time limits and kills in every phase keep the best plan with its true gap, or nothing at all."""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from planning import ROOT, Row, write_plan

import allocator
from allocator import pipeline
from allocator.messages.watch import Watch
from allocator.optimise import planner
from allocator.optimise.search import engine, sifting
from allocator.problem import build
from allocator.verify import verify

solve = importlib.import_module("allocator.optimise.search.strategy")
DELAYS = int(os.environ.get("ALLOCATOR_TEST_SIGNALS", "2"))
"""Moments at which a real process gets a real signal; more take longer."""
BEFORE = ("load", "options", "screen", "build")
SOLVING = ("translate", "lp", "rens", "mip", "ties")
AFTER = ("extract", "weigh", "write", "verify", "report")


def pool(count: int) -> tuple[Row, list[Row]]:
    """A plan of ``count`` projects that takes a while to prove."""
    draw = random.Random(count)
    projects = [
        {
            "project_id": f"P{at:04d}",
            "region": f"R{draw.randrange(8)}",
            "category": draw.choice(["plant", "renovation"]),
            "fixed_investment": 500 + draw.randrange(60_000),
            "equipment_investment": 300 + draw.randrange(20_000),
            "jobs": draw.randrange(900),
        }
        for at in range(count)
    ]
    config: Row = {
        "money": "万元",
        "years": [2021, 2022],
        "sources": {"fiscal": {"budget": count * 250, "pays": ["grant", "loan"], "carryover": {"max_share": 0.2}}},
        "instruments": {
            "grant": {"kind": "grant", "rate": 0.06, "award": {"levels": 5, "step": 1}, "start": {"delay": 1}},
            "loan": {
                "kind": "grant",
                "base": "equipment_investment",
                "where": {"category": "renovation"},
                "rate": 0.1,
                "award": {"levels": 4, "step": 1},
                "payments": [0.6, 0.4],
            },
        },
        "leverage": {"goal": "additional", "response": [[0, 0], [0.5, 0.7], [1, 1]]},
        "goals": {"terms": [{"measure": "leveraged_investment"}, {"measure": "jobs", "weight": 7.3}]},
        "limits": [
            {"name": "regions", "measure": "award", "each": "region", "max_share": 0.2, "min_share": 0.05},
            {"name": "jobs", "measure": "jobs", "min": count * 120},
        ],
        "dependencies": [{"excludes": ["P0000", "P0001"]}, {"requires": ["P0002", "P0003"]}],
        "solver": {"gap": 0.0005, "time_limit": 60},
    }
    return config, projects


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config, projects = pool(28)
    return write_plan(tmp_path_factory.mktemp("pool"), config, projects=projects)


@pytest.fixture(scope="module")
def best(plan: Path) -> allocator.Solution:
    return planner.solve(build.load(plan))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small plans take the way of large ones, through every phase."""
    monkeypatch.setattr(solve, "SMALL", 0)
    monkeypatch.setattr(engine, "LARGE", 0)
    monkeypatch.setattr(solve, "NODES", 1)
    monkeypatch.setattr(sifting, "SAMPLES", (20, 60))
    monkeypatch.setattr(sifting, "BANDS", (0.1, 0.05))


class CtrlC:
    """Presses Ctrl-C when a phase begins."""

    def __init__(self, phase: str) -> None:
        self.phase, self.seen = phase, set[str]()

    def __call__(self, phase: str, *_figures: Any) -> None:
        before, self.seen = phase in self.seen, self.seen | {phase}
        if phase == self.phase and not before:
            signal.raise_signal(signal.SIGINT)


def kept(folder: Path, best: allocator.Solution) -> None:
    """A stored plan holds, and its bound is not below the best plan known."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    assert [] == list(verify(folder).violations)
    assert float(manifest["objective"]) <= float(best.bound)
    assert float(best.objective) <= float(manifest["bound"])
    gap = float(manifest["bound"]) / float(manifest["objective"]) - 1
    assert abs(gap - float(manifest["gap"])) <= 1e-9


@pytest.mark.usefixtures("large")
@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    "phase", [*SOLVING[::2], *AFTER[1::2], BEFORE[1], *BEFORE[::2], BEFORE[3], *SOLVING[1::2], *AFTER[::2]]
)
def test_ctrl_c_keeps_the_best_plan_or_nothing(
    plan: Path, best: allocator.Solution, tmp_path: Path, phase: str
) -> None:
    """Before there is a plan nothing is stored; afterwards the plan is, with the bound reached."""
    press = CtrlC(phase)
    try:
        folder = pipeline.run(
            plan, out=tmp_path / "runs", overrides=["solver.gap=0"], time_limit=1, progress=press
        ).folder
    except (KeyboardInterrupt, allocator.Interrupted):
        assert phase not in AFTER
        assert not (tmp_path / "runs").exists()
    else:
        assert folder is not None
        assert phase not in BEFORE
        assert [folder] == list((tmp_path / "runs").iterdir())
        kept(folder, best)
    assert phase in press.seen or phase in ("mip", "ties")


@pytest.mark.sweep(1)
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("phase", SOLVING)
def test_a_time_limit_keeps_a_plan_with_its_true_gap(
    plan: Path, best: allocator.Solution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    """Wherever the time ends, there is a plan, and no better one is above its bound."""
    tell = Watch.tell

    def ends(watch: Watch, now: str | None = None, *figures: Any) -> None:
        tell(watch, now, *figures)
        if now == phase:
            watch.deadline = time.monotonic()

    monkeypatch.setattr(Watch, "tell", ends)
    found = pipeline.run(plan, out=tmp_path / "runs", overrides=["solver.gap=0"], time_limit=1)

    assert found.folder is not None
    kept(found.folder, best)


def test_the_gap_of_a_stopped_plan_is_honest(plan: Path, best: allocator.Solution) -> None:
    """A plan made in no time is near the best, and says how far it may be from it."""
    quick = planner.solve(build.load(plan), time_limit=0)

    assert "feasible" == quick.status
    assert quick.objective <= best.bound
    assert best.objective <= quick.bound
    assert float(quick.gap) < 0.1


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float]:
    """A run as a planner starts it, and how long it takes until its plan is being proved."""
    config, projects = pool(60)
    path = write_plan(tmp_path_factory.mktemp("whole"), config, projects=projects)
    run = [sys.executable, "-m", "allocator", "run", str(path), "--gap", "0", "--time-limit", "2"]
    begun = time.monotonic()
    subprocess.run([*run[:-1], "0", "--out", str(path.parent / "runs")], env=environment(path.parent), check=True)
    return run, time.monotonic() - begun


def environment(folder: Path) -> dict[str, str]:
    """What a process needs to find the project, with a temporary folder of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a process gets no such signal there")
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)] if os.name != "nt" else []
)
def test_a_signal_leaves_a_whole_run_or_none(command: tuple[list[str], float], tmp_path: Path, number: int) -> None:
    """A process that is stopped at any moment says no traceback and leaves no half of a run."""
    run, whole = command
    for at in range(DELAYS):
        out = tmp_path / f"runs{at}"
        process = subprocess.Popen(
            [*run, "--out", str(out)],
            env=environment(tmp_path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(0.5 + whole * at / DELAYS)
        process.send_signal(number)
        said = process.communicate()[1]
        stored = list(out.iterdir()) if out.exists() else []

        assert "Traceback" not in said
        assert process.returncode in ((0, 130) if number == signal.SIGINT else (-number,))
        assert (process.returncode == 0) == (len(stored) == 1)
        assert all(verify(folder).ok for folder in stored)
