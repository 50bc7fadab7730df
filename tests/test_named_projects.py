"""Projects are called by id, or by a name that only one has, wherever config and tables speak of one, and in `explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planning import Row, write_plan, write_table

import allocator
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.options.named_projects import RULES
from allocator.problem import build
from allocator.questions.explain import identified
from allocator.runs import folder as run_folder
from allocator.verify import verify

NAMES = {
    "A": "电子厂房",
    "B": "Steel Mill (二期)",
    "C": "B",
    "D": "重名",
    "E": "重名",
    "F": "铝 加工",
    "G": "Ａ区#1: x",
}
"""C has another's id for a name; D and E share one."""


def plan(folder: Path, cells: dict[str, Row] | None = None, **config: Any) -> Path:
    """Seven projects, each with one option a year worth 10, 20, … 70."""
    projects = [
        {"project_id": p, "project_name": NAMES[p], "region": "r", "category": "c", "requires": "", "excludes": "", "lock": ""}
        | (cells or {}).get(p, {})
        for p in NAMES
    ]  # fmt: skip
    options = [
        {"project_id": p, "option": p, "instrument": "grant", "start_year": 2021, "nominal_investment": 10 * at,
         "fiscal@2021": 1}
        for at, p in enumerate(NAMES, 1)
    ]  # fmt: skip
    whole = {
        "money": "元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 3}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
    }
    return write_plan(folder, whole | config, projects=projects, options=options)


def told(path: Path, *overrides: str, language: str = "en") -> str:
    """What is wrong with a plan."""
    with pytest.raises(InputError) as fault:
        build.load(path, overrides=overrides)
    return fault.value.text(language)


CALLED = [
    ("A", "A"),
    ("电子厂房", "A"),
    (" 电子厂房　", "A"),
    ("Ｂ", "B"),
    ("B", "B"),
    ("Steel Mill (二期)", "B"),
    ("Steel Mill （二期）", "B"),
    ("铝 加工", "F"),
    ("铝　加工", "F"),
    ("A区#1: x", "G"),
]
"""What is written, and the project that is meant: an id before any name."""


@pytest.mark.parametrize(("written", "project"), CALLED)
def test_called(tmp_path: Path, written: str, project: str) -> None:
    """Locks, rules and table columns are those of the project that is meant."""
    locks = {"must_fund": [written], "must_not": [written], "fix": {written: {"award": 1}}}
    cells = {"D": {"requires": f"F; {written}", "excludes": f"{written}；C"}}
    case = build.load(plan(tmp_path, cells, locks=locks, dependencies=[{kind: ["D", written]} for kind in RULES]))
    config, links, at = case.loaded.config, case.links, list(NAMES).index(project)

    assert ([project], [project], [project]) == (config.locks.must_fund, config.locks.must_not, [*config.locks.fix])
    assert ({at}, {at}, {at}) == (set(links.must_fund), set(links.must_not), set(links.fix))
    assert [["D", project]] * len(RULES) == [
        getattr(rule, kind) for kind, rule in zip(RULES, config.dependencies, strict=True)
    ]
    assert [(3, at), (3, 5, at)] == [rule.projects for rule in links.requires]
    assert [(3, at), (3, at), (3, 2)] == [rule.projects for rule in links.excludes]
    assert [[(3, at)]] * 3 == [[rule.projects for rule in getattr(links, kind)] for kind in RULES[2:]]


@pytest.mark.parametrize(("written", "project"), CALLED)
def test_called_in_synergies(tmp_path: Path, written: str, project: str) -> None:
    """What projects bring together is that of the project that is meant, as one of them and as the anchor."""
    synergies = [
        {"name": "s", "projects": ["D", "铝 加工", written], "bonus": 1},
        {"name": "t", "projects": ["D", "E"], "anchor": written, "bonus": 1},
    ]
    if project == "F":
        synergies[0]["projects"] = ["D", written]
    case = build.load(plan(tmp_path, synergies=synergies))
    at, others = list(NAMES).index(project), {3, 5}

    assert case.measures.clusters is not None
    bundles = [set(bundle.projects.tolist()) for bundle in case.measures.clusters.bundles]
    assert [others | {at}, {3, at}, {4, at}] == bundles


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("written", "project"), CALLED)
def test_called_in_option_files_and_commitments(tmp_path: Path, written: str, project: str) -> None:
    """The row is that of the project that is meant; the run is verified from its own folder."""
    path = plan(tmp_path, commitments="promised.csv")
    options = [
        {"project_id": written, "option": "new", "start_year": 2021, "nominal_investment": 500, "fiscal@2021": 1}
    ]
    promised = [
        {"project_id": f" {NAMES['C' if project != 'C' else 'A']}", "fiscal@2021": 1},
        {"project_id": "E", "fiscal@2021": 1},
    ]
    promised = [row for row in promised if row["project_id"].strip() != "B"]
    write_table(tmp_path / "options.csv", options)
    write_table(tmp_path / "promised.csv", promised)
    solution = allocator.run(path, out=tmp_path / "runs")

    assert {project, "E"} == set(solution.awards["project_id"])
    assert solution.folder is not None
    assert verify(solution.folder).ok


