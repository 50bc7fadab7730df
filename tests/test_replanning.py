"""A year later: what was begun is paid out, what failed frees its money, and the rest is decided anew, near or far."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from planning import Row, write_plan, write_table
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.report.summary import text
from allocator.runs.folder import read
from allocator.runs.solution import Solution
from allocator.verify import verify

PROJECTS: list[Row] = [
    {"project_id": name, "region": "east", "category": "plant", "fixed_investment": size}
    for name, size in (("A", 100), ("B", 90), ("C", 80), ("D", 70), ("E", 60))
]
APPROVED: Row = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {"f": {"budget": 15, "tail": {"max_share": 1}, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1, "payments": [0.5, 0.5]}},
    "leverage": {"goal": "nominal"},
    "solver": {"gap": 0},
}
"""Each grant is a tenth, half of it at once and half a year later. Of 15 in 2021, A (5), B (4.5) and C (4) are begun."""
NEXT: Row = APPROVED | {"years": [2022, 2023], "previous": "before", "progress": "progress.csv"}
PROGRESS: list[Row] = [
    {"项目编号": "A", "已开工": 1, "已失败": 0, "f@2021": 4, "已完成投资": 30},
    {"项目编号": "B", "已开工": 0, "已失败": 1, "f@2021": 0, "已完成投资": 0},
]
"""A has begun and was paid 4 of the 5 of 2021; B is given up; nothing is said of C, which is decided anew."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The approved plan: D and E start in 2022 or not at all for want of money."""
    folder = tmp_path_factory.mktemp("before")
    projects = [row | {"start_year": 2021 if row["project_id"] in "ABC" else 2022} for row in PROJECTS[:3]]
    run = allocator.run(write_plan(folder, APPROVED, projects=projects), out=folder / "runs")
    assert run.folder is not None
    assert ["A", "B", "C"] == run.awards["project_id"].tolist()
    return run.folder


def again(folder: Path, before: Path, *overrides: str, progress: list[Row] = PROGRESS) -> allocator.Solution:
    """The next plan, stored and verified; last year's run stands beside its config."""
    path = write_plan(folder, NEXT, projects=PROJECTS)
    write_table(folder / "progress.csv", progress)
    if not (folder / "before").exists():
        copytree(before, folder / "before")
    done = allocator.run(path, out=folder / "runs", overrides=overrides)
    assert done.folder is not None
    assert [] == opinion(done.folder)[1]
    return done


def told(solution: allocator.Solution) -> dict[str, tuple[float, float, str]]:
    """Project → before, after, reason."""
    rows = solution.extra["moved"].itertuples(index=False)
    return {row.project_id: (row.before, row.after, row.reason) for row in rows}


def test_what_was_begun_is_paid_out_and_what_failed_frees_its_money(tmp_path: Path, before: Path) -> None:
    """A still gets 5 of 2022 and 1 of arrears; of the other 9 C keeps 4 and D gets 3.5; B gets nothing."""
    solution = again(tmp_path, before)
    paid = solution.payments[solution.payments["project_id"] == "A"]

    assert [(2022, 6)] == list(zip(paid["year"], paid["amount"], strict=True))
    assert {
        "A": (10, 6, "realised"), "B": (9, 0, "failed"), "C": (8, 8, "later"), "D": (0, 7, "better"),
    } == {key: value for key, value in told(solution).items() if key != "E"}  # fmt: skip
    assert "locked_out" == solution.projects.set_index("project_id")["reason_code"]["B"]
    assert "progress.csv: B" in solution.projects.set_index("project_id")["reason"]["B"]


def test_progress_calls_projects_by_their_names(tmp_path: Path, before: Path) -> None:
    """A name of the table of today is the project's; one of several is refused."""
    named = [row | {"project_name": f"plant {row['project_id']}"} for row in PROJECTS]
    path = write_plan(tmp_path, NEXT, projects=named)
    write_table(
        tmp_path / "progress.csv",
        [row | {"项目编号": f"Plant {row['项目编号']}".replace("P", "p")} for row in PROGRESS],
    )
    copytree(before, tmp_path / "before")
    by_id = again(tmp_path / "ids", before)
    by_name = allocator.run(path, out=tmp_path / "runs")

    assert told(by_id) == told(by_name)
    assert by_name.folder is not None
    assert verify(by_name.folder).ok
    named[1]["project_name"] = "plant A"
    with pytest.raises(InputError, match=r"progress.csv:2 .*it is the name of A, B"):
        allocator.load(write_plan(tmp_path, NEXT, projects=named))


@pytest.mark.slow
@pytest.mark.reports
def test_what_each_yuan_paid_has_brought_so_far(tmp_path: Path, before: Path) -> None:
    """Of 19 approved for 190 of investment 4 are paid and 30 invested: 26 by others, 6.5 a yuan instead of 9."""
    solution = again(tmp_path, before)
    rows = solution.extra["delivered"].set_index("instrument")

    assert ["g", ""] == rows.index.tolist()
    assert [2, 1, 0, 0, 1, 19, 4, 190, 30, 9, 6.5] == [float(cell) for cell in rows.loc["g"]]
    assert rows.loc["g"].tolist() == rows.loc[""].tolist()
    assert solution.folder is not None
    assert "Leverage so far" in (solution.folder / "report.html").read_text(encoding="utf-8")


