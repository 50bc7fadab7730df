"""What a run says of the projects it leaves out is never more than `explain` proves."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from planning import Row, write_plan
from reference import opinion

import allocator
from allocator.questions.explain import explain_all
from allocator.report import memo as memos
from allocator.report import sections
from allocator.runs import folder as run_folder

KNOWN = {"not_eligible", "locked_out", "exclusive_with", "dependency", "negative_value"}
REGIONS = ("east", "west", "south")


def random_plan(seed: int) -> tuple[Row, list[Row]]:
    """A small plan in which money, caps, shares and links all may keep a project out."""
    rng = Random(seed)
    projects: list[Row] = [
        {"project_id": f"P{n}", "project_name": f"works {n}", "region": rng.choice(REGIONS), "category": rng.choice("ab"),
         "fixed_investment": rng.choice([100, 200, 300, 500]), "worth": rng.choice([-5, 3, 10, 20, 40, 60])}
        for n in range(7)
    ]  # fmt: skip
    limits: list[Row] = [
        {"name": "each region", "measure": "award", "each": "region", "max": rng.choice([20, 40, 60])},
        {"name": "share of a", "measure": "award", "where": {"category": "a"}, "min_share": rng.choice([0.3, 0.5])},
        {"name": "how many", "measure": "count", "max": rng.choice([2, 3, 4])},
    ]
    config: Row = {
        "language": rng.choice(["zh", "en"]),
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": rng.choice([50, 80, 120]), "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 1}}},
        "goals": {"terms": [{"measure": "worth"}]},
        "limits": [limit for limit in limits if {limit.get("where", {}).get("category", "a")} & {p["category"] for p in projects}][: rng.choice([1, 2, 3])],
        "dependencies": [{"excludes": ["P0", "P1"]}, {"requires": ["P2", "P3"]}][: rng.choice([0, 1, 2])],
        "solver": {"gap": 0, "threads": 1},
    }  # fmt: skip
    return config, projects


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(8))
def test_no_stored_reason_contradicts_what_explain_proves(tmp_path: Path, seed: int) -> None:
    """What needed a solve is stored as not examined; all the rest `explain` says too, of one project or of all."""
    config, projects = random_plan(seed)
    path = write_plan(tmp_path, config, projects=projects)
    done = allocator.run(path, out=tmp_path / "runs")
    assert done.folder is not None
    assert [] == opinion(done.folder)[1]
    stored = done.projects[done.projects["funded"] == 0].set_index("project_id")["reason_code"]
    table = explain_all(done.folder).table.set_index("project_id")
    assert set(stored) <= KNOWN | {"not_examined"}
    for project, code in stored.items():
        proved = allocator.explain(done.folder, str(project))

        assert table["reason_code"][project] == proved.reason_code
        assert code in ("not_examined", proved.reason_code)
        assert (code in KNOWN) == (proved.reason_code in KNOWN)
        if proved.reason_code == "limit_cap":
            name = proved.reason.rule.partition(".")[2] if proved.reason else ""
            rest = {**config, "limits": [limit for limit in config["limits"] if limit["name"] != name]}
            without = allocator.solve(allocator.load(write_plan(tmp_path / "without", rest, projects=projects)))
            assert project in set(without.awards["project_id"])


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("language", "words"), [("en", "Not examined further"), ("zh", "未进一步查证")])
def test_report_and_memo_say_what_was_not_examined(tmp_path: Path, language: str, words: str) -> None:
    """A project that one limit keeps out is nowhere said to bring less than others, though no solve was made of it."""
    rows: list[Row] = [
        {"project_id": p, "region": r, "category": "works", "fixed_investment": 400, "worth": w}
        for p, r, w in (("A", "east", 10), ("B", "south", 90))
    ]
    config: Row = {
        "language": language,
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 100, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
        "goals": {"terms": [{"measure": "worth"}]},
        "limits": [{"name": "south at most", "measure": "award", "where": {"region": "south"}, "max": 30}],
        "solver": {"gap": 0, "threads": 1},
    }
    done = allocator.run(write_plan(tmp_path, config, projects=rows), out=tmp_path / "runs")
    assert done.folder is not None
    report = sections.build(run_folder.read(done.folder), language)
    told = {table.key: table.rows for section in report.sections for table in section.tables}
    memo = [line for _, lines in memos.build(report).parts for line in lines]

    assert ["not_examined"] == done.projects.loc[done.projects["funded"] == 0, "reason_code"].tolist()
    assert [words] == told["reasons"]["reason"].tolist()
    assert [words] == told["losers"]["reason"].tolist()
    assert any(words in line for line in memo)
    assert "limit_cap" == allocator.explain(done.folder, "B").reason_code