def test_not_one_project_in_tables_and_synergies(tmp_path: Path) -> None:
    """A name of several, and one of none, are refused at their cell and key; one project is not listed twice."""
    path = plan(
        tmp_path, synergies=[{"name": "s", "projects": ["重名", "A", "电子厂房"], "anchor": "电子厂", "bonus": 1}]
    )
    said = ["several projects are called '重名': D, E", "'A' is listed twice", "did you mean '电子厂房'?"]

    assert [True] * 3 == [part in line for part, line in zip(said, told(path).splitlines(), strict=True)]

    write_table(tmp_path / "options.csv", [{"project_id": "重名", "option": "o", "fiscal@2021": 1}])
    assert "options.csv:2 (row)" in told(path)
    assert "it is the name of D, E" in told(path)


def test_locks_of_an_open_model(tmp_path: Path) -> None:
    """Behind --set and in Python a name is the project too, before and after the model has been built."""
    model = allocator.open(plan(tmp_path), overrides=["locks.must_not=['A区#1: x']"])
    first = model.solve().awards["project_id"]
    second = model.with_locks(must_fund=["电子厂房", "B"], must_not=["铝　加工"]).solve().awards["project_id"]
    third = model.with_locks(must_not=["Steel Mill （二期）", "C", "E"]).solve().awards["project_id"]

    assert [["D", "E", "F"], ["A", "B", "G"], ["D", "F", "G"]] == [sorted(found) for found in (first, second, third)]


MISSED = [
    ("重名", "several projects are called '重名': D, E; give one of these ids"),
    ("重名 ", "D, E; give one of these ids"),
    ("电子厂", "did you mean '电子厂房'?"),
    ("Steel Mill", "did you mean 'Steel Mill (二期)'?"),
    ("AA", "did you mean 'A'?"),
    ("没有这样的", "there is no project '没有这样的' in the project table"),
]


@pytest.mark.parametrize(("written", "said"), MISSED)
def test_not_one_project(tmp_path: Path, written: str, said: str) -> None:
    """What names no project or several is refused wherever it stands, with the ids or the nearest id or name."""
    locks = f"{{must_fund: ['{written}'], must_not: ['{written}'], fix: {{'{written}': {{award: 1}}}}}}"
    found = told(plan(tmp_path), f"locks={locks}", f"dependencies=[{{excludes: [A, '{written}']}}]").splitlines()

    assert [("--set ", True)] * 4 == [(line[:6], said in line) for line in found]


def test_not_one_project_in_python(tmp_path: Path) -> None:
    """The open model stays as it was."""
    model = allocator.open(plan(tmp_path))
    with pytest.raises(InputError, match="several projects are called '重名'"):
        model.with_locks(must_not=["重名"])

    assert [] == model.case.loaded.config.locks.must_not


@pytest.mark.parametrize("column", ["requires", "excludes"])
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("重名", "no project has the id '重名'; it is the name of D, E: write the id"),
        ("A;重名;B", "it is the name of D, E"),
        ("电子厂", "did you mean '电子厂房'?"),
        ("AA;B", "no project has the id 'AA'"),
        ("Steel Mil (二期)", "did you mean 'Steel Mill (二期)'?"),
    ],
)
def test_not_one_project_in_a_cell(tmp_path: Path, column: str, written: str, said: str) -> None:
    """The same in the columns of the project table, at the row."""
    found = told(plan(tmp_path, cells={"C": {column: written}}))

    assert "projects.csv:4" in found
    assert said in found


@pytest.mark.parametrize(
    "locks",
    [
        {"must_fund": ["A", "电子厂房"]},
        {"must_not": ["电子厂房", "Ａ"]},
        {"fix": {"A": {"award": 1}, "电子厂房": {"award": 1}}},
        {"fix": {"电子厂房": {"award": 1}, "A": {"award": 1}}},
        {"fix": {"电子厂房": {"award": 1}, "Ａ": {"award": 1}}},
    ],
)
def test_twice(tmp_path: Path, locks: Row) -> None:
    """One project by its id and by its name is listed twice, as one by its id twice is."""
    assert "is listed twice, by its id and by its name; keep one of them" in told(plan(tmp_path, locks=locks))


