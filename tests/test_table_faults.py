"""Faults that planners' tables really have: each is reported exactly, all at once, with its place and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tables_on_disk import OPTIONS, PROJECTS, REGIONS, faults, reader

from allocator.tables.opened import Inputs


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


NUMBER = "projects.csv:2 (row): 固定资产投资: must be a number of 万元, got"
CELLS = {
    "1.2亿": f"{NUMBER} '1.2亿'; write 12000",
    "3.5万": f"{NUMBER} '3.5万'; write 3.5",
    "800元": f"{NUMBER} '800元'; write 0.08",
    "1200万元": f"{NUMBER} '1200万元'; write 1200",
    "约500": f"{NUMBER} '约500'; write 500 if that is the value",
    "500-600": f"{NUMBER} '500-600'; write one plain number",
    "12%": f"{NUMBER} '12%'; write the amount",
    '"1,23"': f"{NUMBER} '1,23'; write 1.23 or 123, or tables: {{decimal: \",\"}} in the config"
    " if the tables have decimal commas",
    '"1.234,5"': f"{NUMBER} '1.234,5'; write 1234.5, or tables: {{decimal: \",\"}} in the config"
    " if the tables have decimal commas",
    "1.2.3": f"{NUMBER} '1.2.3'; write one plain number",
    "—": f"{NUMBER} '—'; leave the cell empty if there is no value, or write 0",
    "待定": f"{NUMBER} '待定'; leave the cell empty if there is no value, or write 0",
    "nan": f"{NUMBER} 'nan'; leave the cell empty if there is no value, or write 0",
    "(1000)": f"{NUMBER} '(1000)'; write one plain number",
    "一千": f"{NUMBER} '一千'; write one plain number",
    "1_000": f"{NUMBER} '1_000'; write one plain number",
    "-1000": "projects.csv:2 (row): 固定资产投资: must not be negative, got '-1000'",
    "90000000001": "projects.csv:2 (row): 固定资产投资: '90000000001' is too large to be exact in whole 0.01 元; check the unit, or if it is meant write `quantum: 1` in the config",
    "1e300": "projects.csv:2 (row): 固定资产投资: out of scale, got '1e300'; check the unit",
}


@pytest.mark.parametrize("cell", CELLS)
def test_ambiguous_amounts(read: Callable[..., Inputs], cell: str) -> None:
    """An amount that can be read in two ways is refused with what to write instead."""
    table = PROJECTS.replace("1000,400", f"{cell},400")

    assert [CELLS[cell]] == faults(read, **{"projects.csv": table})


EDITS = {
    "flag": (",400,1,", ",400,2,", "projects.csv:2 (row): 是否未来产业: must be 1 or 0 (是 or 否), got '2'"),
    "share": ("1,0.5,", "1,50,", "projects.csv:2 (row): 是否战新: must be between 0 and 1, got '50'"),
    "percent": (
        "1,0.5,",
        "1,50%,",
        "projects.csv:2 (row): 是否战新: must be a number between 0 and 1, got '50%'; write 0.5",
    ),
    "month": (
        "2021-03",
        "2021.1",
        "projects.csv:2 (row): 开工年月: must be a month, got '2021.1'; write it as 2021-03",
    ),
    "month 13": (
        "2021-03",
        "2021-13",
        "projects.csv:2 (row): 开工年月: must be a month, got '2021-13'; write it as 2021-03",
    ),
    "lock": (
        "2021-12,,",
        "2021-12,必须,",
        "projects.csv:4 (row): 锁定: must be 必选 (must_fund), 排除 (must_not) or empty, got '必须'",
    ),
    "unknown id": (
        "P001\nP003",
        "P01\nP003",
        "projects.csv:3 (row): 前置条件: no project has the id 'P01'; did you mean 'P001'?",
    ),
    "duplicate id": (
        "P003,",
        "P001,",
        "projects.csv:4 (row): 项目编号: the id 'P001' is used already in projects.csv:2 (row); ids must be unique",
    ),
    "blank region": ("桂林市", "", "projects.csv:4 (row): 设区市: must not be empty"),
    "blank id": ("P003", " ", "projects.csv:4 (row): 项目编号: must not be empty"),
    "header twice": (
        "设备投资",
        "fixed_investment",
        (
            "projects.csv:1 (row): '固定资产投资' (projects.csv:1 (row)) and 'fixed_investment' are both the column"
            " fixed_investment; rename one, or choose with columns: {fixed_investment: …}"
        ),
    ),
    "no column": (
        "设区市",
        "市",
        "projects.csv: there is no column region (设区市); if it is '市', write columns: {region: 市} in the config",
    ),
    "unit of header": (
        "固定资产投资",
        "固定资产投资（亿元）",
        (
            "projects.csv:1 (row): 固定资产投资（亿元）: the header says 亿元, but the config's money is 万元;"
            " convert the column and mend its header"
        ),
    ),
    "long row": (
        ",2021-12,,",
        ",2021-12,,,9",
        "projects.csv:4 (row): the row has 12 cells, the header 11; put cells that hold a comma between quotation marks",
    ),
    "short row": (
        ",2021-12,,",
        ",2021-12",
        "projects.csv:4 (row): the row has 9 cells, the header 11; put cells that hold a comma between quotation marks",
    ),
    "open quote": (
        "丙",
        '"丙',
        "projects.csv:4 (row): a quotation mark opened in this row is not closed as it should be; remove it or double it",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_faulty_projects(read: Callable[..., Inputs], name: str) -> None:
    """One slip in the project table gives one message."""
    old, new, expected = EDITS[name]

    assert [expected] == faults(read, **{"projects.csv": PROJECTS.replace(old, new, 1)})


OPTION_EDITS = {
    "unknown id": (
        "P002",
        "P022",
        "options.csv:4 (row): project_id: no project has the id 'P022'; did you mean 'P002'?",
    ),
    "unknown source": (
        "fiscal@2022",
        "fiscla@2022",
        "options.csv:1 (row): fiscla@2022: no source is called 'fiscla'; did you mean 'fiscal'?",
    ),
    "early payment": (
        "fiscal@2021",
        "fiscal@2019",
        "options.csv:1 (row): fiscal@2019: a payment of 2019 is before the plan, whose first year is 2021",
    ),
    "payment header": (
        "fiscal@2022",
        "fiscal@22",
        "options.csv:1 (row): fiscal@22: must be named source@year, such as fiscal@2021",
    ),
    "payment twice": (
        "fiscal@2022",
        "财政资金＠2021",
        (
            "options.csv:1 (row): 'fiscal@2021' (options.csv:1 (row)) and '财政资金＠2021' are both the column fiscal@2021;"
            " rename one, or choose with columns: {fiscal@2021: …}"
        ),
    ),
    "blank payment": ("P002,a,2021,5,5", "P002,a,2021,,5", "options.csv:4 (row): fiscal@2021: must not be empty"),
    "blank measure": ("5,-20", "5,", "options.csv:4 (row): leveraged_investment: must not be empty"),
    "negative payment": (
        "a,2021,10",
        "a,2021,-10",
        "options.csv:2 (row): fiscal@2021: must not be negative, got '-10'",
    ),
    "late start": (
        "b,2022",
        "b,2023",
        "options.csv:3 (row): start_year: must be within the plan years 2021–2022, got 2023",
    ),
    "no year": ("b,2022", "b,22", "options.csv:3 (row): start_year: must be a year, got '22'; write it as 2021"),
    "duplicate": (
        "P001,b",
        "P001,a",
        "options.csv:3 (row): project_id: the project and option 'P001 / a' are listed already in options.csv:2 (row)",
    ),
}


@pytest.mark.parametrize("name", OPTION_EDITS)
def test_faulty_options(read: Callable[..., Inputs], name: str) -> None:
    """One slip in the option file gives one message."""
    old, new, expected = OPTION_EDITS[name]
    table = OPTIONS.replace(old, new, 1)

    assert [expected] == faults(read, "projects: projects.csv\noptions: options.csv", **{"options.csv": table})


REGION_EDITS = {
    "missing": ("柳州市", "柳州", "projects.csv:3 (row): 设区市: '柳州市' is not in regions.csv; did you mean '柳州'?"),
    "in both": (
        "zone",
        "项目类别",
        "regions.csv:1 (row): 项目类别: the column category is also in projects.csv; keep it in one of the tables",
    ),
    "twice": (
        "桂林市,北",
        "桂林市,北\n南宁市,东",
        "regions.csv:5 (row): region: the region '南宁市' is listed already in regions.csv:2 (row)",
    ),
}


@pytest.mark.parametrize("name", REGION_EDITS)
def test_faulty_regions(read: Callable[..., Inputs], name: str) -> None:
    """One slip in the regions table gives one message."""
    old, new, expected = REGION_EDITS[name]
    table = REGIONS.replace(old, new, 1)

    assert [expected] == faults(read, "projects: projects.csv\nregions: regions.csv", **{"regions.csv": table})


FACTORS = "projects: projects.csv\nleverage: {additionality: {by: [category], file: f.csv}}"


def test_faulty_factors(read: Callable[..., Inputs]) -> None:
    """Factors lie between 0 and 1, none is blank and none is listed twice."""
    expected = [
        "f.csv:2 (row): value: must be between 0 and 1, got '1.5'",
        "f.csv:3 (row): value: must not be empty",
        "f.csv:3 (row): 项目类别: '技改' is listed already in f.csv:2 (row)",
    ]

    assert expected == faults(read, FACTORS, **{"f.csv": "项目类别,value\n技改,1.5\n技改,\n"})


def test_columns_used_as_numbers(read: Callable[..., Inputs]) -> None:
    """A column of the planner's own must hold numbers when a limit measures it."""
    table = PROJECTS.replace("锁定", "产能").replace("2021-12,,", "2021-12,约5,")
    plan = "projects: projects.csv\nlimits: [{name: x, measure: 产能, max: 3}]"

    assert ["projects.csv:4 (row): 产能: must be a number, got '约5'; write 5 if that is the value"] == faults(
        read, plan, **{"projects.csv": table}
    )


