"""Who gets what, who gets nothing and why."""

from __future__ import annotations

import pandas as pd

from allocator.options.screening.near_miss import nearest
from allocator.report.names import RULE
from allocator.report.view import INVESTMENTS, Column, Table, View


def project_names(view: View, rows: pd.DataFrame) -> pd.Series:
    """The name of the project of every row."""
    return rows["project_id"].map(view.tables["projects"].set_index("project_id")["project_name"]).fillna("")


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
    """Rows of candidates with the reason and its detail in words; of who is not eligible, the rules that were nearest."""
    told = [view.reason_text(code, text) for code, text in zip(rows["reason_code"], rows["reason"], strict=True)]
    out = rows.loc[rows["reason_code"] == "not_eligible", "project_id"]
    kept_out = rows["project_id"].map(_screened(view, out)) if len(out) else pd.Series("", rows.index)
    detail = kept_out.where(kept_out.notna() & (kept_out != ""), told)
    return rows.assign(detail=detail, reason=reason_names(view, rows["reason_code"]))


def _screened(view: View, projects: pd.Series) -> dict[str, str]:
    """What kept each of these projects out of the instrument it came nearest to, in words."""
    screening = view.tables["screening"]
    rows = nearest(screening[screening["project_id"].isin(projects)], list(view.config.instruments))
    names = view.name_instruments(rows["instrument"])
    words = [
        view.say("screened_rule", **dict(zip(RULE, view.names.screened(*cells), strict=True)))
        for cells in rows[list(RULE)].fillna("").itertuples(index=False, name=None)
    ]
    told: dict[str, list[str]] = {}
    for project, name, text in zip(rows["project_id"], names, words, strict=True):
        told.setdefault(project, [view.say("screened", instrument=name)]).append(text)
    return {project: first + view.say("joiner").join(rest) for project, (first, *rest) in told.items()}


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
    rows["project_name"] = project_names(view, rows)
    rows["option"] = rows["option"].map({option: view.names.option(str(option)) for option in rows["option"].unique()})
    columns = (
        *view.columns("project_id", "project_name", "option", "source"),
        *view.columns("year", kind="year"),
        *view.columns("amount", kind="money"),
    )
    return view.table("payments", columns, rows, on_page=False)


def screening(view: View) -> Table:
    """Which rule kept which project from which instrument."""
    rows = view.tables["screening"].copy()
    rows["instrument"] = view.name_instruments(rows["instrument"])
    rows["project_name"] = project_names(view, rows)
    cells = list(rows[list(RULE)].fillna("").itertuples(index=False, name=None))
    told = {each: view.names.screened(*each) for each in set(cells)}
    for place, name in enumerate(RULE):
        rows[name] = [told[each][place] for each in cells]
    columns = view.columns("project_id", "project_name", "instrument", *RULE)
    return view.table("screening", columns, rows, on_page=False)
