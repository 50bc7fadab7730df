"""What a planner writes in another spelling is understood or told; nothing matches nothing without a word."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from planning import Row, decide, write_plan

import allocator
from allocator.messages import say
from allocator.messages.alike import grouped
from allocator.messages.errors import InputError
from allocator.report import sections
from allocator.runs import folder as run_folder

PROJECTS: list[Row] = [
    {"project_id": "A", "region": "甲", "category": "x", "fixed_investment": 1000, "lock": "必选", "start_ym": "2021年3月",
     "node": "n1", "role": " 建链 "},
    {"project_id": "B", "region": "甲", "category": "x", "fixed_investment": 900, "lock": "排除", "start_ym": "2021/4",
     "node": "n2", "role": ""},
    {"project_id": "C", "region": "乙", "category": "x", "fixed_investment": 800, "lock": "", "start_ym": "202105",
     "node": "n3", "role": "補鏈"},
]  # fmt: skip
CONFIG: Row = {
    "years": [2021],
    "sources": {"fiscal": {"budget": 500, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
}


def planned(folder: Path, **more: object) -> Path:
    return write_plan(folder, {**CONFIG, **more}, projects=PROJECTS)


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    ("where", "value"),
    [
        ({"lock": "必选"}, 1), ({"lock": ["必选", "排除"]}, 1), ({"lock": {"not": "必选"}}, 1), ({"lock": "Must_Fund"}, 1),
        ({"lock": {"not": ["必选", "排除"]}}, 1), ({"start_ym": "2021/3"}, 1), ({"start_ym": {"not": ["２０２１年３月"]}}, 1),
    ],
)  # fmt: skip
def test_conditions_know_every_spelling_of_a_cell(where: Row, value: int, tmp_path: Path) -> None:
    """A lock and a month are called in a condition whatever they may be called in a cell."""
    limits = [{"name": "some", "measure": "count", "where": where, "max": 9}]
    plan = decide(planned(tmp_path, limits=limits))

    assert [value] == plan.limits["value"].tolist()


def test_a_measure_by_its_header_is_told_by_its_name(tmp_path: Path) -> None:
    """The error names the column behind a Chinese header, and the nearest measure of a misspelt one."""
    limits = [
        {"name": "a", "measure": "固定资产投资", "max": 9},
        {"name": "b", "measure": "fixed_investmnt", "max": 9},
    ]
    with pytest.raises(InputError) as caught:
        allocator.load(planned(tmp_path, limits=limits))

    assert 2 == caught.value.text("en").count("did you mean 'fixed_investment'?")
    with pytest.raises(InputError, match="did you mean 'fixed_investment'"):
        allocator.load(planned(tmp_path / "goal", goals={"terms": [{"measure": "固投"}]}))


def test_roles_are_compared_as_everything_else(tmp_path: Path) -> None:
    """A role in full width or with blanks has its bonus, in the plan and in the report; a blank role has none."""
    chains = {"node": "node", "role": "role", "bonus": {"建链": 7, "補鏈": 2}}
    run = allocator.run(planned(tmp_path, chains=chains), out=tmp_path / "runs").folder
    assert run is not None
    table = next(t for t in sections.build(run_folder.read(run), "en").tables if t.key == "nodes")

    assert [("n1", "建链", 7.0), ("n2", "", 0.0), ("n3", "補鏈", 2.0)] == list(
        table.rows[["node", "role", "bonus"]].itertuples(index=False, name=None)
    )


@pytest.mark.slow
@pytest.mark.reports
def test_a_run_names_no_folder_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of a run, nor of what is asked about it, has the absolute path of the config, its tables or the run."""
    folder = tmp_path / "secret" / "plans"
    path = planned(folder, locks={"must_not": ["C"]}, flags={})
    for name in ("projects", "plan"):
        assert str(folder) in str(next(folder.glob(f"{name}.*")))
    text = path.read_text(encoding="utf-8").replace("projects.csv", str(folder / "projects.csv"))
    path.write_text(text, encoding="utf-8")
    elsewhere = tmp_path / "cwd"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    run = allocator.run(path, out=tmp_path / "secret" / "runs").folder
    assert run is not None
    allocator.explain(run, "C")

    assert {} == {
        str(file.relative_to(run)): found
        for file in run.rglob("*")
        if file.is_file() and (found := named(file, tmp_path))
    }


