"""The debt behind the plan's bonds: by region, year by year until the last repayment, and the cover of every project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from allocator.report.amounts import amount
from allocator.report.charts import bars
from allocator.report.view import Chart, Table

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "debt"
COVERS = ("cover_100", "cover_70", "cover_50")
CAPS = ("service_cap", "service_headroom")
"""Columns that are there where `debt.service` caps what falls due in a year."""
SHORTFALLS = ("shortfall", "shortfall_pv")
"""Columns that are there where bonds count their shortfall by year."""
MOST_ON_PAGE = 60


def whole(view: View) -> pd.DataFrame:
    """The years of all regions together; empty where no bonds are issued."""
    rows = view.tables.get("debt", pd.DataFrame(columns=["region"]))
    rows = rows[rows["region"] == ""]
    return rows if len(rows) and rows["issue"].any() else rows.iloc[:0]


def most(years: pd.DataFrame) -> pd.Series:
    """The first year in which most falls due."""
    return years.sort_values(["service", "year"], ascending=[False, True]).iloc[0]


def lines(view: View) -> list[tuple[str, str]]:
    """What the summary says of the debt: issue, the heaviest year, and cover at full and at stressed revenue."""
    rows = view.once(whole)
    if rows.empty:
        return []
    heaviest = most(rows)
    told = {name: amount(float(value), view.run.money, view.language) for name, value in (
        ("issue", rows["issue"].sum()), ("service", heaviest["service"]),
    )}  # fmt: skip
    cover = view.tables["cover"].iloc[0]
    shares = {name: f"{float(cover[name]):.2f}" for name in COVERS}
    said = view.say(f"{AREA}.summary_text", year=int(heaviest["year"]), **told, **shares)
    return [(view.say(f"{AREA}.summary"), said), *beyond_room(view), *room_left(view), *missing(view)]


def missing(view: View) -> list[tuple[str, str]]:
    """What stressed revenue leaves unpaid in all years, and its present value."""
    rows = view.once(whole)
    if "shortfall" not in rows.columns:
        return []
    label, money, language = view.say(f"{AREA}.summary_shortfall"), view.run.money, view.language
    some = rows[rows["shortfall"].astype(float) > 0]
    if some.empty:
        return [(label, view.say(f"{AREA}.summary_no_shortfall"))]
    told = {"first": int(some["year"].min()), "last": int(some["year"].max()), "base": view.config.years[0]}
    sums = {name: amount(float(some[name].astype(float).sum()), money, language) for name in SHORTFALLS}
    return [(label, view.say(f"{AREA}.summary_shortfall_text", **told, **sums))]


def beyond_room(view: View) -> list[tuple[str, str]]:
    """Regions that issue more than their room under the debt limit, where that is ignored."""
    rows = view.tables["debt"]
    rows = rows[(rows["region"] != "") & rows["room"].notna()].astype({"room": float, "issue": float})
    sums = rows.groupby("region", sort=False).agg({"issue": "sum", "room": "first"})
    sums = sums[sums["issue"] > sums["room"]]
    if sums.empty:
        return []
    worst = sums.iloc[int((sums["issue"] - sums["room"]).to_numpy().argmax())]
    told = {name: amount(float(worst[name]), view.run.money, view.language) for name in ("issue", "room")}
    text = view.say(f"{AREA}.summary_beyond_text", count=len(sums), region=worst.name, **told)
    return [(view.say(f"{AREA}.summary_beyond"), text)]


def room_left(view: View) -> list[tuple[str, str]]:
    """Where the caps on what falls due in a year leave least room, as a share of the cap."""
    rows = view.tables["debt"]
    if "service_cap" not in rows.columns or not rows["service_cap"].notna().any():
        return []
    capped = rows[rows["service_cap"].notna()].astype({"service_cap": float, "service_headroom": float})
    used = 1 - capped["service_headroom"] / capped["service_cap"].where(capped["service_cap"] > 0)
    tight = capped.iloc[int(used.fillna(1.0).to_numpy().argmax())]
    told = {name: amount(float(tight[name]), view.run.money, view.language) for name in ("service", *CAPS)}
    region = tight["region"] or view.say(f"{AREA}.all_regions")
    text = view.say(f"{AREA}.summary_service_text", region=region, year=int(tight["year"]), **told)
    return [(view.say(f"{AREA}.summary_service"), text)]


def by_region(view: View) -> Table | None:
    """Every region: what is issued, its room and what is left of it, and the year in which most falls due."""
    if view.once(whole).empty:
        return None
    found = view.tables["debt"][view.tables["debt"]["region"] != ""]
    rows = []
    for region, years in found.groupby("region", sort=False):
        heaviest = most(years)
        rows.append(
            [region, years["issue"].sum(), years["room"].iloc[-1], years["headroom"].iloc[-1],
             heaviest["service"], heaviest["year"] if heaviest["service"] else None,
             *(heaviest[name] for name in CAPS if name in years.columns),
             *(years[name].astype(float).sum() for name in SHORTFALLS if name in years.columns)]
        )  # fmt: skip
    extra = [name for name in (*CAPS, *SHORTFALLS) if name in found.columns]
    names = ["region", "issue", "room", "headroom", "most_service", "most_year", *extra]
    frame = pd.DataFrame(rows, columns=names).dropna(axis="columns", how="all")
    columns = (
        *view.columns("region", area=AREA),
        *view.columns("issue", "room", "headroom", "most_service", kind="money", area=AREA),
        *view.columns("most_year", kind="year", area=AREA),
        *view.columns(*extra, kind="money", area=AREA),
    )
    return view.table("debt_regions", columns, frame, area=AREA)


def service(view: View) -> Table | None:
    """Interest, repayment and balance of all bonds in every year."""
    rows = view.once(whole)
    if rows.empty:
        return None
    columns = (
        *view.columns("year", kind="year", area=AREA),
        *view.columns("issue", "interest", "repaid", "service", "balance", kind="money", area=AREA),
        *view.columns(*(name for name in (*CAPS, *SHORTFALLS) if name in rows.columns), kind="money", area=AREA),
    )
    return view.table("debt", columns, rows.dropna(axis="columns", how="all"), area=AREA)


def service_chart(view: View) -> Chart | None:
    """What falls due in each year."""
    rows = view.once(whole)
    if rows.empty:
        return None
    series = {view.say(f"{AREA}.column_{name}"): rows[name].tolist() for name in ("interest", "repaid")}
    total = amount(float(rows["service"].sum()), view.run.money, view.language)
    text = view.say(
        f"{AREA}.chart_service_text", total=total, first=int(rows["year"].min()), last=int(rows["year"].max())
    )
    option = bars(view, [str(int(year)) for year in rows["year"]], series, stacked=True)
    return Chart("debt_service", view.say(f"{AREA}.chart_service"), option, text, 340)


def cover(view: View) -> Table | None:
    """Cover at the whole, at 70 % and at 50 % of the revenue: all bonds together, then the weakest projects first."""
    if view.once(whole).empty:
        return None
    found = view.tables["cover"]
    rows = pd.concat([found[found["project_id"] == ""], found[found["project_id"] != ""].sort_values("cover_100")])
    names = view.tables["projects"].set_index("project_id")["project_name"].to_dict()
    rows = rows.assign(project_name=rows["project_id"].map({**names, "": view.say(f"{AREA}.all_bonds")}))
    other = ("other_debt",) if "other_debt" in found.columns else ()
    columns = (
        *view.columns("project_id", "project_name", area=AREA),
        *view.columns("award", "service", *other, "revenue", "cost", kind="money", area=AREA),
        *view.columns(*COVERS, kind="number", area=AREA),
    )
    return view.table("cover", columns, rows, area=AREA, on_page=len(rows) <= MOST_ON_PAGE)
