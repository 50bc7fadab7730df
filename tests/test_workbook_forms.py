"""The forms of the workbook: what finance files, with live totals that a spreadsheet program confirms."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import demo_cut
import openpyxl
import pytest
from made_runs import made_run
from planning import Row, decide, write_plan

from allocator.pipeline import store
from allocator.report import write_reports
from allocator.runs import folder as run_folder

pytestmark = pytest.mark.reports

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice") or ""
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item>
</oor:items>
"""
FORMS = {
    "zh": ["资金安排表", "分市县汇总表", "资金来源—用途平衡表", "绩效目标表", "绩效目标分解表", "未安排项目说明表", "公示稿"],
    "en": [
        "Allocation schedule", "Summary by place", "Balance of sources and uses", "Performance targets",
        "Performance targets by project",
        "Projects without support", "Public notice",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The workbook of one run in both languages."""
    run = made_run(tmp_path_factory.mktemp("forms"), title="=HYPERLINK(1)", many=3)
    return {language: write_reports(run, run.folder, language, f".{language}")[1] for language in FORMS}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_form_is_there(books: dict[str, Path], language: str) -> None:
    """The forms stand before the tables, ready to print: headings repeated, an area set, panes frozen."""
    book = openpyxl.load_workbook(books[language])

    assert FORMS[language] == [name for name in book.sheetnames if name in FORMS[language]]
    for name in FORMS[language]:
        page = book[name]
        assert page.title == page["A1"].value
        assert page.freeze_panes == "A4"
        assert page.print_area
        assert "$3:$3" == page.print_title_rows
        assert page.fitToPage if hasattr(page, "fitToPage") else page.sheet_properties.pageSetUpPr.fitToPage


def test_the_schedule_lists_every_award(books: dict[str, Path]) -> None:
    """Award and payments of each year of every project, names as text."""
    page = openpyxl.load_workbook(books["zh"], data_only=True)["资金安排表"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    head = [cell.value for cell in page[3]]

    assert ["序号", "设区市", "县（市、区）", "项目单位", "项目名称", "支持方式", "总投资"] == head[:7]
    assert ["2026 年拨付", "2027 年拨付", "备注"] == head[9:]
    assert [1, "南宁", None, None, "=1+1 公司", "补助", None, None, 1000, 1000, 0, None] == rows[0]
    assert ["合计", 1950.35] == [rows[-1][0], rows[-1][8]]
    assert "s" == page["E4"].data_type


def test_a_source_balances(books: dict[str, Path]) -> None:
    """What comes in equals what is paid, carried on and lapsed."""
    page = openpyxl.load_workbook(books["zh"], data_only=True)["资金来源—用途平衡表"]
    head = [cell.value for cell in page[3]]
    rows = [dict(zip(head, (cell.value for cell in row), strict=True)) for row in page.iter_rows(min_row=4, max_row=7)]

    for row in rows:
        out = row["拨付合计"] + row["结转下年"] + row["失效"]
        assert pytest.approx(row["预算"] + row["上年结转"]) == out
        assert row["拨付合计"] == row["补助"] + row["park"]


def test_hostile_texts_are_no_formulas(books: dict[str, Path]) -> None:
    """Only totals are formulas; a title or a name that begins with = is text in every sheet."""
    for path in books.values():
        for page in openpyxl.load_workbook(path):
            formulas = [str(cell.value) for row in page.iter_rows() for cell in row if cell.data_type == "f"]
            assert [] == [text for text in formulas if "HYPERLINK" in text or "1+1" in text]


@pytest.mark.slow
@pytest.mark.skipif(not SOFFICE, reason="no LibreOffice on this machine")
def test_libreoffice_opens_it_and_finds_the_same_totals(books: dict[str, Path], tmp_path: Path) -> None:
    """Recalculated by LibreOffice, every formula gives the value that was stored with it."""
    paths = [*books.values(), several(tmp_path / "several") / "allocation.xlsx"]
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    subprocess.run(
        [SOFFICE, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", tmp_path / "again", *paths],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    compared = 0
    for path in paths:
        written, again = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
        opened = openpyxl.load_workbook(tmp_path / "again" / path.name, data_only=True)
        assert written.sheetnames == opened.sheetnames
        for page in again:
            for cell in (cell for row in page.iter_rows() for cell in row if cell.data_type == "f"):
                stored = written[page.title][cell.coordinate].value
                assert pytest.approx(stored, abs=1e-9) == opened[page.title][cell.coordinate].value, cell.value
                compared += 1

    assert compared > 40


@pytest.mark.sweep(1)
@pytest.mark.parametrize("debt", [{}, {"debt": {}}])
def test_bonds_of_two_kinds_have_their_own_terms_and_cover(debt: Row, tmp_path: Path) -> None:
    """600 of 1,000 needed as annuity of 2 % over 2 years, with 60 % of the revenue; 500 at 3 %, repaid after 5 years.

    Owed are 600 × 2 × 0.02 ÷ (1 − 1.02⁻²) = 618.0594 and 575; earned are 0.6 × 4,600 = 2,760 and 4,600.
    """
    first = {"rate": 0.02, "term": 2, "repayment": "annuity", "revenue": "in_proportion"}
    config = {
        "language": "zh", "money": "万元", "years": [2024], **debt,
        "sources": {
            "a": {"budget": 3000, "pays": ["park"], "bond": first},
            "b": {"budget": 3000, "pays": ["road"], "bond": {"rate": 0.03, "term": 5}},
        },
        "instruments": {
            "park": {"kind": "bond", "where": {"project_name": "甲"}},
            "road": {"kind": "bond", "where": {"project_name": "乙"}},
        },
    }  # fmt: skip
    row = {"region": "玉林", "category": "园区", "fixed_investment": 3000, "revenue_total": 5000, "cost_total": 400}
    asked = [("甲", 1000, 600), ("乙", 500, 500)]
    rows = [
        row | {"project_id": name, "project_name": name, "bond_need": need, "requested_amount": amount}
        for name, need, amount in asked
    ]
    run = run_folder.read(store.write(decide(write_plan(tmp_path / "plan", config, projects=rows)), tmp_path / "runs"))
    page = openpyxl.load_workbook(run.folder / "allocation.xlsx", data_only=True)["专项债项目表"]
    head = [cell.value for cell in page[3]]
    shown = {line[0].value: dict(zip(head, (cell.value for cell in line), strict=True)) for line in page[4:5]}

    assert {"甲": (2, 2), "乙": (3, 5)} == {
        name: (line["利率（%）"], line["发行期限（年）"]) for name, line in shown.items()
    }
    covers = {name: round(line["覆盖倍数"], 4) for name, line in shown.items()}
    assert {"甲": round(2760 / 618.0594, 4), "乙": 8} == covers


def test_bond_projects_have_the_official_columns(tmp_path: Path) -> None:
    """The cover of a published case: (61,780 − 10,677) ÷ (20,000 × (1 + 20 × 2.47 %)) is 1.71."""
    config = {
        "language": "zh", "money": "万元", "years": [2024],
        "sources": {"bonds": {"budget": 30000, "pays": ["park"], "bond": {"rate": 0.022, "term": 20}}},
        "instruments": {"park": {"kind": "bond"}},
    }  # fmt: skip
    row = {"project_id": "1", "project_name": "产业园", "region": "玉林", "category": "园区", "fixed_investment": 53038}
    row |= {"total_investment": 53038, "own_funds": 33038, "bond_need": 20000, "bond_rate": 2.47, "operate_years": 18}
    rows = [row | {"revenue_total": 61780, "cost_total": 10677}]
    run = run_folder.read(store.write(decide(write_plan(tmp_path / "plan", config, projects=rows)), tmp_path / "runs"))
    page = openpyxl.load_workbook(run.folder / "allocation.xlsx", data_only=True)["专项债项目表"]
    shown = dict(zip((cell.value for cell in page[3]), (cell.value for cell in page[4]), strict=True))

    assert ["产业园", "玉林", 53038, 33038, 0, 0, 0, 20000, 0, 0, 0, 0, 20000] == list(shown.values())[:13]
    assert (61780, 10677, 20000 * (1 + 20 * 0.0247)) == (shown["计入收入"], shown["计入成本"], shown["债务本息"])
    assert 1.71 == round(shown["覆盖倍数"], 2)
    assert (2.47, 20, 494) == (shown["利率（%）"], shown["发行期限（年）"], round(shown["年付利息"], 9))
    assert pytest.approx(61780 / 18) == shown["年均收入"]


PAYING = (
    *("自有资金（不含专项债的资本金）", "其他债务融资（银行贷款）", "其他财政资金", "以前已发专项债", "本次安排专项债"),
    *("本次其他支持", "以后各期所需", "资金缺口（来源未落实）"),
)
"""What pays the investment in 专项债项目表."""


def lines(page: object) -> list[dict[str, object]]:
    """Heading → value of every line above the total."""
    head = [cell.value for cell in page[3]]
    whole = [dict(zip(head, (cell.value for cell in row), strict=True)) for row in page.iter_rows(min_row=4)]
    first = head[0]
    end = next((number for number, line in enumerate(whole) if line[first] == "合计"), len(whole))
    return [*whole[:end], *([whole[end]] if end < len(whole) else [])]


def number(line: dict[str, object], key: str) -> float:
    """A cell as a number; blank is nothing."""
    value = line.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def adds_up(line: dict[str, object], whole: str | tuple[str, ...], parts: Iterable[str]) -> None:
    """What stands on one side is what stands on the other."""
    sides = [sum(number(line, key) for key in keys) for keys in ((whole,) if isinstance(whole, str) else whole, parts)]

    assert pytest.approx(sides[0], abs=0.005) == sides[1], line


def check_sums(folder: Path) -> int:
    """Every line of every form whose columns should add up does; how many lines were looked at."""
    book = openpyxl.load_workbook(folder / "allocation.xlsx", data_only=True)
    awards, flows, bonds = (lines(book[name]) for name in ("资金安排表", "资金来源—用途平衡表", "专项债项目表"))
    for line in awards:
        adds_up(line, "本次安排", [key for key in line if key.endswith("年拨付") or key == "以前年度已拨付"])
    for line in flows:
        head = list(line)
        adds_up(line, "拨付合计", head[head.index("上年结转") + 1 : head.index("拨付合计")])
        if line["预算"] is not None and line["年度"] is not None:
            adds_up(line, ("预算", "上年结转"), ("拨付合计", "结转下年", "失效"))
    for line in bonds:
        adds_up(line, "总投资", PAYING)
    for line in bonds[:-1]:
        net = number(line, "计入收入") - number(line, "计入成本")
        assert pytest.approx(line["覆盖倍数"], abs=1e-9) == net / number(line, "债务本息")
    goals = check_places(book["绩效目标分解表"], "序号", ["本次安排", "完成固定资产投资", "新增就业（人）"])
    return (
        len(awards) + len(flows) + len(bonds) + goals + check_places(book["分市县汇总表"], "县（市、区）", ["本次安排"])
    )


def check_places(page: object, below: str, columns: list[str]) -> int:
    """A city's line is the sum of those below it, the total that of the cities."""
    *found, total = lines(page)
    for column in columns:
        cities = [line for line in found if line[below] in (None, "")]
        assert pytest.approx(number(total, column), abs=0.005) == sum(number(line, column) for line in cities)
        for city in cities:
            mine = [line for line in found if line["设区市"] == city["设区市"] and line is not city]
            if mine:
                assert pytest.approx(number(city, column), abs=0.005) == sum(number(line, column) for line in mine)
    return len(found)


SEVERAL: Row = {
    "language": "zh", "money": "万元", "years": [2024, 2025],
    "sources": {
        "fiscal": {"name": "财政资金", "budget": 3000, "pays": ["grant"], "carryover": {"max_share": 1}},
        "bonds": {"name": "专项债", "budget": 3000, "pays": ["park"], "bond": {"rate": 0.03, "term": 5}},
    },
    "instruments": {
        "grant": {"kind": "grant", "name": "补助", "rate": 0.1, "payments": [0.3, 0.7], "where": {"category": "技改"}},
        "park": {"kind": "bond", "name": "园区债", "where": {"category": "园区"}},
    },
    "closing": {"max_gap": 0.5}, "goals": {"terms": [{"measure": "award"}]},
    "leverage": {"public_owner": {"owner": "城投"}},
}  # fmt: skip


def several(folder: Path) -> Path:
    """The run folder of six parks and firms: money of all kinds, gaps, financing untold, two awards for one project."""
    rows = [
        {
            "project_id": f"P{n}", "project_name": f"项目{n}", "region": "甲市" if n % 2 else "乙市", "county": f"县{n % 3}" if n != 5 else "",
            "category": "园区" if n < 4 else "技改", "start_year": 2024, "total_investment": 3333.33 + n,
            "fixed_investment": 3000, "bond_need": 700.01 + n, "revenue_total": 5000, "cost_total": 400, "jobs": 10 * n,
            "owner": "城投" if n == 1 else "民营", "own_funds": "" if n == 2 else 1000, "other_public": 100 * n,
            "bank_loan_planned": "" if n == 2 else 1500.55, "bond_issued": 50 if n == 3 else "",
        }
        for n in range(1, 7)
    ]  # fmt: skip
    promised = [
        {"project_id": "P3", "option": "债", "instrument": "park", "award": 703, "fiscal@2024": 0, "bonds@2024": 703},
        {"project_id": "P3", "option": "奖", "instrument": "grant", "award": 44, "fiscal@2024": 44, "bonds@2024": 0},
        {"project_id": "P6", "option": "奖", "instrument": "grant", "award": 300, "fiscal@2024": 100, "bonds@2024": 0},
    ]
    path = write_plan(folder / "plan", SEVERAL, projects=rows, commitments=promised)
    return store.write(decide(path), folder / "runs")


@pytest.mark.slow
def test_every_line_of_every_form_adds_up(tmp_path: Path) -> None:
    """Investment is what pays it with the gap, an award what is paid of it, a city what its projects are held to."""
    folder = several(tmp_path)
    page = openpyxl.load_workbook(folder / "allocation.xlsx", data_only=True)["专项债项目表"]
    bonds = lines(page)

    assert check_sums(folder) > 25
    assert 3 == len(bonds) - 1
    assert [701.01, 702.01, 703.01] == [line["申请专项债总额"] for line in bonds[:-1]]
    assert any(number(line, "本次其他支持") > 0 for line in bonds[:-1])
    assert [True, False, True] == [line["自有资金（不含专项债的资本金）"] is not None for line in bonds[:-1]]
    assert all(line["合计检查"] == 0 for line in bonds[:-1])


def test_targets_are_what_can_be_measured(tmp_path: Path) -> None:
    """No estimate is a target; every project and city has targets of its own."""
    book = openpyxl.load_workbook(several(tmp_path) / "allocation.xlsx", data_only=True)
    told = [str(line["三级指标"]) for line in lines(book["绩效目标表"])]
    listed = lines(book["绩效目标分解表"])

    assert [] == [text for text in told if "净新增" in text or "核定" in text or "名义" in text]
    assert "完成固定资产投资" in told
    assert {"甲市", "乙市"} == {line["设区市"] for line in listed if line["项目名称"] == "小计"}
    assert {f"项目{n}" for n in range(1, 7)} >= {line["项目名称"] for line in listed[:-1]} - {"小计"}


@pytest.mark.slow
def test_every_line_of_the_forms_of_the_demo_adds_up(tmp_path: Path) -> None:
    """A tenth of the demo."""
    demo_cut.write(tmp_path, scenarios=False)
    folder = store.write(decide(tmp_path / "guangxi.yaml"), tmp_path / "runs")

    assert check_sums(folder) > 50
