"""A project table in several files, each city's own, and projects that have no ids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tables_on_disk import PLAN, book, faults, reader

import allocator
from allocator.runs import folder as run_folder
from allocator.tables.opened import Inputs
from allocator.verify import verify

Read = Callable[..., Inputs]
A = "项目编号,项目名称,设区市,项目类别,固定资产投资,自有\nA1,甲,南宁市,技改,1000,0.5\nA2,乙,南宁市,技改,2000,0.25\n"
B = "项目类别,设区市,项目编号,项目名称,固定资产投资\n技改,柳州市,B1,丙,3000\n"
BOOK = book([["项目编号", "设区市", "项目类别", "固定资产投资", "甲子"], ["C1", "玉林市", "技改", 4000.5, 7.0]], "丙市")
PLANS = "projects: [a.csv, b.csv, c.xlsx#丙市]"
FILES: dict[str, str | bytes] = {"a.csv": A, "b.csv": B, "c.xlsx": BOOK}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


def test_files_with_other_columns_make_one_table(read: Read) -> None:
    """Columns go together by their names; what a file lacks is blank and told."""
    inputs = read(PLANS, **FILES)
    projects = inputs.projects.set_index("project_id")

    assert ["A1", "A2", "B1", "C1"] == projects.index.tolist()
    assert [1e9, 2e9, 3e9, 4000.5e6] == projects["fixed_investment"].tolist()
    assert ["南宁市", "南宁市", "柳州市", "玉林市"] == projects["region"].tolist()
    assert (0.5, 7.0) == (projects["自有"]["A1"], projects["甲子"]["C1"])
    assert ["projects.0", "projects.1", "projects.2"] == [file.role for file in inputs.files]
    lacking = [notice.text("en") for notice in inputs.notices if notice.code == "tables.columns_of_others"]
    assert (
        "b.csv: has no columns 自有, 甲子, which other files of the project table have; they are blank here" in lacking
    )
    assert "c.xlsx#丙市!D2" == inputs.place("projects", 3, "fixed_investment")
    assert "b.csv:2 (row)" == inputs.place("projects", 2, "region")


def test_the_order_of_files_decides_nothing(read: Read) -> None:
    """The same projects with the same values."""
    one, other = read(PLANS, **FILES).projects, read("projects: [c.xlsx, b.csv, a.csv]", **FILES).projects

    assert one.equals(other[list(one.columns)])


def test_one_file_in_a_list_is_that_file(read: Read) -> None:
    """A list of one is no other table."""
    assert read("projects: a.csv", **FILES).projects.equals(read("projects: [a.csv]", **FILES).projects)


CASES: dict[str, tuple[str, dict[str, str | bytes], list[str]]] = {
    "an id in two files": (
        PLANS,
        {"b.csv": B.replace("B1", "A2")},
        ["b.csv:2 (row): 项目编号: the id 'A2' is used already in a.csv:3 (row); ids must be unique"],
    ),
    "an id twice in a book": (
        PLANS,
        {"b.csv": B.replace("B1", "C1")},
        ["c.xlsx#丙市!A2: 项目编号: the id 'C1' is used already in b.csv:2 (row); ids must be unique"],
    ),
    "a bad amount": (
        PLANS,
        {"b.csv": B.replace("3000", "约3000")},
        ["b.csv:2 (row): 固定资产投资: must be a number of 万元, got '约3000'; write 3000 if that is the value"],
    ),
    "a blank place": (PLANS, {"b.csv": B.replace("柳州市", "")}, ["b.csv:2 (row): 设区市: must not be empty"]),
    "no such file": (
        "projects: [a.csv, bb.csv]",
        {},
        ["plan.yaml:7:19: projects.1: no such file: bb.csv; did you mean 'b.csv'?"],
    ),
    "no such sheet": (
        "projects: [a.csv, c.xlsx#丁市]",
        {},
        ["plan.yaml:7:19: projects.1: c.xlsx has no sheet '丁市'; did you mean '丙市'?"],
    ),
    "a sum": (
        PLANS,
        {"a.csv": A + "合计,,,,3000,\n"},
        ["a.csv:4 (row): 项目编号: this looks like a row of sums ('合计'); every row is one record: delete it"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_faults_name_their_file(read: Read, name: str) -> None:
    """Every fault stands at its file and row or cell."""
    plan, files, expected = CASES[name]

    assert expected == faults(read, plan, **FILES | files)


def test_a_needed_column_that_one_file_lacks(read: Read) -> None:
    """Named for that file alone."""
    told = faults(read, PLANS, **FILES | {"b.csv": B.replace("设区市", "甲乙丙")})

    assert told
    assert all(line.startswith("b.csv: ") for line in told)


def test_a_run_of_several_files_verifies_where_it_is_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is copied, files of one name too; the stored run verifies, and an unchanged one compares as equal."""
    monkeypatch.chdir(tmp_path)
    for folder, text in {"南宁": A, "柳州": B}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "项目.csv").write_text(text, encoding="utf-8")
    (tmp_path / "c.xlsx").write_bytes(BOOK)
    plan = PLAN + "projects:\n  - 南宁/项目.csv\n  - 柳州/项目.csv\n  - c.xlsx#丙市\n"
    (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")
    allocator.run("plan.yaml", out="runs")
    [run] = run_folder.runs(Path("runs"))
    copies = sorted(path.name for path in (run.folder / "inputs").iterdir())
    moved = run.folder.rename(tmp_path / "moved")
    (tmp_path / "c.xlsx").unlink()

    assert ["c.xlsx", "plan.yaml", "项目-2.csv", "项目.csv"] == copies
    assert verify(moved).ok
    assert 4 == len(run_folder.read(moved).tables["projects"])


NO_IDS = "项目名称,设区市,项目类别,固定资产投资\n甲,南宁市,技改,1000\n\n乙,柳州市,技改,2000\n"
BY_ROW = "tables: {project_ids: row_numbers}"


def test_projects_called_by_their_rows(read: Read) -> None:
    """The row of the file, told; a title above moves nothing but the numbers; a column of ids is used where there is one."""
    plain = read(f"projects: p.csv\n{BY_ROW}", **{"p.csv": NO_IDS})
    titled = read(f"projects: p.csv\n{BY_ROW}", **{"p.csv": "项目库,,,\n" + NO_IDS})
    with_ids = read(f"projects: a.csv\n{BY_ROW}", **FILES)

    assert ["2", "4"] == plain.projects["project_id"].tolist()
    assert ["3", "5"] == titled.projects["project_id"].tolist()
    assert ["A1", "A2"] == with_ids.projects["project_id"].tolist()
    assert "p.csv: the projects have no ids and are called by the rows they stand in: '2' is row 2" in [
        notice.text("en") for notice in plain.notices
    ]


def test_rows_of_several_files_have_their_own_ids(read: Read) -> None:
    """The number of the file stands before that of the row."""
    inputs = read(f"projects: [p.csv, q.csv, a.csv]\n{BY_ROW}", **FILES | {"p.csv": NO_IDS, "q.csv": NO_IDS})

    assert ["1-2", "1-4", "2-2", "2-4", "A1", "A2"] == inputs.projects["project_id"].tolist()


def test_without_the_key_ids_are_needed(read: Read) -> None:
    """A table without ids is refused as before."""
    told = faults(read, "projects: p.csv", **{"p.csv": NO_IDS})

    assert any("project_id" in line for line in told)
