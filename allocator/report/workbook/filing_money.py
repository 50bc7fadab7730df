"""Forms about money: the balance of sources and uses, and the projects paid by special bonds."""

from __future__ import annotations

from decimal import Decimal
from math import nan
from typing import TYPE_CHECKING

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from allocator.money.arrays import is_nan
from allocator.money.rounding import as_written
from allocator.options.instruments.bond import debt_cost
from allocator.plan.closing import COLUMNS
from allocator.report.chapters.flows import balances
from allocator.report.workbook.documents import Cell, Document
from allocator.report.workbook.filing import PLACES, facts, floats, heads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocator.config.keys.instruments import BondTerms
    from allocator.report.view import View

BOND_FACTS = (
    "bond_as_capital", "build_years", "operate_years", "revenue_total", "cost_total", "cover_ratio", "bond_term",
    "bond_rate", "bond_need", "requested_amount",
)  # fmt: skip
PAYING = ("own", "loans", "other_public", "bond_issued", "bond", "support", "later", "gap")
"""Columns of 专项债项目表 that add up to the investment."""


def balance(view: View) -> Document | None:
    """资金来源—用途平衡表: a line for each source and year, a column for each instrument; what comes in goes out."""
    rows = view.once(balances)
    if rows.empty:
        return None
    paid = uses(view)
    instruments = list(paid.columns)
    used = paid.reindex(pd.MultiIndex.from_frame(rows[["key", "year"]]), fill_value=0.0).reset_index(drop=True)
    names = view.name_instruments(pd.Series(instruments, dtype=object))
    used.columns = pd.Index([f"use_{n}" for n in range(len(instruments))])
    frame = pd.concat([rows.reset_index(drop=True), used], axis=1)
    frame["check"] = 0.0
    first, last = 4, 3 + len(instruments)
    letters = [xl_col_to_name(n) for n in range(last + 5)]
    total = f"SUM({letters[first]}{{r}}:{letters[last]}{{r}})" if instruments else "0"
    paid_at, carry_at, lapse_at = letters[last + 1 : last + 4]
    check = f'IF(C{{r}}="",0,ROUND(C{{r}}+D{{r}}-{paid_at}{{r}}-{carry_at}{{r}}-{lapse_at}{{r}},6))'
    cells = (
        *heads(view, "source", ("year", "year")),
        Cell("budget", view.say("column_budget"), "money", total="sum"),
        Cell("carried_in", view.say("column_carried_in"), "money"),
        *(Cell(f"use_{n}", name, "money", total="sum") for n, name in enumerate(names)),
        Cell("amount", view.say("document_used"), "money", total, "sum"),
        Cell("carry", view.say("column_carry"), "money"),
        Cell("lapse", view.say("column_lapse"), "money", total="sum"),
        Cell("check", view.say("document_check"), "money", check),
    )
    return Document("balance", view.say("document_balance"), cells, frame, notes=(view.say("document_balance_note"),))


def uses(view: View) -> pd.DataFrame:
    """Source and year × instrument: what is paid."""
    awards = view.tables["awards"].drop_duplicates(["project_id", "option"])
    kinds = awards.set_index(["project_id", "option"])["instrument"]
    payments = view.tables["payments"]
    kind = kinds.reindex(pd.MultiIndex.from_frame(payments[["project_id", "option"]])).to_numpy()
    rows = payments.assign(instrument=kind, amount=payments["amount"].astype(float))
    order = [*view.config.instruments, ""]
    table = rows.pivot_table(
        index=["source", "year"], columns="instrument", values="amount", aggfunc="sum", fill_value=0.0
    )
    known = [key for key in order if key in table.columns]
    return table[[*known, *(key for key in table.columns if key not in order)]]


def bond_sources(view: View) -> list[str]:
    """Sources that are special bonds: said so in the config, or paying only what is computed from a project's bond need."""
    found = []
    for key, source in view.config.sources.items():
        bases = {view.config.instruments[name].base for name in source.pays if name in view.config.instruments}
        if source.bond is not None or bases == {"bond_need"}:
            found.append(key)
    return found


