"""Every change that a diagnosis offers shows the plan that a run then finds; what lies in screening is named."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from planning import Row, decide, write_plan
from typer.testing import CliRunner

import allocator
from allocator.cli.commands import app
from allocator.problem import build
from allocator.questions.diagnose import Fix


def called(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def plan(folder: Path, projects: list[Row], limits: list[Row], **config: Any) -> Path:
    """Grants of a tenth for plants, and guarantees for those whose fee class is at most 1.5."""
    whole: Row = {
        "money": "万元",
        "years": [2025, 2026],
        "sources": {"f": {"budget": 17000, "pays": ["g", "u"]}},
        "instruments": {
            "g": {"kind": "grant", "rate": 0.1, "where": {"category": "plant"}},
            "u": {"kind": "grant", "rate": 0.1, "where": {"category": "guarantee"}},
        },
        "screening": {"gates": [{"name": "fees", "instruments": ["u"], "require": {"fee": {"max": 1.5}}}]},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0},
        "limits": limits,
    }
    return write_plan(folder, {**whole, **config}, projects=projects)


def row(name: str, region: str, category: str, investment: int, fee: float = 0, jobs: int = 1) -> Row:
    return {
        "project_id": name,
        "project_name": f"{name} works",
        "region": region,
        "category": category,
        "fixed_investment": investment,
        "fee": fee,
        "jobs": jobs,
    }


POOL = [
    row("A", "x", "plant", 500),
    row("B", "x", "plant", 400),
    row("C", "y", "plant", 300),
    row("G", "y", "guarantee", 200, 1.8),
    row("H", "y", "guarantee", 900, 2.5),
]
GUARANTEES = {"name": "guarantees", "measure": "award", "where": {"category": "guarantee"}, "min": 20}
CAP = {"name": "cap", "measure": "award", "where": {"region": "x"}, "max": 30}


def random_plan(seed: int, folder: Path) -> Path:
    """A small plan whose floors, caps, locks and money are drawn so that they rarely go together."""
    draw = random.Random(seed)
    projects = [
        row(f"P{n}", draw.choice("xyz"), "plant", draw.randrange(100, 900), jobs=draw.randrange(1, 30))
        for n in range(draw.randrange(4, 8))
    ]
    limits: list[Row] = [
        {"name": "jobs", "measure": "jobs", "min": draw.randrange(20, 120)},
        {"name": "cap", "measure": "award", "each": "region", "max": draw.randrange(20, 90)},
        {
            "name": "share",
            "measure": "award",
            "where": {"region": min(p["region"] for p in projects)},
            draw.choice(["min_share", "max_share"]): 0.4,
        },
        {"name": "number", "measure": "count", "max": draw.randrange(1, 4)},
    ]
    return plan(
        folder,
        projects,
        draw.sample(limits, 3),
        sources={"f": {"budget": draw.randrange(10, 120), "pays": ["g"]}},
        instruments={"g": {"kind": "grant", "rate": 0.1}},
        screening={},
        locks={"must_fund": draw.sample([p["project_id"] for p in projects], 2)},
        goals={"terms": [{"measure": draw.choice(["leveraged_investment", "jobs"])}]},
    )


def holds(path: Path, fix: Fix) -> None:
    """A run with the changes finds the plan that was shown."""
    found = decide(path, *fix.overrides)

    assert fix.plan.optimal
    assert (found.summary["funded"], round(found.summary["award"], 6)) == (fix.plan.funded, float(fix.plan.spent))
    assert float(found.objective) == float(fix.plan.goal)


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(1, 40), marks=pytest.mark.slow)], ids=["some", "many"])
def test_every_change_gives_the_plan_it_showed(seeds: range, tmp_path: Path) -> None:
    """On random plans: what is spent, how many are funded, and the goal, as a run with `--set` finds them."""
    without = 0
    for seed in seeds:
        path = random_plan(seed, tmp_path / str(seed))
        found = allocator.diagnose(path)
        without += not found.ok
        for fix in found.fixes:
            if fix.overrides:
                holds(path, fix)
        spent = [float(fix.plan.spent) > 0 for fix in found.fixes]
        assert sorted(spent, reverse=True) == spent

    assert without


def test_a_change_that_spends_nothing_is_last_and_named_so(tmp_path: Path) -> None:
    """Without the lock the best plan under the shares funds nothing; raising the cap funds two."""
    even = {"name": "even", "measure": "award", "each": "region", "max_share": 0.5}
    path = plan(tmp_path, POOL, [CAP, even], locks={"must_fund": ["A"]})
    found = allocator.diagnose(path)
    text, chinese = found.text("en"), found.text("zh")

    assert ["80", "0"] == [fix.plan.spent for fix in found.fixes]
    assert [2, 0] == [fix.plan.funded for fix in found.fixes]
    assert text.index("2 projects funded, 800,000 yuan awarded, goal 8 million yuan") < text.index("spends nothing")
    assert "支持 2 个项目，安排 80 万元，目标值 800 万元" in chinese
    assert "分文不花" in chinese


def test_a_goal_in_points_has_no_currency(tmp_path: Path) -> None:
    """Jobs are told as a number."""
    path = plan(tmp_path, POOL, [CAP], locks={"must_fund": ["A"]}, goals={"terms": [{"measure": "jobs", "weight": 1}]})
    found = allocator.diagnose(path)

    assert all(not fix.plan.goal_money for fix in found.fixes)
    assert ["2", "1"] == [fix.plan.goal for fix in found.fixes]
    assert "goal 2\n" in found.text("en")
    assert json.loads(called("diagnose", path, "--json").stdout)["fixes"][0]["plan"]["goal"] == found.fixes[0].plan.goal


SCREENED: dict[str, tuple[list[Row], Row, list[str]]] = {
    "a floor of an amount": (
        [GUARANTEES],
        {},
        ["guarantees: have at most 0 万元; of the 2 candidates", "most by gate 'fees': fee (2)", "G, u: gate 'fees': fee, value 1.8"],
    ),
    "a floor of a number": ([{**GUARANTEES, "measure": "count", "min": 1}], {}, ["guarantees: have at most 0; of the 2"]),
    "a floor of an instrument": (
        [{"name": "u", "measure": "award", "where": {"instrument": "u"}, "min": 5}],
        {},
        ["u: have at most 0 万元", "most by Category (3)", "nearest to passing: G, u: gate 'fees': fee, value 1.8"],
    ),
    "a strict floor": (
        [{"name": "all", "measure": "count", "each": "category", "min": 1, "strict": True}],
        {},
        ["all[guarantee]: have at most 0; of the 2 candidates that it means 2"],
    ),
    "a floor that some meet in part": (
        [{"name": "y", "measure": "award", "where": {"region": "y"}, "min": 60}],
        {},
        ["y: have at most 30 万元; of the 3 candidates that it means 2"],
    ),
    "a lock": ([], {"locks": {"must_fund": ["H"]}}, ["nearest to passing: H, u: gate 'fees': fee, value 2.5"]),
    "a project that is required": (
        [],
        {"locks": {"must_fund": ["A"]}, "dependencies": [{"requires": ["A", "G"]}]},
        ["nearest to passing: G, u: gate 'fees': fee, value 1.8"],
    ),
}  # fmt: skip


@pytest.mark.sweep(2)
@pytest.mark.parametrize("case", SCREENED)
def test_what_lies_in_screening_is_named(case: str, tmp_path: Path) -> None:
    """The rule that keeps most out, what there is, and who is nearest to passing, nearest first."""
    limits, config, words = SCREENED[case]
    done = called("diagnose", plan(tmp_path, POOL, limits, **config))

    assert 3 == done.exit_code
    for part in words:
        assert part in done.stdout
    assert (
        "G, u" not in done.stdout or "H, u" not in done.stdout or done.stdout.index("G, u") < done.stdout.index("H, u")
    )


def test_screening_is_not_blamed_for_what_money_does(tmp_path: Path) -> None:
    """A floor that the open candidates could meet if there were money says nothing of those that are out."""
    floor = {"name": "y", "measure": "award", "where": {"region": "y"}, "min": 20}
    path = plan(tmp_path, POOL, [floor], sources={"f": {"budget": 10, "pays": ["g", "u"]}})
    found = allocator.diagnose(path)

    assert not found.ok
    assert () == found.screened


def test_notices_are_printed_where_there_is_no_plan(tmp_path: Path) -> None:
    """By run and check on standard error, by diagnose with what it found."""
    path = plan(tmp_path, POOL, [GUARANTEES])
    said = "instruments.u: no project may have this instrument"
    run, check, diagnose = (called(name, path) for name in ("run", "check", "diagnose"))

    assert (3, 3, 3) == (run.exit_code, check.exit_code, diagnose.exit_code)
    assert said in run.stderr
    assert said in check.stderr
    assert said in diagnose.stdout


def test_notices_are_in_words_where_there_is_no_plan(tmp_path: Path) -> None:
    """In Chinese neither keys of the config nor rules of screening stand raw in them; in English they keep both."""
    path = plan(tmp_path, POOL, [GUARANTEES])
    said = [called("run", path, "--set", f"language={language}").stderr for language in ("zh", "en")]

    assert "支持方式 › u: 没有项目可以享受此支持方式" in said[0]
    assert not re.search("instruments[.]|where[.]|_missing", said[0].partition("提示")[2].partition("allocator")[0])
    assert "instruments.u: no project may have this instrument" in said[1]


FLOORS: dict[str, tuple[Row, str]] = {
    "nobody meets the where": (
        {"where": {"fee": {"min": 1}}},
        "the floor for x is skipped, since none of its 2 candidates meets the where of the limit",
    ),
    "all that are meant are screened out": (
        {"where": {"category": "guarantee"}, "each": "fee class"},
        "the floor for low is skipped, since all 2 candidates that it means are screened out, most by gate.fees.fee (2)",
    ),
    "another instrument": (
        {"where": {"instrument": "u"}},
        "the floor for x is skipped, since all 2 candidates that it means are screened out, most by where.category (2)",
    ),
    "a strict floor that nobody meets": (
        {"where": {"fee": {"min": 1}}, "strict": True},
        "none of the 2 candidates of x meets the where of the limit, so its floor cannot be reached",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FLOORS)
def test_a_floor_that_is_skipped_says_why(case: str, tmp_path: Path) -> None:
    """Whether the limit's own condition leaves nobody, or which rule keeps out those that it means."""
    more, words = FLOORS[case]
    pool = [{**one, "fee class": "low" if one["fee"] else "none"} for one in POOL]
    limit = {"name": "l", "measure": "award", "each": "region", "min": 1, **more}
    found = build.load(plan(tmp_path, pool, [limit]))
    texts = [m.text("en") for m in (*found.rules.notices, *found.rules.unreachable)]

    assert any(words in text for text in texts), texts