def test_investment_that_is_not_told_is_blank(tmp_path: Path, before: Path) -> None:
    """Without the column nothing is said of what was invested; a source that is not listed has paid as planned."""
    untold = [{key: row[key] for key in ("项目编号", "已开工", "已失败")} for row in PROGRESS]
    row = again(tmp_path, before, progress=untold).extra["delivered"].iloc[-1]

    assert (9.5, None, None) == (row["paid"], row["invested"], row["realised_leverage"])


def test_without_failure_there_is_less_for_others(tmp_path: Path, before: Path) -> None:
    """Where B has begun as well its 4.5 are bound, and one project less is new."""
    begun = [PROGRESS[0], PROGRESS[1] | {"已开工": 1, "已失败": 0, "f@2021": 4.5}]
    with_failure, without = again(tmp_path / "a", before), again(tmp_path / "b", before, progress=begun)

    assert without.objective - 190 < with_failure.objective - 100


def test_stability_price_keeps_what_was_approved(tmp_path: Path, before: Path) -> None:
    """At a price of 0 the plan is free; at a huge price nothing moves that can stay, whatever it loses."""
    worse = [row if row["project_id"] != "C" else row | {"fixed_investment": 80} for row in PROJECTS]
    worse[3] = worse[3] | {"fixed_investment": 90}
    path = write_plan(tmp_path, NEXT, projects=worse)
    write_table(tmp_path / "progress.csv", PROGRESS)
    copytree(before, tmp_path / "before")
    # 2022: 15 - 6 for A leave 9: one of C (4), D (4.5), E (3) and others; C + D fit, D + E, C + E
    budget = "sources.f.budget=10.5"  # 4.5 are left: D alone is best, C alone keeps the approved plan
    free, priced, dear = (
        allocator.run(path, out=tmp_path / "runs", overrides=[budget, f"stability={price}"]) for price in (0, 0.1, 1000)
    )

    assert (["A", "D"], ["A", "D"], ["A", "C"]) == tuple(s.awards["project_id"].tolist() for s in (free, priced, dear))
    assert float(free.objective) - 0.1 * 17 == pytest.approx(float(priced.objective))
    assert "money" == told(free)["C"][2]
    assert (8, 8, "later") == told(dear)["C"]  # approved for 2021, which is over


def test_run_is_whole_without_last_years_folder(tmp_path: Path, before: Path) -> None:
    """The new run holds copies of what it took from the old one."""
    solution = again(tmp_path, before, "stability=0.5")
    assert solution.folder is not None
    moved = tmp_path / "elsewhere"
    solution.folder.rename(moved)
    rmtree(tmp_path / "before")

    assert verify(moved).ok


THIRDS: Row = APPROVED | {
    "years": [2021, 2022, 2023],
    "sources": {"f": {"budget": 40, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.3, "payments": [0.4, 0.3, 0.3]}},
}
"""A has 30: 12, 9 and 9."""


def next_round(tmp_path: Path, folder: Path, first: int, progress: list[Row], **more: Any) -> Solution:
    """The plan of a year later, made from the run of the year before."""
    place = tmp_path / str(first)
    source = {"f": THIRDS["sources"]["f"] | {"tail": {"max_share": 1}}}
    config = THIRDS | {"years": [first, first + 1], "previous": "before", "sources": source} | more
    path = write_plan(place, config | ({"progress": "progress.csv"} if progress else {}), projects=PROJECTS[:1])
    copytree(folder, place / "before")
    if progress:
        write_table(place / "progress.csv", progress)
    return allocator.run(path, out=place / "runs")


@pytest.mark.sweep(1)
@pytest.mark.parametrize("third", [{"f@2022": 9}, {"f@2021": 12, "f@2022": 9}, {}])
def test_rounds_year_after_year_pay_an_award_once(tmp_path: Path, third: Row) -> None:
    """Whether the third year's progress repeats what was paid in the first, or tells nothing of A: 9 are left to pay."""
    first = allocator.run(write_plan(tmp_path, THIRDS, projects=PROJECTS[:1]), out=tmp_path / "runs")
    begun = {"project_id": "A", "started": 1}
    second = next_round(tmp_path, Path(str(first.folder)), 2022, [begun | {"f@2021": 12}])
    last = next_round(tmp_path, Path(str(second.folder)), 2023, [begun | third] if third else [])
    later = [last.payments, last.folder and verify(last.folder).ok]

    assert [12, 9, 9] == first.payments["amount"].tolist()
    assert [9, 9] == second.payments["amount"].tolist()
    assert [["A", 2023, 9], True] == [later[0][["project_id", "year", "amount"]].to_numpy().tolist()[0], later[1]]
    assert 1 == len(last.payments)


