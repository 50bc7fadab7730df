"""Bonds by named phases of a project: whole phases in their order, never part of one."""

from __future__ import annotations

import shutil
from random import Random

import numpy as np
import pytest
from factory import UNIT, inputs, loaded, option_table, options
from planning import config_faults, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify
from allocator.verify.offers import Offers

COLUMNS = ["phase_1", "phase_2", "phase_3"]
SOURCES = {"special_bond": {"budget": 10_000, "pays": ["park"], "bond": {"rate": "0.02", "term": 10, "min_cover": 0}}}
PARK = {"kind": "bond", "award": {"step": 10, "min": 20, "phases": COLUMNS}}
ROW = {"project_id": "P", "category": "园区", "total_investment": 1_000.0, "fixed_investment": 1_000.0, "bond_need": 600.0,
       "revenue_total": 1e6, "cost_total": 0.0}  # fmt: skip


def awards(closing: object = None, **cells: object) -> list[tuple[str, float]]:
    """Option and award of one park."""
    rows = [{**ROW, **dict.fromkeys(COLUMNS, np.nan), **cells}]
    rule = {"gate": False} if closing is None else closing
    table = option_table(inputs(rows), sources=SOURCES, instruments={"park": PARK}, closing=rule)
    return [(option.partition("#")[2], award) for (_, option), award in options(table).items()]


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ((100, 200, 300), [("1", 100), ("2", 300), ("3", 600)]),
        ((100, 200, 400), [("1", 100), ("2", 300), ("3", 600)]),
        ((300, 400, 500), [("1", 300), ("2", 600)]),
        ((700, 400, 500), [("1", 600)]),
        ((100, 200, np.nan), [("1", 100), ("2", 300), ("3", 600)]),
        ((np.nan, 200, 400), [("2", 200), ("3", 600)]),
        ((10, 200, 390), [("2", 210), ("3", 600)]),
        ((107, 104, 389), [("1", 100), ("2", 210), ("3", 600)]),
        ((np.nan, np.nan, np.nan), [("3", 600)]),
        ((600, np.nan, np.nan), [("1", 600)]),
    ],
)
def test_awards_are_the_sums_of_the_phases(phases, expected):
    """Up to each phase, down to the step of 10, at least 20, at most the 600 it is entitled to, which is the last."""
    assert expected == awards(**dict(zip(COLUMNS, phases, strict=True)))


@pytest.mark.parametrize(
    ("cells", "max_gap", "expected"),
    [
        ({"own_funds": 400}, 0, ["1", "2", "3"]),
        ({"own_funds": 399}, 0, []),
        ({"own_funds": 350}, "0.05", ["1", "2", "3"]),
        ({"own_funds": 400, "phase_3": 350}, 0, ["1", "2", "3"]),
        ({"own_funds": 400, "phase_2": 600, "phase_3": 0}, 0, ["1", "2"]),
        ({"own_funds": 300, "phase_3": 400}, 0, ["1", "2"]),
        ({"own_funds": 400, "requested_amount": 300}, 0, ["1", "2"]),
        ({"own_funds": 400, "requested_amount": 200}, 0, ["1"]),
        ({}, 0, ["1", "2", "3"]),
    ],
)
def test_a_phase_closes_where_it_is_paid_and_those_after_it_could_be(cells, max_gap, expected):
    """Phases of 100, 200 and 300 of a park of 1,000: what later phases need may wait, what nobody pays may not."""
    given = {"phase_1": 100.0, "phase_2": 200.0, "phase_3": 300.0, **cells}

    assert expected == [level for level, _ in awards({"max_gap": max_gap}, **given)]


@pytest.mark.parametrize("gate", [False, True])
def test_verification_offers_the_same_phases(gate):
    """Awards and measures of 300 random parks, by other code."""
    rng = Random(3)
    rows = [
        {
            **ROW, "project_id": f"P{n:03}", "own_funds": float(rng.choice([200, 400, 500, 700])),
            **{name: float(rng.randint(0, 400)) if rng.random() < 0.8 else np.nan for name in COLUMNS},
            "requested_amount": float(rng.randint(0, 700)) if n % 3 else np.nan,
        }
        for n in range(300)
    ]  # fmt: skip
    config = {"sources": SOURCES, "instruments": {"park": PARK}, "closing": {"gate": gate}}
    tables = inputs(rows)
    found = options(option_table(tables, **config))
    offers = Offers.of(loaded(**config).config, tables, UNIT)
    told = {
        (row, option): offer.award / UNIT.fen_per_unit
        for row, project in enumerate(tables.projects["project_id"])
        for option, offer in offers.every(project)
    }

    assert len(found) > 100
    assert found == told


