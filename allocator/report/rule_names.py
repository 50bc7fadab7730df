"""Rules as reports name them: those of the planner by their own names, those that follow from a key in words."""

from __future__ import annotations

import pandas as pd

from allocator.debt.rules import DEBT
from allocator.implied_rules import CAPITAL
from allocator.report.view import View

STABILITY, PARKS = "stability", "parks."


def rule_name(view: View, name: str, group: str = "") -> str:
    """The name of a rule, with its group in brackets."""
    told = _implied(view, name)
    return f"{told} [{group}]" if group else told


def missed(view: View) -> pd.DataFrame:
    """Soft rules and targets that the plan does not reach."""
    rows = _asked(view)
    return rows[rows["violation"].fillna(0) > 0] if "violation" in rows.columns else rows.head(0)


def at_bound(view: View) -> pd.DataFrame:
    """Rules that bind, which is to be at the bound; those that are missed are told apart."""
    rows = _asked(view)
    return rows[(rows["binding"] == 1) & ~rows.index.isin(missed(view).index)]


def _asked(view: View) -> pd.DataFrame:
    """The rules, without the price of changes: that is paid for every change, not a rule to keep."""
    rows = view.tables["limits"]
    return rows if view.config.stability is None else rows[rows["limit"] != STABILITY]


def _implied(view: View, name: str) -> str:
    """A rule that a key makes, in words; any other name as it is."""
    if name == STABILITY and view.config.stability is not None:
        return view.say("rule_stability")
    if name.startswith(PARKS) and view.config.parks is not None:
        return view.say("rule_parks", resource=name.removeprefix(PARKS))
    if name.endswith(CAPITAL):
        source = name.removesuffix(CAPITAL)
        return view.say("rule_capital", source=view.source_names.get(source, source))
    if not name.startswith(DEBT):
        return name
    if name == f"{DEBT}service of all":
        return view.say("rule_debt_service_of_all")
    kind, _, which = name.removeprefix(DEBT).partition(" ")
    return view.say(f"rule_debt_{kind}", which=which)
