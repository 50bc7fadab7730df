"""Gates before the choice: what stops a project, with rule, value and threshold, and that verification finds the same."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
from forging import restate
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.verify import verify

CONFIG: Row = {
    "years": [2021],
    "sources": {"fiscal": {"budget": 1000, "pays": ["grant", "loan"]}},
    "instruments": {
        "grant": {"kind": "grant", "rate": 0.1},
        "loan": {"kind": "grant", "base": "credit", "rate": 0.1, "where": {"credit": {"min": 1}}},
    },
    "goals": {"terms": [{"measure": "award"}]},
    "solver": {"gap": 0},
}
SOUND: Row = {
    "region": "east", "category": "plant", "fixed_investment": 100, "total_investment": 100, "own_funds": 20,
    "catalog_class": "鼓励", "clean_record": 1, "filing_no": "示例备1号", "fcr_passed": "通过", "gb4754_code": "C3985",
    "credit": 50,
}  # fmt: skip
"""Passes every gate; grant of 10, loan subsidy of 5."""
FAULTS: dict[str, Row] = {
    "A": {},
    "B": {"filing_no": ""},
    "C": {"catalog_class": "限制", "clean_record": 0},
    "D": {"fcr_passed": "未审"},
    "E": {"own_funds": 19.9999},
    "F": {"gb4754_code": "C3110", "own_funds": 39},
    "G": {"gb4754_code": "C3110", "own_funds": 40},
    "H": {"total_investment": ""},
}
SCREENING: Row = {
    "gates": [
        {"name": "备案", "filled": ["filing_no"]},
        {"name": "目录", "require": {"catalog_class": {"not": ["限制", "淘汰"]}, "clean_record": True}},
        {"name": "公平竞争", "require": {"fcr_passed": {"not": "未审"}}, "instruments": ["grant"]},
    ],
    "capital": {"ratios": [{"where": {"gb4754_code": ["C3110"]}, "min": 0.4}]},
}


def write(folder: Path, screening: Row) -> Path:
    rows = [{**SOUND, "project_id": project, **fault} for project, fault in FAULTS.items()]
    return write_plan(folder, CONFIG | {"screening": screening}, projects=rows)


def stopped(folder: Path, screening: Row) -> list[tuple[Any, ...]]:
    """The screening table of a plan."""
    return list(decide(write(folder, screening)).screening.itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gates")
    run = allocator.run(write(folder, SCREENING), out=folder / "runs").folder
    assert run is not None
    return run


def test_without_gates_everybody_is_in(tmp_path: Path) -> None:
    """Nothing is screened, all eight are funded."""
    solution = decide(write(tmp_path, {}))

    assert (8, 0) == (len(solution.awards), len(solution.screening))


def test_each_gate_stops_whom_it_means(tmp_path: Path) -> None:
    """Every failure is one row; a gate for grants alone leaves the loan subsidy open."""
    both = [
        ("B", "gate.备案.filing_no", "", "filled"),
        ("C", "gate.目录.catalog_class", "限制", "{not: [限制, 淘汰]}"),
        ("C", "gate.目录.clean_record", "0", "true"),
        ("E", "gate.capital", "0.199999", "0.2"),
        ("F", "gate.capital", "0.39", "0.4"),
        ("H", "gate.capital", "", "0.2"),
    ]
    expected = [(project, key, *rest) for project, *rest in both for key in ("grant", "loan")]
    expected.append(("D", "grant", "gate.公平竞争.fcr_passed", "未审", "{not: 未审}"))
    solution = decide(write(tmp_path, SCREENING))

    assert sorted(expected) == sorted(solution.screening.itertuples(index=False, name=None))
    assert [("A", "grant@2021#1"), ("D", "loan@2021#1"), ("G", "grant@2021#1")] == chosen(solution)
    reasons = solution.projects.set_index("project_id")["reason_code"]
    assert ["not_eligible"] * 5 == [reasons[project] for project in "BCEFH"]


@pytest.mark.sweep(2)
@pytest.mark.parametrize("left", ["备案", "目录", "公平竞争", "capital"])
def test_a_gate_that_is_removed_lets_its_projects_in(left: str, tmp_path: Path) -> None:
    """Without a gate its rows are gone and nobody else's."""
    gates = [gate for gate in SCREENING["gates"] if gate["name"] != left]
    fewer = {"gates": gates} | ({} if left == "capital" else {"capital": SCREENING["capital"]})
    whole, without = (stopped(tmp_path / name, rules) for name, rules in (("whole", SCREENING), ("less", fewer)))

    assert sorted(without) == sorted(row for row in whole if not row[2].startswith(f"gate.{left}"))


def test_a_gate_for_some_projects(tmp_path: Path) -> None:
    """With `where` a gate concerns only those projects."""
    gate = {"name": "钢铁备案", "filled": ["filing_no"], "where": {"gb4754_code": "C3110"}}

    assert [] == stopped(tmp_path, {"gates": [gate]})


@pytest.mark.parametrize("change", ["removed", "value"])
def test_a_corrupted_row_is_found(change: str, stored: Path, tmp_path: Path) -> None:
    """A row that is missing, or that tells another ratio, is a violation."""
    run = shutil.copytree(stored, tmp_path / "run")
    path = run / "screening.csv"
    rows = list(csv.reader(path.open(encoding="utf-8-sig")))
    at = next(number for number, row in enumerate(rows) if row[2] == "gate.capital")
    changed = [] if change == "removed" else [[*rows[at][:3], "0.5", rows[at][4]]]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*rows[:at], *changed, *rows[at + 1 :]])

    assert not verify(run).ok


def test_an_award_past_a_gate_is_found(stored: Path, tmp_path: Path) -> None:
    """A stored plan with an award that a gate of its config forbids is refused."""
    run = shutil.copytree(stored, tmp_path / "run")
    config = run / "config.resolved.yaml"
    text = config.read_text(encoding="utf-8")
    assert "C3110" in text
    config.write_text(text.replace("0.4", "0.5", 1), encoding="utf-8")
    restate(run)

    assert not verify(run).ok


def test_what_gates_get_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Gates that ask for nothing, twice the same name, unknown instruments; then unknown columns."""
    config = write(tmp_path, {"gates": [{"name": "a"}, {"name": "a", "filled": ["x"], "instruments": ["gran"]}]})

    with pytest.raises(InputError) as caught:
        load_config(config)
    text = caught.value.text("en")

    assert all(part in text for part in ("asks for nothing", "did you mean 'grant'?", "gates.1.name"))
    with pytest.raises(InputError, match="no column 'filing_n'"):
        decide(write(tmp_path, {"gates": [{"name": "备案", "filled": ["filing_n"]}]}))
