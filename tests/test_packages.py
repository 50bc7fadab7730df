"""Packages: several instruments for one project as one option, worked out by hand and counted out in full."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from forging import restate
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from planning import ROOT, Row, decide, write_plan
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

YEARS = [2021, 2022]
BY_HAND: Row = {
    "money": "万元",
    "years": YEARS,
    "sources": {
        "fiscal": {"budget": 100, "pays": ["grant"]},
        "fund": {"budget": {2021: 60, 2022: 0}, "pays": ["aid"]},
    },
    "instruments": {
        "grant": {"kind": "grant", "rate": 0.1, "award": {"max": 80, "levels": 2}, "payments": [0.6, 0.4]},
        "aid": {"kind": "grant", "where": {"category": "mill"}, "base": "credit", "rate": 0.02},
    },
    "packages": [["grant", "aid"]],
    "leverage": {
        "goal": "certified",
        "additionality": {"by": "instrument", "values": {"grant": 0.5, "aid": 0.8}},
    },
    "goals": {
        "terms": [
            {"measure": "leveraged_investment"},
            {"measure": "award", "where": {"instrument": "aid"}, "weight": 5},
            {"measure": "award", "where": {"instrument": "grant"}, "weight": 3},
        ]
    },
    "solver": {"gap": 0},
}  # fmt: skip
PROJECTS: list[Row] = [
    {"project_id": "A", "region": "east", "category": "mill", "fixed_investment": 1000, "credit": 1500, "other_public": 70},
    {"project_id": "B", "region": "east", "category": "plant", "fixed_investment": 400, "credit": 1000},
]  # fmt: skip
"""A: a grant of 40 or 80 and an aid of 30; B: a grant of 20 or 40."""


def write(folder: Path, **changes: Any) -> Path:
    return write_plan(folder, BY_HAND | changes, projects=PROJECTS)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    stored = allocator.run(write(folder), out=folder / "runs").folder
    assert stored is not None
    assert [] == opinion(stored)[1]
    return stored


@pytest.mark.slow
def test_together_no_more_than_was_asked_for(tmp_path: Path) -> None:
    """A asks for 75: a grant of 75, or one of 37.5 with the aid of 30, but not 75 and 30; a blank asks for no amount."""
    goal = {"terms": [{"measure": "award"}]}
    found = []
    for asked in ("", 75, 67.5, 67):
        rows = [PROJECTS[0] | {"requested_amount": asked}, PROJECTS[1] | {"requested_amount": ""}]
        path = write_plan(tmp_path / f"asked{asked}", BY_HAND | {"goals": goal}, projects=rows)
        solution = allocator.run(path, out=tmp_path / "runs")
        assert solution.folder is not None and verify(solution.folder).ok and not opinion(solution.folder)[1]
        mine = solution.awards[solution.awards["project_id"] == "A"]
        found.append((sorted(mine["instrument"]), mine["award"].sum()))

    assert [(["aid", "grant"], 110), (["grant"], 75), (["grant"], 67.5), (["grant"], 67)] == found


def test_a_package_is_paid_part_by_part_and_counts_its_investment_once(tmp_path: Path) -> None:
    """A: 80 + 30 awarded, 1000 − 70 − 110 = 820 certified; additional is the larger of 0.5 × 820 and 0.8 × 820."""
    solution = allocator.run(write(tmp_path), out=tmp_path / "runs")
    names = ["project_id", "instrument", "option", "award", "nominal_investment", "certified_investment"]
    rows = solution.awards[[*names, "additional_investment", "fiscal", "fund"]].astype({"option": str})
    paid = solution.payments[["project_id", "option", "source", "year", "amount"]].astype({"option": str})
    one = solution.projects.set_index("project_id").loc["A"]

    assert [
        ["A", "grant", "grant@2021#2", 80, 1000, 820, 656, 80, 0],
        ["A", "aid", "aid@2021#1", 30, 0, 0, 0, 0, 30],
        ["B", "grant", "grant@2021#2", 40, 400, 360, 180, 40, 0],
    ] == rows.to_numpy().tolist()
    assert [
        ["A", "grant@2021#2", "fiscal", 2021, 48], ["A", "grant@2021#2", "fiscal", 2022, 32],
        ["A", "aid@2021#1", "fund", 2021, 30],
        ["B", "grant@2021#2", "fiscal", 2021, 24], ["B", "grant@2021#2", "fiscal", 2022, 16],
    ] == paid.to_numpy().tolist()  # fmt: skip
    assert ["grant+aid", "grant@2021#2+aid@2021#1", 110, 1000] == [
        one["instrument"], one["option"], one["award"], one["nominal_investment"],
    ]  # fmt: skip
    assert 820 + 360 + 5 * 30 + 3 * 120 == solution.objective


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("cap", "own", "by_package"),
    [("1", None, 180), ("0.2", None, 164), ("0.1", None, 82), ("1", 0.5, 410), ("0.1", 0.5, 410)],
    ids=["adds up", "capped", "capped at each", "own share", "own share is not capped"],
)
def test_what_support_causes_by_elasticity_adds_up_within_a_package(
    tmp_path: Path, cap: str, own: float | None, by_package: float
) -> None:
    """A: 1.5 × 80 and 2 × 30 cause 180 of 820, at most the cap of them; a share of the project's own counts once."""
    leverage = {
        "goal": "additional",
        "additionality": {"by": "instrument", "elasticity": {"grant": 1.5, "aid": 2}, "cap": cap},
    }
    projects = [{**row, **({} if own is None else {"additionality": own})} for row in PROJECTS]
    path = write_plan(tmp_path, BY_HAND | {"leverage": leverage}, projects=projects)
    stored = allocator.run(path, out=tmp_path / "runs").folder
    awards = allocator.solve(allocator.load(path)).awards.set_index("project_id")

    assert by_package == awards.loc[["A"], "additional_investment"].sum()
    assert by_package == awards.loc[["A"], "leveraged_investment"].sum()
    assert stored is not None and verify(stored).ok


