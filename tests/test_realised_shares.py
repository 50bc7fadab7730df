"""Probabilities of realisation seen in what became of the previous plan, with counts and intervals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from planning import Row, chosen, decide, write_plan, write_table
from reference import opinion

import allocator
from allocator.messages.errors import InputError
from allocator.report.sections import build
from allocator.runs.folder import read
from allocator.tables.realised_shares import wilson
from allocator.verify import verify

MEASURES = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment", "upgrading")
BY_STAGE = {"by": "stage", "values": {"early": 0.9, "late": 0.3, "done": 0.5}, "from": "progress"}
CONFIG: Row = {
    "money": "万元",
    "years": [2022, 2023],
    "sources": {"f": {"budget": {2022: 10, 2023: 0}, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1}},
    "leverage": {"realisation": BY_STAGE},
    "previous": "before",
    "progress": "progress.csv",
    "solver": {"gap": 0},
}
OBSERVED = {"early": (6, 1), "late": (6, 5), "done": (2, 2)}
"""Stage → projects of the plan of 2021, and how many of them have begun."""
PAST = [(f"{stage[0]}{n}", stage, n < begun) for stage, (size, begun) in OBSERVED.items() for n in range(size)]
PROJECTS: list[Row] = [
    {"project_id": name, "region": "r", "category": "c", "fixed_investment": 100, "stage": stage}
    for name, stage in [*((name, stage) for name, stage, _ in PAST), ("new1", "early"), ("new2", "late")]
]
"""The budget of 10 pays one of the two new projects."""


def plan(folder: Path, *, columns: tuple[Row, ...] = (), projects: list[Row] | None = None, **changes: Row) -> Path:
    """The plan of 2022 with what the plan of 2021 awarded and what became of it."""
    path = write_plan(folder, CONFIG | changes, projects=projects or PROJECTS)
    (folder / "before").mkdir()
    awards = [{"project_id": name, "option": "o", "instrument": "g", "start_year": 2021, "award": 10}
              | dict.fromkeys(MEASURES, 90) for name, _, _ in PAST]  # fmt: skip
    payments = [{"project_id": name, "option": "o", "source": "f", "year": 2021, "amount": 10} for name, _, _ in PAST]
    write_table(folder / "before" / "awards.csv", awards)
    write_table(folder / "before" / "payments.csv", payments)
    rows: list[Row] = [{"project_id": name, "started": int(begun)} for name, _, begun in PAST]
    write_table(
        folder / "progress.csv", [row | more for row, more in zip(rows, columns or [{}] * len(rows), strict=True)]
    )
    return path


def shares(solution: allocator.Solution) -> dict[str, list[object]]:
    """Value → the rest of its line."""
    return {row[0]: list(row[1:]) for row in solution.extra["realisation"].itertuples(index=False, name=None)}


def test_wilson_interval_is_as_published() -> None:
    """Limits for 81 of 263 (Newcombe 1998, table I: 0.2553 to 0.3662), for none of 20 (0 to 0.1611), for all."""
    assert (Decimal("0.3080"), Decimal("0.2553"), Decimal("0.3662")) == wilson(81, 263)
    assert (Decimal(0), Decimal(0), Decimal("0.1611")) == wilson(0, 20)
    assert (Decimal(1), Decimal("0.8389"), Decimal(1)) == wilson(20, 20)


def test_share_of_five_and_more_takes_the_place_of_the_config(tmp_path: Path) -> None:
    """1 of 6 and 5 of 6 are used; of two projects nothing can be said, so the config's 0.5 stays, with a notice."""
    solution = decide(plan(tmp_path))
    d = Decimal

    assert {
        "early": [6, 1, d("0.1667"), d("0.0301"), d("0.5635"), d("0.1667"), "progress"],
        "late": [6, 5, d("0.8333"), d("0.4365"), d("0.9699"), d("0.8333"), "progress"],
        "done": [2, 2, d(1), d("0.3424"), d(1), d("0.5"), "config"],
    } == shares(solution)
    assert any("done (2)" in notice.text("en") for notice in solution.notices)
    assert any(notice.path == "leverage.realisation.least" for notice in solution.assumptions)


