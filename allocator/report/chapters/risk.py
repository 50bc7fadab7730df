"""What may turn out otherwise: the goal over all outcomes, in each of them, and what the worst falls would take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.config.rules.risk_rules import BASE
from allocator.report.amounts import grouped, percent
from allocator.report.chapters.goal import kind_of_goal
from allocator.report.view import Figure, Table

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "risk"
MOST_ON_PAGE = 30


def risk_figures(view: View) -> dict[str, Any]:
    """The manifest's figures of risk; empty where there are none."""
    return dict(view.run.manifest.get("risk") or {})


def lines(view: View) -> list[tuple[str, str]]:
    """Each figure of risk with its name, as the summary says it."""
    found = []
    for key, value in risk_figures(view).items():
        name = view.say(f"{AREA}.figure_{key}")
        if isinstance(value, dict) and value["value"] is None:
            found.append((name, view.say(f"{AREA}.mean_unpayable")))
        elif isinstance(value, dict):
            ends = [grouped(float(value[end]), 2) for end in ("value", "least", "most")]
            text = view.say(f"{AREA}.estimate", value=ends[0], least=ends[1], most=ends[2])
            if "outcomes" in value:
                text += view.say(f"{AREA}.from_sample", count=value["outcomes"])
            found.append((name, text))
        elif key in ("alpha", "weight"):
            found.append((name, percent(float(value), 2)))
        elif key in ("outcomes", "gamma"):
            found.append((name, f"{int(value):,}"))
        else:
            found.append((name, grouped(float(value), 2)))
    return found


def figures(view: View) -> Iterable[Figure]:
    """The expected value, and the mean of the worst or the worst loss, at the head of the report."""
    found = risk_figures(view)
    for key in ("expected_value", "worst_mean", "worst_loss"):
        if key in found:
            yield Figure(view.say(f"{AREA}.figure_{key}"), grouped(float(found[key]), 2))


def summed(view: View) -> Table | None:
    """All figures of risk."""
    rows = pd.DataFrame(lines(view), columns=["figure", "text"])
    return None if rows.empty else view.table("risk", view.columns("figure", "text", area=AREA), rows, area=AREA)


def outcomes(view: View) -> Table | None:
    """Every outcome, the worst first; of very many the page shows the worst alone."""
    if "outcomes" not in view.tables:
        return None
    rows = view.tables["outcomes"].sort_values("value", kind="stable")
    rows = rows.assign(outcome=rows["outcome"].replace({BASE: view.say(f"{AREA}.outcome_as_planned")}))
    columns = (
        *view.columns("outcome", area=AREA),
        *view.columns("probability", kind="share", area=AREA),
        *view.columns("value", kind=kind_of_goal(view.run), area=AREA),
        *view.columns("shortage", kind="estimate", area=AREA),
        *view.columns("worst_share", kind="share", area=AREA),
    )
    if not rows["shortage"].any():
        rows = rows.drop(columns="shortage")
    return view.table("outcomes", columns, rows, area=AREA, on_page=len(rows) <= MOST_ON_PAGE)


def falls(view: View) -> Table | None:
    """What each fall would cost, the worst first."""
    if "falls" not in view.tables:
        return None
    rows = view.tables["falls"].copy()
    rows["fallen"] = rows["fallen"].map({1: view.say("word_yes"), 0: ""})
    columns = (
        *view.columns("fall", area=AREA),
        *view.columns("loss", kind=kind_of_goal(view.run), area=AREA),
        *view.columns("fallen", area=AREA),
    )
    return view.table("falls", columns, rows, area=AREA, on_page=len(rows) <= MOST_ON_PAGE)
