"""Rules that cannot be kept together are told before anything is solved, each by its name; and nothing else is."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import random_plans
import yaml
from planning import Row, write_plan
from test_config_faults import placeholders
from typer.testing import CliRunner

from allocator.cli.commands import app
from allocator.messages import catalogue
from allocator.messages.errors import AllocatorError, Infeasible
from allocator.optimise import planner
from allocator.pipeline import store
from allocator.problem import build
from allocator.problem.audit import conflicts

BOOK = yaml.safe_load(Path(__file__).with_name("test_audit_conflicts.yaml").read_text(encoding="utf-8"))


def written(folder: Path, entry: Row, **config: Any) -> Path:
    """The sound plan with what an entry changes: keys of the config, cells of the project table, other tables."""
    cells: dict[str, Row] = entry.get("cells", {})
    tables = {"projects": [{**row, **cells.get(row["project_id"], {})} for row in BOOK["projects"]]}
    tables |= {name: entry[name] for name in ("options", "commitments") if name in entry}
    return write_plan(folder, {**BOOK["plan"], **entry.get("config", {}), **config}, **tables)


def called(*arguments: object) -> Any:
    """What a command prints and how it exits."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def without_notices(text: str) -> list[str]:
    """Lines of what is wrong and of what to do."""
    return [line for line in text.splitlines() if not line.startswith("- ") and line not in ("Notices:", "提示：")]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("entry", BOOK["conflicts"], ids=[entry["name"] for entry in BOOK["conflicts"]])
def test_conflict_is_named(entry: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 3, the rules as the planner named them, in English and Chinese, and no run folder."""
    monkeypatch.chdir(tmp_path)
    written(Path(), entry)
    done = called("run", "plan.yaml", "--out", "runs")
    written(Path(), entry, language="zh")
    chinese = called("run", "plan.yaml", "--out", "runs")

    assert (3, "") == (done.exit_code, done.stdout)
    *told, hint = without_notices(done.stderr)
    assert "allocator diagnose" in hint
    assert entry["says"] == [line.split(" ", 1)[1] for line in told]
    assert (3, len(entry["says"]) + 1) == (chinese.exit_code, len(without_notices(chinese.stderr)))
    assert done.stderr != chinese.stderr
    assert not Path("runs").exists()


@pytest.mark.sweep(1)
@pytest.mark.parametrize("entry", BOOK["no_conflicts"], ids=[entry["name"] for entry in BOOK["no_conflicts"]])
def test_what_only_looks_like_a_conflict_is_planned(entry: Row, tmp_path: Path) -> None:
    """A plan exists, is found and is verified; what is strange about it is a notice."""
    case = build.load(written(tmp_path, entry))
    told = [m.text("en").split(" ", 1)[1] for m in case.notices]

    assert [] == conflicts(case)
    assert entry.get("notices", []) == told
    assert store.write(planner.solve(case), tmp_path / "runs").is_dir()


def test_sound_plan_has_no_conflict(tmp_path: Path) -> None:
    """The plan that the conflicts are put into passes `check`."""
    done = called("check", written(tmp_path, {}))

    assert (0, "") == (done.exit_code, done.stderr)


def test_circle_without_a_lock_is_a_fault_of_the_config(tmp_path: Path) -> None:
    """Projects that would have to start before themselves: exit status 2, for no rule clashes with another."""
    entry = {"config": {"dependencies": [{"requires": ["P1", "P2"], "lag": 1}, {"requires": ["P2", "P1"]}]}}
    done = called("check", written(tmp_path, entry))

    assert (2, "") == (done.exit_code, done.stdout)
    assert done.stderr.endswith(
        "dependencies.0: P1 → P2 → P1: each of these projects would have to start before itself; "
        "shorten the lag or drop one of the requires\n"
    )


def test_every_message_of_the_audit_exists_in_both_languages() -> None:
    """The same messages with the same placeholders."""
    english, chinese = catalogue("audit", "en"), catalogue("audit", "zh")

    assert list(english) == list(chinese)
    assert [placeholders(t) for t in english.values()] == [placeholders(t) for t in chinese.values()]


def sharpened(seed: int) -> tuple[Row, dict[str, list[Row]]]:
    """A random plan whose rules are often hard where they were priced, with locks and alternatives."""
    rng = Random(seed)
    config, tables = random_plans.plan(seed)
    ids = [row["project_id"] for row in tables["projects"]]
    for rule in config["limits"] + config["targets"]:
        if rng.random() < 0.5:
            rule.pop("soft", None)
            rule.pop("shortfall_price", None)
            if "min" in rule:
                rule["min"] = rng.choice([rule["min"], 1, 200, 2000])
    if rng.random() < 0.5:
        config["locks"]["must_fund"] = rng.sample(ids, rng.randint(1, 2))
    if rng.random() < 0.3:
        config["dependencies"].append({"one_of": rng.sample(ids, 2)})
    return config, tables


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(4, 120), marks=pytest.mark.slow)], ids=["some", "many"])
def test_no_conflict_is_told_where_a_plan_exists(seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the solver finds a plan that passes verification, the audit has nothing to say, and the other way round."""
    alarms = {}
    for seed in seeds:
        config, tables = sharpened(seed)
        try:
            case = build.load(write_plan(tmp_path / str(seed), config, **tables))
        except AllocatorError:
            continue
        found = [m.text("en") for m in conflicts(case)]
        with monkeypatch.context() as patch:
            patch.setattr(planner, "audit", lambda case: None)
            try:
                store.write(planner.solve(case), tmp_path / "runs")
            except Infeasible:
                continue
            except AllocatorError as error:
                if not found:
                    alarms[seed] = [error.text("en")]
                continue
        if found:
            alarms[seed] = found

    assert {} == alarms
