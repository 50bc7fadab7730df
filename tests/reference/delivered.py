"""What became of the approved awards, counted again from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.benchmarks import since_of
from allocator.verify.facts import half_up

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.keys.plan import Config
    from allocator.money import Money
    from allocator.verify.stored import Findings, Row, Table

STATES = ("started", "completed", "in_production", "failed")
AMOUNTS = ("award", "paid", "planned_investment", "invested")
FINE = 10**4


def check_delivered(
    config: Config, extra: Mapping[str, pd.DataFrame], table: Table, money: Money, findings: Findings
) -> None:
    """Every instrument and all together: counts, amounts, and investment by others per unit of support."""
    expected = _sums(config, extra)
    told = "invested" in extra["progress"]
    rows = {row.text("instrument"): row for row in table}
    for name in expected.keys() - rows.keys():
        findings.hold(False, "row_missing", table.place, "instrument", got=name)
    for name, row in rows.items():
        if not findings.hold(name in expected, "not_expected", table.place, "instrument", got=name):
            continue
        sums = expected[name]
        for column in ("projects", *STATES):
            findings.equal(row.whole(column), sums[column], row.place, column)
        for column in AMOUNTS if told else AMOUNTS[:-1]:
            findings.same_fen(row.fen(column), sums[column], money, row.place, column)
        _check_ratio(row, "planned_leverage", sums["planned_investment"], sums["award"], findings)
        if told:
            _check_ratio(row, "realised_leverage", sums["invested"], sums["paid"], findings)
        else:
            blank = (row.text("invested"), row.text("realised_leverage"))
            findings.equal(blank, ("", ""), row.place, "invested")


def _check_ratio(row: Row, column: str, investment: int, support: int, findings: Findings) -> None:
    if support:
        exact = Fraction(half_up(Fraction(investment - support, support) * FINE), FINE)
        findings.equal(Fraction(row.plain(column)), exact, row.place, column)
    else:
        findings.equal(row.text(column), "", row.place, column)


def _sums(config: Config, extra: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Instrument → column → sum over the projects of which the progress speaks; '' has all."""
    awards, payments, progress = (extra[name] for name in ("previous.awards", "previous.payments", "progress"))
    kinds, award, planned = defaultdict[str, set[str]](set), defaultdict[str, int](int), defaultdict[str, int](int)
    for line in awards.to_dict("records"):
        kinds[str(line["project_id"])].add(str(line["instrument"]))
        award[str(line["project_id"])] += int(line["award"])
        planned[str(line["project_id"])] += int(line["nominal_investment"])
    stated = [str(name) for name in progress.columns if "@" in str(name)]
    named = {name.rpartition("@")[0] for name in stated}
    silent = defaultdict[str, int](int)
    for line in payments.to_dict("records"):
        if str(line["source"]) not in named and int(line["year"]) < config.years[0]:
            silent[str(line["project_id"])] += int(line["amount"])
    since = since_of(config, extra)
    found: dict[str, dict[str, int]] = {}
    for cells in progress.to_dict("records"):
        project = str(cells["project_id"])
        if project not in kinds:
            continue
        settled = (int(cells[name]) for name in stated if int(name.rpartition("@")[2]) < since.get(project, 0))
        adds = {"projects": 1, "award": award[project] + sum(settled), "planned_investment": planned[project]}
        adds |= {state: int(bool(cells[state])) for state in STATES}
        adds["paid"] = silent[project] + sum(int(cells[name]) for name in stated)
        adds["invested"] = int(cells.get("invested", 0))
        for name in ("+".join(sorted(kinds[project])), ""):
            sums = found.setdefault(name, dict.fromkeys(adds, 0))
            for column, amount in adds.items():
                sums[column] += amount
    return found
