"""Where the money of every source and year went: balances, what is left over and why, and the flow to the regions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from allocator.config.rules.debt_rules import DEBT
from allocator.config.rules.implied_rules import CAPITAL
from allocator.report.amounts import amount
from allocator.report.charts import bars
from allocator.report.view import Chart, Column, Table, View
from allocator.tables.conditions import normal

MOST_NODES = 16
"""Regions, categories or instruments drawn by name in the flow; smaller ones are put together."""
OTHERS = "\0"
STILL_OPEN = ("public_share", "tail", "closing")
"""Rules of screening that cut an award or take some of its years, and leave the instrument open."""
MOST_RULES = 5
"""Rules named as the cause of what lapses."""


def sources(view: View) -> Table | None:
    """Where each source's money of each year went."""
    rows = view.once(balances)
    columns = (
        *view.columns("source"),
        *view.columns("year", kind="year"),
        *view.columns("budget", "carried_in", "amount", "carry", "lapse", kind="money"),
    )
    return view.table("sources", columns, rows, bar="amount") if len(rows) else None


def balances(view: View) -> pd.DataFrame:
    """Source (its key in `key`), year and the five amounts; later years have no budget."""
    paid = view.tables["payments"].groupby(["source", "year"])["amount"].sum()
    totals = view.tables["totals"]
    flows = totals[totals["measure"].isin(["opening", "carry", "lapse"]) & (totals["dimension"] == "source")]
    flow = flows.groupby(["key", "year", "measure"])["value"].sum()
    nan, rows = float("nan"), []
    for key in view.config.sources:
        carried = float(flow.get((key, str(view.config.years[0]), "opening"), 0.0))
        for year in sorted({*view.config.years, *(int(y) for s, y in paid.index if s == key)}):
            planned = year in view.config.years
            carry = float(flow.get((key, str(year), "carry"), 0.0))
            row = {"key": key, "source": view.source_names[key], "year": year}
            row["budget"] = float(view.config.budget(key, year)) if planned else nan
            row["carried_in"] = carried if planned else nan
            row["amount"] = float(paid.get((key, year), 0.0))
            row["carry"] = carry if planned else nan
            row["lapse"] = float(flow.get((key, str(year), "lapse"), 0.0)) if planned else nan
            rows.append(row)
            carried = carry
    names = ["key", "source", "year", "budget", "carried_in", "amount", "carry", "lapse"]
    return pd.DataFrame(rows, columns=names)


def spending_by_year(view: View) -> Chart | None:
    """What each source pays in each year, against its budget."""
    rows = view.once(balances)
    if not len(rows):
        return None
    years = sorted(rows["year"].unique())
    paid = rows.pivot_table(index="year", columns="key", values="amount", aggfunc="sum").reindex(years).fillna(0.0)
    budget = rows.groupby("year")["budget"].sum(min_count=1).reindex(years)
    series = {view.say("paid_by", source=view.source_names[key]): paid[key].tolist() for key in paid.columns}
    line = {view.say("column_budget"): budget.tolist()}
    text = view.say(
        "chart_spending_text",
        paid=amount(float(rows["amount"].sum()), view.run.money, view.language),
        budget=amount(float(budget.sum()), view.run.money, view.language),
    )
    option = bars(view, [str(year) for year in years], series, lines=line, stacked=True)
    return Chart("spending", view.say("chart_spending"), option, text, 340)


def leftover(view: View) -> Table | None:
    """Every amount that lapses, with what can be told about its cause."""
    rows = view.once(balances)
    rows = rows[rows["lapse"] > 0].copy()
    if not len(rows):
        return None
    last = view.config.years[-1]
    rows["cause"] = [
        view.say("joiner").join(causes(view, str(key), int(year), float(carried), last=year == last))
        for key, year, carried in zip(rows["key"], rows["year"], rows["carry"], strict=True)
    ]
    columns = (
        *view.columns("source"),
        *view.columns("year", kind="year"),
        *view.columns("lapse", kind="money"),
        *view.columns("cause"),
    )
    return view.table("leftover", columns, rows)


