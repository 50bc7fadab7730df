"""`allocator list`: one whole line per run, newest last, with scenario, changes, money and time; broken folders harm nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from planning import write_plan
from shown import ended

import allocator
from allocator.report.listing import lines
from allocator.runs import folder as run_folder
from allocator.runs import manifest as manifests

LONG = "一个很长的标题 " * 20


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one project with a scenario and two values changed."""
    folder = tmp_path_factory.mktemp("list")
    plan = {
        "title": LONG, "language": "zh", "money": "万元", "years": [2026],
        "sources": {"s": {"budget": 30000, "pays": ["g"]}},
        "instruments": {"g": {"kind": "grant", "rate": 0.1}},
        "scenarios": {"少 一成": {"sources.s.budget": 20000}},
    }  # fmt: skip
    projects = [{"project_id": "A", "region": "r", "category": "c", "fixed_investment": 123400}]
    path = write_plan(folder, plan, projects=projects)
    changes = ["sources.s.budget=*0.9", "limits=[{name: 上限, measure: count, max: 5}]"]
    return allocator.run(path, scenario="少 一成", overrides=changes, out=folder / "runs").folder or folder


def copied(run: Path, out: Path, name: str, **changed: Any) -> Path:
    """Another run whose manifest says something else; None leaves the key out."""
    shutil.copytree(run, out / name)
    said = {**manifests.loads((run / run_folder.MANIFEST).read_text(encoding="utf-8")), **changed}
    kept = {key: value for key, value in said.items() if value is not None}
    (out / name / run_folder.MANIFEST).write_text(manifests.dumps(kept), encoding="utf-8")
    return out / name


def listed(out: Path, language: str = "en") -> list[str]:
    """What the command prints, without its heading."""
    return ended("--language", language, "list", "--out", str(out))[0][1:]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["已证明", "1.23 亿元", "少 一成", "sources.s.budget=18000", "limits.上限.max=5", LONG.strip()]),
        (
            "en",
            ["optimal", "123.4 million yuan", "少 一成", "sources.s.budget=18000", "limits.上限.max=5", LONG.strip()],
        ),
    ],
)
def test_a_run_is_one_whole_line(plain: Path, language: str, words: list[str]) -> None:
    """Time with its zone, scenario, what --set changed, awarded money, and the whole title."""
    [line] = listed(plain.parent, language)
    made = json.loads((plain / run_folder.MANIFEST).read_text(encoding="utf-8"))["made"]

    assert line.startswith(plain.name)
    assert [] == [word for word in [made.replace("T", " "), *words] if word not in line]
    assert made[-6] in "+-"


def test_newest_last(plain: Path, tmp_path: Path) -> None:
    """By the time in the id; a folder that was given another name by the time of its file; latest is the last one."""
    for name in ("20260103-000000-aaaaaaaa", "20250101-000000-ffffffff", "20260102-235959-bbbbbbbb", "方案一"):
        copied(plain, tmp_path, name)
    os.utime(tmp_path / "方案一" / run_folder.MANIFEST, (1_600_000_000, 1_600_000_000))
    order = ["方案一", "20250101-000000-ffffffff", "20260102-235959-bbbbbbbb", "20260103-000000-aaaaaaaa"]

    assert order == [line.split()[0] for line in listed(tmp_path)]
    assert order[-1] == run_folder.find("latest", tmp_path).name


@pytest.mark.parametrize(
    ("changed", "goal"),
    [
        ({}, "million yuan"),
        ({"goals": [{"measure": "count", "unit": ""}], "objective": 7}, " 7 "),
        ({"goals": [{"unit": "万元"}, {"unit": ""}], "objective": 2345.678}, " 2,345.68 "),
        ({"goals": [{"unit": ""}, {"unit": "万元"}], "stages": [{}, {}], "objective": 500}, " 5 million yuan "),
        ({"goals": [{"unit": "万元"}, {"unit": ""}], "stages": [{}, {}], "objective": 0.5}, " 0.5 "),
        ({"goals": [{"unit": ""}], "origins": {"minimise": "plan.yaml:1:1"}, "objective": 500}, " 5 million yuan "),
        ({"goals": [{"unit": ""}], "money": "1000 EUR", "objective": 7}, "million EUR"),
    ],
)
def test_the_goal_has_a_unit_where_it_is_money(plain: Path, tmp_path: Path, changed: dict[str, Any], goal: str) -> None:
    """A goal of points or counts is a number; so is a sum of money and points; of goals in order the last one counts."""
    copied(plain, tmp_path, "20260103-000000-aaaaaaaa", **changed)

    assert goal in listed(tmp_path)[0].partition("optimal")[2]


@pytest.mark.parametrize(
    "changed",
    [
        {"made": None}, {"made": 7}, {"objective": "x"}, {"gap": []}, {"status": "odd"}, {"money": "Taler"},
        {"goals": None}, {"origins": []}, {"stages": 3}, {"title": ["a"]}, {"scenario": "a\nb"}, {"origins": {"x": "--set"}},
    ],
)  # fmt: skip
def test_what_a_manifest_does_not_say(plain: Path, tmp_path: Path, changed: dict[str, Any]) -> None:
    """A run of an older version, or one that somebody has edited, is still one line."""
    run = copied(plain, tmp_path, "20260103-000000-aaaaaaaa", **changed)
    (run / "totals.csv").write_text("nothing", encoding="utf-8")
    (run / "config.resolved.yaml").write_text("{[", encoding="utf-8")

    [line] = listed(tmp_path)
    assert line.startswith("20260103-000000-aaaaaaaa  ")


def test_what_is_no_run(plain: Path, tmp_path: Path) -> None:
    """Folders of others are passed over; a manifest that cannot be read is named, and the runs are listed all the same."""
    copied(plain, tmp_path, "20260103-000000-aaaaaaaa")
    for name, text in (("web", '{"name": "site"}'), ("list", "[1]"), ("cut", '{"run_id": '), ("bytes", "\udcff")):
        (tmp_path / name).mkdir()
        (tmp_path / name / run_folder.MANIFEST).write_text(text, encoding="utf-8", errors="surrogateescape")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    (tmp_path / "dir" / run_folder.MANIFEST).mkdir(parents=True)
    found = listed(tmp_path)

    assert 1 == len([line for line in found if line.startswith("20260103-000000-aaaaaaaa")])
    for name in ("web", "list", "cut", "bytes"):
        assert any(str(tmp_path / name / run_folder.MANIFEST) in line for line in found)
    assert not any("empty" in line or "file.txt" in line for line in found)


def test_no_runs_no_lines(tmp_path: Path) -> None:
    """Where there is no run that is said."""
    assert [f"no runs in {tmp_path}"] == ended("--language", "en", "list", "--out", str(tmp_path))[0]
    assert 1 == len(lines([], "en"))
