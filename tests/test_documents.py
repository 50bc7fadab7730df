"""What people sign is held to the plan: workbook, page, memo and the record of the verification, however they are changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from planning import write_plan

import allocator
from allocator.cli import commands as cli
from allocator.messages.errors import VerificationFailed
from allocator.pipeline.documents import sha256, verify_run, write_again
from allocator.runs import manifest as manifests

pytestmark = pytest.mark.reports

CONFIG = {
    "title": "两个项目", "language": "zh", "money": "万元", "years": [2026, 2027],
    "sources": {"fiscal": {"name": "财政资金", "budget": 60, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "name": "补助", "rate": 0.1, "award": {"levels": 1}}},
}  # fmt: skip
ROWS = [
    {"project_id": f"P{n}", "project_name": f"第{n}厂", "region": "甲市", "category": "技改",
     "fixed_investment": 100 * n + 7, "total_investment": 100 * n + 7}
    for n in (1, 2)
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A stored run with its documents."""
    allocator.run(write_plan(tmp_path, CONFIG, projects=ROWS), out=tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def listed_anew(folder: Path) -> None:
    """State the documents as they are now, under a new seal, as anybody can."""
    stated = json.loads((folder / "manifest.json").read_text(encoding="utf-8"), parse_float=Decimal)
    stated["documents"] = {name: sha256(folder / name) for name in stated["documents"] if (folder / name).is_file()}
    manifests.write(folder / "manifest.json", stated)


def cell(folder: Path) -> str:
    """One award on one sheet; the place of its cell."""
    book = openpyxl.load_workbook(folder / "allocation.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for one in row:
                if one.value == 20.7:
                    one.value = 90.7
                    book.save(folder / "allocation.xlsx")
                    return f"{sheet.title}!{one.coordinate}"
    raise AssertionError("no award is in the workbook")


def formula(folder: Path) -> str:
    """One formula on one sheet; the sheet's part."""
    book = openpyxl.load_workbook(folder / "allocation.xlsx")
    found = next(one for sheet in book for row in sheet.iter_rows() for one in row if one.data_type == "f")
    found.value = "=1+1"
    book.save(folder / "allocation.xlsx")
    return ""


def text_of(name: str, before: str, after: str) -> Callable[[Path], str]:
    """A text of a page or memo that is replaced once."""

    def change(folder: Path) -> str:
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")
        return name

    return change


CHANGES = {
    "an award on one sheet": cell,
    "a formula": formula,
    "a name in the report": text_of("report.html", "第2厂", "第3厂"),
    "an amount in the memo": text_of("memo.md", "31.4", "91.4"),
    "an amount in the memo's page": text_of("memo.html", "31.4", "91.4"),
    "data of a chart": text_of("report.html", "data-option='{", 'data-option=\'{"backgroundColor":"red",'),
    "the number of checks": text_of("verification.json", '"checks": ', '"checks": 9'),
}


@pytest.mark.sweep(4)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("hidden", [False, True])
def test_every_change_is_caught(run: Path, change: str, hidden: bool) -> None:
    """As it is, and with hashes and seal made anew."""
    assert verify_run(run).ok
    place = CHANGES[change](run)
    if hidden:
        listed_anew(run)
    found = verify_run(run)
    told = [violation.text("en") for violation in found.violations]

    assert not found.ok
    assert any(place in line for line in told), told


def test_a_document_that_is_gone_is_missed(run: Path) -> None:
    """The other ones still hold."""
    (run / "memo.md").unlink()

    assert ["memo.md is missing; `report` writes it again"] == [
        re.sub(r"^.*?: (?=memo)", "", line.text("en")) for line in verify_run(run).violations
    ]


@pytest.mark.slow
def test_a_second_language_is_held_as_well(run: Path) -> None:
    """Documents written later are listed, and every language is made again in its own."""
    written = write_again(run, "en")

    assert {"report.en.html", "memo.en.html", "memo.en.md", "allocation.en.xlsx"} == {path.name for path in written}
    assert verify_run(run).ok
    text_of("memo.en.md", "314,000", "914,000")(run)
    listed_anew(run)
    assert any("memo.en.md" in line.text("en") for line in verify_run(run).violations)


def test_no_report_is_written_of_what_does_not_hold(run: Path) -> None:
    """The documents stay as they are; the command ends as `verify` does."""
    (run / "awards.csv").write_text((run / "awards.csv").read_text("utf-8-sig").replace("20.7", "90.7"), "utf-8-sig")
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}

    with pytest.raises(VerificationFailed):
        write_again(run, None)
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", run.name, "--out", str(run.parent)])
    assert 1 == ended.value.code
    assert before == {path: path.read_bytes() for path in run.iterdir() if path.is_file()}


def test_the_command_holds_documents_to_the_plan(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the sheet and the cell."""
    place = cell(run)
    listed_anew(run)
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", run.name, "--out", str(run.parent)])

    assert 1 == ended.value.code
    assert f"allocation.xlsx: {place}: 表中为 90.7，重算为 20.7" in capsys.readouterr().out
