"""Floors and caps that columns give: quotas by city, times a performance coefficient (奖优罚劣), within a band."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
import yaml
from forging import restate
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

BAND: Row = {
    "name": "quota", "measure": "award", "each": "region",
    "min_from": ["quota", "grade"], "min_times": 0.8, "max_from": ["quota", "grade"], "max_times": 1.2,
}  # fmt: skip
REGIONS: list[Row] = [
    {"region": "甲", "quota": 100, "grade": 1.1},
    {"region": "乙", "quota": 50, "grade": 0.9},
    {"region": "丙", "quota": "", "grade": 1},
]
WORTH = {"甲": 1, "乙": 2, "丙": 3}
"""Investment that one project brings; each asks for 10."""


def plan(folder: Path, limits: list[Row], regions: list[Row] = REGIONS, budget: int = 200, each: int = 15) -> Path:
    """``each`` projects in every city, 10 of money for each."""
    projects = [
        {"project_id": f"{city}{n:02}", "region": city, "category": "a", "cost": 10, "score": number}
        for city, number in WORTH.items()
        for n in range(each)
    ]
    options = [
        {"project_id": one["project_id"], "option": "all", "start_year": 2021, "leveraged_investment": one["score"], "f@2021": 10}
        for one in projects
    ]  # fmt: skip
    config: Row = {"years": [2021], "sources": {"f": {"budget": budget}}, "limits": limits, "solver": {"gap": 0}}
    return write_plan(folder, config, projects=projects, regions=regions, options=options)


def by_city(run: allocator.Solution) -> dict[str, float]:
    """Money of each city."""
    return {city: float(amount) for city, amount in run.awards.groupby("region")["award"].sum().items()}


def stored(folder: Path) -> tuple[allocator.Solution, pd.DataFrame]:
    """A stored plan that verification has nothing against, and its limits by city."""
    run = allocator.run(folder / "plan.yaml", out=folder / "runs")
    assert run.folder is not None
    assert [] == [message.text("en") for message in verify(run.folder).violations]
    return run, run.limits.set_index("group")


def test_a_band_around_quota_times_coefficient(tmp_path: Path) -> None:
    """甲 88–132, 乙 36–54, 丙 without quota free; 200 of money: 丙 takes 70 and not 150, 甲 and 乙 their floors of 90 and 40."""
    plan(tmp_path, [BAND])
    run, limits = stored(tmp_path)

    assert {"甲": 90, "乙": 40, "丙": 70} == by_city(run)
    assert [88, 132] == limits.loc["甲", ["lower", "upper"]].astype(float).tolist()
    assert [36, 54] == limits.loc["乙", ["lower", "upper"]].astype(float).tolist()
    assert "丙" not in limits.index
    assert {"乙": 50, "丙": 150} == by_city(decide(plan(tmp_path / "free", [])))


def test_a_better_grade_earns_more(tmp_path: Path) -> None:
    """A grade of 1.1 instead of 0.9 for 丙 raises its cap from 90 to 110, and its money with it."""
    for grade, most in ((0.9, 90), (1.1, 110)):
        regions = [{"region": "甲"}, {"region": "丙", "quota": 100, "grade": grade}]
        cap = {"name": "quota", "measure": "award", "each": "region", "max_from": ["quota", "grade"]}
        run = decide(plan(tmp_path / str(most), [cap], [*regions, {"region": "乙"}]))

        assert most == by_city(run)["丙"]


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("of_column", "of_number"),
    [
        ({"min_from": "quota", "min_times": 0.6}, {"min": 60}),
        ({"max_from": "quota", "max_times": 0.6}, {"max": 60}),
        ({"min_from": "quota", "min_times": 0.5, "min": 60}, {"min": 60}),
        ({"max_from": "quota", "max_times": 0.6, "max": 80}, {"max": 60}),
        ({"min_from": "quota", "min_times": 0.4, "max_from": "quota", "max_times": 0.8}, {"min": 40, "max": 80}),
        ({"min_from": "quota", "min_times": 0.9, "soft": 0.01}, {"min": 90, "soft": 0.01}),
    ],
)
def test_a_column_of_one_number_is_that_number(of_column: Row, of_number: Row, tmp_path: Path) -> None:
    """The same plan, goal and table of limits; of a number and a column the stricter holds."""
    regions = [{"region": city, "quota": 100} for city in WORTH]
    runs = []
    for name, ends in (("column", of_column), ("number", of_number)):
        plan(tmp_path / name, [{"name": "quota", "measure": "award", "each": "region", **ends}], regions)
        runs.append(stored(tmp_path / name)[0])

    assert by_city(runs[0]) == by_city(runs[1])
    pd.testing.assert_frame_equal(runs[0].limits, runs[1].limits)


def test_several_values_in_one_group(tmp_path: Path) -> None:
    """Of several values the greatest is the floor and the least the cap; blank ones say nothing."""
    rows = [
        {"project_id": "P1", "region": "甲", "category": "a", "least": 20, "most": 50},
        {"project_id": "P2", "region": "甲", "category": "a", "least": 30, "most": 40},
        {"project_id": "P3", "region": "甲", "category": "a"},
        {"project_id": "P4", "region": "乙", "category": "a"},
    ]
    options = [{"project_id": row["project_id"], "option": "all", "start_year": 2021, "f@2021": 30} for row in rows]
    rule: Row = {"name": "band", "measure": "award", "each": "region", "min_from": "least", "max_from": "most"}
    config: Row = {"years": [2021], "sources": {"f": {"budget": 200}}, "limits": [rule]}
    write_plan(tmp_path, config, projects=rows, options=options)
    run, limits = stored(tmp_path)

    assert [30, 40] == limits.loc["甲", ["lower", "upper"]].astype(float).tolist()
    assert ["甲"] == limits.index.tolist()
    assert 30 == by_city(run)["甲"]


def test_a_ratio_within_columns(tmp_path: Path) -> None:
    """Score per unit of money: 乙 brings 0.2, below the 0.25 its column asks for, so none of it is funded."""
    rule = {"name": "worth", "measure": "score", "per": "cost", "each": "region", "min_from": "least"}
    plan(tmp_path, [rule], [{"region": "甲", "least": 0.05}, {"region": "乙", "least": 0.25}, {"region": "丙"}])
    run, limits = stored(tmp_path)

    assert {"丙": 150, "甲": 50} == by_city(run)
    assert [0.05, 0.25] == limits.loc[["甲", "乙"], "lower"].astype(float).tolist()


@pytest.mark.sweep(5)
@pytest.mark.parametrize("seed", range(8))
def test_small_plans_are_the_best_of_all(seed: int, tmp_path: Path) -> None:
    """Seven projects of random size, worth and city with random quotas: the best of all 128 sets that keep them."""
    draw = random.Random(seed)
    cities = {city: (draw.randint(10, 40), Fraction(draw.randint(8, 12), 10)) for city in "甲乙"}
    rows = [(f"P{n}", draw.choice("甲乙"), draw.randint(5, 25), draw.randint(1, 40)) for n in range(7)]
    sets = [members for size in range(8) for members in combinations(rows, size)]

    def keeps(members: tuple[tuple[str, str, int, int], ...]) -> bool:
        sums = {city: sum(cost for _, of, cost, _ in members if of == city) for city in cities}
        there = {of for _, of, _, _ in rows}
        within = (
            Fraction(8, 10) * quota * grade <= sums[city] <= Fraction(15, 10) * quota * grade
            for city, (quota, grade) in cities.items()
            if city in there
        )
        return sum(sums.values()) <= 70 and all(within)

    best = max((sum(worth for *_, worth in members) for members in sets if keeps(members)), default=None)
    band = {**BAND, "max_times": 1.5}
    write_plan(
        tmp_path,
        {"years": [2021], "sources": {"f": {"budget": 70}}, "limits": [band], "solver": {"gap": 0}},
        projects=[{"project_id": name, "region": city, "category": "a"} for name, city, _, _ in rows],
        regions=[{"region": city, "quota": quota, "grade": float(grade)} for city, (quota, grade) in cities.items()],
        options=[
            {"project_id": name, "option": "all", "start_year": 2021, "leveraged_investment": worth, "f@2021": cost}
            for name, _, cost, worth in rows
        ],
    )
    if best is None:
        with pytest.raises(allocator.Infeasible):
            decide(tmp_path / "plan.yaml")
    else:
        assert best == decide(tmp_path / "plan.yaml").objective


def test_a_floor_for_a_city_that_nobody_may_serve_is_told(tmp_path: Path) -> None:
    """乙 has a quota and only projects without an option: a notice, or with `strict` no plan; without a quota nothing."""
    rows = [
        {"project_id": "P1", "region": "甲", "category": "a"},
        {"project_id": "P2", "region": "乙", "category": "a"},
    ]
    options = [{"project_id": "P1", "option": "all", "start_year": 2021, "f@2021": 30}]
    rule: Row = {"name": "quota", "measure": "award", "each": "region", "min_from": "quota"}
    config: Row = {"years": [2021], "sources": {"f": {"budget": 90}}, "limits": [rule]}
    regions: list[Row] = [{"region": "甲", "quota": 20}, {"region": "乙", "quota": 20}]
    path = write_plan(tmp_path, config, projects=rows, options=options, regions=regions)
    free = write_plan(
        tmp_path / "free", config, projects=rows, options=options, regions=[regions[0], {"region": "乙", "quota": 0}]
    )

    told = [[n.values["group"] for n in allocator.load(one).notices if "floor" in n.code] for one in (path, free)]
    assert [["乙"], []] == told
    with pytest.raises(allocator.Infeasible):
        decide(path, "limits.quota.strict=true")


@pytest.mark.parametrize(
    ("ends", "key"),
    [
        ({"min_from": "quotas"}, "min_from"), ({"min_from": ["quota", "grades"]}, "min_from"),
        ({"max_from": ["quota", "region"]}, "max_from"), ({"max_from": "quota", "each": "instrument"}, "each"),
        ({"min_from": "category", "max_from": "quota"}, "min_from"),
    ],
)  # fmt: skip
def test_columns_that_cannot_give_an_end(ends: Row, key: str, tmp_path: Path) -> None:
    """Unknown columns, texts, and groups that are not of projects."""
    rule = {"name": "quota", "measure": "award", "each": "region", **ends}
    with pytest.raises(InputError) as raised:
        allocator.load(plan(tmp_path, [rule]))

    assert [f"limits.quota.{key}"] == [message.path for message in raised.value.messages]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("ends", [{"min_times": 0.9}, {"max_times": 0.5}, {"min_from": "quota"}])
def test_verification_finds_another_end(ends: Row, tmp_path: Path) -> None:
    """A run whose config is changed after it was made keeps neither its floors nor its table of limits."""
    plan(tmp_path, [BAND])
    run, _ = stored(tmp_path)
    assert run.folder is not None
    config = yaml.safe_load((run.folder / "config.resolved.yaml").read_text(encoding="utf-8"))
    config["limits"][0] |= ends
    (run.folder / "config.resolved.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    restate(run.folder)

    assert not verify(run.folder).ok
    assert len(chosen(run)) == 20
