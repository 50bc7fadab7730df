"""Who gets what, who gets nothing and why."""

from __future__ import annotations

import pandas as pd

from allocator.report.view import INVESTMENTS, Column, Table, View


def awards(view: View) -> Table:
    """Who gets what."""
    rows = view.tables["awards"].copy()
    rows["instrument"] = view.name_instruments(rows["instrument"])
    paid_by = [key for key in view.config.sources if key in rows.columns]
    if "committed" in rows.columns:
        rows["committed"] = rows["committed"].map({1: view.say("word_yes"), 0: ""}).fillna("")
        if not rows["committed"].any():
            rows = rows.drop(columns="committed")
    columns = (
        *view.columns("project_id", "project_name", "region", "category", "instrument"),
        *view.columns("start_year", kind="year"),
        *view.columns("award", kind="money"),
        *(
            Column(key, view.say("paid_by", source=view.source_names[key]), "money")
            for key in paid_by
            if len(paid_by) > 1
        ),
        *view.columns(*INVESTMENTS, "upgrading", kind="estimate"),
        *view.columns("committed"),
    )
    return view.table("awards", columns, rows)


def reason_names(view: View, codes: pd.Series) -> pd.Series:
    """Reason codes in words."""
    names = {code: view.say(f"reason_{code}") if code else "" for code in codes.unique()}
    return codes.map(names)


def reasons(view: View) -> Table:
    """Why the other candidates are not in the plan, by kind of reason."""
    rows = view.tables["projects"]
    counts = rows.loc[rows["funded"] == 0, "reason_code"].value_counts()
    frame = counts.rename_axis("reason").reset_index(name="candidates")
    frame["reason"] = reason_names(view, frame["reason"])
    return view.table("reasons", (*view.columns("reason"), *view.columns("candidates", kind="count")), frame)


def losers(view: View) -> Table:
    """Every candidate that gets nothing, with its reason and the best it could have had."""
    rows = view.tables["projects"]
    rows = explained(view, rows[rows["funded"] == 0].copy())
    if "instrument" in rows.columns:
        rows["instrument"] = view.name_instruments(rows["instrument"]).where(rows["instrument"] != "", "")
    columns = (
        *view.columns("project_id", "project_name", "region", "category", "reason", "detail", "instrument"),
        *view.columns("award", kind="money"),
        *view.columns("leveraged_investment", "upgrading", kind="estimate"),
    )
    return view.table("losers", columns, rows)


def explained(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of candidates with the reason and its detail in words."""
    detail = [view.retold(code, text) for code, text in zip(rows["reason_code"], rows["reason"], strict=True)]
    return rows.assign(detail=detail, reason=reason_names(view, rows["reason_code"]))


def candidates(view: View) -> Table:
    """Every candidate with what became of it."""
    rows = view.tables["projects"].copy()
    rows["decision"] = rows["funded"].map({1: view.say("word_yes"), 0: view.say("word_no")})
    rows = explained(view, rows)
    columns = (
        *view.columns("project_id", "project_name", "region", "category", "decision", "reason", "detail"),
        *view.columns("award", kind="money"),
        *view.columns(*INVESTMENTS, "upgrading", kind="estimate"),
    )
    return view.table("candidates", columns, rows, on_page=False)


def payments(view: View) -> Table:
    """Who pays which project how much in which year."""
    rows = view.tables["payments"].copy()
    rows["source"] = rows["source"].map(view.source_names).fillna(rows["source"])
    columns = (
        *view.columns("project_id", "option", "source"),
        *view.columns("year", kind="year"),
        *view.columns("amount", kind="money"),
    )
    return view.table("payments", columns, rows, on_page=False)


def screening(view: View) -> Table:
    """Which rule kept which project from which instrument."""
    rows = view.tables["screening"].copy()
    rows["instrument"] = view.name_instruments(rows["instrument"])
    columns = view.columns("project_id", "instrument", "rule", "value", "threshold")
    return view.table("screening", columns, rows, on_page=False)
