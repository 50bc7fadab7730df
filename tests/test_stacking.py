"""Rules against stacking: packages, legal entities, national support and the public share of investment."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from forging import restate
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

CONFIG: Row = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {"fiscal": {"budget": 1000, "pays": ["grant", "loan"]}},
    "instruments": {
        "grant": {"kind": "grant", "rate": 0.1, "award": {"min": 10}},
        "loan": {"kind": "grant", "base": "credit", "rate": 0.1, "start": {"delay": 1}},
    },
    "packages": [["grant", "loan"]],
    "leverage": {"goal": "nominal"},
    "goals": {"terms": [{"measure": "award"}]},
    "solver": {"gap": 0},
}
PROJECTS: list[Row] = [
    {"project_id": "A", "entity_uscc": "E1", "fixed_investment": 1000, "credit": 500},
    {"project_id": "B", "entity_uscc": "E1", "fixed_investment": 600, "credit": 300},
    {"project_id": "C", "entity_uscc": "", "fixed_investment": 400, "credit": 200, "other_public": 70},
    {"project_id": "D", "entity_uscc": "E2", "fixed_investment": 100, "credit": 50, "other_public": 5.5, "bond_issued": 3},
]  # fmt: skip
"""Grants of 100, 60, 40, 10 and loans of 50, 30, 20, 5. The goal is to award as much as may be."""


def write(folder: Path, **stacking: Any) -> Path:
    rows = [{"region": "east", "category": "plant", **row} for row in PROJECTS]
    return write_plan(folder, CONFIG | {"stacking": stacking}, projects=rows)


def awards(folder: Path, **stacking: Any) -> dict[str, float]:
    """Award of every project; the plan is verified."""
    solution = allocator.run(write(folder, **stacking), out=folder / "runs")
    assert solution.folder is not None
    assert verify(solution.folder).ok
    found: dict[str, float] = solution.awards.groupby("project_id")["award"].sum().to_dict()
    return found


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    stored = allocator.run(write(folder), out=folder / "runs").folder
    assert stored is not None
    return stored


def test_without_rules_every_project_has_the_package(tmp_path: Path) -> None:
    """Grant and loan for all four."""
    assert {"A": 150, "B": 90, "C": 60, "D": 15} == awards(tmp_path)


def test_of_a_list_a_project_has_at_most_one(tmp_path: Path) -> None:
    """The package is not offered, and that is said with its place."""
    assert {"A": 100, "B": 60, "C": 40, "D": 10} == awards(tmp_path, exclusive=[["loan", "grant"]])
    notices = [notice.text("en") for notice in allocator.load(tmp_path / "plan.yaml").notices]

    assert any("package grant+loan is not offered: stacking.exclusive.0 forbids it" in notice for notice in notices)


def test_a_legal_entity_has_one_award_a_year(tmp_path: Path) -> None:
    """A and B are one entity: A's grant in 2021, B's loan may wait until 2022; without its number C stands alone."""
    solution = decide(write(tmp_path, one_per_entity={"by": "entity_uscc"}))
    rows = solution.limits[solution.limits["limit"] == "stacking.one_per_entity"]

    assert [("A", "grant@2021#1"), ("B", "loan@2022#1"), ("C", "grant@2021#1"), ("D", "grant@2021#1")] == chosen(
        solution
    )
    assert ["E1 / 2021", "E1 / 2022"] == rows["group"].tolist()


def test_a_legal_entity_has_one_of_some_instruments(tmp_path: Path) -> None:
    """For loans alone: packages stay, but A and B share their loans out over two years."""
    found = awards(tmp_path, one_per_entity={"by": "entity_uscc", "instruments": ["loan"]})

    assert {"A": 150, "B": 60, "C": 60, "D": 15} == found


def test_national_support_excludes_local(tmp_path: Path) -> None:
    """C and D have other public money: no grant, with a row for each; loans are left to them."""
    found = awards(tmp_path, national={"column": "other_public", "instruments": ["grant"]})
    (folder,) = (tmp_path / "runs").iterdir()

    assert {"A": 150, "B": 90, "C": 20, "D": 5} == found
    assert "C,grant,stacking.national,70,other_public: 0" in (folder / "screening.csv").read_text(encoding="utf-8")


def test_public_money_keeps_to_its_share_of_the_investment(tmp_path: Path) -> None:
    """At 20 %: A and B keep 150 and 90; C has 80 − 70 = 10, D 20 − 8.5 = 11.5, both cut, and 10 + 5 of D is too much."""
    found = awards(tmp_path, public_share={"max": 0.2})
    (folder,) = (tmp_path / "runs").iterdir()
    screened = (folder / "screening.csv").read_text(encoding="utf-8-sig").splitlines()

    assert {"A": 150, "B": 90, "C": 10, "D": 10} == found
    assert ["C,grant,public_share,40,10", "C,loan,public_share,20,10"] == [row for row in screened if row[0] == "C"]


def test_ready_made_options_are_not_touched(tmp_path: Path) -> None:
    """C's own option of 90, national support or not, is above any ceiling of 20 %, and its plan verifies."""
    rows = [{"region": "east", "category": "plant", **row} for row in PROJECTS]
    ready = [{"project_id": "C", "option": "ours", "instrument": "grant", "start_year": 2021, "fiscal@2021": 90}]
    rules = {"public_share": {"max": 0.2}, "national": {"column": "other_public", "instruments": ["grant"]}}
    path = write_plan(tmp_path, CONFIG | {"stacking": rules}, projects=rows, options=ready)

    solution = allocator.run(path, out=tmp_path / "runs")

    assert solution.folder is not None and verify(solution.folder).ok
    assert 90 == solution.awards.set_index("option").loc["ours", "award"]