def bond_projects(view: View) -> Document | None:
    """专项债项目表: the official columns for every project that bonds pay for."""
    awards, keys = view.tables["awards"], bond_sources(view)
    keys = [key for key in keys if key in awards.columns]
    rows = awards[awards[keys].sum(axis=1) > 0].reset_index(drop=True) if keys else awards.head(0)
    if rows.empty:
        return None
    known = facts(view, rows["project_id"], *BOND_FACTS)
    frame = pd.DataFrame({name: floats(known[name]) for name in BOND_FACTS})
    frame.insert(0, "name", rows["project_name"])
    frame.insert(1, "region", rows["region"])
    frame["bond"] = rows[keys].sum(axis=1)
    frame["applied"] = frame["bond_need"].where(frame["bond_need"].notna(), frame["requested_amount"])
    frame = frame.assign(**financing(view, rows["project_id"], frame["bond"]), check=0.0)
    terms = terms_by_row(view, rows, keys)
    fill(frame, terms)
    frame["ratio"] = (frame["cost_total"] / frame["revenue_total"]).where(frame["revenue_total"] > 0)
    frame["interest"] = frame["bond"] * frame["bond_rate"] / 100
    frame["yearly_revenue"] = (frame["revenue_total"] / frame["operate_years"]).where(frame["operate_years"] > 0)
    frame["other_debt"] = other_debt(view, rows["project_id"], terms)
    counted = counted_in_cover(frame, terms)
    stated = as_in_cover(view, rows["project_id"])
    for name, column in counted.items():
        frame[name] = stated[name].fillna(column) if name in stated else column
    cover = (frame["revenue"] - frame["cost"]) / frame["service"].where(frame["service"] > 0)
    frame["cover"] = cover.fillna(frame["cover_ratio"])
    said = tuple(view.say(note) for note in notes_of([term for term in terms if term is not None]))
    return Document("bonds", view.say("document_bonds"), bond_cells(view), frame, notes=said)


def financing(view: View, projects: pd.Series, bond: pd.Series) -> dict[str, pd.Series]:
    """Who pays what of each project's investment, as `closing.csv` has it; `gap` is what no source is told for."""
    empty = pd.DataFrame(columns=COLUMNS)
    sheet = (
        view.tables.get("closing", empty).set_index("project_id").reindex(projects).reset_index(drop=True).astype(float)
    )
    own = sheet["own_private"] + sheet["own_public"]
    paid = {"own": own, "loans": sheet["loans"], "other_public": sheet["other_public"]}
    paid |= {"bond_issued": sheet["bond_issued"], "support": (sheet["award"] - bond).round(PLACES)}
    paid |= {"later": sheet["later_phases"]}
    gap = sheet["total_investment"] - bond - sum(column.fillna(0.0) for column in paid.values())
    return {"total_investment": sheet["total_investment"], **paid, "gap": gap.round(PLACES)}


def notes_of(terms: Sequence[BondTerms]) -> Iterator[str]:
    """What is said below the form of how cover is counted."""
    yield "document_bonds_note"
    if any(term.revenue == "in_proportion" for term in terms):
        yield "document_bonds_part"
    if any(term.cost_includes_debt_service for term in terms):
        yield "document_bonds_held"
    if any(term.other_debt is not None for term in terms):
        yield "document_bonds_other"


def other_debt(view: View, projects: pd.Series, terms: Sequence[BondTerms | None]) -> pd.Series:
    """Principal and interest of other debt that counts beside the bonds of each project."""
    columns = [None if term is None else term.other_debt for term in terms]
    known = {name: floats(facts(view, projects, name)[name]) for name in set(columns) if name is not None}
    cells = [0.0 if name is None else float(known[name][row]) for row, name in enumerate(columns)]
    return pd.Series(cells, dtype=float).fillna(0.0).clip(lower=0.0)


def terms_by_row(view: View, rows: pd.DataFrame, keys: Sequence[str]) -> list[BondTerms | None]:
    """The terms of the first source that pays each award; None where it has none."""
    terms = {key: view.config.sources[key].bond for key in keys}
    paid = zip(*(rows[key].astype(float) > 0 for key in keys), strict=True)
    return [next(terms[key] for key, pays in zip(keys, row, strict=True) if pays) for row in paid]


