"""What is claimed to be proved is true: no plan is worth more than a bound, whoever found it and whatever solved it."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from planning import Row, decide, write_plan

import allocator
from allocator.messages import LANGUAGES
from allocator.messages.watch import Watch
from allocator.money.arrays import Flags
from allocator.optimise import instance, planner
from allocator.optimise.search import proofs
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.highs import Outcome, Program
from allocator.optimise.search.program import Disagreement, Search
from allocator.optimise.search.second import second_solver
from allocator.problem import build
from allocator.runs import folder as run_folder

SOLVE = importlib.import_module("allocator.optimise.search.strategy")
COSTS = (265_000, 200_000, 14_000, 20_000, 15_000, 35_000, 23_983, 15_000, 26_504, 14_680, 48_400)
VALUES = (240, 214, 211, 211, 210, 202, 197, 190, 175, 141, 127)
CAPACITY, BEST = 400_000, 1751
SCALES = (400_000.0, 800_000.0, 300_000.0, 123_456.7, 1.0)


def chooser(folder: Path, choices: list[list[tuple[float, list[float]]]], most: list[float], **config: Any) -> Path:
    """A plan of projects with several options, each of some worth and weights, which are limited in sum."""
    projects, options = [], []
    for p, offered in enumerate(choices):
        name = f"P{p:03d}"
        projects.append({"project_id": name, "project_name": name, "region": "all", "category": "project"})
        for o, (worth, weights) in enumerate(offered):
            row: Row = {"project_id": name, "option": f"o{o}", "start_year": 2021, "fiscal@2021": 1, "worth": worth}
            options.append(row | {f"weight{n}": w for n, w in enumerate(weights)})
    plan = {
        "money": "元",
        "years": [2021],
        "sources": {"fiscal": {"budget": {2021: len(choices)}}},
        "goals": {"terms": [{"measure": "worth"}]},
        "limits": [{"name": f"limit {n}", "measure": f"weight{n}", "max": m} for n, m in enumerate(most)],
        "solver": {"gap": 0, "threads": 1},
        **config,
    }
    return write_plan(folder, plan, projects=projects, options=options)


def knapsack(folder: Path, factor: float = 1.0, **config: Any) -> Path:
    """The knapsack whose optimum HiGHS 1.16 misses when its row is divided by the capacity."""
    choices = [[(float(v), [c / factor])] for c, v in zip(COSTS, VALUES, strict=True)]
    return chooser(folder, choices, [CAPACITY / factor], **config)


@pytest.mark.sweep(3)
@pytest.mark.parametrize("scale", SCALES)
def test_a_knapsack_that_a_solver_gets_wrong_ends_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    """However the row is scaled: the optimum by enumeration, and a notice where the solves disagreed about it."""
    monkeypatch.setattr(instance, "power_of_ten", lambda _: scale)
    solution = decide(knapsack(tmp_path))

    assert (BEST, BEST, "optimal") == (solution.objective, solution.bound, solution.status)
    told = [m for m in solution.notices if m.code.startswith("solve.disagreed")]
    assert ("one solve" if told else "two solves") == solution.bound_by


@pytest.mark.parametrize("factor", [400_000, 40, 7])
def test_a_knapsack_in_other_units_ends_right(tmp_path: Path, factor: float) -> None:
    """Weights written as shares of the capacity, or in another unit, change nothing."""
    solution = decide(knapsack(tmp_path, factor))

    assert (BEST, "optimal", "two solves") == (solution.objective, solution.status, solution.bound_by)


@pytest.mark.parametrize("scale", SCALES)
def test_a_second_solve_is_right_where_the_first_is_not(scale: float) -> None:
    """Without presolve, with another seed and other scales."""
    count = len(COSTS)
    row, most = sp.csc_array(np.array([COSTS]) / scale), np.array([CAPACITY / scale])
    least, upper, whole = np.zeros(count), np.ones(count), np.ones(count, bool)
    program = Program(row, np.array([-np.inf]), most, least, upper, whole, np.array(VALUES, float))

    assert pytest.approx(BEST) == second_solver(program, Watch(), 0).run().value


def enumerated(choices: list[list[tuple[float, list[float]]]], most: list[float]) -> float:
    """The most that one option of each project, or none, is worth within the limits."""
    worth, weights = np.zeros(1), np.zeros((1, len(most)))
    for offered in choices:
        more = [(0.0, [0.0] * len(most)), *offered]
        worth = np.concatenate([worth + w for w, _ in more])
        weights = np.concatenate([weights + np.array(needs) for _, needs in more])
    return float(worth[(weights <= np.array(most)).all(axis=1)].max())


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("projects", "levels", "rows"), [(14, 1, 5), (14, 1, 1), (7, 3, 2), (6, 4, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_generated_knapsacks_have_the_optimum_of_enumeration(
    tmp_path: Path, projects: int, levels: int, rows: int, seed: int
) -> None:
    """Several limits, several levels of each project, worth nearly in proportion to weight."""
    rng = Random(seed * 100 + projects + rows)
    choices = []
    for _ in range(projects):
        whole = [rng.randint(10, 1000) for _ in range(rows)]
        value = sum(whole) // rows + rng.randint(0, 100)
        steps = range(1, levels + 1)
        choices.append([(value * n // levels, [float(w * n // levels) for w in whole]) for n in steps])
    most = [float(sum(c[-1][1][row] for c in choices) // 2) for row in range(rows)]
    solution = decide(chooser(tmp_path, choices, most))

    assert (enumerated(choices, most), "optimal", 0) == (float(solution.objective), solution.status, solution.gap)


def hard(folder: Path, **config: Any) -> Path:
    """A knapsack of many projects whose worth is nearly their weight: long to prove."""
    rng = Random(3)
    choices = []
    for _ in range(60):
        weights = [float(rng.randint(200, 999)) for _ in range(3)]
        choices.append([(sum(weights) + rng.randint(0, 60), weights)])
    return chooser(folder, choices, [9_000.0] * 3, **config)


@pytest.mark.slow
def test_a_bound_that_is_too_dear_to_confirm_is_said_to_be_of_one_solve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second solve may take as many nodes as is set; what it does not reach is the first one's claim alone."""
    monkeypatch.setattr(proofs, "AGAIN", 0)
    monkeypatch.setattr(proofs, "NODES", 0)
    solution = allocator.solve(allocator.load(hard(tmp_path, solver={"gap": 0.02, "threads": 1})))

    assert ("optimal", "one solve") == (solution.status, solution.bound_by)
    assert solution.objective <= solution.bound


