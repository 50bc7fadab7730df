"""What became of the approved awards: how far their projects got, and what each yuan paid has really brought.

Counted are the projects of the previous plan of which the progress speaks. What a source has paid is what progress
says, or what was planned before the first plan year where it says nothing of that source. What was committed before
the previous plan counts with what progress says was paid before that, besides what was still to pay then. Leverage is investment by
others per yuan of support: as approved (nominal investment less award) ÷ award, and so far (invested − paid) ÷ paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from allocator.money.rounding import half_up_exactly
from allocator.tables.previous_plan import AWARDS, FLAGS, PAYMENTS, PROGRESS, paid_columns, settled

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config

TABLE: Final = "delivered"
COLUMNS: Final = (
    *("instrument", "projects", *FLAGS, "award", "paid", "planned_investment", "invested"),
    *("planned_leverage", "realised_leverage"),
)
PLACES: Final = 4
ALL: Final = ""
"""Instrument of the line of all together."""


@dataclass
class Line:
    """The projects of one instrument, or all of them; amounts in fen."""

    projects: int = 0
    flags: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLAGS, 0))
    award: int = 0
    paid: int = 0
    planned: int = 0
    invested: int = 0


def lines(config: Config, extra: Mapping[str, pd.DataFrame]) -> dict[str, Line]:
    """Instrument (those of one project joined by +) → what became of its awards; the last line has all."""
    progress = {str(row["project_id"]): row for row in extra[PROGRESS].to_dict("records")}
    usual, since = _usual(config, extra[PAYMENTS]), settled(config, extra)
    mine: dict[str, list[Mapping[Any, Any]]] = {}
    for row in extra[AWARDS].to_dict("records"):
        mine.setdefault(str(row["project_id"]), []).append(row)
    found: dict[str, Line] = {}
    for project in sorted(set(mine) & set(progress)):
        told = progress[project]
        stated = {str(name).rpartition("@")[0] for name in told if "@" in str(name)}
        paid = sum(int(told[name]) for name, _ in paid_columns(told, None))
        earlier = paid - sum(int(told[name]) for name, _ in paid_columns(told, since.get(project)))
        paid += sum(amount for (owner, source), amount in usual.items() if owner == project and source not in stated)
        name = "+".join(sorted({str(row["instrument"]) for row in mine[project]}))
        for line in (found.setdefault(name, Line()), found.setdefault(ALL, Line())):
            line.projects += 1
            for flag in FLAGS:
                line.flags[flag] += bool(told[flag])
            line.award += sum(int(row["award"]) for row in mine[project]) + earlier
            line.planned += sum(int(row["nominal_investment"]) for row in mine[project])
            line.paid += paid
            line.invested += int(told.get("invested", 0))
    return {name: found[name] for name in sorted(found, key=lambda name: (name == ALL, name))}


def _usual(config: Config, payments: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Project and source → what was to be paid before the first plan year."""
    found: dict[tuple[str, str], int] = {}
    for row in payments.to_dict("records"):
        if int(row["year"]) < config.years[0]:
            key = (str(row["project_id"]), str(row["source"]))
            found[key] = found.get(key, 0) + int(row["amount"])
    return found


def table(config: Config, extra: Mapping[str, pd.DataFrame], unit: int) -> pd.DataFrame:
    """The lines in the config's unit; what was invested is blank where progress does not tell it."""
    told = "invested" in extra[PROGRESS]
    rows = []
    for name, line in lines(config, extra).items():
        invested = line.invested / unit if told else None
        amounts = (line.award / unit, line.paid / unit, line.planned / unit, invested)
        realised = leverage(line.invested, line.paid) if told else None
        rows.append([name, line.projects, *line.flags.values(), *amounts, leverage(line.planned, line.award), realised])
    return pd.DataFrame(rows, columns=COLUMNS).astype(object)


def leverage(investment: int, support: int) -> Decimal | None:
    """Investment by others per yuan of support, to four decimals; None where there is no support."""
    if not support:
        return None
    exact = Fraction(investment - support, support)
    return Decimal(half_up_exactly(exact * 10**PLACES)).scaleb(-PLACES)