def test_all_at_once(tmp_path: Path) -> None:
    """Every fault is told at once, also in Chinese, and names that are right are none."""
    rules = [{"excludes": ["重名", "电子厂房"]}, {"requires": ["A", "电子厂房"]}]
    found = told(plan(tmp_path, locks={"must_fund": ["铝 加", "B"]}, dependencies=rules), language="zh").splitlines()

    assert 3 == len(found)
    assert "有多个项目名为“重名”：D、E；请改用其中一个编号" in found[0]
    assert "项目“A”重复列出（编号和名称各一次）；请只保留一处" in found[1]
    assert "是否指“铝 加工”？" in found[2]


def test_a_stored_run_knows_ids_only(tmp_path: Path) -> None:
    """The run stores ids, can be verified and made again from its own folder, and gives the same plan as by ids."""
    cells = {"E": {"requires": "铝　加工"}}

    def made(**config: Any) -> Path:
        return allocator.run(plan(tmp_path, cells, **config), out=tmp_path / "runs").folder or tmp_path

    rule, fixed = {"requires": ["Steel Mill (二期)", "电子厂房"]}, {"award": 1}
    folder = made(locks={"must_fund": ["Steel Mill （二期）"], "fix": {"A区#1: x": fixed}}, dependencies=[rule])
    by_ids = made(locks={"must_fund": ["B"], "fix": {"G": fixed}}, dependencies=[{"requires": ["B", "A"]}])
    stored = load_config(folder / "config.resolved.yaml").config

    assert (["B"], ["G"], ["B", "A"]) == (stored.locks.must_fund, [*stored.locks.fix], stored.dependencies[0].requires)
    assert verify(folder).ok
    again = allocator.run(folder / "config.resolved.yaml", out=tmp_path / "runs")
    plans = [(one / "awards.csv").read_bytes() for one in (folder, by_ids, again.folder or folder)]
    assert 1 == len(set(plans))
    assert {"A", "B", "G"} == set(again.awards["project_id"])


def test_scenarios_and_repairs_call_projects_as_written(tmp_path: Path) -> None:
    """A scenario that names a project is checked; a fixed award is given up under the key that the planner wrote."""
    fix = {"电子厂房": {"award": 1, "instrument": "grant"}, "Steel Mill （二期）": {"award": 1}}
    limits = [{"name": "none of it", "measure": "count", "max": 1}]
    path = plan(tmp_path, locks={"fix": fix}, scenarios={"more": {"locks": {"must_not": ["重名"]}}})
    with pytest.raises(InputError, match="several projects are called '重名'"):
        build.check(path)
    found = allocator.diagnose(plan(tmp_path, locks={"fix": fix}, limits=limits))
    given_up = {override for fix in found.fixes for override in fix.overrides if override.startswith("locks.fix.")}

    assert given_up <= {"locks.fix.电子厂房=null", "locks.fix.Steel Mill （二期）=null"}
    assert given_up
    for override in given_up:
        assert 1 == len(build.load(plan(tmp_path, locks={"fix": fix}), overrides=[override]).links.fix)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored run of the seven projects."""
    folder = tmp_path_factory.mktemp("named")
    return allocator.run(plan(folder), out=folder / "runs").folder or folder


@pytest.mark.parametrize(("written", "project"), CALLED)
def test_explained_by_name(run: Path, written: str, project: str) -> None:
    """`explain` knows which project is meant."""
    assert project == identified(run_folder.read(run), written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("重名", "several projects are called '重名'"),
        ("重名　", ": D, E; give one of these ids"),
        ("电子厂", "did you mean '电子厂房'?"),
        ("GG", "did you mean 'G'?"),
        ("完全不同", "no project '完全不同' in run"),
        ("", "no project ''"),
    ],
)
def test_explained_none(run: Path, written: str, said: str) -> None:
    """What is no project, or several, is told with the nearest id or name, or the ids."""
    with pytest.raises(InputError) as fault:
        allocator.explain(run, written, language="en")

    assert said in fault.value.text("en")


@pytest.mark.slow
def test_the_answer_is_that_of_the_id(run: Path) -> None:
    """Called by its name a project gets the answer that it gets by its id."""
    by_name, by_id = (allocator.explain(run, called) for called in ("电子厂房", "A"))

    assert ("A", by_id) == (by_name.project_id, by_name)