def opened(path: Path) -> tuple[Search, Flags]:
    """The search of a config, and all of its options."""
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    return Search(case, numbers, engine.compiled, program, Watch(60), 0.0, 0), np.ones(len(numbers.rows), bool)


def in_points(s: Search, value: float) -> float:
    """A value of the model as the goal of `knapsack` has it."""
    return value * s.instance.goal_scale / s.case.money.fen_per_unit


def worse(s: Search) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The columns of the plan that HiGHS called the best: all but the two projects that cost most."""
    x = np.zeros(len(s.program.cost))
    x[2 : len(COSTS)] = 1.0
    return x


def test_a_false_bound_is_given_up_for_the_second_one(tmp_path: Path) -> None:
    """A plan that is not the best, claimed to be: the second solve has a better one; its bound stays, unconfirmed."""
    s, everything = opened(knapsack(tmp_path))
    assert s.take(worse(s)) and s.best is not None
    s.bound = false = s.best.value
    proofs.confirm(s, everything)

    assert false < s.best.value <= s.bound
    assert not s.confirmed
    assert pytest.approx(BEST) == in_points(s, s.best.value) == in_points(s, s.bound)
    assert [Disagreement(false, s.best.value)] == s.disagreements


def test_a_true_bound_is_confirmed(tmp_path: Path) -> None:
    """The near miss: nothing disagrees."""
    s, everything = opened(knapsack(tmp_path))
    proofs.prove(s, everything, 0.0, SOLVE.NODES)
    proofs.confirm(s, everything)

    assert (True, []) == (s.confirmed, s.disagreements)


@pytest.mark.parametrize("status", ["optimal", "infeasible", "stopped"])
def test_a_claim_below_the_plan_at_hand_is_not_taken_over(tmp_path: Path, status: Any) -> None:
    """That there is nothing better than less, or nothing at all, is wrong where a plan is known."""
    s, everything = opened(knapsack(tmp_path))
    assert s.take(worse(s)) and s.best is not None
    bound = -np.inf if status == "infeasible" else 0.9 * s.best.value
    proofs.claim(s, everything, Outcome(status, None, -np.inf, bound), 0.0)

    assert np.isinf(s.bound)
    assert [Disagreement(bound, s.best.value)] == s.disagreements


def test_a_plan_found_by_chance_disproves_a_bound(tmp_path: Path) -> None:
    """Whichever search finds it; less than the noise of a float is no disproof."""
    s, _ = opened(knapsack(tmp_path))
    value = s.worth(s.examine(worse(s)))
    for bound, given_up in ((value * (1 - 1e-9), False), (value * 0.999, True)):
        s.best, s.bound = None, bound
        s.take(worse(s))

        assert given_up == np.isinf(s.bound)


def test_what_is_forced_is_a_plan_whatever_a_solver_says(tmp_path: Path) -> None:
    """Only the project that must be funded, with a bound that no solver claimed; never better than the best."""
    s, _ = opened(knapsack(tmp_path, locks={"must_fund": ["P000"]}))
    told: list[Disagreement] = []
    found, stages, _ = SOLVE._forced(s.case, s.instance, Engine.of(s.instance), Watch(60), told)

    assert [0] == found.exact.options.tolist()
    assert VALUES[0] * s.case.money.fen_per_unit == stages[0].value < BEST * 100 <= stages[0].bound
    assert [-np.inf] == [one.claimed for one in told]


def test_what_is_forced_is_no_plan_where_it_breaks_a_rule(tmp_path: Path) -> None:
    """Two that must be funded weigh more than the limit."""
    s, _ = opened(knapsack(tmp_path, locks={"must_fund": ["P000", "P001"]}))
    with pytest.raises(NoPlan):
        SOLVE._forced(s.case, s.instance, Engine.of(s.instance), Watch(60), [])


def test_solves_that_disagreed_are_told_in_the_run(tmp_path: Path) -> None:
    """In the manifest with its values, and with money as it is read, in both languages."""
    path = knapsack(tmp_path)
    case = build.load(path)
    answer = SOLVE.solve(case, instance.build(case), gap=0, seconds=60)
    fen = case.money.fen_per_unit
    false = (Disagreement(1681.0 * fen, 1751.0 * fen), Disagreement(-np.inf, 1751.0 * fen))
    solution = planner.solution_of(case, instance.build(case), replace(answer, disagreements=false))
    told = [m for m in solution.notices if "disagreed" in m.code]

    assert ["solve.disagreed_bound", "solve.disagreed_no_plan"] == [m.code for m in told]
    for language in LANGUAGES:
        texts = [m.text(language) for m in told]
        assert "1,681.00" in texts[0] and all("1,751.00" in text and "inf" not in text for text in texts)


@pytest.mark.reports
def test_manifest_and_words_say_what_claims_the_bound(tmp_path: Path) -> None:
    """In the manifest for machines, in the summary and among how the plan was computed for people."""
    from allocator.report import summary

    run = allocator.run(knapsack(tmp_path), out=tmp_path / "runs")
    assert run.folder is not None
    stored = run_folder.read(run.folder)

    assert "two solves" == json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))["bound_by"]
    assert "resting on two solves that differ" in summary.text(stored, "en")
    assert "依据为两次设置不同的求解" in summary.text(stored, "zh")
    assert "two solves that differ" in (run.folder / "report.html").read_text(encoding="utf-8")


def test_enumeration_counts_every_choice() -> None:
    """The oracle of these tests agrees with counting by hand."""
    choices = [[(3.0, [2.0]), (5.0, [4.0])], [(4.0, [3.0])]]
    by_hand = max(a + b for (a, v), (b, w) in product([(0, 0), (3, 2), (5, 4)], [(0, 0), (4, 3)]) if v + w <= 6)

    assert by_hand == enumerated(choices, [6.0])
