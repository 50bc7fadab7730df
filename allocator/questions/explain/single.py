"""The explanation of one project."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import pandas as pd

from allocator.messages import Message
from allocator.messages.errors import Interrupted, NoPlanInTime
from allocator.messages.watch import Watch
from allocator.options.screening.near_miss import nearest
from allocator.questions.explain.answers import Counterfactual, Explanation
from allocator.questions.explain.counterfactual import awards, compare, placed, units
from allocator.questions.explain.reason import Reasons
from allocator.questions.explain.threshold import Thresholds
from allocator.questions.session import Session
from allocator.report.chapters.goal import money_of_goal

Found = TypeVar("Found")
OPEN = ("limit_cap", "source_exhausted", "indifferent", "gap_unresolved", "outranked", "not_examined")
"""Reasons that money, a better ratio or another rule can change."""


def explained(opened: Session, project: str, watch: Watch, language: str) -> Explanation:
    """Why one project is in or out, and what it would take to change that."""
    p = opened.ids.index(project)
    row = opened.case.inputs.projects.iloc[p]
    got = awards(opened.base).get(p, (Fraction(0), None))
    common: dict[str, Any] = {
        "run_id": opened.run.run_id,
        "project_id": project,
        **{name: str(row[name]) for name in ("project_name", "region", "category")},
        "award": units(opened, got[0]),
        "language": language,
        "config": opened.case.loaded.config,
        "money": opened.case.money.name,
        "in_money": money_of_goal(opened.run) is not None,
        "minimises": opened.case.loaded.config.minimise is not None,
    }
    if p in opened.base.funded:
        return _winner(opened, p, watch, common)
    reason = known(watch, lambda: Reasons(opened, watch, language).of(p))
    if reason is None:
        raise Interrupted([Message("cli.nothing_known")])
    forced: Counterfactual | None = None
    if reason.code != "not_eligible":
        forced = known(watch, lambda: compare(opened, p, watch, inside=True)[0])
    taken = known(watch, Thresholds(opened, watch, p).all) if reason.code in OPEN else ()
    facts = list(_screened(opened, project)) if reason.code == "not_eligible" else []
    if taken is None or (forced is None and reason.code != "not_eligible"):
        facts.append(Message("explain.stopped"))
    return Explanation(
        **common,
        funded=False,
        standing="",
        reason=reason,
        counterfactual=forced,
        thresholds=taken or (),
        facts=tuple(facts),
    )


def known(watch: Watch, step: Callable[[], Found]) -> Found | None:
    """What a step finds; None where the user stopped before it ended."""
    if watch.stop.is_set():
        return None
    try:
        found = step()
    except NoPlanInTime:
        if not watch.stop.is_set():
            raise
        return None
    return None if watch.stop.is_set() else found


def _winner(opened: Session, p: int, watch: Watch, common: dict[str, Any]) -> Explanation:
    """What it costs to do without a funded project; a promise cannot be taken back."""
    m, lock = opened.case.measures, opened.case.links.must_fund.get(p)
    if (m.committed & (m.project == p)).any():
        promised = (Message("explain.committed"),)
        return Explanation(
            **common, funded=True, standing="committed", reason=None, counterfactual=None, thresholds=(), facts=promised
        )
    without = known(watch, lambda: compare(opened, p, watch, inside=False)[0])
    if without is None:
        raise Interrupted([Message("cli.nothing_known")])
    essential = lock is not None or without.falls is None
    locked = [] if lock is None else [Message("explain.locked_in", {"place": placed(opened, lock)})]
    standing = "essential" if essential else "funded"
    return Explanation(
        **common,
        funded=True,
        standing=standing,
        reason=None,
        counterfactual=without,
        thresholds=(),
        facts=tuple(locked),
    )


def _screened(opened: Session, project: str) -> list[Message]:
    """The rules that screened a project out, with value and threshold; those of the nearest instrument first."""
    frame = opened.run.tables["screening"]
    rows = frame[frame["project_id"].astype(str) == project].fillna("")
    first = nearest(rows, list(opened.case.loaded.config.instruments))
    rows = pd.concat([first, rows.drop(first.index)])
    return [
        Message("explain.screened", {name: str(row[name]) for name in ("instrument", "rule", "value", "threshold")})
        for _, row in rows.iterrows()
    ]
