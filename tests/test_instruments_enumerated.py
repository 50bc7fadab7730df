"""Random tiny plans with instruments: options, rounding and shared sources worked out here in fractions.

Every award, payment and value is computed from the contract by this file alone, and every plan is counted.
Two sources may both pay one instrument, so what the second has to pay lies between two sums that are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from planning import Row, decide, write_plan

import allocator

YEARS = [2021, 2022]
FEN = Fraction(1, 100)
REALISATION = {"planned": Fraction(6, 10), "built": Fraction(9, 10)}
SCORE = {"new": Fraction(37), "old": Fraction(5)}
tenths = st.integers(1, 10).map(lambda n: Fraction(n, 10))


def half_up(value: Fraction) -> Fraction:
    """Rounded to a whole fen."""
    return floor(value / FEN + Fraction(1, 2)) * FEN


def response(corners: list[list[Fraction]], share: Fraction) -> Fraction:
    """Share of the full effect at a share of the entitlement."""
    for (left, low), (right, high) in pairwise(corners):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return corners[-1][1]


def awards(instrument: Row, full: Fraction) -> list[Fraction]:
    """The award levels: shares of the entitlement rounded down to the step, none below the least, none twice."""
    rule = instrument["award"]
    made = {floor(full * k / rule["levels"] / rule["step"]) * rule["step"] for k in range(1, rule["levels"] + 1)}
    return sorted(Fraction(amount) for amount in made if amount >= rule["min"] and amount > 0)


def spread(award: Fraction, profile: list[Fraction]) -> list[Fraction]:
    """Payments by year, rounded; the last takes the remainder."""
    paid = [half_up(award * share) for share in profile[:-1]]
    return [*paid, award - sum(paid)]


def options(config: Row, project: Row) -> Iterator[Row]:
    """What the project may be offered."""
    for key, instrument in config["instruments"].items():
        if project["category"] not in instrument["where"]["category"]:
            continue
        full = min(instrument["rate"] * project["fixed_investment"], Fraction(instrument["award"]["max"]))
        delays = range(instrument["start"]["delay"] + 1)
        starts = [y for d in delays if (y := project["start_year"] + d) + len(instrument["payments"]) - 1 <= YEARS[-1]]
        for award, start in product(awards(instrument, full), starts):
            effect = response(config["leverage"]["response"], award / full)
            left = max(Fraction(0), project["fixed_investment"] - project["done_investment"] - floor(full / FEN) * FEN)
            certified = half_up(left * effect)
            factors = REALISATION[project["stage"]] * config["leverage"]["additionality"]["values"][key]
            additional = half_up(certified * factors)
            upgrading = half_up(additional * SCORE[project["kind"]] / 100)
            paid = dict(zip(range(start, YEARS[-1] + 1), spread(award, instrument["payments"]), strict=False))
            yield {"instrument": key, "award": award, "paid": paid, "value": additional + upgrading / 2}


def kept(config: Row, plan: list[Row]) -> bool:
    """Whether the two sources can pay the plan within the second one's band."""
    first, second = (config["sources"][name]["budget"] for name in ("first", "second"))
    least = most = Fraction(0)
    for year in YEARS:
        alone = sum((row["paid"].get(year, 0) for row in plan if row["instrument"] == "alone"), Fraction(0))
        shared = sum((row["paid"].get(year, 0) for row in plan if row["instrument"] == "shared"), Fraction(0))
        if alone > first[year] or alone + shared > first[year] + second[year]:
            return False
        least += max(Fraction(0), alone + shared - first[year])
        most += min(shared, second[year])
    band = config["limits"][0]
    return least <= band["max"] and most >= band["min"]


def best(config: Row, projects: list[Row]) -> Fraction | None:
    """The best value of any plan; None when none keeps the rules."""
    offered = [[None, *options(config, project)] for project in projects]
    plans = ([row for row in rows if row] for rows in product(*offered))
    return max((sum((row["value"] for row in plan), Fraction(0)) for plan in plans if kept(config, plan)), default=None)


@st.composite
def instrument(draw: Any, categories: list[str]) -> Row:
    """A grant."""
    least = draw(st.integers(0, 5))
    return {
        "kind": "grant",
        "where": {"category": categories},
        "rate": draw(st.integers(1, 9).map(lambda n: Fraction(n, 20))),
        "award": {
            "min": least,
            "max": draw(st.integers(max(3, least), 40)),
            "step": draw(st.sampled_from([Fraction(1, 2), 1, 3])),
            "levels": draw(st.integers(1, 3)),
        },
        "payments": draw(st.sampled_from([[Fraction(1)], [Fraction(7, 10), Fraction(3, 10)]])),
        "start": {"delay": draw(st.integers(0, 1))},
    }


@st.composite
def project(draw: Any, name: str, category: str) -> Row:
    """A candidate."""
    fixed = draw(st.integers(20, 300))
    return {
        "project_id": name,
        "project_name": name,
        "region": "North",
        "category": category,
        "stage": draw(st.sampled_from(sorted(REALISATION))),
        "kind": draw(st.sampled_from(sorted(SCORE))),
        "start_year": draw(st.sampled_from(YEARS)),
        "fixed_investment": fixed,
        "done_investment": draw(st.integers(0, fixed)),
    }


@st.composite
def problems(draw: Any) -> tuple[Row, list[Row]]:
    """Config and projects."""
    budget = st.fixed_dictionaries({year: st.integers(0, 40) for year in YEARS})
    middle = draw(st.integers(2, 8).map(lambda n: Fraction(n, 10)))
    config = {
        "money": "元",
        "years": YEARS,
        "sources": {
            "first": {"budget": draw(budget), "pays": ["alone", "shared"]},
            "second": {"budget": draw(budget), "pays": ["shared"]},
        },
        "instruments": {"alone": draw(instrument(["plant", "park"])), "shared": draw(instrument(["park", "mine"]))},
        "leverage": {
            "realisation": {"by": "stage", "values": REALISATION},
            "additionality": {"by": "instrument", "values": {"alone": draw(tenths), "shared": draw(tenths)}},
            "response": [[0, 0], [Fraction(1, 2), middle], [1, 1]],
        },
        "upgrading": {"criteria": {"kind": SCORE}},
        "goals": {"terms": [{"measure": "leveraged_investment"}, {"measure": "upgrading", "weight": Fraction(1, 2)}]},
        "limits": [
            {
                "name": "second source",
                "measure": "award",
                "source": "second",
                "min": draw(st.sampled_from([0, 0, 5])),
                "max": draw(st.integers(5, 60)),
            }
        ],
        "solver": {"gap": 0, "threads": 1},
    }
    return config, [draw(project(f"P{at}", category)) for at, category in enumerate(["plant", "park", "mine"])]


def holds(problem: tuple[Row, list[Row]]) -> None:
    """At gap 0 the objective is the exact optimum, to the last fen."""
    config, projects = problem
    note(str(config))
    with TemporaryDirectory() as folder:
        try:
            found = Fraction(decide(write_plan(Path(folder), config, projects=projects)).objective)
        except allocator.Infeasible:
            found = None

    assert best(config, projects) == found


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_best_of_all_plans(problem: tuple[Row, list[Row]]) -> None:
    """At gap 0 the objective is the exact optimum, to the last fen."""
    holds(problem)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_best_of_more_plans(problem: tuple[Row, list[Row]]) -> None:
    """The same of many more."""
    holds(problem)