def test_plan_follows_what_was_seen(tmp_path: Path) -> None:
    """By the config (0.9 against 0.3) the early project is better, by the progress (1 of 6, 5 of 6) the late one.

    The award of 10 leaves 90 of 100; 5/6 to four decimals is 0.8333, so 90 × 0.8333 = 74.997.
    """
    seen = decide(plan(tmp_path / "a"))
    believed = decide(plan(tmp_path / "b", leverage={"realisation": BY_STAGE | {"from": "config"}}))
    gained = seen.awards.set_index("project_id")["additional_investment"]

    assert "new2" in dict(chosen(seen))
    assert "new1" not in dict(chosen(seen))
    assert "new1" in dict(chosen(believed))
    assert gained["new2"] == 74.997
    assert ["config"] * 3 == [line[-1] for line in shares(believed).values()]
    assert 6 == shares(believed)["late"][0]


def test_least_says_from_how_many(tmp_path: Path) -> None:
    """With two projects enough, the share of those that are done is used; with seven, none is."""
    enough = decide(plan(tmp_path / "a", leverage={"realisation": BY_STAGE | {"least": 2}}))
    short = decide(plan(tmp_path / "b", leverage={"realisation": BY_STAGE | {"least": 7}}))

    assert Decimal(1) == shares(enough)["done"][-2]
    assert {"config"} == {line[-1] for line in shares(short).values()}


def test_stage_as_approved_is_told_by_the_progress(tmp_path: Path) -> None:
    """Where the progress names the stage at approval, that one counts, whatever the project table says today."""
    now = [row | {"stage": "done"} if row["project_id"][0] in "el" else row for row in PROJECTS]
    told = plan(tmp_path, columns=tuple({"stage": stage} for _, stage, _ in PAST), projects=now)

    assert [6, 5] == shares(decide(told))["late"][:2]


def test_without_a_probability_it_goes_by_stage(tmp_path: Path) -> None:
    """A config without probabilities shows the shares by stage, and that 1 is assumed."""
    found = shares(decide(plan(tmp_path, leverage={"goal": "additional"})))

    assert [6, 5, Decimal(1), "assumed"] == [*found["late"][:2], *found["late"][-2:]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"progress": None}, "leverage.realisation.from: progress has the shares; give 'progress' and 'previous'"),
        ({"leverage": {"realisation": BY_STAGE | {"by": "instrument", "values": {"g": 1}}}}, "not by 'instrument'"),
        ({"leverage": {"realisation": BY_STAGE | {"least": 0}}}, "leverage.realisation.least: must be at least 1"),
        ({"leverage": {"realisation": BY_STAGE | {"from": "progres"}}}, "did you mean 'progress'"),
        ({"leverage": {"additionality": BY_STAGE}}, "leverage.additionality.from: unknown key"),
        ({"leverage": {"realisation": {"by": "stage", "from": "progress", "least": 7}}}, "stage"),
    ],
)  # fmt: skip
def test_fault_is_told(tmp_path: Path, change: Row, says: str) -> None:
    """What cannot be estimated, or has no value without an estimate, is a fault of the config."""
    with pytest.raises(InputError) as caught:
        allocator.load(plan(tmp_path, **change))

    assert says in caught.value.text("en")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the plan above."""
    folder = tmp_path_factory.mktemp("stored")
    run = allocator.run(plan(folder / "plan"), out=folder / "runs")
    assert run.folder is not None
    assert [] == opinion(run.folder)[1]
    return run.folder


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("late,6,5,", "late,6,4,"), ("late,6,5,", "late,7,5,"), ("0.8333,0.4365", "0.8334,0.4365"),
        ("0.4365", "0.4366"), ("0.9699", "0.9698"), ("0.8333,progress", "0.3,config"), ("done,2", "ready,2"),
    ],
)  # fmt: skip
def test_corrupted_table_is_caught(stored: Path, old: str, new: str) -> None:
    """A count, a share, an end of an interval or what was used, told otherwise, is a violation."""
    path = stored / "realisation.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8-sig")
    try:
        found = verify(stored)
    finally:
        path.write_text(text, encoding="utf-8-sig")

    assert not found.ok
    assert verify(stored).ok


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "How often projects were realised, with intervals of 95 %"), ("zh", "项目实现比例及 95% 区间")],
)
def test_report_shows_counts_and_intervals(stored: Path, language: str, title: str) -> None:
    """The table says what was counted and what is used; the judgements of the plan name the share as well."""
    sections = build(read(stored), language).sections
    tables = {table.key: table for section in sections for table in section.tables}
    late = tables["realisation"].rows.set_index("observed").loc["late"]
    judged = tables["judgements"].rows.set_index("case")["number"]

    assert title == tables["realisation"].title
    assert [6, 5, 0.8333, 0.4365, 0.9699, 0.8333] == late.tolist()[:6]
    assert (0.8333, 0.5) == (judged["late"], judged["done"])
