"""What a reader of a table would ask about: names in two spellings, amounts in another unit, rows that cannot be meant."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.tables.files.spellings import alike, plain, promoted, shortened, visible
from allocator.tables.implausible import unit_outliers

CONFIG: Row = {
    "money": "万元",
    "years": [2026, 2027],
    "sources": {"f": {"budget": 9000, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.06}},
    "limits": [{"name": "each", "measure": "award", "each": "region", "max": 4000}],
}
TOLD = (
    "options.two_spellings", "options.ids_alike", "options.named_twice", "tables.above_whole", "tables.no_investment",
    "tables.start_moved", "tables.start_beyond", "tables.rate_high", "tables.unit_slip",
    "tables.like_these", "tables.unit_of_file", "tables.without_investment", "options.filed_twice", "options.rate_above_whole",
)  # fmt: skip


def project(number: int, **cells: object) -> Row:
    row: Row = {"项目编号": f"A{number}", "项目名称": f"项目{number}", "设区市": "甲市", "项目类别": "技改"}
    return row | {"固定资产投资": 50000 + 1000 * number, "起始年": 2026} | cells


def told(path: Path) -> list[tuple[str, str]]:
    """Code and place of every notice about a slip."""
    return [(notice.code, notice.where) for notice in allocator.load(path).notices if notice.code in TOLD]


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("region", "临江", "临江市"),
        ("region", "甲", "甲市"),
        ("region", "恭城县", "恭城瑶族自治县"),
        ("region", "凉山", "凉山彝族自治州"),
        ("region", "南宁", "广西壮族自治区南宁市"),
        ("region", "南\u200b宁市", "南宁市"),
        ("region", "南 宁市", "南宁市"),
        ("region", "Nanning City", "nanning"),
        ("region", "南寧市", "南宁市"),
        ("region", "臨江縣".replace("臨", "临"), "临江县"),
        ("region", "São Paulo", "Sao Paulo"),
        ("region", "Malmö", "Malmo"),
        ("region", "Saint-Denis", "Saint Denis"),
        ("region", "Đà Nẵng", "Da Nang"),
        ("region", "南宁市.", "南宁市"),
        ("entity_name", "Müller GmbH", "Mueller GmbH"),
        ("category", "重大工业項目", "重大工业项目"),
        ("group_id", "ОАО", "OAO"),
        ("group_id", "玉柴", "玉柴集团"),
        ("entity_name", "甲厂", "甲厂有限公司"),
        ("entity_name", "甲有限公司", "甲有限责任公司"),
        ("entity_name", "玉柴(集团)股份有限公司", "玉柴集团股份有限公司"),
        ("entity_name", "玉柴有限公司", "玉柴股份有限公司"),
        ("entity_name", "Acme Co., Ltd.", "ACME"),
        ("category", "技改", "技改类"),
        ("category", "企业技改", "企业技改项目"),
        ("park_id", "甲工业园", "甲工业园区"),
        ("chain_node", "N-1", "N—1"),
        ("chain_node", "N1O1", "N101"),
    ],
)
def test_two_spellings_of_one_name_are_seen(column: str, one: str, other: str) -> None:
    """Whichever comes first, and once."""
    for values in ([one, other], [other, one]):
        found = [*alike(values), *shortened(values, column)]

        assert [{one, other}] == [set(same) for same in found]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("region", ["城北区", "城北县", "城南区"]),
        ("region", ["东区", "西区", "A1", "A2"]),
        ("region", ["安宁市", "安顺市", "云南", "海南", "南"]),
        ("region", ["河东区", "河西区", "河北区"]),
        ("region", ["Hà Giang", "Hậu Giang", "Hạ Giang"]),
        ("region", ["1-2区", "12区", "苏州市", "宿州市"]),
        ("group_id", ["玉柴集团", "玉柴股份"]),
        ("entity_name", ["甲机械厂", "乙机械厂", "甲厂", "甲公司"]),
        ("category", ["企业技改", "重大技改", "Class A", "Class B"]),
        ("chain_node", ["AI", "A1", "N1", "N10", "N-1", "N2"]),
    ],
)
def test_two_names_of_equal_standing_are_two(column: str, values: list[str]) -> None:
    """A district and a county of one name are two places."""
    assert [] == [*alike(values), *shortened(values, column)]


def test_ids_that_look_alike_are_seen() -> None:
    """Case, look-alike letters, leading zeros; not different numbers."""
    for values in (
        ["P001", "p001"],
        ["P0O1", "P001"],
        ["P001", "Р001"],
        ["P1", "P01"],
        ["1", "001"],
        ["甲-1", "甲－1"],
        ["P-1", "P1"],
        ["P1", "p-01"],
        ["P_001", "P 1"],
        ["甲·1", "甲1"],
        ["GX-2021-3", "GX2021-03"],
    ):
        assert [tuple(values)] == list(alike(values, ids=True))
    for first, second in pairwise(
        ["P1", "P10", "P-1", "A1", "B1", "2026-1", "20261", "I-11", "II-1", "1-11", "P1-1", "P11"]
    ):
        assert [] == list(alike([first, second], ids=True))


def test_a_county_that_became_a_city_is_seen_within_one_region(tmp_path: Path) -> None:
    """靖西县 and 靖西市 of one region are told, as regions too; 城北区 and 城北县 of two regions are two places."""
    one = (
        ("靖西县", "靖西市"),
        ("平果县", "平果市"),
        ("武鸣縣", "武鸣区"),
        ("隆林各族自治县", "隆林市"),
        ("靖西市", "靖西旗"),
    )
    for same in one:
        assert [set(same)] == [set(found) for found in promoted([*same, "东县", "东市", "横县", "宾阳县"])]

    counties = [
        ("甲市", "靖西县"),
        ("甲市", "靖西市"),
        ("甲市", "城北区"),
        ("乙市", "城北县"),
        ("丙县", "东县"),
        ("丙市", "东市"),
    ]
    rows = [project(number, 设区市=region, 县区=county) for number, (region, county) in enumerate(counties)]
    path = write_plan(tmp_path, CONFIG | {"limits": []}, projects=rows)
    expected = [("options.two_spellings", "projects.csv:2 (row)")]

    assert expected == told(path)
    rows[4]["设区市"] = "丙丁县"
    rows[5]["设区市"] = "丙丁市"
    assert 2 == len(told(write_plan(tmp_path, CONFIG | {"limits": []}, projects=rows)))


def test_what_cannot_be_seen_is_spelt_out() -> None:
    """Two names that look the same on paper are told apart."""
    assert ["南<U+200B>宁", "O<U+041E>", "OA 南"] == [
        visible("南\u200b宁"),
        visible("\u041e").translate({0x41E: "O"}),
        visible("OA 南"),
    ]
    assert plain(["南\u200b宁"]) == plain(["南宁"])


def test_the_table_of_two_spellings(tmp_path: Path) -> None:
    """A place spelt twice, an amount typed in 亿元, one project entered twice: check and run tell the same."""
    rows = [
        project(1, 设区市="临江", 固定资产投资=80000),
        project(2, 设区市="临江市", 固定资产投资=60000),
        project(3, 项目名称="丙厂", 设区市="安宁市", 固定资产投资="4.0"),
        project(4, 项目名称="丙厂", 设区市="安宁市", 固定资产投资=50000),
    ]
    path = write_plan(tmp_path, CONFIG, projects=rows)
    expected = [
        ("tables.unit_slip", "projects.csv:4 (row)"),
        ("options.two_spellings", "projects.csv:2 (row)"),
        ("options.named_twice", "projects.csv:5 (row)"),
    ]

    assert expected == told(path)
    assert expected == [(notice.code, notice.where) for notice in decide(path).notices if notice.code in TOLD]


def test_a_sound_table_is_told_nothing(tmp_path: Path) -> None:
    """Districts of one name, one name of two firms, small and large investments, ids in a row."""
    rows = [
        project(1, 设区市="城北区", 项目名称="技改项目", 项目单位="甲厂", 固定资产投资=20, 贷款利率=3.5),
        project(2, 设区市="城北县", 项目名称="技改项目", 项目单位="乙厂", 固定资产投资=900, 贷款利率=4.35),
        project(3, 项目名称="一期", 项目单位="丁厂", 固定资产投资=5000, 贷款利率=12),
        project(4, 项目名称="二期", 项目单位="丁厂", 固定资产投资=80000),
        project(10, 项目名称="三期", 项目单位="丁厂", 固定资产投资=200000, 起始年=2027),
    ]

    assert [] == told(write_plan(tmp_path, CONFIG, projects=rows))


@pytest.mark.parametrize(
    ("amounts", "found"),
    [
        ([80000, 60000, 4, 50000], {2: 1e4}),
        ([800, 650, 900, 0.07, 720], {3: 1e4}),
        ([3e8, 2.5e8, 4e8, 2.2, 1.9e8], {3: 1e8}),
        ([800, 650, 900, 7_000_000, 720], {3: 1e-4}),
        ([50000.0] * 10 + [4.2, 3.1], {10: 1e4, 11: 1e4}),
        ([200, 3000, 80000, 40000, 1.5, 9000], {4: 1e4}),
        ([80000, 60000, 400, 50000], {}),
        ([20, 900, 5000, 80000, 200000], {}),
        ([1, 10, 100, 1000, 10000, 100000], {}),
        ([80000, 4, 50000], {}),
        ([3, 4, 5, 80000, 70000, 60000], {}),
        ([80000, 60000, 0, np.nan, 50000, 70000], {}),
    ],
)
def test_an_amount_in_another_unit_is_seen(amounts: list[float], found: dict[int, float]) -> None:
    """By the gap to all others and by lying among them in the other unit; wide columns and halves are no slips."""
    assert found == dict(unit_outliers(np.array(amounts, float)))


def test_rows_that_cannot_be_meant_are_each_told_at_their_cell(tmp_path: Path) -> None:
    """More asked for than invested, nothing invested, starts outside the plan, odd rates."""
    rows: list[Row] = [
        {"开工年月": "2026-05", "计划竣工": "2027-05", "固定资产投资": 100, "申请金额": 500},
        {"固定资产投资": 0, "申请金额": 300},
        {"申请金额": 300},
        {"固定资产投资": 1000, "申请金额": 300, "总投资": 900},
        {"固定资产投资": 1000, "开工年月": "2019-05"},
        {"固定资产投资": 1000, "开工年月": "2030-05"},
        {"固定资产投资": 1000, "开工年月": "2026-05", "计划竣工": "2026-05"},
        {"固定资产投资": 1000, "贷款利率": 35},
        {"固定资产投资": 1000, "贷款利率": 3.5, "已完成固定资产投资": 1001},
        {"担保金额": 900, "申请金额": 300},
    ]
    named = [
        {"项目编号": f"D{n}", "项目名称": f"项目{n}", "设区市": "A", "项目类别": "x"} | row
        for n, row in enumerate(rows, start=1)
    ]
    config = CONFIG | {"instruments": {"g": {"kind": "grant", "base": "requested_amount", "rate": 1}}}

    assert [
        ("tables.above_whole", "projects.csv:2 (row)"),
        ("tables.above_whole", "projects.csv:5 (row)"),
        ("tables.above_whole", "projects.csv:10 (row)"),
        ("tables.no_investment", "projects.csv:3 (row)"),
        ("tables.no_investment", "projects.csv:4 (row)"),
        ("tables.rate_high", "projects.csv:9 (row)"),
        ("tables.start_beyond", "projects.csv:7 (row)"),
        ("tables.start_moved", "projects.csv:6 (row)"),
    ] == sorted(
        told(write_plan(tmp_path, config, projects=named)), key=lambda one: (one[0], int(one[1].split(":")[1][:-6]))
    )


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ({"开工年月": "2026-05"}, "2025-12", True),
        ({"开工年月": "2026-05"}, "2026-04", True),
        ({"起始年": 2027}, "2026-12", True),
        ({"开工年月": "2026-05"}, "2026-05", False),
        ({"起始年": 2027}, "2027-01", False),
        ({"起始年": 2027}, "", False),
    ],
)
def test_a_project_that_ends_before_it_starts_is_refused(tmp_path: Path, start: Row, end: str, wrong: bool) -> None:
    """By months, or by years where only those are told."""
    path = write_plan(tmp_path, CONFIG, projects=[project(1, **start, 计划竣工=end)])
    if not wrong:
        allocator.load(path)
        return
    with pytest.raises(InputError, match=r"projects.csv:2 \(row\): 计划竣工: A1: the end \(.*\) is before the start"):
        allocator.load(path)


@pytest.mark.parametrize(("delay", "told_of"), [(0, []), (1, ["config.delay_beyond_plan"])])
def test_a_delay_beyond_the_plan_is_told(tmp_path: Path, delay: int, told_of: list[str]) -> None:
    """Nothing starts after the plan's only year."""
    instruments = {"g": {"kind": "grant", "rate": 0.1, "start": {"delay": delay}}}
    path = write_plan(tmp_path, CONFIG | {"years": [2026], "instruments": instruments}, projects=[project(1)])

    assert told_of == [notice.code for notice in allocator.load(path).notices if "delay" in notice.code]