def fill(frame: pd.DataFrame, terms: Sequence[BondTerms | None]) -> None:
    """Interest and term of the source where the project has none of its own; interest in percent."""
    rates = [nan if term is None else float(Decimal(term.rate) * 100) for term in terms]
    years = [nan if term is None else float(term.term) for term in terms]
    frame["bond_rate"] = frame["bond_rate"].fillna(pd.Series(rates, dtype=float))
    frame["bond_term"] = frame["bond_term"].fillna(pd.Series(years, dtype=float))


def as_in_cover(view: View, projects: pd.Series) -> dict[str, pd.Series]:
    """What counts for the cover of each project as `cover.csv` has it, where the run has that table."""
    if "cover" not in view.tables:
        return {}
    table = view.tables["cover"].dropna(subset=["project_id"]).set_index("project_id")
    table = table.reindex(projects).reset_index(drop=True)
    service = table["service"].astype(float)
    service = service + table["other_debt"].astype(float) if "other_debt" in table.columns else service
    return {"revenue": table["revenue"].astype(float), "cost": table["cost"].astype(float), "service": service}


def counted_in_cover(frame: pd.DataFrame, terms: Sequence[BondTerms | None]) -> dict[str, pd.Series]:
    """Revenue, cost, and principal with all interest that the cover of each project goes by; blank where parts are missing."""
    ways = ["bullet" if term is None else term.repayment for term in terms]
    rates, years = frame["bond_rate"].tolist(), frame["bond_term"].tolist()
    costs = [
        float(debt_cost(way, as_written(rate) / 100, int(term))) if not is_nan(rate) and not is_nan(term) else nan
        for way, rate, term in zip(ways, rates, years, strict=True)
    ]
    cost_of_one = pd.Series(costs, dtype=float)
    in_part = pd.Series([term is not None and term.revenue == "in_proportion" for term in terms], dtype=bool)
    part = (frame["bond"] / frame["bond_need"]).where(in_part & (frame["bond_need"] > frame["bond"]), 1.0)
    holds = pd.Series([term is not None and term.cost_includes_debt_service for term in terms], dtype=bool)
    held = frame["bond_need"].where(frame["bond_need"] > 0, frame["bond"]) * cost_of_one
    cost = frame["cost_total"].where(~holds, (frame["cost_total"] - held).clip(lower=0))
    service = frame["bond"] * cost_of_one + part * frame["other_debt"]
    return {"revenue": part * frame["revenue_total"], "cost": part * cost, "service": service}


def bond_cells(view: View) -> tuple[Cell, ...]:
    """The official columns in their order: investment and who pays it, the terms, and what the cover is made of."""
    kinds = {
        "total_investment": "money", **dict.fromkeys(PAYING, "money"), "check": "money", "applied": "money",
        "bond_as_capital": "money", "build_years": "number", "operate_years": "number", "revenue_total": "money",
        "cost_total": "money", "ratio": "times", "bond_term": "number", "bond_rate": "percent", "yearly_revenue": "money",
        "interest": "money", "revenue": "money", "cost": "money", "service": "money", "cover_ratio": "times",
        "cover": "times",
    }  # fmt: skip
    letter = {key: xl_col_to_name(number) for number, key in enumerate(kinds, start=2)}
    first, last, total = letter[PAYING[0]], letter[PAYING[-1]], letter["total_investment"]
    net = f"({letter['revenue']}{{r}}-{letter['cost']}{{r}})/{letter['service']}{{r}}"
    formulas = {
        "check": f'IF({total}{{r}}="",0,ROUND({total}{{r}}-SUM({first}{{r}}:{last}{{r}}),{PLACES}))',
        "cover": f"IF(COUNT({letter['revenue']}{{r}}:{letter['service']}{{r}})=3,{net},{letter['cover_ratio']}{{r}})",
    }
    summed = {"total_investment", *PAYING, "applied", "bond_as_capital", "interest"}
    return (
        Cell("name", view.say("document_bonds_name")),
        *heads(view, "region"),
        *(
            Cell(key, view.say(f"document_bonds_{key}"), kind, formulas.get(key, ""), "sum" if key in summed else "")
            for key, kind in kinds.items()
        ),
    )
