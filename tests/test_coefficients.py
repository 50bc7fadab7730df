"""Measures of which each project counts in part: fractional classes of strategic industries, by hand and verified."""

from __future__ import annotations

from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import pytest
from forging import restate
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.report.sections import build
from allocator.runs.folder import read
from allocator.verify import verify

PLANTS: list[tuple[str, float, float | str]] = [("A", 500, 0.2), ("B", 300, 1), ("C", 250, 0.5), ("D", 400, "")]
"""Project, investment, share of it that is strategic emerging (D: nobody said). Each costs 1."""
SHARE: Row = {"name": "战新占比", "measure": "nominal_investment", "coefficient": "sei_coef", "min_share": 0.4}


def made(folder: Path, budget: int = 2, **changes: Any) -> Path:
    projects = [
        {"project_id": p, "project_name": p, "region": "r", "category": "c", "sei_coef": s, "percent": 40}
        for p, _, s in PLANTS
    ]
    options = [
        {"project_id": p, "option": "o", "start_year": 2021, "fiscal@2021": 1, "nominal_investment": i}
        for p, i, _ in PLANTS
    ]
    config = {
        "years": [2021], "sources": {"fiscal": {"budget": budget}}, "leverage": {"goal": "nominal"}, "solver": {"gap": 0},
    }  # fmt: skip
    return write_plan(folder, {**config, **changes}, projects=projects, options=options)


def who(path: Path) -> str:
    return "".join(decide(path).awards["project_id"])


@pytest.mark.sweep(5)
@pytest.mark.parametrize(
    ("limits", "funded"),
    [
        ([], "AD"),  # 900
        ([SHARE], "AB"),  # (100 + 300) / 800 = 0.5; A and D would have 100 / 900
        ([{**SHARE, "min_share": 0.51}], "BC"),  # (300 + 125) / 550 = 0.77; B and D 300 / 700
        ([{**SHARE, "of": {"project_id": ["A", "D"]}, "min_share": 0.2}], "AB"),  # 400 / 500
        ([{**SHARE, "min_share": None, "max_share": 0.2}], "AD"),
        ([{**SHARE, "min_share": None, "min": 325}], "AB"),
        ([{**SHARE, "min_share": None, "per": "count", "min": 210}], "BC"),  # 425 / 2
        ([{**SHARE, "measure": "count", "min_share": None, "min": 1.3}], "BC"),
    ],
)
def test_a_share_with_parts_of_projects(limits: list[Row], funded: str, tmp_path: Path) -> None:
    """Numerators count in part, denominators in full; a plain flag cannot say what half a product line is."""
    assert funded == who(made(tmp_path, limits=limits))


def test_a_goal_counts_in_part(tmp_path: Path) -> None:
    """Strategic investment alone is 300 for B and 125 for C; a weight beside all investment moves the plan from D to B."""
    part = {"measure": "nominal_investment", "coefficient": "sei_coef"}
    alone = decide(made(tmp_path / "a", goals={"terms": [part]}))
    beside = decide(made(tmp_path / "b", goals={"terms": [{"measure": "nominal_investment"}, {**part, "weight": 0.5}]}))

    assert (["B", "C"], 425) == ([*alone.awards["project_id"]], alone.objective)
    assert (["A", "B"], 1000) == ([*beside.awards["project_id"]], beside.objective)  # 800 + 400 / 2; A and D 950


def test_a_target_counts_in_part(tmp_path: Path) -> None:
    """325 asked for: A and B have 400; priced at 2, A and D would lose 2 × 225."""
    target = {"name": "t", "measure": "nominal_investment", "coefficient": "sei_coef", "min": 325}

    assert "AB" == who(made(tmp_path / "hard", targets=[target]))
    assert "AB" == who(made(tmp_path / "priced", targets=[{**target, "shortfall_price": 2}]))
    assert "AD" == who(made(tmp_path / "cheap", targets=[{**target, "shortfall_price": 0.1}]))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"limits": [{**SHARE, "coefficient": "sei_coeff"}]}, "limits.战新占比.coefficient"),
        ({"limits": [{**SHARE, "coefficient": "category"}]}, "limits.战新占比.coefficient"),
        ({"limits": [{**SHARE, "measure": "payment"}]}, "limits.战新占比.coefficient"),
        ({"limits": [{**SHARE, "measure": "award", "source": "fiscal"}]}, "limits.战新占比.coefficient"),
        (
            {"goals": {"terms": [{"measure": "award", "coefficient": "nominal_investment"}]}},
            "goals.terms.0.coefficient",
        ),
        ({"targets": [{"name": "t", "min": 1, "coefficient": "percent"}]}, "targets.t.coefficient"),
    ],
)
def test_coefficients_that_cannot_be_meant(changes: Row, path: str, tmp_path: Path) -> None:
    """Unknown columns, text, money, what a source pays, and 40 where 0.4 is meant."""
    with pytest.raises(InputError) as caught:
        decide(made(tmp_path, **changes))

    assert [path] == [message.path for message in caught.value.messages]


