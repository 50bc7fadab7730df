"""The data dictionary documents every column, and its headers are unambiguous."""

from __future__ import annotations

import re

from allocator.messages import catalogue
from allocator.tables.files.columns import dictionary, header_form


def test_every_contract_column_is_documented() -> None:
    """The data dictionary has every column of the tables that plans read and runs write."""
    run = {
        "awards.csv": "project_id project_name region category instrument option start_year award nominal_investment"
        " certified_investment additional_investment leveraged_investment upgrading committed",
        "payments.csv": "project_id option source year amount",
        "projects.csv": "project_id funded reason_code reason",
        "limits.csv": "limit group measure value lower upper slack binding unit",
        "totals.csv": "dimension key year source measure value",
        "screening.csv": "project_id instrument rule value threshold",
        "options": "project_id option instrument start_year award leveraged_investment",
        "commitments": "project_id option instrument start_year award",
    }
    lacking = {
        (table, name) for table, names in run.items() for name in names.split() if name not in dictionary()[table]
    }

    assert set() == lacking
    assert all(
        column.meaning("zh") and column.meaning("en") for table in dictionary().values() for column in table.values()
    )


def test_headers_are_unambiguous() -> None:
    """No header of the project table stands for two columns."""
    headers = [
        (header_form(header), column.name)
        for column in dictionary()["projects"].values()
        for header in {header_form(column.name), header_form(column.header_zh), *map(header_form, column.also)}
    ]

    assert len({form for form, _ in headers}) == len(headers)


def test_catalogues_agree() -> None:
    """Both languages say the same things about the same values."""
    english, chinese = catalogue("tables", "en"), catalogue("tables", "zh")
    names = re.compile(r"(?<!\{)\{(\w+)\}")

    assert {key: set(names.findall(text)) for key, text in english.items()} == {
        key: set(names.findall(text)) for key, text in chinese.items()
    }
