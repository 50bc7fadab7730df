"""Why awards moved: every reason in a case by hand, the figures recomputed, and a price that keeps ever more."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from planning import Row, write_plan, write_table

import allocator
from allocator.verify import verify

KINDS = ["A", "B", "C", "D", "E", "F", "G"]
VALUES = {"A": 50, "B": 60, "C": 70, "D": 10, "E": 40, "F": 100, "G": 12}
"""What every option of a project adds to the goal per unit of award of 10."""
BEFORE = {"A": 10, "B": 10, "D": 10, "E": 10, "G": 10}
CONFIG: Row = {
    "money": "元",
    "years": [2022],
    "sources": {"f": {"budget": 40}, "g": {"budget": 40}},
    "leverage": {"goal": "nominal"},
    "previous": "before",
    "stability": 0,
    "solver": {"gap": 0, "threads": 1},
}


def options_of(values: dict[str, int], levels: dict[str, list[int]]) -> list[Row]:
    """Ready-made options: each level of a project brings its value per 10 of award."""
    return [
        {"project_id": p, "option": f"o{level}", "instrument": "g", "start_year": 2022, "f@2022": level,
         "nominal_investment": values[p] * level // 10}
        for p in values for level in levels.get(p, [10])
    ]  # fmt: skip


def approved(folder: Path, awards: dict[str, int]) -> None:
    """The tables of an approved plan."""
    (folder / "before").mkdir(parents=True, exist_ok=True)
    names = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment", "upgrading")
    rows = [
        {
            "project_id": p,
            "option": f"o{a}",
            "instrument": "g",
            "start_year": 2022,
            "award": a,
            **dict.fromkeys(names, 1),
        }
        for p, a in awards.items()
    ]
    write_table(folder / "before" / "awards.csv", rows)
    paid = [{"project_id": p, "option": f"o{a}", "source": "f", "year": 2022, "amount": a} for p, a in awards.items()]
    write_table(folder / "before" / "payments.csv", paid)


def planned(
    folder: Path, *overrides: str, levels: dict[str, list[int]] | None = None, **more: object
) -> allocator.Solution:
    """The new plan, stored and verified."""
    projects = [{"project_id": p, "region": "south" if p == "C" else "r", "category": "c"} for p in KINDS]
    values = {p: value for p, value in VALUES.items() if p != "G"}  # nothing is open to G any more
    options = options_of(values, {"E": [20], **(levels or {})})
    approved(folder, BEFORE)
    path = write_plan(folder, {**CONFIG, **more}, projects=projects, options=options)
    return allocator.run(path, out=folder / "runs", overrides=overrides)


def told(solution: allocator.Solution) -> dict[str, tuple[str, str]]:
    """Project → reason, and what names it."""
    rows = solution.extra["moved"].itertuples(index=False)
    return {row.project_id: (row.reason, row.by) for row in rows}


def test_every_move_has_a_reason_of_its_own(tmp_path: Path) -> None:
    """F, C and B bring most and A is next: D has no money left; E's old award and all of G's are offered no more.

    A and B are as approved. C and F are new: without them the goal would be 70 and 100 less.
    """
    solution = planned(tmp_path)
    rows = solution.extra["moved"].set_index("project_id")

    assert {
        "A": ("kept", ""), "B": ("kept", ""), "C": ("better", ""), "D": ("money", "f@2022"), "E": ("not_offered", "20"),
        "F": ("better", ""), "G": ("not_eligible", ""),
    } == told(solution)  # fmt: skip
    assert [70, 100] == rows.loc[["C", "F"], "restored"].astype(float).tolist()
    assert -10 == float(rows.loc["D", "own_goal"])


def test_limits_rules_and_locks_name_themselves(tmp_path: Path) -> None:
    """C must be there by a limit, A excludes F, D is locked out."""
    limit = {"name": "southern", "measure": "count", "where": {"region": "south"}, "min": 1}
    solution = planned(
        tmp_path,
        limits=[limit],
        dependencies=[{"excludes": ["A", "F"]}],
        locks={"must_not": ["D"]},
    )

    assert ("limit", "southern") == told(solution)["C"]
    assert ("dependency", "F") == told(solution)["A"]
    assert ("locked", "") == told(solution)["D"]


def test_what_the_price_keeps_is_told(tmp_path: Path) -> None:
    """A and B could have more at 50 and 60 for 10, but moving 10 costs 51 or 61; without a price both have 20."""
    levels = {"A": [10, 20], "B": [10, 20], "C": [], "D": [10], "F": []}
    room = "sources.f.budget=100"
    free = planned(tmp_path / "free", room, levels=levels)
    some = planned(tmp_path / "some", room, "stability=5.5", levels=levels)
    dear = planned(tmp_path / "dear", room, "stability=6.1", levels=levels)

    assert ("better", "better") == (told(free)["A"][0], told(free)["B"][0])
    assert (("kept_by_price", "o20"), "better") == (told(some)["A"], told(some)["B"][0])
    assert 5 == float(some.extra["moved"].set_index("project_id").loc["B", "restored"])
    assert ("kept_by_price", "kept_by_price") == (told(dear)["A"][0], told(dear)["B"][0])


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(3))
def test_a_higher_price_never_moves_more(tmp_path: Path, seed: int) -> None:
    """As the price rises less moves, and the goal without the price falls or stays."""
    rng = Random(seed)
    values = {f"P{n}": rng.randint(5, 60) for n in range(9)}
    levels = {p: [5, 10] for p in values}
    projects = [{"project_id": p, "region": "r", "category": "c"} for p in values]
    path = write_plan(tmp_path, CONFIG, projects=projects, options=options_of(values, levels))
    approved(tmp_path, {p: rng.choice([5, 10]) for p in rng.sample(sorted(values), 5)})
    moved, goal = [], []
    for price in (0, 0.5, 1, 2, 4, 8):
        solution = allocator.solve(allocator.load(path, overrides=[f"stability={price}"]))
        moved.append(float(solution.extra["moved"]["change"].abs().sum()))
        goal.append(round(float(solution.objective) + price * moved[-1], 6))

    assert moved == sorted(moved, reverse=True)
    assert goal == sorted(goal, reverse=True)
    assert moved[-1] < moved[0]


CORRUPTIONS = [
    ("C,0,10,10,better,,70,70", "C,0,10,10,better,,70,71"),
    ("C,0,10,10,better,,70,70", "C,0,10,10,better,,69,70"),
    ("C,0,10,10,better,,70,70", "C,0,10,10,within_gap,,70,70"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,money,g@2022"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,money,h@2022"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,money,f@2023"),
    ("D,10,0,-10,money,f@2022,-10,", "D,10,0,-10,better,,-10,10"),
    ("D,10,0,-10,money,f@2022,-10,", "D,10,0,-10,within_gap,,-10,0"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,dependency,A"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,dependency,"),
    ("C,0,10,10,better,,70,70", "C,0,10,10,money,f@2022,70,"),
    ("C,0,10,10,better,,70,70", "C,0,10,10,limit,southern,70,"),
    ("D,10,0,-10,money,f@2022", "D,10,0,-10,limit,never"),
    ("E,10,0,-10,not_offered", "E,10,0,-10,not_eligible"),
    ("A,10,10,0,kept,", "A,10,10,0,kept_by_price,o10"),
]


RULES: Row = {
    "limits": [{"name": "southern", "measure": "count", "where": {"region": "south"}, "min": 1}],
    "dependencies": [{"excludes": ["A", "F"]}, {"requires": ["B", "E"]}],
}
OF_RULES = [
    ("dependency,F,", "dependency,C,"),
    ("dependency,F,", "dependency,,"),
    ("dependency,F,", "money,f@2022,"),
    ("limit,southern,", "dependency,A,"),
    ("limit,southern,", "money,f@2022,"),
]


def test_rules_between_projects_name_whom_they_tie(tmp_path: Path) -> None:
    """Exactly one of C and G must be there, and nothing is open to G; F is new and A needs it, in any order."""
    solution = planned(tmp_path, dependencies=[{"one_of": ["C", "G"]}, {"requires": ["A", "F"]}])

    assert ("dependency", "G") == told(solution)["C"]
    assert ("dependency", "A") == told(solution)["F"]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("old", "new"), OF_RULES)
def test_untrue_ties_are_caught(tied: Path, old: str, new: str) -> None:
    """A rule between projects is named with the projects it ties, before money and limits."""
    test_untrue_reasons_are_caught(tied, old, new)


@pytest.fixture(scope="module")
def tied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored plan that rules between projects and a limit decide."""
    folder = planned(tmp_path_factory.mktemp("tied"), **RULES).folder
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored plan with moves of many kinds."""
    folder = planned(tmp_path_factory.mktemp("moved")).folder
    assert folder is not None
    return folder


@pytest.mark.sweep(4)
@pytest.mark.parametrize(("old", "new"), CORRUPTIONS)
def test_untrue_reasons_are_caught(stored: Path, old: str, new: str) -> None:
    """Another reason, name or figure is a violation."""
    file = stored / "moved.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    caught = verify(stored)
    file.write_text(text, encoding="utf-8")

    assert not caught.ok
    assert verify(stored).ok