def causes(view: View, source: str, year: int, carried: float, *, last: bool) -> list[str]:
    """Why money of a source is not spent in a year, by the prices of the relaxation; then why it is not kept."""
    told, pot = unspent(view, source, year), view.config.sources[source]
    if source in view.run.manifest.get("spare", ()):
        told.append(view.say("cause_spare"))
    if last:
        told.append(view.say("cause_last_year", year=year))
    elif pot.carryover is None:
        told.append(view.say("cause_no_carry"))
    elif carried > 0:
        told.append(view.say("cause_carry_cap", share=f"{float(pot.carryover.max_share) * 100:g}%"))
    return told


def unspent(view: View, source: str, year: int) -> list[str]:
    """What keeps money of a source from being spent, as far as that is known."""
    if view.config.minimise is not None:
        return [view.say("cause_minimised")]
    without, pot, priced = view.tables["projects"], view.config.sources[source], view.run.manifest.get("priced")
    without = without[(without["funded"] == 0) & (without["reason_code"] != "not_eligible")]
    if pot.pays:
        kept_out = view.tables["screening"]
        kept_out = kept_out[~kept_out["rule"].isin(STILL_OPEN)]
        out = set(zip(*(kept_out[c].astype(str) for c in ("project_id", "instrument")), strict=True))
        without = without[[any((p, i) not in out for i in pot.pays) for p in without["project_id"].astype(str)]]
    told = [view.say("cause_all_funded")] if without.empty else []
    if not priced:
        return told or [view.say("cause_unknown")]
    if [source, str(year)] in priced["money"]:
        return [*told, view.say("cause_remainder")]
    rows = view.tables["limits"].drop_duplicates(["limit", "group"])
    names = [
        view.names.rule(str(row["limit"]), row["group"] or "")
        for _, row in rows.iterrows()
        if [row["limit"], row["group"] or ""] in priced["rules"] and concerns(view, row, source)
    ]
    if names:
        return [*told, view.say("cause_rules", rules=names[:MOST_RULES])]
    return told or [view.say("cause_nothing")]


def concerns(view: View, row: pd.Series, source: str) -> bool:
    """Whether a rule with a price can hold back money of a source: some project that it may pay is in its group."""
    name, pot = str(row["limit"]), view.config.sources[source]
    if (name.startswith(DEBT) and pot.bond is None) or (name.endswith(CAPITAL) and name != f"{source}{CAPITAL}"):
        return False
    rule = next((rule for rule in view.config.limits if rule.name == name), None)
    if rule is None:
        return True
    if rule.source and source not in ([rule.source] if isinstance(rule.source, str) else rule.source):
        return False
    each = [rule.each] if isinstance(rule.each, str) else list(rule.each or ())
    labels = str(row["group"]).split(" / ")
    projects = view.inputs.projects
    tables = view.tables["projects"]
    if not pot.pays or "instrument" not in tables.columns or len(labels) != len(each):
        return True
    payable = projects[projects["project_id"].isin(tables.loc[tables["instrument"].isin(pot.pays), "project_id"])]
    for attribute, label in zip(each, labels, strict=True):
        if attribute in payable.columns:
            payable = payable[payable[attribute].map(normal) == label]
    return len(payable) > 0


