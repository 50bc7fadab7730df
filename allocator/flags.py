"""Warnings about what a plan funds: pitfalls of practice, each with its value, threshold and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from allocator.attributes import normal
from allocator.debt import issues
from allocator.instruments.bond import cover_text

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.config_flags import Flags

COLUMNS: Final = ("flag", "scope", "value", "threshold", "basis")
BASIS: Final = {
    "F1": "国办发〔2024〕52号", "F2": "公平竞争审查条例", "F3": "SCM Agreement Art. 3", "F4": "EU CVD 2024-10-30",
    "F5": "assumption", "F6": "Shandong interest subsidy rules", "F7": "grades of debt ratio", "F8": "Jiangsu audit 2023",
    "F9": "special-bond progress rules", "F10": "Bronzini & de Blasio 2006", "F11": "assumption",
    "F12": "Bartik; reported ratios of 2020", "F13": "产业结构调整目录", "F14": "桂工信综合〔2024〕80号",
}  # fmt: skip
"""What each warning rests on: a document, published evidence, or an assumption."""
Told = tuple[str, str, str]
"""Flag, value, threshold."""


class Project:
    """The cells of one candidate: text in normal form, numbers in fen or as they are; None where blank or not there."""

    def __init__(self, case: Case, row: int) -> None:
        self._frame, self._row = case.inputs.projects, row

    def has(self, column: str) -> bool:
        """Whether the table has a column."""
        return column in self._frame.columns

    def text(self, column: str) -> str:
        """A cell in normal form."""
        return normal(self._frame[column].iloc[self._row]) if self.has(column) else ""

    def number(self, column: str) -> Fraction:
        """A number, 0 where there is none."""
        value = self._frame[column].iloc[self._row] if self.has(column) else None
        return Fraction(repr(float(value))) if isinstance(value, float) and not np.isnan(value) else Fraction(0)


def tables(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table of warnings; nothing where none are configured."""
    rules = case.loaded.config.flags
    if rules is None:
        return {}
    row_of = {project: row for row, project in enumerate(case.inputs.projects["project_id"])}
    owed, unit = issues(case, payments).by_project, case.money.fen_per_unit
    rows: list[list[str]] = []
    for project, group in awards.groupby("project_id", sort=True):
        award, nominal = (
            Fraction(int(np.rint(group[name].to_numpy(float).sum() * unit))) for name in ("award", "nominal_investment")
        )
        service = owed.get(row_of[project], (0, Fraction(0)))[1]
        found = of_project(rules, Project(case, row_of[project]), award, nominal, service, case.money.text)
        rows += [[flag, str(project), value, threshold, BASIS[flag]] for flag, value, threshold in found]
    rows += [
        [flag, scope, value, threshold, BASIS[flag]] for flag, scope, value, threshold in shares(case, rules, awards)
    ]
    order = sorted(rows, key=lambda row: (int(row[0][1:]), row[1]))
    return {"flags": pd.DataFrame(order, columns=list(COLUMNS), dtype=object)}


def of_project(
    rules: Flags, cells: Project, award: Fraction, nominal: Fraction, service: Fraction, money: Callable[[float], str]
) -> Iterator[Told]:
    """The warnings about one funded project."""
    yield from of_bonds(rules, cells, service)
    if cells.has("fcr_passed") and cells.text("fcr_passed") != "通过":
        yield "F2", cells.text("fcr_passed"), "通过"
    words = [word for word in rules.local_words if normal(word) in cells.text("note")]
    if words:
        yield "F3", words[0], ""
    code = cells.text("gb4754_code")
    if any(code.startswith(normal(begin)) for begin in rules.trade_codes):
        yield "F4", code, ";".join(rules.trade_codes)
    if cells.text("is_energy_heavy") == "1" and cells.text("renovation_nature") != "置换淘汰":
        yield "F5", cells.text("gb4754_code"), "置换淘汰"
    if cells.number("other_public") > 0:
        yield "F6", money(int(cells.number("other_public"))), "0"
    fixed, done = cells.number("fixed_investment"), cells.number("done_investment")
    if cells.has("done_investment") and cells.text("stage") in ("已开工", "在建") and not done:
        yield "F9", "0", cells.text("stage")
    if fixed > 0 and done > Fraction(rules.progress) * fixed:
        yield "F10", cover_text(done / fixed), f"{rules.progress.normalize():f}"
    if award > 0 and nominal > Fraction(rules.times) * award:
        yield "F12", cover_text(nominal / award), f"{rules.times.normalize():f}"
    if cells.text("catalog_class") in ("限制", "淘汰"):
        yield "F13", cells.text("catalog_class"), "鼓励;允许"
    if cells.text("clean_record") == "0":
        yield "F14", "0", "1"


def of_bonds(rules: Flags, cells: Project, service: Fraction) -> Iterator[Told]:
    """The warnings about special-bond money of one project, which has to serve its debt."""
    if service <= 0:
        return
    revenue, cost = cells.number("revenue_total"), cells.number("cost_total")
    if revenue <= 0:
        yield "F1", "", "revenue_total > 0"
    if cells.text("debt_grade") in {normal(grade) for grade in rules.grades}:
        yield "F7", cells.text("debt_grade"), ";".join(rules.grades)
    counted = revenue * Fraction(rules.revenue) - cost
    if counted < Fraction(rules.min_cover) * service:
        yield "F8", cover_text(counted / service), f"{rules.min_cover.normalize():f}"


def shares(case: Case, rules: Flags, awards: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    """Groups of firms and chains that have too much of all awards."""
    projects, unit = case.inputs.projects, case.money.fen_per_unit
    row_of = {project: row for row, project in enumerate(projects["project_id"])}
    amounts = np.rint(awards["award"].to_numpy(float) * unit).astype(np.int64).tolist()
    whole = sum(amounts)
    for column, most in (("group_id", rules.firm_share), ("chain", rules.chain_share)):
        sums: dict[str, int] = defaultdict(int)
        for project, amount in zip(awards["project_id"], amounts, strict=True):
            cell: Any = projects[column].iloc[row_of[project]] if column in projects.columns else ""
            sums[normal(cell)] += amount
        for name, amount in sums.items():
            if name and amount > Fraction(most) * whole:
                yield "F11", f"{column}={name}", cover_text(Fraction(amount, whole)), f"{most.normalize():f}"
