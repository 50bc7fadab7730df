"""No double support across years and instruments: last year's awards as a table that keeps its firms out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from forging import restate
from planning import Row, decide, write_plan, write_table

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

POOL: list[Row] = [
    {"project_id": "P1", "entity_uscc": "914500A"}, {"project_id": "P2", "entity_uscc": "914500B"},
    {"project_id": "P3", "entity_uscc": " ９１４５００Ａ"}, {"project_id": "P4", "entity_uscc": ""},
    {"project_id": "P5", "entity_uscc": "914500C"}, {"project_id": "P6", "entity_uscc": "914500D"},
    {"project_id": "P7", "entity_uscc": "914500E", "category": "loan"},
]  # fmt: skip
BEFORE: list[Row] = [
    {"统一社会信用代码": "914500A", "起始年": 2020, "支持方式": "old"}, {"统一社会信用代码": "914500C", "起始年": 2019},
    {"统一社会信用代码": "914500D", "起始年": ""}, {"统一社会信用代码": "", "起始年": 2020},
    {"统一社会信用代码": "914500E", "起始年": 2020}, {"统一社会信用代码": "914500X", "起始年": 2020},
]  # fmt: skip


def plan(folder: Path, rows: list[Row] = BEFORE, **rule: object) -> Path:
    """A grant of 10 for each firm, and an interest subsidy for one; money for all."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "earlier.csv", rows)
    usual = {"region": "甲", "category": "firm", "fixed_investment": 100}
    config: Row = {
        "years": [2021],
        "sources": {"f": {"budget": 1000, "pays": ["grant", "aid"]}},
        "instruments": {
            "grant": {"kind": "grant", "rate": 0.1, "where": {"category": "firm"}},
            "aid": {"kind": "grant", "rate": 0.2, "where": {"category": "loan"}},
        },
        "stacking": {"earlier": {"file": "earlier.csv", **rule}},
        "goals": {"terms": [{"measure": "count"}]},
        "solver": {"gap": 0},
    }
    return write_plan(folder, config, projects=[{**usual, **row} for row in POOL])


def funded(path: Path) -> str:
    """The numbers of the projects that are funded."""
    return "".join(name[1:] for name in sorted(decide(path).awards["project_id"]))


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ({}, "245"), ({"years": 2}, "24"), ({"instruments": ["grant"]}, "2457"), ({"instruments": ["aid"]}, "123456"),
    ],
)  # fmt: skip
def test_whom_earlier_support_keeps_out(rule: Row, numbers: str, tmp_path: Path) -> None:
    """Firms of 2020, written in any way, and those without a year; of 2019 with two years; blanks match nobody."""
    assert numbers == funded(plan(tmp_path, **rule))


def test_matched_by_project_where_the_table_has_no_year(tmp_path: Path) -> None:
    """A list of projects of last year, such as `awards.csv` of its run."""
    rows: list[Row] = [{"project_id": "P2", "award": 5}, {"project_id": "P9", "award": 5}]

    assert "134567" == funded(plan(tmp_path, rows, by="project_id"))
    assert "1234567" == funded(plan(tmp_path / "none", [{"project_id": "P9"}], by="project_id"))


def test_it_is_told_checked_and_kept_with_the_run(tmp_path: Path) -> None:
    """The screening table says who and since when; the run verifies from its own copy, and not with another one."""
    run = allocator.run(plan(tmp_path), out=tmp_path / "runs")
    rows = run.screening.query("rule == 'stacking.earlier'")
    assert run.folder is not None
    shutil.move(tmp_path / "earlier.csv", tmp_path / "gone.csv")

    told = rows.query("instrument == 'grant'")[["project_id", "value", "threshold"]].drop_duplicates()
    assert [("P1", "914500A", "2020"), ("P3", "９１４５００Ａ", "2020"), ("P6", "914500D", "2020")] == [
        (name, value.strip(), since) for name, value, since in told.itertuples(index=False, name=None) if name != "P7"
    ]
    assert [] == [message.text("en") for message in verify(run.folder).violations]
    config = yaml.safe_load((run.folder / "config.resolved.yaml").read_text(encoding="utf-8"))
    assert "inputs/earlier.csv" == config["stacking"]["earlier"]["file"]
    write_table(run.folder / "inputs" / "earlier.csv", [*BEFORE, {"统一社会信用代码": "914500B", "起始年": 2020}])
    restate(run.folder)
    assert not verify(run.folder).ok


def test_what_lacks(tmp_path: Path) -> None:
    """No such file, no such column in the table, none in the projects, a year that is none, an unknown instrument."""
    cases: list[tuple[list[Row], Row, str]] = [
        (BEFORE, {"file": "lost.csv"}, "lost.csv"), ([{"a": 1}], {}, "entity_uscc"), ([{"county": "x"}], {"by": "county"}, "county"),
        ([{**BEFORE[0], "起始年": "去年"}], {}, "起始年"), (BEFORE, {"instruments": ["grants"]}, "grants"), (BEFORE, {"years": 0}, "years"),
    ]  # fmt: skip
    for number, (rows, rule, word) in enumerate(cases):
        with pytest.raises(InputError, match=word):
            allocator.load(plan(tmp_path / str(number), rows, **rule))