@pytest.mark.slow
def test_an_award_that_is_cut_brings_less(tmp_path: Path) -> None:
    """C's grant of 40 would bring its 400; cut to 10 it brings a quarter of that, 100, and a lower ceiling never more."""
    goal = {"goals": {"terms": [{"measure": "nominal_investment"}]}, "packages": []}
    rows = [{"region": "east", "category": "plant", **row, "credit": 0} for row in PROJECTS[2:3]]
    worth = []
    for number, share in enumerate((1, 0.25, 0.2, 0.19)):
        config = CONFIG | goal | {"stacking": {"public_share": {"max": share}}}
        solution = allocator.run(write_plan(tmp_path / str(number), config, projects=rows), out=tmp_path / "runs")
        assert solution.folder is not None and verify(solution.folder).ok
        worth.append(solution.objective)

    assert [400, 300, 100, 0] == worth


def test_what_is_left_under_the_ceiling_may_be_too_little(tmp_path: Path) -> None:
    """At 18 %: C has 72 − 70 = 2 left, below the least grant, so only a loan of 2."""
    found = awards(tmp_path, public_share={"max": 0.18})
    (folder,) = (tmp_path / "runs").iterdir()
    screened = (folder / "screening.csv").read_text(encoding="utf-8-sig").splitlines()

    assert found["C"] == 2
    assert ["C,grant,award_min,2,10", "C,grant,public_share,40,2"] == [row for row in screened if row[:7] == "C,grant"]


@pytest.mark.parametrize(
    ("stacking", "words"),
    [
        (
            {"exclusive": [["grant", "lone"]]},
            "stacking.exclusive.0.1: there is no instrument 'lone'; did you mean 'loan'?",
        ),
        ({"one_per_entity": {"by": "entity_usc"}}, "stacking.one_per_entity.by: no column 'entity_usc' in the tables"),
        ({"national": {"column": "national"}}, "stacking.national.column: no column 'national' in the tables"),
        ({"national": {"instruments": ["lone"]}}, "stacking.national.instruments.0: there is no instrument 'lone'"),
        ({"public_share": {"max": 30}}, "stacking.public_share.max"),
        ({"one_per_entities": {}}, "unknown key; did you mean 'one_per_entity'?"),
    ],
)
def test_wrong_rules_are_refused_where_they_stand(tmp_path: Path, stacking: Row, words: str) -> None:
    """Every fault with its place."""
    with pytest.raises(InputError) as caught:
        allocator.load(write(tmp_path, **stacking))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("exclusive: [[grant, loan]]", "no_package"),
        ("one_per_entity: {by: entity_uscc}", "limit_broken"),
        ("national: {column: other_public}", "nationally_supported"),
        ("public_share: {max: 0.11}", "no_such_level"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_caught(tmp_path: Path, sound: Path, rule: str, code: str) -> None:
    """The plan made without rules breaks every one of them."""
    folder = tmp_path / "changed"
    shutil.copytree(sound, folder)
    config = folder / "config.resolved.yaml"
    changed = yaml.safe_load(config.read_text(encoding="utf-8")) | {"stacking": yaml.safe_load(rule)}
    config.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    restate(folder)

    assert code in [message.code.split(".")[1] for message in verify(folder).violations]
