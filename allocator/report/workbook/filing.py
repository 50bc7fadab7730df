"""The forms a finance bureau files with a plan: allocation schedule, summary by place, those left out, public notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.money.arrays import is_nan
from allocator.report.chapters.projects import explained
from allocator.report.workbook.documents import FIRST, Cell, Document

if TYPE_CHECKING:
    from allocator.report.view import View

MOST_WORK = 20_000_000
"""Comparisons that the live sums of a summary may take when the workbook is opened."""


PLACES = 6
"""Decimals of amounts that are differences; finer ones are noise of floats."""


def facts(view: View, ids: pd.Series, *names: str) -> pd.DataFrame:
    """Columns of the project table for each of ``ids``; blank where the table has none, amounts in the config's unit."""
    from allocator.tables.files.columns import money_columns

    projects = view.inputs.projects.set_index("project_id")
    is_money = set(money_columns("projects"))
    found = {}
    for name in names:
        if name not in projects.columns:
            found[name] = pd.Series([None] * len(ids), dtype=object)
            continue
        values = projects[name].reindex(ids).reset_index(drop=True)
        found[name] = pd.Series(view.run.money.floats(values.to_numpy(float))) if name in is_money else values
    return pd.DataFrame(found)


def schedule(view: View) -> Document:
    """资金安排表: who gets how much for what, with what is paid in each year."""
    awards = view.tables["awards"]
    known = facts(view, awards["project_id"], "county", "entity_name", "total_investment", "other_public")
    rows = pd.DataFrame({"number": range(1, len(awards) + 1), "region": awards["region"].to_numpy()})
    rows["county"], rows["entity"] = texts(known["county"]), texts(known["entity_name"])
    rows["name"] = awards["project_name"].to_numpy()
    rows["instrument"] = view.name_instruments(awards["instrument"]).to_numpy()
    rows["total"], rows["issued"] = floats(known["total_investment"]), floats(known["other_public"])
    rows["award"] = awards["award"].to_numpy()
    years = paid_by_year(view, awards)
    committed = (
        awards["committed"].to_numpy() == 1 if "committed" in awards.columns else np.zeros(len(awards), dtype=bool)
    )
    rows["before"] = np.where(committed, (rows["award"] - years.sum(axis=1)).round(PLACES), 0.0)
    rows = pd.concat([rows, years], axis=1)
    note = view.say("document_note_committed")
    rows["note"] = np.where(committed, note, "")
    paid = tuple(Cell(str(key), view.say("document_paid_in", year=key), "money", total="sum") for key in years.columns)
    cells = (
        *heads(view, ("number", "index"), "region", "county", "entity", "name", "instrument"),
        Cell("total", view.say("document_total_investment"), "money", total="sum"),
        Cell("issued", view.say("document_issued"), "money", total="sum"),
        Cell("award", view.say("document_award"), "money", total="sum"),
        *((Cell("before", view.say("document_paid_before"), "money", total="sum"),) if rows["before"].any() else ()),
        *paid,
        Cell("note", view.say("document_note")),
    )
    rows.columns = [str(key) for key in rows.columns]
    return Document("schedule", view.say("document_schedule"), cells, rows)


def heads(view: View, *keys: str | tuple[str, str]) -> tuple[Cell, ...]:
    """Columns of forms titled from the catalogue."""
    pairs = [(key, "text") if isinstance(key, str) else key for key in keys]
    return tuple(Cell(key, view.say(f"document_{key}"), kind) for key, kind in pairs)


def texts(values: pd.Series) -> list[str]:
    """A column as text, blanks empty."""
    return ["" if value is None or is_nan(value) else str(value) for value in values]


def floats(values: pd.Series) -> np.ndarray:
    """A column as numbers, blanks NaN."""
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)


def paid_by_year(view: View, awards: pd.DataFrame) -> pd.DataFrame:
    """What is paid for each award in each year of payment."""
    paid = (
        view.tables["payments"]
        .astype({"amount": float})
        .pivot_table(index=["project_id", "option"], columns="year", values="amount", aggfunc="sum", fill_value=0.0)
    )
    keys = pd.MultiIndex.from_frame(awards[["project_id", "option"]])
    return paid.reindex(keys, fill_value=0.0).reset_index(drop=True)


