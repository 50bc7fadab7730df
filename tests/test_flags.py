"""Warnings F1–F14: each is given for its cause and not just before it, told in both languages, and checked anew."""

from __future__ import annotations

import csv
import shutil
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from planning import Row, write_plan
from reference import opinion

import allocator
from allocator.messages import catalogue
from allocator.messages.errors import InputError
from allocator.report import memo, sections, summary
from allocator.runs import folder as run_folder
from allocator.verify import verify

SOUND: Row = {
    "region": "甲", "category": "plant", "fixed_investment": 1000, "base": 50, "done_investment": 10, "stage": "在建",
    "start_ym": "2020-10", "end_ym": "2022-09", "fcr_passed": "通过", "note": "", "gb4754_code": "C3985",
    "is_energy_heavy": 0, "other_public": 0, "debt_grade": "绿", "debt_ratio": "", "catalog_class": "鼓励",
    "clean_record": 1, "group_id": "", "chain": "", "bond_need": "", "revenue_total": "", "cost_total": "",
    "firm_size": "大型", "entity_name": "", "renovation_nature": "",
}  # fmt: skip
"""Nothing to warn of: 50 of support for 1,000."""
BOND: Row = {
    "category": "园区基础设施", "base": "", "bond_need": 100, "stage": "备案", "start_ym": "", "end_ym": "",
    "revenue_total": 400, "cost_total": 20, "done_investment": 400,
}  # fmt: skip
"""Owes 144: 20 years of 2.2 %. At 70 % of 400, cover is 260 / 144."""
CASES: dict[str, Row] = {
    "A": {},
    "B1": {"fcr_passed": "待审"}, "B2": {"fcr_passed": ""}, "B3": {"firm_size": "小型"}, "B4": {"note": "仅限本地注册"},
    "B5": {"firm_size": "微型"},
    "C1": {"note": "要求区内配套采购"}, "C2": {"note": "配套区内道路"},
    "D1": {"gb4754_code": "C3841"}, "D2": {"gb4754_code": "3612"}, "D3": {"gb4754_code": "C3849"},
    "D4": {"note": "按出口实绩补助"},
    "E1": {"is_energy_heavy": 1}, "E2": {"is_energy_heavy": "", "gb4754_code": "C2614"}, "E3": {"gb4754_code": "C3120"},
    "E4": {"is_energy_heavy": 1, "renovation_nature": "置换淘汰"}, "E5": {"gb4754_code": "C2614"},
    "F1": {"other_public": 7.5, "entity_name": "一厂"}, "F2": {"entity_name": "一厂"}, "F3": {"entity_name": "二厂"},
    "F4": {"entity_name": "四厂", "start_ym": "2021-02"}, "F5": {"entity_name": "四厂", "start_ym": "2022-02"},
    "F6": {"entity_name": "五厂"}, "F7": {"entity_name": "五厂"},
    "G1": {**BOND, "category": "标准厂房", "base": 100, "bond_need": "", "revenue_total": 0},
    "G2": {**BOND, "category": "标准厂房", "base": 100, "bond_need": ""},
    "H1": {**BOND, "debt_grade": "橙色"}, "H2": {**BOND, "debt_grade": "", "debt_ratio": 200}, "H3": {**BOND, "debt_grade": "黄"},
    "H4": {**BOND, "debt_grade": "", "debt_ratio": 199.9},
    "I1": {**BOND, "revenue_total": 200, "cost_total": 0}, "I2": {**BOND, "revenue_total": 400, "cost_total": 107.2},
    "J1": {"done_investment": 0}, "J2": {"start_ym": "2020-01"}, "J3": {"start_ym": "2020-01", "done_investment": 200},
    "J4": {"stage": "签约", "start_ym": "", "done_investment": 0},
    "J5": {"base": 20, "stage": "签约", "start_ym": "2019-12", "end_ym": "2030-12", "done_investment": 0},
    "J6": {"base": 20, "stage": "签约", "start_ym": "2020-01", "end_ym": "2030-12", "done_investment": 0},
    "J7": {"base": 20, "start_ym": "2019-12", "end_ym": "2030-12", "bond_issued": 110.5, "done_investment": 110},
    "J8": {"base": 20, "start_ym": "2020-01", "end_ym": "2030-12", "bond_issued": 110.5, "done_investment": 110},
    "K1": {"done_investment": 601}, "K2": {"done_investment": 600},
    "L1": {"base": 300, "group_id": "一"}, "L2": {"base": 300, "chain": "铝"}, "L3": {"base": 100, "group_id": "二"},
    "L4": {"base": 300, "entity_name": "三厂"},
    "M1": {"base": 9}, "M2": {"base": 20, "fixed_investment": 1200}, "M3": {"base": 20, "fixed_investment": 1300},
    "N1": {"catalog_class": "限制"}, "N2": {"catalog_class": "允许"},
    "O1": {"clean_record": 0}, "O2": {"clean_record": 1},
}  # fmt: skip
EXPECTED = {
    ("F1", "G1"): ("revenue_total=0", "revenue_total > 0"),
    ("F2", "B1"): ("待审", "通过"), ("F2", "B2"): ("blank", "通过"), ("F2", "B3"): ("small: firm_size", "lawful"),
    ("F2", "B4"): ("仅限本地", "lawful"),
    ("F3", "C1"): ("区内配套", ""),
    ("F4", "D1"): ("C3841", "C3612;C3825;C3841"), ("F4", "D2"): ("3612", "C3612;C3825;C3841"), ("F4", "D4"): ("出口实绩", ""),
    ("F5", "E1"): ("C3985", "置换淘汰"), ("F5", "E2"): ("C2614", "置换淘汰"), ("F5", "E3"): ("C3120", "置换淘汰"),
    ("F6", "F1"): ("7.5;F2", "0"), ("F6", "F2"): ("F1", "0"), ("F6", "F6"): ("F7", "0"), ("F6", "F7"): ("F6", "0"),
    ("F7", "H1"): ("橙色", "红;橙"), ("F7", "H2"): ("200%", "200%"),
    ("F8", "I1"): ("0.9722", "1.2"),
    ("F9", "J1"): ("0", "在建"), ("F9", "J2"): ("0.01", "0.1636"),
    ("F9", "J5"): ("0", "2019-12"), ("F9", "J7"): ("0.5", "0"),
    ("F10", "K1"): ("0.601", "0.6"),
    ("F11", "group_id=一"): ("0.0827", "0.08"), ("F11", "entity_name=三厂"): ("0.0827", "0.08"),
    ("F12", "M1"): ("111.1111;0.009", "60;0.01"), ("F12", "M3"): ("65", "60"),
    ("F13", "N1"): ("限制", "鼓励;允许"), ("F14", "O1"): ("0", "1"),
}  # fmt: skip
"""J2: 12 of 33 months are over, less 0.2. L1 and L4 have 300 of 3,627 each."""
CONFIG: Row = {
    "years": [2021, 2022],
    "flags": {"lawful": ["micro"]},
    "sources": {
        "fiscal": {"budget": 9000, "pays": ["grant", "small", "micro"]},
        "special_bond": {"budget": 9000, "pays": ["park"], "bond": {"rate": 0.022, "term": 20, "min_cover": 0}},
        "专项债": {"budget": 9000, "pays": ["works"]},
    },
    "instruments": {
        "grant": {"kind": "grant", "base": "base", "rate": 1, "where": {"category": "plant", "firm_size": {"not": ["小型", "微型"]}}},
        "small": {"kind": "grant", "base": "base", "rate": 1, "where": {"firm_size": "小型"}},
        "micro": {"kind": "grant", "base": "base", "rate": 1, "where": {"firm_size": "微型"}},
        "works": {"kind": "grant", "base": "base", "rate": 1, "where": {"category": "标准厂房"}},
        "park": {"kind": "bond", "where": {"category": "园区基础设施"}},
    },
    "leverage": {"goal": "nominal"},
    "goals": {"terms": [{"measure": "award"}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flags")
    path = write_plan(folder, CONFIG, projects=[{**SOUND, "project_id": p, **case} for p, case in CASES.items()])
    run = allocator.run(path, out=folder / "runs").folder
    assert run is not None
    assert [] == opinion(run)[1]
    return run


def test_every_warning_has_its_cause(stored: Path) -> None:
    """Each project has the warnings of its own faults, with what they are held against; near misses have none."""
    rows = pd.read_csv(stored / "flags.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    found = {(row["flag"], row["scope"]): (row["value"], row["threshold"]) for row in rows.to_dict("records")}

    assert EXPECTED == found
    assert {f"F{number}" for number in range(1, 15)} == set(rows["flag"])
    assert all(rows["basis"])
    assert set(rows["grade"]) <= set("ABCK")


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_summary_and_report_tell_every_one(language: str, stored: Path) -> None:
    """All fourteen are counted in the summary and told in the report and the memo, in both languages."""
    text = summary.text(run_folder.read(stored), language)
    *_, (_, risks) = memo.build(sections.build(run_folder.read(stored), language)).parts
    told = next(line for line in risks if line.startswith(word("summary", language)))
    page = report(stored, language)

    for number in range(1, 15):
        count = sum(flag == f"F{number}" for flag, _ in EXPECTED)
        words = word(f"F{number}", language)
        assert f"F{number} {words} {count}" in text
        assert f"F{number} {words} {count}" in told or len(told) == memo.LONGEST
        assert words in page


def test_a_long_list_of_warnings_is_counted_on_the_page(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, the page says how many of each, while the list itself is in the workbook."""
    monkeypatch.setattr("allocator.report.chapters.flags.MOST_ON_PAGE", 0)
    (section,) = [part for part in sections.build(run_folder.read(stored), "en").sections if part.key == "flags"]
    counted, listed = section.tables
    cases = dict(zip(counted.rows["flag"], counted.rows["cases"], strict=True))

    assert {f"F{n}": sum(flag == f"F{n}" for flag, _ in EXPECTED) for n in range(1, 15)} == cases
    assert (counted.on_page, listed.on_page) == (True, False)


def word(flag: str, language: str) -> str:
    return str(catalogue("flags", language)[flag])


def report(run: Path, language: str) -> str:
    """All cells of the report's tables."""
    made = sections.build(run_folder.read(run), language)
    return " ".join(str(cell) for table in made.tables for cell in table.rows.to_numpy().flat)


FLAGS, COLUMNS = [f"F{number}" for number in range(1, 15)], [None, 2, 3, 4, 5]


@pytest.mark.sweep(3)  # every flag hidden, every column of the first one changed
@pytest.mark.parametrize(
    ("flag", "column"), sorted(product(FLAGS, COLUMNS), key=lambda case: case[0] != "F1" and case[1] is not None)
)
def test_a_warning_that_is_hidden_or_changed_is_found(
    flag: str, column: int | None, stored: Path, tmp_path: Path
) -> None:
    """A row taken out, or with another value, threshold, basis or grade, is a violation."""
    run = shutil.copytree(stored, tmp_path / "run")
    path = run / "flags.csv"
    rows = list(csv.reader(path.open(encoding="utf-8-sig")))
    at = next(number for number, row in enumerate(rows) if row[0] == flag)
    changed = [list(rows[at])] if column is not None else []
    for row in changed:
        row[column or 0] += "1"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*rows[:at], *changed, *rows[at + 1 :]])

    assert any("flags.csv" in message.text("en") for message in verify(run).violations)


def test_an_instrument_that_no_law_knows_is_told(tmp_path: Path) -> None:
    """`lawful` names instruments of the config."""
    config = {**CONFIG, "flags": {"lawful": ["mikro"]}}
    path = write_plan(tmp_path, config, projects=[{**SOUND, "project_id": "A"}])

    with pytest.raises(InputError, match=r"flags\.lawful\.0: .*did you mean 'micro'"):
        allocator.load(path)


def test_money_unspent_for_a_year_is_told(tmp_path: Path) -> None:
    """Paid in 2019 and not invested when the plan of 2021 begins; paid in 2020, or invested, is nothing to tell."""
    config: Row = {
        "years": [2019, 2020],
        "flags": {},
        "sources": {"fiscal": {"budget": 500, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "base": "base", "rate": 1, "payments": [0.5, 0.5]}},
        "goals": {"terms": [{"measure": "award"}]},
    }
    projects = [
        {**SOUND, "project_id": name, "done_investment": 500, "start_ym": "2019-01"} for name in ("P", "Q", "R")
    ]
    before = allocator.run(write_plan(tmp_path / "a", config, projects=projects), out=tmp_path / "runs").folder
    progress = [
        {"project_id": "P", "started": 1, "fiscal@2019": 25, "fiscal@2020": 20, "invested": 4.5},
        {"project_id": "Q", "started": 1, "fiscal@2019": 25, "fiscal@2020": 20, "invested": 25},
        {"project_id": "R", "started": 1, "fiscal@2019": 0, "fiscal@2020": 45, "invested": 0},
    ]
    later = {**config, "years": [2021], "previous": str(before)}
    run = allocator.run(
        write_plan(tmp_path / "b", later, projects=projects, progress=progress), out=tmp_path / "runs"
    ).folder
    assert run is not None
    assert [] == opinion(run)[1]
    rows = list(csv.reader((run / "flags.csv").open(encoding="utf-8-sig")))

    assert [["F9", "P", "20.5", "0"]] == [row[:4] for row in rows if row[0] == "F9"]