def test_blank_coefficients_are_told(tmp_path: Path) -> None:
    """D has none: it counts 0, which is noted once; the report says what is counted in part."""
    path = made(tmp_path, limits=[SHARE, {**SHARE, "name": "again", "min_share": 0.1}])
    told = [notice for notice in allocator.load(path).notices if notice.code == "audit.coefficient_blank"]
    run = allocator.run(path, out=tmp_path / "runs").folder
    assert run is not None
    tables = {one.key: one.rows for one in build(read(run), "zh").tables}

    assert [1] == [notice.values["count"] for notice in told]
    assert ["名义带动投资 × 战新系数"] * 2 == [*tables["limits"]["measure"]]


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(3))
def test_verification_agrees_and_finds_changes(seed: int, tmp_path: Path) -> None:
    """Random coefficients with profiles, discount and packages of limits: the stored plan passes, a changed one does not."""
    rng = Random(seed)
    projects = [
        {"project_id": f"P{n}", "project_name": "p", "region": rng.choice("AB"), "category": "c", "jobs": rng.randint(1, 90),
         "fixed_investment": rng.randint(100, 900) + 0.01, "sei_coef": rng.choice([0, 0.333, 0.5, 1, "", 0.07])}
        for n in range(8)
    ]  # fmt: skip
    money = {"measure": "leveraged_investment", "coefficient": "sei_coef"}
    limits = [
        {"name": "s", **money, "min_share": 0.2}, {"name": "y", **money, "each": "year", "min": 1, "soft": 0.5},
        {"name": "u", **money, "year": 2022, "cumulative": True, "max": 900}, {"name": "j", **money, "per": "jobs", "max": 50},
        {"name": "r", **money, "measure": "jobs", "each": "region", "min": 2.5, "soft": 1},
    ]  # fmt: skip
    grant = {"kind": "grant", "rate": 0.1, "award": {"levels": 3}, "start": {"delay": 1}}
    config = {
        "years": [2021, 2022], "discount": 0.03, "sources": {"fiscal": {"budget": 120, "pays": ["grant"]}},
        "instruments": {"grant": grant}, "spending": {"default": [0.37, 0.63]}, "limits": limits,
        "goals": {"terms": [{"measure": "leveraged_investment"}, {**money, "weight": 0.31}, {**money, "measure": "jobs"}]},
        "targets": [{"name": "t", **money, "growth": 0.1, "shortfall_price": 0.2}],
    }  # fmt: skip
    run = allocator.run(write_plan(tmp_path, config, projects=projects), out=tmp_path / "runs").folder
    assert run is not None
    copy = Path(copytree(run, tmp_path / "copy"))
    table = copy / "limits.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("j,"))
    cells = lines[at].split(",")
    value = lines[0].split(",").index("value")
    cells[value] = f"{float(cells[value]) + 1e-6:.15g}"
    table.write_text("\n".join([*lines[:at], ",".join(cells), *lines[at + 1 :]]) + "\n", encoding="utf-8-sig")

    forged = Path(copytree(run, tmp_path / "forged"))
    resolved = (forged / "config.resolved.yaml").read_text(encoding="utf-8")
    (forged / "config.resolved.yaml").write_text(resolved.replace("coefficient: sei_coef", "", 1), encoding="utf-8")
    restate(forged)

    assert verify(run).ok
    assert not verify(copy).ok
    assert "verify.differs" in {message.code for message in verify(forged).violations}