def places(view: View, listed: Document) -> Document:
    """分市县汇总表: the schedule summed by region and county, live."""
    candidates = view.tables["projects"]
    every = pd.DataFrame({"region": candidates["region"].to_numpy()})
    every["county"] = texts(facts(view, candidates["project_id"], "county")["county"])
    everything = float(listed.rows["award"].sum())
    rows = []
    for region in sorted(set(every["region"]) | set(listed.rows["region"])):
        own, mine = every[every["region"] == region], listed.rows[listed.rows["region"] == region]
        rows.append(line(region, "", own, mine, everything, strong=True))
        counties = sorted(set(own["county"]) | set(mine["county"]))
        if counties != [""]:
            for county in counties:
                there, gets = own[own["county"] == county], mine[mine["county"] == county]
                rows.append(line(region, county or "–", there, gets, everything, strong=False))
    frame = pd.DataFrame(rows)
    live = 0 < len(frame) * len(listed.rows) <= MOST_WORK
    region, county, award = (listed.span(key) for key in ("region", "county", "award"))
    here = f'(((B{{r}}="")+EXACT({county},IF(B{{r}}="–","",B{{r}})))>0)'
    total = FIRST + len(frame)
    cells = (
        *heads(view, "region", "county", ("candidates", "count")),
        Cell("funded", view.say("document_awards"), "count", f"SUMPRODUCT(EXACT({region},A{{r}})*{here})" if live else ""),
        Cell(
            "award", view.say("document_award"), "money",
            f"SUMPRODUCT(EXACT({region},A{{r}})*{here}*{award})" if live else "", f"SUM({award})" if len(listed.rows) else "",
        ),
        Cell("share", view.say("document_share"), "share", f"E{{r}}/E${total}" if live and everything else ""),
    )  # fmt: skip
    notes = (view.say("document_places_note"), *((view.say("document_places_live"),) if live else ()))
    name = view.say("document_places")
    return Document(
        "places", name, cells, frame, notes=notes, totals={"award": everything}, strong="strong", upright=True
    )


def line(
    region: str, county: str, own: pd.DataFrame, mine: pd.DataFrame, everything: float, *, strong: bool
) -> dict[str, object]:
    """One line of the summary."""
    award = float(mine["award"].sum())
    share = award / everything if everything else float("nan")
    found: dict[str, object] = {"region": region, "county": county, "candidates": len(own), "funded": len(mine)}
    return found | {"award": award, "share": share, "strong": strong}


def left_out(view: View) -> Document:
    """未安排项目说明表: every candidate without support, what it asked for, and why it has none."""
    projects = view.tables["projects"]
    rows = explained(view, projects[projects["funded"] == 0].reset_index(drop=True))
    known = facts(view, rows["project_id"], "county", "entity_name", "total_investment", "requested_amount")
    frame = pd.DataFrame(
        {"number": range(1, len(rows) + 1), "region": rows["region"], "county": texts(known["county"])}
    )
    frame["entity"], frame["name"], frame["category"] = (
        texts(known["entity_name"]),
        rows["project_name"],
        rows["category"],
    )
    frame["total"], frame["asked"] = floats(known["total_investment"]), floats(known["requested_amount"])
    frame["reason"], frame["detail"] = rows["reason"], rows["detail"]
    cells = (
        *heads(view, ("number", "index"), "region", "county", "entity", "name", "category"),
        Cell("total", view.say("document_total_investment"), "money", total="sum"),
        Cell("asked", view.say("document_asked"), "money", total="sum"),
        *heads(view, "reason"),
        Cell("detail", view.say("document_detail"), widest=60),
    )
    return Document("left_out", view.say("document_left_out"), cells, frame)


def notice(view: View, listed: Document) -> Document:
    """公示稿: the list as it is published, with the text around it."""
    rows = listed.rows[["number", "region", "entity", "name", "instrument", "award"]]
    cells = (
        *heads(view, ("number", "index"), "region", "entity", "name", "instrument"),
        Cell("award", view.say("document_award"), "money", total="sum"),
    )
    title = str(view.run.manifest["title"]) or view.say("untitled")
    lead = view.say("document_notice_lead", title=title, count=f"{rows['number'].size:,}", unit=view.unit)
    notes = tuple(view.say(f"document_notice_{key}") for key in ("period", "contact", "sign"))
    return Document("notice", view.say("document_notice"), cells, rows, lead=lead, notes=notes, upright=True)
