"""What a run found, on one screen of a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from allocator.report.amounts import amount, grouped, padded, percent, width
from allocator.report.cells import with_unit
from allocator.report.chapters import debt, flags, risk, sensitivity
from allocator.report.chapters.flows import balances
from allocator.report.chapters.goal import aim
from allocator.report.chapters.groups import by_category
from allocator.report.chapters.rule_names import at_bound, missed
from allocator.report.headline import (
    bound_by,
    certified,
    funded,
    leverage,
    nothing,
    sense_of,
    share_of_region,
    status,
    total,
)
from allocator.report.view import INVESTMENTS, View

if TYPE_CHECKING:
    import pandas as pd

    from allocator.runs.folder import StoredRun

MOST_SOURCES = 5
MOST_LIMITS = 4
MOST_MISSED = 2
MOST_CATEGORIES = 4
MOST_RISK = 4


def text(run: StoredRun, language: str | None = None) -> str:
    """The summary in ``language``, the config's when left out; at most 24 lines."""
    view = View(run, language or run.language)
    lines = [str(run.manifest["title"]) or view.say("untitled"), status(run, view.language)]
    lines += [*filter(None, [sensitivity.about(view)]), ""]
    pairs = [
        goal(view),
        (view.say(f"summary_aim{sense_of(view.run)}"), aim(view)),
        *money(view),
        *effect(view),
        *categories(view),
        *debt.lines(view),
        *flags.lines(view),
        *risk.lines(view)[-MOST_RISK:],
        *binding(view),
        *notes(view),
    ]
    column = max(width(label) for label, _ in pairs) + 2
    lines += [padded(label, column) + line for label, line in pairs]
    return "\n".join(lines)


def goal(view: View) -> tuple[str, str]:
    """The goal value, its bound and what claims it."""
    objective, bound = (grouped(float(view.run.manifest[key]), 2) for key in ("objective", "bound"))
    sense = sense_of(view.run)
    told = view.say(f"summary_goal_text{sense}", objective=objective, bound=bound)
    if "bound_by" in view.run.manifest:
        told = view.say("summary_claimed", told=told, by=bound_by(view))
    if (proof := certified(view)) and view.run.manifest["bound_by"] != "certificate":
        told = view.say("summary_certified", told=told, proof=proof)
    return view.say(f"summary_goal{sense}"), told


def money(view: View) -> list[tuple[str, str]]:
    """What becomes of every source's budget."""
    rows = view.once(balances)
    lines = []
    for _, flows in rows.groupby("source", sort=False):
        planned = flows[flows["budget"].notna()]
        values = {
            "budget": flows["budget"].sum(),
            "paid": planned["amount"].sum(),
            "carry": planned["carry"].iloc[-1],
            "lapse": flows["lapse"].sum(),
        }
        told = {key: amount(float(value), view.run.money, view.language) for key, value in values.items()}
        lines.append(view.say("summary_source", source=flows["source"].iloc[0], **told))
    later = rows.loc[rows["budget"].isna(), "amount"].sum()
    if later:
        due = amount(float(later), view.run.money, view.language)
        lines.append(view.say("summary_later", amount=due, year=view.config.years[-1]))
    return labelled(view.say("summary_money"), shortened(view, lines, MOST_SOURCES))


def effect(view: View) -> list[tuple[str, str]]:
    """How many projects, and the three leverages."""
    unit, language, award = view.run.money, view.language, total(view, "award")
    line = view.say(
        "summary_projects_text",
        funded=f"{funded(view):,}",
        candidates=f"{len(view.tables['projects']):,}",
        award=amount(award, unit, language),
    )
    lines = [(view.say("summary_projects"), line)]
    for column in INVESTMENTS:
        value, (share, new) = total(view, column), leverage(view, column)
        told = view.say(f"summary_times{new}", amount=amount(value, unit, language), times=share)
        told += sensitivity.range_note(view, column, "in_range")
        if (of_region := share_of_region(view, column)) is not None:
            told += view.say("comma") + view.say("of_region", share=of_region) + beyond(view)
        lines.append((view.say(f"summary_{column}"), told))
    lines.append((view.say("summary_upgrading"), amount(total(view, "upgrading"), unit, language)))
    return lines


def beyond(view: View) -> str:
    """A warning where that is more than the config finds plausible."""
    warned = any(message.code == "solve.volume_beyond_region" for message in view.run.notices)
    return view.say("beyond_region", most=percent(float(view.config.report.region_share), 1)) if warned else ""


def categories(view: View) -> list[tuple[str, str]]:
    """The categories with most money."""
    everything = by_category(view).rows
    everything = everything[everything["funded"] > 0]
    rows = everything.head(MOST_CATEGORIES)
    parts = [
        view.say(
            "summary_category_text",
            category=row["category"],
            funded=f"{row['funded']:.0f}",
            award=amount(float(row["award"]), view.run.money, view.language),
        )
        for _, row in rows.iterrows()
    ]
    if len(everything) > len(rows):
        parts.append(view.say("summary_more", count=len(everything) - len(rows)))
    return [(view.say("summary_category"), view.say("joiner").join(parts))] if parts else []


def binding(view: View) -> list[tuple[str, str]]:
    """What soft rules and targets are missed, and the rules at their bound."""
    short, tight = missed(view), at_bound(view)
    told = _first(view, short, MOST_MISSED)
    lines = _first(view, tight, MOST_LIMITS - len(told)) or (
        [] if nothing(view.run, view.language) else [view.say("summary_no_binding")]
    )
    return [*labelled(view.say("summary_missed"), told), *labelled(view.say("summary_binding"), lines)]


def _first(view: View, rows: pd.DataFrame, most: int) -> list[str]:
    """At most so many lines of rules, the last one says how many more there are."""
    if len(rows) <= most:
        return [bound_line(view, row) for _, row in rows.iterrows()]
    more = view.say("summary_more", count=len(rows) - most + 1)
    return [*(bound_line(view, row) for _, row in rows.head(most - 1).iterrows()), more]


def bound_line(view: View, row: pd.Series) -> str:
    """One rule: what the plan has and the nearer bound."""
    name = view.names.rule(str(row["limit"]), row["group"] or "")
    is_upper = not math.isnan(row["upper"]) and not row["upper"] - row["value"] > row["value"] - row["lower"]
    bound = view.say(
        "at_most" if is_upper else "at_least", value=with_unit(row["upper" if is_upper else "lower"], row["unit"])
    )
    return view.say("summary_binding_text", limit=name, value=with_unit(row["value"], row["unit"]), bound=bound)


def notes(view: View) -> list[tuple[str, str]]:
    """Notices, time and place."""
    run, sizes = view.run, view.run.manifest["sizes"]
    spent = sum(float(value) for value in run.manifest["timings"].values())
    counts = view.say("summary_notes_text", notices=len(run.notices), assumptions=len(run.assumptions))
    size = {key: f"{sizes.get(key, 0):,}" for key in ("projects", "options")}
    return [
        (view.say("summary_notes"), counts),
        (view.say("summary_time"), view.say("summary_time_text", seconds=f"{spent:.1f}", **size)),
        (view.say("summary_run"), str(run.folder)),
    ]


def shortened(view: View, lines: list[str], most: int) -> list[str]:
    """The first lines, and how many were left out."""
    return lines if len(lines) <= most else [*lines[: most - 1], view.say("summary_more", count=len(lines) - most + 1)]


def labelled(label: str, lines: list[str]) -> list[tuple[str, str]]:
    """The label before the first line only."""
    return [(label if number == 0 else "", line) for number, line in enumerate(lines)]
