"""What is found is the best there is, or says how far from it it may be; and among equals the plan is always the same."""

from __future__ import annotations

import importlib
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import random_plans
from planning import Row, chosen, decide, write_plan
from toy import BEST, CHOSEN, IN_ORDER, write_toy

import allocator
from allocator.messages.errors import AllocatorError, Infeasible, NoPlanInTime
from allocator.optimise import planner
from allocator.optimise.search import engine
from allocator.problem import build
from allocator.problem.case import Case

SOLVE = importlib.import_module("allocator.optimise.search.strategy")


def knapsack(folder: Path, options: list[Row], **config: Any) -> Case:
    """A plan of ready-made options (project, option, start, money of 2021 and 2022, what it brings), in 万元."""
    names = sorted({row[0] for row in options})
    projects = [{"project_id": p, "project_name": p, "region": "r", "category": "c"} for p in names]
    rows = [
        dict(zip(("project_id", "option", "start_year", "fiscal@2021", "fiscal@2022", "nominal_investment"), row, strict=True))
        for row in options
    ]  # fmt: skip
    plan = {
        "money": "万元",
        "years": [2021, 2022],
        "sources": {"fiscal": {"budget": {2021: 10, 2022: 10}}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
        **config,
    }
    return build.load(write_plan(folder, plan, projects=projects, options=rows))


def test_toy_has_the_optimum_of_its_docstring(tmp_path: Path) -> None:
    """The plan worked out by hand is found, proved and priced exactly."""
    solution = decide(write_toy(tmp_path))

    assert CHOSEN == chosen(solution)
    assert ("optimal", Decimal(BEST), Decimal(BEST), Decimal(0)) == (
        solution.status, solution.objective, solution.bound, solution.gap
    )  # fmt: skip
    assert [Decimal(1), Decimal("0.5")] == solution.penalties["loss"].tolist()


def test_toy_in_order_of_goals(tmp_path: Path) -> None:
    """First 16.5, of which 14.85 must stay, so the plan is the same; then fiscal money is least, which is 5."""
    solution = decide(write_toy(tmp_path, goals=IN_ORDER))

    assert CHOSEN == chosen(solution)
    assert [Decimal("16.5"), Decimal("-6.5")] == [stage["value"] for stage in solution.stages]
    assert [18, -5] == solution.goals["contribution"].tolist()


def test_second_goal_uses_what_the_first_tolerates(tmp_path: Path) -> None:
    """The best brings 100 for 10; a tenth less is tolerated, and of what brings 90 or more the cheapest costs 6."""
    options = [
        ("A", "large", 2021, 10, 0, 100),
        ("A", "middle", 2021, 7, 0, 95),
        ("A", "small", 2021, 6, 0, 90),
        ("A", "tiny", 2021, 1, 0, 89),
    ]
    terms = [{"measure": "nominal_investment", "tolerance": 0.1}, {"measure": "award", "weight": -1}]
    case = knapsack(tmp_path, options, goals={"mode": "lexicographic", "terms": terms})
    solution = planner.solve(case)

    assert [("A", "small")] == chosen(solution)
    assert [(100, 100, 0), (-6, -6, 0)] == [tuple(stage.values()) for stage in solution.stages]
    assert (-6, "optimal") == (solution.objective, solution.status)


def test_first_goal_keeps_all_where_nothing_is_tolerated(tmp_path: Path) -> None:
    """With tolerance 0 the second goal only chooses among equals."""
    options = [
        ("A", "large", 2021, 10, 0, 100),
        ("A", "same", 2021, 9, 0, 100),
        ("A", "less", 2021, 1, 0, 99),
    ]
    terms = [{"measure": "nominal_investment", "tolerance": 0}, {"measure": "award", "weight": -1}]
    case = knapsack(tmp_path, options, goals={"mode": "lexicographic", "terms": terms})

    assert [("A", "same")] == chosen(planner.solve(case))


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            [("A", "dear", 2021, 5, 0, 50), ("A", "cheap", 2022, 0, 4, 50)], [("A", "cheap")], id="less money"
        ),
        pytest.param(
            [("A", "late", 2022, 0, 5, 50), ("A", "early", 2021, 0, 5, 50)], [("A", "early")], id="earlier start"
        ),
        pytest.param(
            [("A", "o", 2021, 6, 0, 50), ("B", "o", 2021, 6, 0, 50), ("C", "o", 2021, 6, 0, 50)],
            [("A", "o")],
            id="smaller project",
        ),
        pytest.param(
            [("C", "o", 2021, 4, 0, 30), ("B", "o", 2021, 6, 0, 50), ("A", "o", 2021, 10, 0, 80)],
            [("A", "o")],
            id="smaller project, when money is the same",
        ),
        pytest.param(
            [("A", "o", 2021, 10, 0, 80), ("B", "o", 2021, 6, 0, 50), ("C", "o", 2021, 3, 0, 30)],
            [("B", "o"), ("C", "o")],
            id="less money before smaller project",
        ),
        pytest.param(
            [("A", "late", 2022, 0, 5, 50), ("A", "dear", 2021, 6, 0, 50)],
            [("A", "late")],
            id="less money before earlier start",
        ),
        pytest.param([("A", "nothing", 2021, 3, 0, 0)], [], id="nothing for nothing"),
    ],
)
def test_ties(tmp_path: Path, options: list[Row], expected: list[tuple[str, str]]) -> None:
    """Of plans of equal worth: less money, then earlier start, then smaller project id."""
    assert expected == chosen(planner.solve(knapsack(tmp_path, options)))


