"""Ratios between sources (市县配套) and of payments to awards (支付进度), by city and by project."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
import yaml
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

SHARE: Row = {
    "name": "配套",
    "measure": "payment",
    "source": "city",
    "per": "payment",
    "per_source": ["province", "city"],
}
PAID: Row = {"name": "进度", "measure": "payment", "per": "award", "year": 2021, "cumulative": True, "each": "region"}


def plan(folder: Path, limits: list[Row], city: int = 100, **config: object) -> Path:
    """Four projects of 100 in two cities; province (400) and city may pay for each."""
    rows = [
        {"project_id": f"P{n}", "region": "甲甲乙乙"[n], "category": "a", "fixed_investment": 100} for n in range(4)
    ]
    whole: Row = {
        "years": [2021],
        "sources": {"province": {"budget": 400, "pays": ["grant"]}, "city": {"budget": city, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 1}},
        "goals": {"terms": [{"measure": "count"}]},
        "limits": limits,
        "solver": {"gap": 0},
        **config,
    }
    return write_plan(folder, whole, projects=rows)


def shares(run: allocator.Solution, by: str) -> dict[str, float]:
    """What the city pays of what both pay."""
    paid = run.payments.merge(run.awards[["project_id", "region"]], on="project_id")
    table = paid.pivot_table("amount", by, "source", "sum", fill_value=0).reindex(
        columns=["province", "city"], fill_value=0
    )
    return {str(key): float(part) for key, part in (table["city"] / table.sum(axis=1)).items()}


def stored(path: Path) -> allocator.Solution:
    """A stored plan that verification has nothing against."""
    run = allocator.run(path, out=path.parent / "runs")
    assert run.folder is not None
    assert [] == [message.text("en") for message in verify(run.folder).violations]
    return run


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("each", "city", "funded"), [("region", 100, 3), ("region", 120, 4), ("region", 59, 1), ("project_id", 89, 2), ("project_id", 90, 3)])  # fmt: skip
def test_the_city_pays_its_share_wherever_it_is_asked(each: str, city: int, funded: int, tmp_path: Path) -> None:
    """At 30 % each project of 100 takes 30 of the city's money: 100 of it is enough for three, 59 for one."""
    run = stored(plan(tmp_path, [{**SHARE, "each": each, "min": 0.3}], city))

    assert funded == len(run.awards)
    assert all(share >= 0.3 for share in shares(run, each).values())
    assert 4 == len(decide(plan(tmp_path / "free", [], city)).awards)


def test_in_all_is_less_than_everywhere(tmp_path: Path) -> None:
    """A quarter in all leaves it to one place to pay all; a cap of a half everywhere spreads it, and the sums stay."""
    caps = [{**SHARE, "name": "cap", "each": "project_id", "max": 0.5}]
    run = stored(plan(tmp_path, [{**SHARE, "min": 0.25}, *caps]))

    assert 4 == len(run.awards)
    assert 100 == run.payments.query("source == 'city'")["amount"].sum()
    assert all(share <= 0.5 for share in shares(run, "project_id").values())


def test_ratio_of_one_source_to_another(tmp_path: Path) -> None:
    """A half of what the province pays is a third of the whole: 101 are enough for three, 100 lack a fen in one city."""
    half = [{**SHARE, "per_source": "province", "each": "region", "min": 0.5}]
    run = stored(plan(tmp_path, half, 101))
    told = run.limits.set_index("group")

    assert [3, 2] == [len(run.awards), len(decide(plan(tmp_path / "less", half)).awards)]
    assert {"甲", "乙"} == set(told.index)
    assert all(told["value"].astype(float) >= 0.5)


