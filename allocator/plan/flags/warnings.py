"""Warnings about what a plan funds: pitfalls of practice, each with its value, threshold and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.config.rules.bond_money import is_bond_money
from allocator.options.instruments.bond import cover_text
from allocator.plan.debt import issues
from allocator.plan.flags.rules import Cells, Funded, Judge, firm, plain, siblings
from allocator.problem.debt.park_revenue import ALL, Account, accounts
from allocator.tables.previous_plan import PROGRESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocator.config.keys.flags import Flags
    from allocator.problem.case import Case

COLUMNS: Final = ("flag", "scope", "value", "threshold", "basis", "grade")
NO_BONDS: Final = Account(ALL, 0, 0, 0)
BASIS: Final = {
    "F1": ("国办发〔2024〕52号", "B"), "F2": ("公平竞争审查条例", "B"), "F3": ("SCM Agreement Art. 3", "C"),
    "F4": ("EU CVD 2024-10-30", "B"), "F5": ("capacity replacement; kiln use of 2024", "C"),
    "F6": ("Shandong interest subsidy rules", "C"), "F7": ("grades of debt ratio", "C"),
    "F8": ("Jiangsu audit 2023", "C"), "F9": ("special-bond progress rules", "C"),
    "F10": ("Bronzini & de Blasio 2006", "B"), "F11": ("assumption", "K"),
    "F12": ("Bartik; reported ratios of 2020", "B"), "F13": ("产业结构调整目录", "K"),
    "F14": ("桂工信综合〔2024〕80号", "C"),
}  # fmt: skip
"""What each warning rests on: a document, published evidence, or an assumption; and how sure it is.

A: official text, B: press that quotes it, or a paper's abstract, C: mirrors and aggregators, K: assumption.
"""


def tables(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table of warnings; nothing where none are configured."""
    rules = case.loaded.config.flags
    if rules is None:
        return {}
    judge = Judge(rules, case.loaded.config, case.money.text)
    rows = [
        [flag, project, value, threshold, *BASIS[flag]]
        for project, funded in of_plan(case, awards, payments)
        for flag, value, threshold in judge(funded)
    ]
    rows += [
        [flag, scope, value, threshold, *BASIS[flag]] for flag, scope, value, threshold in shares(case, rules, awards)
    ]
    order = sorted(rows, key=lambda row: (int(row[0][1:]), row[1]))
    return {"flags": pd.DataFrame(order, columns=list(COLUMNS), dtype=object)}


def of_plan(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> Iterator[tuple[str, Funded]]:
    """The funded projects with all that warnings are about."""
    projects, unit = case.inputs.projects, case.money.fen_per_unit
    columns = {str(name): projects[name].tolist() for name in projects}
    row_of = {project: row for row, project in enumerate(projects["project_id"])}
    issued, idle = issues(case, payments), unspent(case)
    books = accounts(case, awards, issued.carried)
    invested = reported_investment(case)
    bonds = [name for name, source in case.loaded.config.sources.items() if is_bond_money(name, source)]
    on_bonds = set(payments.loc[payments["source"].isin(bonds) & (payments["amount"] > 0), "project_id"])
    starts: dict[int, set[int]] = defaultdict(set)
    for project, year in zip(awards["project_id"], awards["start_year"].tolist(), strict=True):
        starts[row_of[project]].add(int(year))
    others = siblings(projects, starts)
    mine: dict[str, list[tuple[str, Fraction, Fraction, bool]]] = defaultdict(list)
    figures = (fen_of(awards[name], unit) for name in ("award", "nominal_investment"))
    names, committed = awards["instrument"].astype(str), awards["committed"] == 1
    for project, key, award, nominal, promised in zip(awards["project_id"], names, *figures, committed, strict=True):
        mine[str(project)].append((key, award, nominal, promised))
    for project, own in sorted(mine.items()):
        row, instruments = row_of[project], dict.fromkeys(sorted(key for key, *_ in own), Fraction(0))
        for key, amount, _, _ in own:
            instruments[key] += amount
        yield (
            project,
            Funded(
                cells=Cells(columns, row),
                award=sum(instruments.values(), Fraction(0)),
                nominal=sum((nominal for _, _, nominal, _ in own), Fraction(0)),
                service=issued.by_project.get(row, (0, Fraction(0)))[1],
                book=books.get(row, NO_BONDS),
                bonds=project in on_bonds,
                instruments=instruments,
                decided=not any(committed for *_, committed in own),
                others=others[row],
                unspent=idle.get(project, Fraction(0)),
                invested=invested.get(project),
            ),
        )


def fen_of(amounts: pd.Series, unit: int) -> list[Fraction]:
    """Amounts of the config's unit in whole fen."""
    return [Fraction(fen) for fen in np.rint(amounts.to_numpy(float) * unit).astype(np.int64).tolist()]


def unspent(case: Case) -> dict[str, Fraction]:
    """What each project was paid before the year before the plan and has not invested, by the table of progress; fen."""
    told = case.inputs.extra.get(PROGRESS)
    if told is None or "invested" not in told:
        return {}
    old = [
        name for name in told.columns if "@" in name and int(name.rpartition("@")[2]) < case.loaded.config.years[0] - 1
    ]
    paid = told[old].to_numpy(float).sum(axis=1) - told["invested"].to_numpy(float)
    return {
        str(project): Fraction(int(left))
        for project, left in zip(told["project_id"], paid.tolist(), strict=True)
        if left > 0
    }


def reported_investment(case: Case) -> dict[str, Fraction]:
    """What is done of each project by now, by the table of progress; fen."""
    told = case.inputs.extra.get(PROGRESS)
    if told is None or "invested" not in told:
        return {}
    return {str(p): Fraction(int(done)) for p, done in zip(told["project_id"], told["invested"].tolist(), strict=True)}


def shares(case: Case, rules: Flags, awards: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    """F11: firms with their groups, and chains, that have too much of all awards."""
    projects, unit = case.inputs.projects, case.money.fen_per_unit
    columns = {str(name): projects[name].tolist() for name in projects}
    row_of = {project: row for row, project in enumerate(projects["project_id"])}
    amounts = np.rint(awards["award"].to_numpy(float) * unit).astype(np.int64).tolist()
    whole = sum(amounts)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for project, amount in zip(awards["project_id"], amounts, strict=True):
        cells = Cells(columns, row_of[project])
        group = cells.text("group_id")
        sums["group_id", group] += amount if group else 0
        sums[firm(cells)] += 0 if group else amount
        sums["chain", cells.text("chain")] += amount
    for (column, name), amount in sums.items():
        most = rules.chain_share if column == "chain" else rules.firm_share
        if name and amount > Fraction(most) * whole:
            yield "F11", f"{column}={name}", cover_text(Fraction(amount, whole)), plain(most)