def test_many_rows_of_one_kind_are_told_together(tmp_path: Path) -> None:
    """Five one by one, the rest with their ids; those whose start moves in one line with all of them."""
    rows = [project(n, 申请金额=99999, 起始年=2020) for n in range(1, 9)]
    notices = allocator.load(write_plan(tmp_path, CONFIG, projects=rows)).notices
    texts = [notice.text("en") for notice in notices if notice.code in TOLD]

    assert 5 == sum("A" in text and "is more than" in text for text in texts)
    assert "projects.csv:7 (row): 申请金额: the same in further rows: 3 (A6, A7, A8)" in texts
    assert (
        "projects.csv:2 (row): 起始年: projects planned to start before the plan: 8 (A1, A2, A3, A4, A5, A6, A7, A8); "
        "their support starts in its first year, 2026"
    ) in texts


def test_numbers_that_are_surely_wrong_are_refused(tmp_path: Path) -> None:
    """Below nothing, or in no year of this world."""
    rows = [
        project(1, 固定资产投资=-1),
        project(2, 贷款利率=-3.5),
        project(3, 贴息年限=-1),
        project(4, 起始年=20221),
        project(5, 起始年=221),
        project(6, 开工年月="20221"),
        project(7, 开工年月="0221-03"),
    ]
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=rows))

    assert [
        ("tables.month", "projects.csv:7 (row)"),
        ("tables.month", "projects.csv:8 (row)"),
        ("tables.negative", "projects.csv:2 (row)"),
        ("tables.negative", "projects.csv:3 (row)"),
        ("tables.negative", "projects.csv:4 (row)"),
        ("tables.year", "projects.csv:5 (row)"),
        ("tables.year", "projects.csv:6 (row)"),
    ] == sorted((message.code, message.where) for message in caught.value.messages)