def test_without_packages_a_project_has_one_instrument(tmp_path: Path) -> None:
    """The same plan without the package: A's grant brings 850 and 3 × 80, its aid alone 900 and 5 × 30."""
    solution = decide(write(tmp_path, packages=[]))

    assert 850 + 360 + 3 * 120 == solution.objective
    assert ["grant", "grant"] == solution.awards["instrument"].astype(str).tolist()


def test_counts_and_limits_of_an_instrument_see_its_part(tmp_path: Path) -> None:
    """A package is one project, one grant and one aid; a cap on aid of 29 takes it away."""
    limits = [
        {"name": "each", "measure": "count", "each": "instrument", "min": 0},
        {"name": "all", "measure": "count", "min": 0},
        {"name": "aid", "measure": "award", "where": {"instrument": "aid"}, "max": 30},
    ]
    solution = allocator.run(write(tmp_path, limits=limits), out=tmp_path / "runs")
    stated = solution.limits.set_index(["limit", "group"])["value"].to_dict()
    totals = solution.totals.set_index(["dimension", "key", "measure"])["value"].to_dict()
    capped = decide(write(tmp_path / "less", limits=[limits[2] | {"max": 29}]))

    assert {("each", "aid"): 1, ("each", "grant"): 2, ("all", ""): 2, ("aid", ""): 30} == stated
    assert (1, 2, 2) == tuple(
        totals[key] for key in [("instrument", "aid", "count"), ("instrument", "grant", "count"), ("all", "", "count")]
    )
    assert ["grant", "grant"] == capped.awards["instrument"].astype(str).tolist()


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        ([["grant", "ald"]], "packages.0.1: there is no instrument 'ald'; did you mean 'aid'?"),
        ([["grant", "grant"]], "packages.0.1: 'grant' is listed twice; remove one"),
        ([["grant", "aid"], ["aid", "grant"]], "packages.1: the same instruments as packages.0; remove one"),
        ([["grant"]], "packages.0"),
    ],
)
def test_wrong_packages_are_refused_where_they_stand(tmp_path: Path, packages: object, words: str) -> None:
    """Every fault with its place."""
    with pytest.raises(InputError) as caught:
        allocator.load(write(tmp_path, packages=packages))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("awards", "A,A,east,mill,aid,aid@2021#1,2021,30,0", "A,A,east,mill,aid,aid@2021#1,2021,30,1000"),
        ("awards", ",820,0,656,", ",850,0,680,"),
        ("payments", "A,aid@2021#1,fund", "A,aid@2021#1,fiscal"),
        ("totals", "instrument,aid,,,count,1", "instrument,aid,,,count,0"),
        ("projects", "grant@2021#2+aid@2021#1", "grant@2021#1+aid@2021#1"),
    ],
)
def test_a_package_that_is_not_what_it_says_is_caught(
    tmp_path: Path, sound: Path, table: str, old: str, new: str
) -> None:
    """Investment counted twice, public money left in, the wrong payer, a wrong count."""
    folder = tmp_path / "run"
    shutil.copytree(sound, folder)
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")

    assert old in text
    assert not verify(folder).ok


def test_a_package_that_the_config_does_not_allow_is_caught(tmp_path: Path, sound: Path) -> None:
    """Without the permission the two awards of A are one too many."""
    folder = tmp_path / "run"
    shutil.copytree(sound, folder)
    config = folder / "config.resolved.yaml"
    changed = yaml.safe_load(config.read_text(encoding="utf-8")) | {"packages": []}
    config.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    restate(folder)

    assert "several_options" in [message.code.split(".")[1] for message in verify(folder).violations]


# -- counted out in full ------------------------------------------------------------------------------------------

FEN = Fraction(1, 100)


def half_up(value: Fraction) -> Fraction:
    """Rounded to a whole fen."""
    return floor(value / FEN + Fraction(1, 2)) * FEN


