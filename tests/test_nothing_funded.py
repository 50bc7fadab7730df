"""Rules that leave only the empty plan are told with their cause, by `check` and by `run`; others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from planning import Row, decide, write_plan
from typer.testing import CliRunner

import allocator
from allocator.cli.commands import app
from allocator.problem import build

PROJECTS = [
    {"project_id": "A", "region": "x", "category": "c", "fixed_investment": 500, "jobs": 3},
    {"project_id": "B", "region": "x", "category": "d", "fixed_investment": 400, "jobs": 2},
    {"project_id": "C", "region": "y", "category": "d", "fixed_investment": 300, "jobs": 1},
]
Limits = list[Row]


def plan(folder: Path, limits: Limits, *, projects: list[Row] | None = None, **config: Any) -> Path:
    """Three projects in two regions, each with an award of a tenth of its investment, and some limits."""
    whole: Row = {
        "money": "万元",
        "years": [2025, 2026],
        "sources": {"f": {"budget": 1000, "pays": ["g"]}},
        "instruments": {"g": {"kind": "grant", "rate": 0.1}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0},
        "limits": limits,
    }
    return write_plan(folder, {**whole, **config}, projects=projects or PROJECTS)


def told(notices: tuple[allocator.Message, ...], *ends: str) -> list[str]:
    """Notices of some codes, as text."""
    return [message.text("en") for message in notices if message.code.endswith(ends)]


def each(by: Any, share: float, **more: Any) -> Row:
    return {"name": f"l{share}", "measure": "award", "each": by, "max_share": share, **more}


def where(name: str, column: str, value: str, end: str, share: float, **more: Any) -> Row:
    return {"name": name, "measure": "award", "where": {column: value}, end: share, **more}


THIRD = [*PROJECTS, {"project_id": "D", "region": "z", "category": "c", "fixed_investment": 5, "jobs": 1}]
LEAST = {
    "sources": {"f": {"budget": 1000, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1, "award": {"min": 1}}},
}
EMPTY: dict[str, tuple[Limits, str, Row]] = {
    "two regions at most 40 % each": ([each("region", 0.4)], "l0.4: the caps on shares add up to 80 %", {}),
    "three regions of which one has no candidate": (
        [each("region", 0.4)],
        "add up to 80 % of the whole",
        {"projects": THIRD, **LEAST},
    ),
    "a region that is locked out leaves two": (
        [each("region", 0.4)],
        "add up to 80 % of the whole",
        {"projects": THIRD, "locks": {"must_not": ["D"]}},
    ),
    "several attributes": ([each(["region", "category"], 0.3)], "l0.3: the caps on shares add up to 90 %", {}),
    "limits by where that divide everything": (
        [where("one", "region", "x", "max_share", 0.5), where("two", "region", "y", "max_share", 0.4999)],
        "one, two: the caps on shares add up to 99.99 %",
        {},
    ),
    "shares of the number": ([each("region", 0.45, measure="count")], "add up to 90 %", {}),
    "shares of jobs": ([each("region", 0.2, measure="jobs")], "add up to 40 %", {}),
    "shares of what a source pays": ([each("region", 0.4, source="f")], "add up to 80 %", {}),
    "shares of one part of the whole": (
        [each("region", 0.4, where={"category": "d"}, of={"category": "d"})],
        "none of the 2 eligible candidates that count there",
        {},
    ),
    "shares of new awards only": ([each("region", 0.4, new_only=True)], "add up to 80 %", {}),
    "one class that all candidates are in": (
        [where("only", "jobs", {"min": 1}, "max_share", 0.3)],  # type: ignore[arg-type]
        "only: the caps on shares add up to 30 %",
        {},
    ),
    "a firm in two regions": (
        [each("region", 0.45)],
        "add up to 90 %",
        {"projects": [{**row, "region": "x; y"} if row["project_id"] == "A" else row for row in PROJECTS]},
    ),
    "floors above the whole": (
        [where("one", "region", "x", "min_share", 0.7), where("two", "region", "y", "min_share", 0.4)],
        "one, two: the floors of its shares add up to 110 %",
        {},
    ),
    "a floor within a class above the class's cap": (
        [where("least", "region", "x", "min_share", 0.6), where("most", "jobs", {"min": 2}, "max_share", 0.5)],  # type: ignore[arg-type]
        "no split of the whole keeps these shares",
        {},
    ),
}


@pytest.mark.sweep(3)
@pytest.mark.parametrize("case", EMPTY)
def test_shares_that_only_nothing_keeps_are_told(case: str, tmp_path: Path) -> None:
    """Where the rule stands, with what the shares add up to, before any solve; and the plan is empty indeed."""
    limits, words, config = EMPTY[case]
    path = plan(tmp_path, limits, **config)
    notices = told(build.check(path).notices, "_empty")
    found = decide(path)

    assert 1 == len(notices)
    assert words in notices[0]
    assert "plan.yaml:" in notices[0]
    if "of one part" not in case:  # what does not count there can be funded
        assert 0 == found.summary["funded"]
        assert told(found.notices, "nothing_left", "nothing_left_by_one")


KEPT: dict[str, tuple[Limits, Row]] = {
    "caps of exactly the whole": ([each("region", 0.5)], {}),
    "caps by where of exactly the whole": (
        [where("one", "region", "x", "max_share", 0.7), where("two", "region", "y", "max_share", 0.3)],
        {},
    ),
    "three thirds written as decimals that reach the whole": ([each("region", 0.3334)], {"projects": THIRD}),
    "soft caps": ([each("region", 0.4, soft=1)], {}),
    "shares of the budget": ([each("region", 0.04, of="budget")], {}),
    "a cap on one region only": ([where("one", "region", "x", "max_share", 0.4)], {}),
    "a firm in two regions that both count": (
        [each("region", 0.5)],
        {"projects": [{**row, "region": "x; y"} if row["project_id"] == "A" else row for row in PROJECTS]},
    ),
    "floors of exactly the whole": (
        [where("one", "region", "x", "min_share", 0.6), where("two", "region", "y", "min_share", 0.4)],
        {},
    ),
    "caps of different wholes": ([each("region", 0.6), each("category", 0.7, measure="count")], {}),
}


@pytest.mark.parametrize("case", KEPT)
def test_shares_that_some_split_keeps_are_not_told(case: str, tmp_path: Path) -> None:
    """No notice where the shares reach the whole, are of something else, or may be broken for a price."""
    limits, config = KEPT[case]

    assert [] == told(build.check(plan(tmp_path, limits, **config)).notices, "_empty", "_whole", "contradict")


def test_shares_that_only_nothing_keeps_conflict_with_what_must_be_funded(tmp_path: Path) -> None:
    """A lock, a promise or a floor makes it a conflict, with the same figures."""
    must = plan(tmp_path / "lock", [each("region", 0.4)], locks={"must_fund": ["A"]})
    floor = plan(tmp_path / "floor", [each("region", 0.4), {"name": "some", "measure": "award", "min": 10}])
    for path in (must, floor):
        with pytest.raises(allocator.Infeasible, match="caps on shares add up to 80 %"):
            build.check(path)


def test_what_is_promised_counts_in_the_whole(tmp_path: Path) -> None:
    """A promise in a third region leaves the other two their 40 % each; of new awards alone there is nothing to split."""
    promise = {"project_id": "D", "option": "old", "instrument": "g", "start_year": 2025, "f@2025": 50}
    rows = [*PROJECTS, {"project_id": "D", "region": "z", "category": "c", "fixed_investment": 900, "jobs": 1}]
    beside, alone = (
        write_plan(tmp_path / name, yaml.safe_load(plan(tmp_path / name, [rule], projects=rows).read_text("utf-8")),
                   projects=rows, commitments=[promise])
        for name, rule in (("beside", each("region", 0.4)), ("alone", each("region", 0.4, new_only=True)))
    )  # fmt: skip

    assert [] == told(build.load(beside).notices, "_empty")
    assert ["80 %"] == [text.split("add up to ")[1][:4] for text in told(build.load(alone).notices, "_empty")]


OTHERWISE: dict[str, tuple[Limits, Row, str]] = {
    "a cap below the least award": ([{"name": "little", "measure": "award", "max": 20}], {}, "little alone leaves"),
    "no money": ([], {"sources": {"f": {"budget": 0, "pays": ["g"]}}}, "sources.f alone leaves"),
    "a number below one": ([{"name": "few", "measure": "count", "max": 0.5}], {}, "few alone leaves"),
    "caps that indivisible awards cannot meet": ([each("region", 0.5)], {}, "l0.5 alone leaves"),
    "two rules together": (
        [
            {"name": "x out", "measure": "award", "where": {"region": "x"}, "max": 1},
            {"name": "y out", "measure": "award", "where": {"region": "y"}, "max": 1},
        ],
        {},
        "together leave no other plan",
    ),
    "everybody locked out": ([], {"locks": {"must_not": ["A", "B", "C"]}}, "locks.must_not: A"),
    "a goal that awards lower": (
        [],
        {"goals": {"terms": [{"measure": "award", "weight": -1}]}},
        "the rules allow it: no plan that funds any of them reaches more",
    ),
}


@pytest.mark.sweep(4)
@pytest.mark.parametrize("case", OTHERWISE)
def test_an_empty_plan_says_what_leaves_no_other(case: str, tmp_path: Path) -> None:
    """The rules by name, proved by asking for one new project; or that nothing pays."""
    limits, config, words = OTHERWISE[case]
    found = decide(plan(tmp_path, limits, **config))

    assert 0 == found.summary["funded"]
    assert words in " ".join(told(found.notices, "_left", "_by_one", "_pays"))


def test_a_plan_that_funds_something_says_nothing_of_the_kind(tmp_path: Path) -> None:
    """Neither the plan nor its notices speak of nothing."""
    found = decide(plan(tmp_path, [each("region", 0.9)]))

    assert 0 < found.summary["funded"]
    assert [] == [m.code for m in found.notices if "nothing" in m.code or m.code.endswith("_empty")]


@pytest.mark.slow
@pytest.mark.reports
def test_the_run_says_it_at_its_head(tmp_path: Path) -> None:
    """The line of what is proved, the page and the memo name the cause; no line says that nothing binds."""
    path, runs = plan(tmp_path, [each("region", 0.4)]), tmp_path / "runs"
    done = CliRunner().invoke(app, ["run", str(path), "--out", str(runs)])
    folder = next(runs.iterdir())

    assert 0 == done.exit_code
    assert "the caps on shares add up to 80 % of the whole" in done.stdout.splitlines()[1]
    assert "no limit binds" not in done.stdout
    for name in ("report.html", "memo.md"):
        assert "the caps on shares add up to 80 % of the whole" in (folder / name).read_text(encoding="utf-8")
