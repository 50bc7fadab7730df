"""Tables that only tell a plan again, held to a second implementation that shares nothing with those who made them."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import demo_cut
import demo_year
import pytest
from reference import opinion
from run_folders import write_run
from test_corruptions import corrupt, meaning, read, stored, write

import allocator

SCENARIOS = (
    "chains",
    "debt",
    "green",
    "instruments",
    "judged",
    "least_spending",
    "replan",
    "robust",
    "uncertain",
    "volume",
)
LOOSE = "solver.gap=0.02 solver.time_limit=30"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth of the demo, its first plan as one that was approved, and what became of that."""
    folder = tmp_path_factory.mktemp("cut")
    demo_cut.write(folder)
    first = allocator.run(folder / "guangxi.yaml", overrides=LOOSE.split(), out=folder / "runs")
    approved = folder / "data" / "previous"
    approved.mkdir()
    for name, table in (("awards", first.awards), ("payments", first.payments)):
        table.to_csv(approved / f"{name}.csv", index=False, encoding="utf-8-sig")
    demo_year.write(folder / "data" / "progress.csv", demo_year.progress(approved, folder / "data" / "projects.csv"))
    return folder


def test_figures_worked_by_hand_are_those_of_a_second_opinion(whole: Path) -> None:
    """The run whose every figure was worked out by hand is what the second implementation finds as well."""
    facts, otherwise = opinion(whole)

    assert (True, []) == (facts > 400, otherwise)


@pytest.mark.sweep(1)
@pytest.mark.parametrize("name", ["totals", "projects"])
def test_a_second_opinion_sees_what_is_wrong(name: str, whole: Path, tmp_path: Path) -> None:
    """Cells, rows and headers that are changed, dropped, doubled and swapped are told."""
    rng, run, rows = Random(4), Path(shutil.copytree(whole, tmp_path / "run")), read(whole, name)
    missed = []
    for _ in range(25):
        wrong = corrupt(rng, rows)
        write(run, name, wrong)
        if meaning(wrong) != meaning(rows) and not opinion(run)[1]:
            missed.append(set(meaning(wrong)) ^ set(meaning(rows)))

    assert [] == missed


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (3, 8))])
def test_a_random_plan_is_told_as_a_second_opinion_has_it(seed: int, tmp_path: Path) -> None:
    """Totals, candidates, debt, warnings, scores and assumptions of plans that use everything a config can say."""
    assert [] == opinion(stored(seed, tmp_path))[1]


@pytest.mark.slow
def test_the_plan_of_the_cut_is_told_as_a_second_opinion_has_it(cut: Path) -> None:
    """A tenth of the demo: awards, bonds and warnings of every kind."""
    assert [] == opinion(next((cut / "runs").iterdir()))[1]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_told_as_a_second_opinion_has_it(scenario: str, cut: Path, tmp_path: Path) -> None:
    """Every scenario of the demo, on a tenth of its projects."""
    path = cut / "scenarios" / f"{scenario}.yaml"
    solution = allocator.run(path, overrides=[*demo_cut.OF_SCENARIOS[scenario].split(), *LOOSE.split()], out=tmp_path)

    assert solution.folder is not None
    assert [] == opinion(solution.folder)[1]