def flow(view: View) -> Chart | None:
    """The way of the money: source → instrument → category → region."""
    paid = long_awards(view)
    if paid.empty:
        return None
    layers = ("source", "instrument", "category", "region")
    for layer in layers[1:]:
        greatest = paid.groupby(layer)["paid"].sum().sort_values(ascending=False, kind="stable").index
        if len(greatest) > MOST_NODES:
            paid[layer] = paid[layer].where(paid[layer].isin(greatest[: MOST_NODES - 1]), OTHERS)
    nodes = [node for depth, layer in enumerate(layers) for node in nodes_of(view, paid, depth, layer)]
    links = [
        link for depth in range(len(layers) - 1) for link in links_of(view, paid, depth, *layers[depth : depth + 2])
    ]
    series = {
        "type": "sankey",
        "left": 4, "right": 160, "top": 8, "bottom": 8, "nodeWidth": 14, "nodeGap": 15, "layoutIterations": 48,
        "emphasis": {"focus": "adjacency"},
        "lineStyle": {"color": "source", "opacity": 0.35, "curveness": 0.5},
        "label": {"fontSize": 11, "width": 190, "overflow": "truncate"},
        "data": nodes,
        "links": links,
    }  # fmt: skip
    text = view.say("chart_flow_text", amount=amount(float(paid["paid"].sum()), view.run.money, view.language))
    option = {"tooltip": {"trigger": "item"}, "series": [series]}
    tall = max(paid[layer].nunique() for layer in layers)
    return Chart("flow", view.say("chart_flow"), option, text, max(320, 36 * tall), 900)


def long_awards(view: View) -> pd.DataFrame:
    """The awards by source that pays them: source, instrument, category, region, paid; named."""
    rows = view.tables["awards"]
    keys = [key for key in view.config.sources if key in rows.columns]
    names = {key: view.source_names[key] for key in keys}
    parts = [
        pd.DataFrame({"source": key, "paid": rows[key], **{c: rows[c] for c in ("instrument", "category", "region")}})
        for key in keys
    ]
    frame = pd.concat(parts) if parts else pd.DataFrame(columns=["source", "paid", "instrument", "category", "region"])
    frame = frame[frame["paid"] > 0].reset_index(drop=True)
    return frame.assign(source=frame["source"].map(names), instrument=view.name_instruments(frame["instrument"]))


def named(view: View, value: str) -> str:
    """A node's name; the small ones together have theirs."""
    return view.say("others") if value == OTHERS else value or "–"


def nodes_of(view: View, paid: pd.DataFrame, depth: int, layer: str) -> list[dict[str, Any]]:
    """The nodes of a layer, labelled with name and amount."""
    sums = paid.groupby(layer)["paid"].sum().sort_values(ascending=False, kind="stable")
    told = {value: amount(float(total), view.run.money, view.language) for value, total in sums.items()}
    return [
        {
            "name": f"{depth}|{value}",
            "depth": depth,
            "label": {"formatter": f"{named(view, str(value))} {text}"},
            "tip": f"{named(view, str(value))}: {text}",
            "itemStyle": {"color": f"var:c{number % 8 + 1}"},
        }
        for number, (value, text) in enumerate(told.items())
    ]


def links_of(view: View, paid: pd.DataFrame, depth: int, left: str, right: str) -> list[dict[str, Any]]:
    """The links from a layer to the next."""
    sums = paid.groupby([left, right], as_index=False)["paid"].sum()
    links = []
    for start, end, total in zip(sums[left], sums[right], sums["paid"], strict=True):
        told = amount(float(total), view.run.money, view.language)
        tip = f"{named(view, str(start))} → {named(view, str(end))}: {told}"
        ends = {"source": f"{depth}|{start}", "target": f"{depth + 1}|{end}"}
        links.append({**ends, "value": float(total), "tip": tip})
    return links


def flow_table(view: View) -> Table | None:
    """The same flow in numbers: what each source pays by instrument and category."""
    paid = long_awards(view)
    if paid.empty:
        return None
    wide = paid.pivot_table(
        index=["instrument", "category"], columns="source", values="paid", aggfunc="sum", sort=False
    )
    wide = wide.fillna(0.0).reset_index()
    names = [column for column in wide.columns if column not in {"instrument", "category"}]
    columns = (*view.columns("instrument", "category"), *(Column(name, name, "money") for name in names))
    return view.table("flow", columns, wide)