def test_what_was_given_up_in_an_earlier_round_stays_out(tmp_path: Path, before: Path) -> None:
    """D was never in the plan before, but the progress table has kept it as failed: it is not offered again."""
    path = write_plan(tmp_path, NEXT, projects=PROJECTS)
    copytree(before, tmp_path / "before")
    found = []
    for failed in (0, 1):
        write_table(tmp_path / "progress.csv", [*PROGRESS, {"项目编号": "D", "已开工": 0, "已失败": failed}])
        found.append("D" in allocator.run(path, out=tmp_path / "runs").awards["project_id"].tolist())

    assert [True, False] == found


def test_leverage_is_told_of_new_awards(tmp_path: Path, before: Path) -> None:
    """Of A's 10 only 6 are still to pay for its 100: the summary tells the leverage of C and others alone, a tenth each."""
    solution = again(tmp_path, before)
    assert solution.folder is not None
    lines = text(read(solution.folder)).split("\n")

    assert "of new awards 10.0 × the support" in next(line for line in lines if line.startswith("Nominal"))


def test_stability_counts_new_awards_where_none_is_left_to_keep(tmp_path: Path) -> None:
    """A has failed, and nothing else was approved: B's award of 9 differs from none by 9, as it does beside others."""
    path = write_plan(tmp_path, NEXT | {"stability": 10.1}, projects=PROJECTS[:2])
    (tmp_path / "before").mkdir()
    awards = {"project_id": "A", "option": "g", "instrument": "g", "start_year": 2021, "award": 10}
    worth = dict.fromkeys([f"{kind}_investment" for kind in ("nominal", "certified", "additional", "leveraged")], 100)
    write_table(tmp_path / "before" / "awards.csv", [awards | worth | {"upgrading": 0}])
    paid = {"project_id": "A", "option": "g", "source": "f", "year": 2021, "amount": 10}
    write_table(tmp_path / "before" / "payments.csv", [paid])
    write_table(tmp_path / "progress.csv", [{"project_id": "A", "started": 0}])
    dear, cheap = (allocator.run(path, out=tmp_path / "runs", overrides=[f"stability={p}"]) for p in (10.1, 9.9))

    assert ([], ["B"]) == (dear.awards["project_id"].tolist(), cheap.awards["project_id"].tolist())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, before: Path) -> Path:
    """A run of the next plan at a price for moving."""
    folder = again(tmp_path_factory.mktemp("next"), before, "stability=0.5", "sources.f.budget=10.5").folder
    assert folder is not None
    return folder


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("moved.csv", "B,9,0,-9,failed", "B,9,0,-9,kept"), ("moved.csv", "2021,2022", "2022,2022"), ("moved.csv", "A,10,6", "A,10,5"),
     ("delivered.csv", "190,30,9,6.5", "190,30,9,7"), ("delivered.csv", "g,2,1", "g,2,2"), ("limits.csv", "stability,,award,万元,8", "stability,,award,万元,9")],
)  # fmt: skip
def test_corrupted_run_is_caught(stored: Path, file: str, old: str, new: str) -> None:
    """A move told otherwise, or another loss for moving, is a violation."""
    text = (stored / file).read_text(encoding="utf-8")
    assert old in text
    (stored / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    caught = verify(stored)
    (stored / file).write_text(text, encoding="utf-8")

    assert not caught.ok
    assert verify(stored).ok


def test_progress_needs_a_plan_before(tmp_path: Path) -> None:
    """Progress and stability say nothing without an approved plan."""
    config = APPROVED | {"progress": "progress.csv", "stability": 1}
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, config, projects=PROJECTS))

    assert ["goes only with 'previous'"] * 2 == [
        line.rsplit(": ", 1)[1] for line in caught.value.text("en").split("\n")
    ]


def test_a_plan_before_that_promised_nothing(tmp_path: Path) -> None:
    """Its tables have headers and no rows: nothing is fixed, nothing is kept, and everything is new."""
    config: Row = {
        "money": "元", "years": [2022], "sources": {"f": {"budget": 10, "pays": ["g"]}},
        "instruments": {"g": {"kind": "grant", "base": "fixed_investment", "rate": 0.1}},
    }  # fmt: skip
    projects = [{"project_id": "A", "region": "r", "category": "c", "fixed_investment": 50}]
    plan = write_plan(tmp_path / "a", {**config, "locks": {"must_not": ["A"]}}, projects=projects)
    before = allocator.run(plan, out=tmp_path / "runs").folder
    again = {**config, "previous": str(before), "stability": 1}
    solution = allocator.run(
        write_plan(tmp_path / "b", again, projects=projects, progress=[{"project_id": "A", "started": 0}]),
        out=tmp_path / "runs",
    )

    assert ["A"] == solution.awards["project_id"].tolist()
    assert ["better"] == solution.extra["moved"]["reason"].tolist()