@pytest.mark.parametrize("cells", [{"建设期": 10**9}, {"期限": 10**6}, {"运营期": 101}, {"贴息年限": 500}])
def test_years_beyond_any_plan_are_refused(cells: Row, tmp_path: Path) -> None:
    """Before anything counts year by year up to them."""
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=[project(1, **cells)]))

    assert ["tables.too_many_years"] == [message.code for message in caught.value.messages]


@pytest.mark.parametrize(
    "over",
    [
        {"instruments": {"g": {"kind": "grant", "rate": 0.06, "start": {"delay": 10**9}}}},
        {"instruments": {"g": {"kind": "interest_subsidy", "points": 0.02, "arrears": 10**8}}},
        {"sources": {"f": {"budget": 9, "pays": ["g"], "carryover": {"max_share": 0.1, "years": 10**9}}}},
        {"dependencies": [{"requires": ["A1", "A2"], "lag": 10**9}]},
        {"solver": {"threads": 10**9}},
    ],
)
def test_a_config_counts_no_years_beyond_any_plan(over: Row, tmp_path: Path) -> None:
    """Each is refused at its place, without a loop over them."""
    loan = {"银行贷款(已落实)": 10, "贷款利率": 4}
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG | over, projects=[project(1, **loan), project(2, **loan)]))

    assert ["config.must_be_at_most"] == [message.code for message in caught.value.messages]