def test_near_tie_does_not_hide_a_tie(tmp_path: Path) -> None:
    """A cheaper plan that is worth a fen less is no tie, and the cheaper one of the exact ties is still taken."""
    options = [
        ("A", "dear", 2021, 9, 0, "2000000"),
        ("A", "less", 2021, 5, 0, "1999999.999999"),
        ("A", "same", 2021, 7, 0, "2000000"),
    ]

    assert [("A", "same")] == chosen(planner.solve(knapsack(tmp_path, options)))


def ended(case: Case, **limits: float) -> allocator.Solution | AllocatorError:
    """The plan of a case, or why there is none."""
    try:
        return planner.solve(case, **limits)
    except AllocatorError as error:
        return error


def hard(folder: Path, count: int = 60) -> Case:
    """A plan whose proof takes a while: what projects bring is nearly proportional to what they cost."""
    rng = Random(5)
    options = []
    for at in range(count):
        for level in range(1, 4):
            money = rng.randint(100, 999) * level
            options.append((f"P{at:02d}", f"o{level}", 2021, money, money // 3, money * 7 + rng.randint(0, 9)))
    return knapsack(folder, options, sources={"fiscal": {"budget": {2021: 17_777, 2022: 6_111}}})


@pytest.fixture(scope="module")
def best_of_hard(tmp_path_factory: pytest.TempPathFactory) -> Decimal:
    """A value that no plan of `hard` exceeds, proved to a hundredth of a percent."""
    return planner.solve(hard(tmp_path_factory.mktemp("hard")), gap=1e-4).bound


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seconds", [0.1, 1e-9, 0.02, 0.4])
def test_time_limit_gives_a_plan_with_a_valid_bound_or_none(
    tmp_path: Path, best_of_hard: Decimal, seconds: float
) -> None:
    """A plan that the clock ended says how good it is; where there is none, the exit status is 4."""
    solution = ended(hard(tmp_path), gap=0, time_limit=seconds)
    if isinstance(solution, AllocatorError):
        assert (NoPlanInTime, 4) == (type(solution), solution.exit_code)
        assert solution.text("en").startswith("no plan was found within")
        return

    assert solution.status in ("optimal", "feasible")
    assert solution.objective <= min(solution.bound, best_of_hard)
    assert solution.gap == pytest.approx(
        (solution.bound - solution.objective) / solution.objective, abs=Decimal("1e-11")
    )
    assert (solution.status == "optimal") == (solution.gap <= Decimal("1e-9"))


@pytest.mark.sweep(1)
@pytest.mark.parametrize("gap", [0.05, 0.001, 0.0])
def test_gap_asked_is_proved(tmp_path: Path, gap: float) -> None:
    """The status is optimal when the proof reaches the gap that was asked."""
    solution = planner.solve(hard(tmp_path, 12), gap=gap)

    assert "optimal" == solution.status
    assert 0 <= solution.gap <= Decimal(gap) + Decimal("1e-9")
    assert solution.objective <= solution.bound


def test_no_plan_names_the_rules(tmp_path: Path) -> None:
    """A conflict that only the solver sees exits with 3 and lists the rules that may be in it."""
    options = [("A", "o", 2021, 6, 0, 50), ("B", "o", 2021, 3, 0, 50), ("C", "o", 2021, 3, 0, 50)]
    limits = [
        {"name": "much", "measure": "award", "min": 8},
        {"name": "few", "measure": "count", "max": 1},
    ]
    with pytest.raises(Infeasible) as caught:
        planner.solve(knapsack(tmp_path, options, limits=limits))

    assert 3 == caught.value.exit_code
    assert "much, few" in caught.value.text("en")


ROUNDING = [(SOLVE, "SMALL")]
SIFTING = [*ROUNDING, (engine, "LARGE")]


@pytest.mark.parametrize("path", [ROUNDING, SIFTING], ids=["rounding", "sifting"])
@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 40), marks=pytest.mark.slow)], ids=["some", "many"])
def test_large_path_finds_the_same_optimum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: list[tuple[Any, str]], seeds: range
) -> None:
    """Relaxation, neighbourhoods and the reduced proof end at gap 0 with the optimum that the whole program has."""
    differ = {}
    for seed in seeds:
        config, tables = random_plans.plan(seed)
        config["solver"]["gap"] = 0
        config["goals"]["mode"] = "weighted"
        try:
            case = build.load(write_plan(tmp_path / str(seed), config, **tables))
        except allocator.InputError:
            continue
        expected = ended(case)
        with monkeypatch.context() as patch:
            for module, options in path:
                patch.setattr(module, options, 0)
            actual = ended(case)
        if isinstance(expected, AllocatorError) or isinstance(actual, AllocatorError):
            same = type(expected) is type(actual)
        else:
            same = actual.status == "optimal" and expected.objective == actual.objective <= actual.bound
        if not same:
            differ[seed] = (expected, actual)

    assert {} == differ
