"""Tables written to a folder and read from there: what the tests of table files share."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.tables.inputs import read_inputs
from allocator.tables.opened import Inputs

PLAN = """\
money: 万元
years: [2021, 2022]
sources:
  fiscal: {name: 财政资金, budget: 1000, pays: [grant]}
instruments:
  grant: {kind: grant, rate: 0.1}
"""
PROJECTS = """\
项目编号,项目名称,设区市,项目类别,固定资产投资,设备投资,是否未来产业,是否战新,开工年月,锁定,前置条件
P001,甲,南宁市,技改,1000,400,1,0.5,2021-03,,
P002,乙,柳州市,技改,2000,800,0,1,2022-01,,P001
P003,丙,桂林市,技改,3000,900,0,0,2021-12,,
"""
OPTIONS = """\
project_id,option,start_year,fiscal@2021,fiscal@2022,leveraged_investment
P001,a,2021,10,0,100
P001,b,2022,0,20,150
P002,a,2021,5,5,-20
"""
REGIONS = """\
region,zone
南宁市,南
柳州市,中
桂林市,北
"""


def reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """A function that writes files (text or bytes) and a config into ``folder``, and reads the tables."""
    monkeypatch.chdir(folder)

    def reading(plan: str = "projects: projects.csv", money: str = "万元", **files: str | bytes) -> Inputs:
        config = PLAN.replace("万元", money) + plan + "\n"
        for name, content in {"projects.csv": PROJECTS, "plan.yaml": config, **files}.items():
            data = content.encode() if isinstance(content, str) else content
            Path(name).write_bytes(data)
        return read_inputs(load_config("plan.yaml"))

    return reading


def faults(read: Callable[..., Inputs], plan: str = "projects: projects.csv", **files: str | bytes) -> list[str]:
    """The messages with which the tables are refused; every one also has a Chinese text."""
    with pytest.raises(InputError) as refused:
        read(plan, **files)
    assert refused.value.exit_code == 2
    assert all(message.text("zh") for message in refused.value.messages)
    return refused.value.text("en").split("\n")


def book(rows: list[list[object]], sheet: str = "项目库", extra: tuple[str, ...] = ()) -> bytes:
    """A workbook; texts that start with '=' are formulas without a stored value, #N/A is an error value."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        table = workbook.add_worksheet(sheet)
        for name in extra:
            workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("="):
                    table.write_formula(number, column, cell, None, "")
                elif cell == "#N/A":
                    table.write_formula(number, column, "=NA()", None, "#N/A")
                elif isinstance(cell, str):
                    table.write_string(number, column, cell)
                elif cell is not None:
                    table.write(number, column, cell)
    return stream.getvalue()