def test_all_at_once(read: Callable[..., Inputs]) -> None:
    """Faults of all tables are reported together."""
    plan = "projects: projects.csv\nregions: regions.csv\noptions: options.csv"
    files: dict[str, str | bytes] = {
        "projects.csv": PROJECTS.replace("1000,400", "约1000,四百").replace("P003", "P002"),
        "regions.csv": REGIONS.replace("柳州市", "梧州市"),
        "options.csv": OPTIONS.replace("P002", "P009"),
    }
    expected = [
        "projects.csv:2 (row): 固定资产投资: must be a number of 万元, got '约1000'; write 1000 if that is the value",
        "projects.csv:2 (row): 设备投资: must be a number of 万元, got '四百'; write one plain number",
        "projects.csv:4 (row): 项目编号: the id 'P002' is used already in projects.csv:3 (row); ids must be unique",
        "projects.csv:3 (row): 设区市: '柳州市' is not in regions.csv; did you mean '梧州市'?",
        "options.csv:4 (row): project_id: no project has the id 'P009'; did you mean 'P002'?",
    ]

    assert expected == faults(read, plan, **files)


@pytest.mark.slow
def test_many_faults_stay_readable(read: Callable[..., Inputs]) -> None:
    """Many faults that are alike are one line, with the first of them, how many there are, and where."""
    rows = "".join(f"Q{number},a,b,约{number}\n" for number in range(20_000))
    found = faults(read, **{"projects.csv": "project_id,region,category,fixed_investment\n" + rows})

    told = "must be a number of 万元, got '约0'; write 0 if that is the value"
    where = "(20000 cells like this one, in rows 2-20001)"
    assert [f"projects.csv:2 (row): fixed_investment: {told} {where}"] == found
