"""Names of folders, files and sheets that hold #, spaces, percent signs, quotes or Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
from tables_on_disk import book, faults, reader

import allocator
from allocator.config.source.table_paths import split_sheet
from allocator.runs import folder as run_folder
from allocator.verify import verify

PLAN = """\
language: en
money: 万元
years: [2025]
sources: {f: {budget: 100, pays: [g]}}
instruments: {g: {kind: grant, rate: 0.1}}
leverage: {goal: nominal}
solver: {gap: 0}
"""
ROWS: list[list[object]] = [
    ["project_id", "project_name", "region", "category", "fixed_investment"],
    ["A", "甲", "南宁", "技改", 500.0],
]
TEXT = "\n".join(",".join(str(cell) for cell in row) for row in ROWS) + "\n"

SPLITS = {
    "q #1/p.csv": ("q #1/p.csv", ""),
    "q #1/b.xlsx": ("q #1/b.xlsx", ""),
    "q #1/b.xlsx#项目": ("q #1/b.xlsx", "项目"),
    "q #1/b.xlsx#项目#1": ("q #1/b.xlsx", "项目#1"),
    "q #1/p#2.csv": ("q #1/p#2.csv", ""),
    "q #1/b#2.xlsx#a b": ("q #1/b#2.xlsx", "a b"),
    "q #1/none.xlsx#a": ("q #1/none.xlsx", "a"),
    "q #1/none.csv#a": ("q #1/none.csv#a", ""),
    "q #1/b.xlsx#": ("q #1/b.xlsx", ""),
}


@pytest.mark.parametrize("text", SPLITS)
def test_where_a_sheet_begins(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the longest beginning of the last name that is a file."""
    monkeypatch.chdir(tmp_path)
    Path("q #1").mkdir()
    for name in ("p.csv", "b.xlsx", "p#2.csv", "b#2.xlsx"):
        (Path("q #1") / name).touch()

    assert SPLITS[text] == split_sheet(text)


PLACES = [
    ("q #1", "项目 #2.csv", ""),
    ("100% a", "b#1.xlsx", "项目#1"),
    ("it's", 'b\'c "d".xlsx', "a 'b' #%"),
    ("a#b#c", "x.xlsx#y.xlsx", "s#t.xlsx"),
]


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("folder", "file", "sheet"), PLACES)
def test_a_plan_runs_and_verifies_wherever_its_table_is(
    folder: str, file: str, sheet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run reads its own copy again, and so does a reading of the stored run after it was moved."""
    place = tmp_path / folder
    place.mkdir()
    monkeypatch.chdir(place)
    written = file + (f"#{sheet}" if sheet else "")
    quoted = written.replace("'", "''")
    (place / file).write_bytes(book(ROWS, sheet or "s", ("t",)) if file.endswith(".xlsx") else TEXT.encode())
    (place / "plan.yaml").write_text(f"{PLAN}projects: '{quoted}'\n", encoding="utf-8")
    allocator.run("plan.yaml", out="runs")
    [run] = run_folder.runs(Path("runs"))
    moved = run.folder.rename(tmp_path / "moved #2")

    assert 500 == run.manifest["objective"]
    assert verify(moved).ok


def test_a_sheet_with_a_hash_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the sheets there are, or the nearest."""
    read, files = reader(tmp_path, monkeypatch), {"b.xlsx": book(ROWS, "项目#1", ("说明",))}

    assert faults(read, "projects: b.xlsx#项目#2", **files) == [
        "plan.yaml:7:11: projects: b.xlsx has no sheet '项目#2'; did you mean '项目#1'?"
    ]
    assert faults(read, "projects: b.xlsx#x", **files) == [
        "plan.yaml:7:11: projects: b.xlsx has no sheet 'x'; its sheets are 项目#1, 说明"
    ]