def named(file: Path, folder: Path) -> list[str]:
    """What a file says around each mention of a folder; a workbook's parts are looked into."""
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as book:
            texts = [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    elif "inputs" in file.parts:
        return []  # copied as they were
    else:
        texts = [file.read_text(encoding="utf-8-sig")]
    return [found for text in texts for found in re.findall(rf".{{0,60}}{re.escape(str(folder))}.{{0,60}}", text)]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"spending": {"profile": {"y": [1]}, "default": [1]}}, ""),
        ({"leverage": {"displacement": {"by": "instrument", "values": {"grnt": 0.1}, "default": 0}}},
         "displacement.values.grnt: no row has the value 'grnt', and 'grant' is not listed: is that meant?"),
        ({"robust": {"gamma": 1, "deviation": {"by": "role", "values": {"建锭": 0.2}, "default": 0.1}}},
         "robust.deviation.values.建锭: no row has the value '建锭', and '建链' is not listed"),
        ({"report": {"before": {"is_se": 0.3}}}, "report.before.is_se: no row has the value 'is_se', so this says nothing; did you mean 'is_sei'?"),
        ({"flags": {"selective": ["lok"]}}, "flags.selective.0: no row has the value 'lok', so this says nothing; did you mean 'lock'?"),
        ({"limits": [{"name": "a", "measure": "count", "where": {"fixed_investment": {"min": 5000}}, "max": 1}]},
         "limits.a.where.fixed_investment: no row lies in this range: they run from 800 to 1000; is it another unit?"),
        ({"screening": {"gates": [{"name": "g", "require": {"fixed_investment": {"max": 100}}}]}},
         "instruments.grant: no project may have this instrument; rule gate.g.fixed_investment keeps out 3 of 3"),
        ({"uncertainty": {"outcomes": {"bad": {"probability": 0.5, "effects": [
            {"on": "leverage", "where": {"fixed_investment": {"min": 5000}}, "factor": 0.5}]}}}},
         "an effect on leverage (fixed_investment: {min: 5000}) touches nothing"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_told(block: Row, told: str, tmp_path: Path) -> None:
    """Values that no row has, ranges in another unit, closed instruments: a notice with what is near, and a plan."""
    notices = "\n".join(message.text("en") for message in allocator.load(planned(tmp_path, **block)).notices)

    assert told in notices if told else "no row" not in notices


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"parks": {"builders": {"category": "x"}, "resources": {}}}, "parks.resources: too few items: at least 1, got 0"),
        ({"stacking": {"national": {"column": "role"}}}, "'role' is neither a column of numbers nor a flag"),
        ({"stacking": {"public_share": {"max": 30}}}, "must be at most 1, got '30'; write 0.3 if that is a percentage"),
        ({"uncertainty": {"sample": {"count": 2, "draw": [{"on": "leverage", "each": "regoin", "low": 0.5, "high": 1}]}}},
         "plan.yaml:18:13: uncertainty.sample.draw.0.each: no column 'regoin' in the tables; did you mean 'region'?"),
        ({"flags": {"trade_codes": [""]}}, "flags.trade_codes.0: must not be blank"),
        ({"previous": "nowhere"}, "previous: no run folder with awards.csv and payments.csv: nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(block: Row, told: str, tmp_path: Path) -> None:
    """Each once, at its place, with what to write instead."""
    with pytest.raises(InputError) as caught:
        allocator.load(planned(tmp_path, **block))

    assert 1 == caught.value.text("en").count(told.partition(": ")[2] or told)
    assert told in caught.value.text("en")


def test_progress_is_held_against_the_plan_before(tmp_path: Path) -> None:
    """A project twice and a source that is none are errors; more paid than approved, and a stranger, are told."""
    before = allocator.run(planned(tmp_path / "a"), out=tmp_path / "runs").folder
    config = {**CONFIG, "previous": str(before)}

    def load(progress: list[Row]) -> str:
        path = write_plan(tmp_path / "b", config, projects=PROJECTS, progress=progress)
        return "\n".join(message.text("en") for message in allocator.load(path).notices)

    with pytest.raises(InputError) as caught:
        load([{"project_id": "A", "started": 1, "fiscl@2021": 5}, {"project_id": "A", "started": 0}])
    text = caught.value.text("en")
    assert "no source is called 'fiscl'; did you mean 'fiscal'?" in text
    assert "the id 'A' is used already in progress.csv:2 (row)" in text
    told = load([{"project_id": "A", "started": 1, "fiscal@2021": 101}, {"project_id": "Z", "started": 1}])
    assert "progress: not in the plan before, so its progress says nothing: Z" in told
    assert "progress: A: more was paid than approved" in told


def test_a_percentage_that_looks_like_a_fraction_is_told(tmp_path: Path) -> None:
    """A loan at 0.04 % is most likely one at 4 %; at 4, and where it is blank, nothing is told."""
    for rate, told in ((0.04, True), (4, False), ("", False)):
        projects = [{**row, "loan_rate": rate} for row in PROJECTS]
        notices = allocator.load(write_plan(tmp_path / str(rate), CONFIG, projects=projects)).notices
        texts = [message.text("en") for message in notices]

        assert told == any(
            "projects.csv:2 (row): loan_rate: 3 cells are above 0 and below 0.2" in text for text in texts
        )


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("tables.rows_hidden", {"count": 1, "how": "", "rows": 7}, "1 row is hidden  and is read all the same: 7; show"),
        ("tables.rows_hidden", {"count": 11, "how": "", "rows": 7}, "11 rows are hidden  and are read"),
        ("options.step_too_fine", {"count": "1", "most": 9, "step": 1, "unit": ""}, "1 project could have more than 9 different awards: they"),
        ("audit.floor_of_nobody", {"name": "n", "group": "g", "count": 1}, "since not even its 1 candidate meets the where"),
        ("audit.floor_of_screened", {"name": "1 rows", "group": "g", "count": "1", "rule": "r", "out": 1},
         "1 rows: the floor for g is skipped, since the 1 candidate that it means is screened out"),
        ("tables.nameless", {"column": "D", "count": 1}, "column D has no header: its 1 cell is not read"),
        ("cli.check_sizes", {"projects": "1", "options": "21", "funded": "1"}, "1 project, 21 options, 1 project with"),
        ("report.js_found", {"shown": 1, "all": 12}, "1 of 12 rows"),
    ],
)  # fmt: skip
def test_one_of_a_thing_is_no_plural(code: str, values: Row, said: str) -> None:
    """In English the noun and its verb follow the number; what the planner wrote stays."""
    assert said in say(code, "en", **values)


def test_many_notices_of_one_kind_are_told_as_one(tmp_path: Path) -> None:
    """With how many more there are and where; each of them is stored with the run, and three are told one by one."""

    def notices(count: int, folder: Path) -> tuple[list[str], list[str]]:
        rows = [
            {"project_id": f"P{n}", "region": "r", "category": "x", "fixed_investment": 100, "filing_no": f"备〔2025〕{n // 2}号123456"}
            for n in range(2 * count)
        ]  # fmt: skip
        run = allocator.run(write_plan(folder, CONFIG, projects=rows), out=folder / "runs")
        stored = [notice for notice in run.notices if notice.code == "options.filed_twice"]
        return [n.where for n in stored], [n.text("en") for n in grouped(stored)]

    places, lines = notices(5, tmp_path / "five")
    assert [f"projects.csv:{2 * n + 3} (row)" for n in range(5)] == places
    assert 1 == len(lines)
    assert lines[0].startswith("projects.csv:3 (row): filing_no: ")
    assert lines[0].endswith("(4 more like this, at 5, 7, 9, 11)")
    assert 3 == len(notices(3, tmp_path / "three")[1])