def test_many_faults_of_a_column_are_told_by_pattern(tmp_path: Path) -> None:
    """Forty cells in 万 and three that are n/a are two lines, each with an example, its count and its rows."""
    texts = ["12万", "3.5万"] * 20 + ["n/a"] * 3
    rows = [project(n, 固定资产投资=text) for n, text in enumerate(texts, start=1)]
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=rows))

    first, second = [message.text("en") for message in caught.value.messages]
    assert first.startswith("projects.csv:2 (row): ") and "'12万'" in first and "40 cells" in first and "2-41" in first
    assert (
        second.startswith("projects.csv:42 (row): ") and "'n/a'" in second and "3 cells" in second and "42-44" in second
    )


def test_a_cover_ratio_that_the_table_does_not_give_is_told_with_both(tmp_path: Path) -> None:
    """Bonds of 1000 at 2 % for 10 years cost 1200 in all; 3000 less 600 cover them 2.00 times."""
    sources = {"b": {"budget": 9000, "pays": ["g"], "bond": {"rate": 0.02, "term": 10}}}
    config = CONFIG | {"sources": sources, "instruments": {"g": {"kind": "bond"}}}
    money = {"专项债需求": 1000, "预期收入": 3000, "成本": 600, "项目类别": "园区基础设施"}
    rows = [project(n, **money, 覆盖倍数=cover) for n, cover in enumerate([2, 1.5, 2.04, "", 2.06], start=1)]
    rows += [project(6, **money | {"发行利率": 0}, 覆盖倍数=2.4), project(7, **money | {"专项债需求": ""}, 覆盖倍数=9)]

    told_of = [n for n in allocator.load(write_plan(tmp_path, config, projects=rows)).notices if "cover" in n.code]

    assert [("A2", "1.5", "2"), ("A5", "2.06", "2")] == [
        (n.values["project"], n.values["disclosed"], n.values["computed"]) for n in told_of
    ]