def test_the_same_source_above_and_below_the_line(tmp_path: Path) -> None:
    """Without `per_source` both are what `source` pays: the ratio is 1, whatever else is paid, so a cap below it stops it."""
    whole = {"name": "one", "measure": "payment", "source": "city", "per": "award", "max": 0.9}
    run = stored(plan(tmp_path, [whole]))

    assert ["province"] == run.payments["source"].unique().tolist()


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("least", "fast"), [(None, 0), (0.3, 0), (0.5, 1), (0.51, 2), (0.7, 2)])
def test_progress_of_payments_by_city(least: float | None, fast: int, tmp_path: Path) -> None:
    """Two of 100 in each city, slow (30 at once) worth more than fast (70): at a half one of them is fast, beyond both."""
    kinds = {"slow": ([0.3, 0.7], 3), "fast": ([0.7, 0.3], 2)}
    rows = [{"project_id": f"{city}{n}", "region": city, "category": "a"} for city in "甲乙" for n in range(2)]
    options = [
        {"project_id": row["project_id"], "option": kind, "start_year": 2021, "leveraged_investment": worth}
        | {f"f@{2021 + after}": 100 * part for after, part in enumerate(parts)}
        for row in rows
        for kind, (parts, worth) in kinds.items()
    ]
    config: Row = {
        "years": [2021, 2022],
        "sources": {"f": {"budget": 1000}, "g": {"budget": 1000}},
        "limits": [] if least is None else [{**PAID, "source": "f", "min": least}],
        "solver": {"gap": 0},
    }
    run = stored(write_plan(tmp_path, config, projects=rows, options=options))
    counted = pd.crosstab(run.awards["region"], run.awards["option"])

    assert [fast, fast] == (counted["fast"].tolist() if "fast" in counted else [0, 0])


@pytest.mark.sweep(4)
@pytest.mark.parametrize("seed", range(6))
def test_small_plans_are_the_best_of_all(seed: int, tmp_path: Path) -> None:
    """Of 128 sets of seven projects the best whose quarter the city can pay everywhere, and whose rest the province can."""
    draw = random.Random(seed)
    rows = [(f"P{n}", draw.choice("甲乙"), 4 * draw.randint(1, 9), draw.randint(1, 40)) for n in range(7)]
    city, province = draw.randint(8, 25), draw.randint(20, 60)
    sets = [members for size in range(8) for members in combinations(rows, size)]
    costs = {members: sum(cost for _, _, cost, _ in members) for members in sets}
    best = max(
        sum(worth for *_, worth in members)
        for members, cost in costs.items()
        if cost <= 4 * city and cost <= city + province
    )
    projects = [
        {"project_id": name, "region": of, "category": "a", "fixed_investment": cost, "worth": worth}
        for name, of, cost, worth in rows
    ]
    sources = {name: {"budget": money, "pays": ["grant"]} for name, money in (("city", city), ("province", province))}
    path = plan(tmp_path, [{**SHARE, "each": "region", "min": 0.25}], sources=sources)
    config = yaml.safe_load(path.read_text(encoding="utf-8")) | {"goals": {"terms": [{"measure": "worth"}]}}
    del config["projects"]

    assert best == decide(write_plan(tmp_path, config, projects=projects)).objective


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        ({"measure": "payment", "per_source": "city", "max": 1}, "limits.a.per_source"),
        ({"measure": "payment", "per": "count", "per_source": "city", "max": 1}, "limits.a.per_source"),
        ({"measure": "payment", "per": "payment", "per_source": "citty", "max": 1}, "limits.a.per_source"),
        ({"measure": "payment", "per": "payment", "per_source": ["city", "town"], "max": 1}, "limits.a.per_source.1"),
        ({"measure": "count", "source": "city", "per": "award", "max": 1}, "limits.a.source"),
        ({"measure": "payment", "source": "city", "per": "award", "of": "budget", "min_share": 1}, "limits.a.of"),
    ],
)
def test_what_does_not_go_together(limit: Row, fault: str, tmp_path: Path) -> None:
    """Sources are of money, and there are such sources."""
    with pytest.raises(InputError) as raised:
        allocator.load(plan(tmp_path, [{"name": "a", **limit}]))

    assert fault in [message.path for message in raised.value.messages]
