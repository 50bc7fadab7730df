"""Plans without a plan: the cause is found, nothing superfluous is named, and what is offered works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from planning import Row, write_plan
from typer.testing import CliRunner

import allocator
from allocator.cli.commands import app
from allocator.messages.watch import Watch
from allocator.optimise.conflicts.members import Elastic
from allocator.problem import build

BOOK = yaml.safe_load(Path(__file__).with_name("diagnose_cases.yaml").read_text(encoding="utf-8"))


SIBLINGS = {
    "two independent conflicts", "group cap against locks", "whole projects and a count", "a park that is built too late",
    "a share of another group", "requires what is locked out", "one of two that are both locked out",
    "all or none, one must and one must not", "a floor of the worst mean against the budget",
    "a small source shared with a lock", "region floor against region cap", "count band that no whole number meets",
    "floor above the budget", "bonds as capital beyond their share", "target by spending year against a cap of money",
    "more nodes to close than projects allow", "two awards for one legal entity in a year",
}  # fmt: skip
"""Cases of rules that another case is about as well."""
CASES = [
    pytest.param(entry, id=entry["name"], marks=[pytest.mark.slow] * (entry["name"] in SIBLINGS))
    for entry in BOOK["cases"]
]


def written(folder: Path, entry: Row, **config: Any) -> Path:
    """The sound plan with what a case changes."""
    cells: dict[str, Row] = entry.get("cells", {})
    columns = dict.fromkeys(key for row in cells.values() for key in row)
    rows = [{**dict.fromkeys(columns, ""), **row, **cells.get(row["project_id"], {})} for row in BOOK["projects"]]
    tables = {"projects": rows} | ({"commitments": entry["commitments"]} if "commitments" in entry else {})
    return write_plan(folder, {**BOOK["plan"], **entry.get("config", {}), **config}, **tables)


def called(*arguments: object) -> Any:
    """What a command prints and how it exits."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_plan_that_all_cases_change_has_no_conflict(tmp_path: Path) -> None:
    """Exit status 0, in both languages."""
    path = written(tmp_path, {})
    done, chinese = called("diagnose", path), called("diagnose", path, "--language", "zh")

    assert (0, 0) == (done.exit_code, chinese.exit_code)
    assert "no conflict" in done.stdout
    assert "没有冲突" in chinese.stdout


@pytest.mark.sweep(3)
@pytest.mark.parametrize("entry", CASES)
def test_conflict_is_found_and_every_fix_works(entry: Row, tmp_path: Path) -> None:
    """Every cause is in a set of its own, every set is irreducible, and every fix gives a plan that is found."""
    path = written(tmp_path, entry)
    found = allocator.diagnose(path)
    sets = [{rule.key for rule in conflict.rules} for conflict in found.conflicts]
    elastic = Elastic.of(build.load(path))
    by_key = {m.key: m for m in elastic.members}

    assert all(any(set(cause) <= one for one in sets) for cause in entry["causes"]), sets
    assert len(entry["causes"]) == len(sets), sets
    assert found.fixes
    for one in sets:
        members = [by_key[key] for key in one if key in by_key]
        if len(members) == len(one):
            assert elastic.impossible(members, Watch())
        assert not any(elastic.impossible([m for m in members if m is not left], Watch()) for left in members)
    for fix in found.fixes:
        assert fix.proved
        if fix.overrides:
            allocator.solve(allocator.load(path, overrides=fix.overrides))


@pytest.mark.slow
def test_the_command_tells_it_in_both_languages_and_for_machines(tmp_path: Path) -> None:
    """Exit status 3 without a traceback; the keys to change stand in the text as they are typed."""
    path = written(tmp_path, BOOK["cases"][0])
    english, chinese = called("diagnose", path), called("diagnose", path, "--language", "zh")
    machine = called("diagnose", path, "--json")

    assert (3, 3, 3) == (english.exit_code, chinese.exit_code, machine.exit_code)
    assert "--set 'sources.fiscal.budget={2021: 50, 2022: 100}'" in english.stdout
    assert "冲突 1" in chinese.stdout
    assert "\x1b" not in english.stdout
    assert not json.loads(machine.stdout)["ok"]
    assert 3 == called("run", path, "--out", tmp_path / "runs").exit_code
    assert "allocator diagnose" in called("run", path, "--out", tmp_path / "runs").stderr


def test_a_run_names_the_same_rules(tmp_path: Path) -> None:
    """A floor in an outcome that no plan reaches is named where a plan was asked for, too."""
    entry = next(entry for entry in BOOK["cases"] if entry["name"] == "a floor of a bad outcome that nothing reaches")
    with pytest.raises(allocator.Infeasible, match=r"together: uncertainty\.outcomes\.flood\.floor\. "):
        allocator.solve(allocator.load(written(tmp_path, entry)))


def test_faulty_input_is_listed(tmp_path: Path) -> None:
    """Exit status 2, as for any command."""
    path = written(tmp_path, {}, limits=[{"name": "x", "measure": "awrd", "max": 1}])

    assert 2 == called("diagnose", path).exit_code


def test_smallest_fixes_are_as_worked_out(tmp_path: Path) -> None:
    """P1 and P2 ask for 50 in 2021 where there are 40; no other number would do with less."""
    fixes = allocator.diagnose(written(tmp_path, BOOK["cases"][0])).fixes

    assert {
        ("sources.fiscal.budget={2021: 50, 2022: 100}",),
        ('locks.must_fund=["P2"]',),
        ('locks.must_fund=["P1"]',),
    } == {fix.overrides for fix in fixes}