@pytest.mark.parametrize(
    ("phases", "budget", "expected"), [(True, 350, [300]), (True, 250, [100]), (True, 99, []), (False, 350, [])]
)
def test_money_for_a_part_pays_whole_phases(tmp_path, phases, budget, expected):
    """A park of 600 in phases of 100, 200 and 300: as many as the bonds pay for; without phases all or nothing."""
    park = {"kind": "bond", "award": {"phases": COLUMNS} if phases else {"levels": 1}}
    config = {
        "money": "万元", "years": [2021], "instruments": {"park": park}, "goals": {"terms": [{"measure": "award"}]},
        "sources": {"special_bond": {**SOURCES["special_bond"], "budget": budget}},
    }  # fmt: skip
    row = {**ROW, "project_name": "P", "region": "甲", "category": "园区", "start_year": 2021, "own_funds": 400.0}
    row |= {"phase_1": 100.0, "phase_2": 200.0, "phase_3": 300.0}
    path = write_plan(tmp_path, config, projects=[row])

    assert expected == decide(path).awards["award"].tolist()


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("budget", "own", "sheet"),
    [
        (350, 400, {"own_private": 400, "award": 300, "later_phases": 300, "gap": 0}),
        (250, 400, {"own_private": 400, "award": 100, "later_phases": 500, "gap": 0}),
        (250, 350, {"own_private": 350, "award": 100, "later_phases": 500, "gap": 50}),
        (250, 700, {"own_private": 700, "award": 100, "later_phases": 200, "gap": 0}),
        (600, 400, {"own_private": 400, "award": 600, "later_phases": 0, "gap": 0}),
    ],
)
def test_the_closing_sheet_tells_what_later_phases_need(tmp_path, budget, own, sheet):
    """A park of 1,000 in phases of 100, 200 and 300: what waits is no gap, and verification finds the same."""
    config = {
        "money": "万元", "years": [2021], "instruments": {"park": {"kind": "bond", "award": {"phases": COLUMNS}}},
        "sources": {"special_bond": {**SOURCES["special_bond"], "budget": budget}}, "closing": {"max_gap": 0.1},
        "goals": {"terms": [{"measure": "award"}]},
    }  # fmt: skip
    row = {**ROW, "project_name": "P", "region": "甲", "start_year": 2021, "own_funds": own}
    row |= {"phase_1": 100.0, "phase_2": 200.0, "phase_3": 300.0}
    run = allocator.run(write_plan(tmp_path, config, projects=[row]), out=tmp_path / "runs")
    assert run.folder is not None
    (told,) = run.extra["closing"].to_dict("records")
    file = run.folder / "closing.csv"
    text = file.read_text(encoding="utf-8-sig")

    assert sheet == {name: round(told[name], 6) for name in sheet}
    assert verify(run.folder).ok
    copy = shutil.copytree(run.folder, tmp_path / "copy")
    (copy / "closing.csv").write_text(f"{text[: text.rindex(',')]},1\n", encoding="utf-8-sig")
    assert not verify(copy).ok


PLAN = """
money: 万元
years: [2021]
projects: projects.csv
sources: {special_bond: {budget: 100, pays: [park], bond: {rate: 0.02, term: 10}}}
instruments: {park: {kind: bond, %s}}
"""


@pytest.mark.parametrize(
    ("award", "told"),
    [
        (
            "award: {phases: [phase_1, phase_1]}",
            "instruments.park.award.phases.1: 'phase_1' is listed twice; remove one",
        ),
        ("award: {phases: [phase_1], levels: 2}", "instruments.park.award.phases: stands instead of 'levels'"),
        ("award: {phases: [phase_1]}, continuous: true", "phases: stands instead of 'continuous'"),
        ("award: {phases: 3}", "instruments.park.award.phases: must be a list"),
        ("award: {phases: [phase_1, phase_2], levels: 1}", ""),
        ("award: {levels: 2}", ""),
    ],
)
def test_faults_of_phases_are_told(tmp_path, award, told):
    """Phases are named once, and stand instead of levels."""
    messages = config_faults(tmp_path, PLAN % award)

    assert bool(told) == bool(messages)
    assert told in "\n".join(messages)


def test_a_phase_that_no_table_has_is_told():
    """With what the table has that is near."""
    park = {"kind": "bond", "award": {"phases": ["phase_1", "phase_4"]}}
    with pytest.raises(InputError, match=r"instruments.park.award.phases.1: no column 'phase_4'.*'phase_1'"):
        option_table(inputs([{**ROW, "phase_1": 1.0}]), sources=SOURCES, instruments={"park": park})


@pytest.mark.parametrize(("third", "count"), [(300.0, 0), (400.0, 0), (200.0, 1), (np.nan, 1)])
def test_phases_that_need_less_than_the_whole_are_told(third, count):
    """The last phase gets the rest of the entitlement, which is probably a slip."""
    row = {**ROW, "phase_1": 100.0, "phase_2": 200.0, "phase_3": third}
    table = option_table(inputs([row]), sources=SOURCES, instruments={"park": PARK}, closing={"gate": False})

    assert count == sum("phases that need less" in notice.text("en") for notice in table.notices)