def test_a_file_of_a_list_in_another_unit(tmp_path: Path) -> None:
    """Every amount of it is 10⁴ or 10⁸ times those of the others; a city of smaller projects is told nothing."""
    for times, codes in ((1e4, 1), (1e-4, 1), (1e8, 1), (1, 0), (0.01, 0), (100, 0)):
        folder = tmp_path / f"{times:g}"
        config = CONFIG | {"projects": ["a.csv", "b.csv"]}
        rows = [project(number, 固定资产投资=number * 1000 * (times if number > 4 else 1)) for number in range(1, 9)]
        path = write_plan(folder, config)
        for name, part in (("a.csv", rows[:4]), ("b.csv", rows[4:])):
            header = ",".join(part[0])
            lines = [
                ",".join(f"{cell:.10g}" if isinstance(cell, float) else str(cell) for cell in row.values())
                for row in part
            ]
            (folder / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")

        places = [where for code, where in told(path) if code == "tables.unit_of_file"]
        assert ["a.csv:1 (row)", "b.csv:1 (row)"] * codes == places


def test_a_row_without_investment_where_its_category_has_some(tmp_path: Path) -> None:
    """Zero or blank; a category in which nobody invests, such as guarantees, is told nothing."""
    rows = [project(number) for number in range(1, 6)]
    rows += [project(6, 固定资产投资=0), project(7, 固定资产投资="")]
    rows += [project(number, 项目类别="担保", 固定资产投资="") for number in (8, 9)]

    found = told(write_plan(tmp_path, CONFIG, projects=rows))

    assert [("tables.without_investment", f"projects.csv:{row} (row)") for row in (7, 8)] == found


def test_one_filing_number_in_two_rows(tmp_path: Path) -> None:
    """Width and case apart; words and short marks for none of it are no numbers."""
    numbers = ["2024-450100-01", "２０２４-450100-01", "无", "无", "待办1", "待办1", "2024-450100-02"]
    rows = [project(number, 备案文号=text) for number, text in enumerate(numbers, 1)]

    assert [("options.filed_twice", "projects.csv:3 (row)")] == told(write_plan(tmp_path, CONFIG, projects=rows))


@pytest.mark.parametrize(("rate", "base", "count"), [(10, "fixed_investment", 1), (1.5, "fixed_investment", 1), (1, "fixed_investment", 0), (2, "jobs_own", 0)])  # fmt: skip
def test_a_grant_of_more_than_the_whole(rate: float, base: str, count: int, tmp_path: Path) -> None:
    """10 for 10 %; an amount per head may be above 1."""
    config = CONFIG | {"instruments": {"g": {"kind": "grant", "rate": rate, "base": base}}}
    rows = [project(number, jobs_own=100 + number) for number in range(1, 4)]

    assert count == [code for code, _ in told(write_plan(tmp_path, config, projects=rows))].count(
        "options.rate_above_whole"
    )