def singles(config: Row, project: Row) -> dict[str, list[Row]]:
    """What the project may be offered by each instrument alone."""
    found: dict[str, list[Row]] = {}
    for key, rule in config["instruments"].items():
        full = rule["rate"] * project["fixed_investment"]
        made = {floor(full * k / rule["award"]["levels"]) for k in range(1, rule["award"]["levels"] + 1)} - {0}
        if project["category"] in rule["where"]["category"]:
            found[key] = [
                {"key": key, "award": Fraction(award), "share": award / full, "full": full} for award in sorted(made)
            ]
    return found


def options(config: Row, project: Row) -> Iterator[list[Row]]:
    """Single instruments and packages as lists of parts, the first with the value of the whole."""
    alone = singles(config, project)
    sets = [*((key,) for key in alone), *(pack for pack in config["packages"] if set(pack) <= set(alone))]
    for parts in (parts for keys in sets for parts in product(*(alone[key] for key in keys))):
        whole = sum(floor(part["full"] / FEN) * FEN for part in parts)
        left = max(Fraction(0), Fraction(project["fixed_investment"] - project["other_public"]) - whole)
        factors = config["leverage"]["additionality"]["values"]
        value = max(half_up(half_up(left * part["share"]) * factors[part["key"]]) for part in parts)
        yield [part | {"value": value if part is parts[0] else Fraction(0)} for part in parts]


def kept(config: Row, plan: list[list[Row]]) -> bool:
    """Whether first and second can pay, the second within its cap on what it pays of `shared`."""
    sums = {
        key: sum((part["award"] for parts in plan for part in parts if part["key"] == key), Fraction(0))
        for key in ("alone", "shared")
    }
    first, second = (config["sources"][name]["budget"] for name in ("first", "second"))
    aids = sum(any(part["key"] == "shared" for part in parts) for parts in plan)
    by_second = max(Fraction(0), sums["shared"] + sums["alone"] - first)
    return (
        sums["alone"] <= first
        and by_second <= min(second, config["limits"][0]["max"], sums["shared"])
        and aids <= config["limits"][1]["max"]
    )


@st.composite
def problems(draw: Any) -> tuple[Row, list[Row]]:
    """Config and projects."""
    tenths = st.integers(1, 10).map(lambda n: Fraction(n, 10))

    def grant(categories: list[str]) -> Row:
        rate, levels = draw(st.integers(1, 9).map(lambda n: Fraction(n, 20))), draw(st.integers(1, 2))
        return {
            "kind": "grant",
            "where": {"category": categories},
            "rate": rate,
            "award": {"step": 1, "levels": levels},
        }

    config = {
        "money": "元",
        "years": [2021],
        "sources": {
            "first": {"budget": draw(st.integers(0, 120)), "pays": ["alone", "shared"]},
            "second": {"budget": draw(st.integers(0, 80)), "pays": ["shared"]},
        },
        "instruments": {"alone": grant(["plant", "park"]), "shared": grant(["park", "mine"])},
        "packages": draw(st.sampled_from([[["alone", "shared"]], [["shared", "alone"]], []])),
        "leverage": {"additionality": {"by": "instrument", "values": {"alone": draw(tenths), "shared": draw(tenths)}}},
        "limits": [
            {"name": "second", "measure": "award", "source": "second", "where": {"instrument": "shared"}, "max": draw(st.integers(5, 60))},
            {"name": "few", "measure": "count", "where": {"instrument": "shared"}, "max": draw(st.integers(1, 3))},
        ],
        "solver": {"gap": 0, "threads": 1},
    }  # fmt: skip
    kinds = ["plant", "park", "park", "mine"]
    projects: list[Row] = [
        {"project_id": f"P{at}", "region": "North", "category": kind, "other_public": draw(st.integers(0, 30)),
         "fixed_investment": draw(st.integers(20, 300))}
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    return config, projects


@pytest.mark.slow
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_best_of_all_plans_with_packages(problem: tuple[Row, list[Row]]) -> None:
    """At gap 0 the objective is the exact optimum over all single and joint options, to the last fen."""
    config, projects = problem
    note(str(config))
    offered = [[None, *options(config, project)] for project in projects]
    plans = ([parts for parts in rows if parts] for rows in product(*offered))
    worth = [sum((parts[0]["value"] for parts in plan), Fraction(0)) for plan in plans if kept(config, plan)]
    with TemporaryDirectory() as folder:
        path = write_plan(Path(folder), config, projects=projects)
        solution = allocator.run(path, out=Path(folder) / "runs")

    assert max(worth) == Fraction(solution.objective)


@pytest.mark.slow
def test_the_demo_has_packages() -> None:
    """In the demo's scenario of instruments, some renovations get grant and interest subsidy together (within 2 %)."""
    solution = decide(ROOT / "configs" / "scenarios" / "instruments.yaml", "solver.gap=0.02")
    several = solution.awards[solution.awards["committed"] == 0].groupby("project_id")["instrument"].agg(list)

    assert {("renovation_grant", "renovation_interest")} == {tuple(keys) for keys in several if len(keys) > 1}
