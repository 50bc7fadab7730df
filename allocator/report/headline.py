"""The figures at the head of a report, what is proved, and how the plan was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.messages import say
from allocator.report.amounts import amount, percent, times
from allocator.report.chapters import sensitivity
from allocator.report.chapters.goal import aim, money_of_goal, worth
from allocator.report.view import INVESTMENTS, Figure, View

if TYPE_CHECKING:
    import pandas as pd

    from allocator.runs.folder import StoredRun

NOTHING = "solve.nothing_"
"""Beginning of the codes of notices that say why nothing is funded."""
EMPTY = "_empty"
"""End of the codes of notices of shares that only an empty plan keeps."""
CERTIFICATE = "certificate"
NO_GAP = 1e-9
"""Below this a gap is rounding."""
LEAST_SHOWN = 1e-5
"""A gap is never shown as smaller than this, so that 'within 0 %' is not claimed."""


SOLVES = ("two solves", "one solve")
"""What a bound may rest on that nobody can check without a solver."""


def status(run: StoredRun, language: str) -> str:
    """What is proved about the plan."""
    gap, reached = float(run.manifest["gap"]), str(run.manifest["status"])
    sense = sense_of(run)
    if reached == "optimal" and gap < NO_GAP:
        told = say(f"report.status_best{sense}", language)
    else:
        told = say(f"report.status_{reached}{sense}", language, gap=percent(max(gap, LEAST_SHOWN), 3))
    if (by := str(run.manifest.get("bound_by"))) in SOLVES:
        told = say(
            "report.status_claimed", language, status=told, by=say(f"report.bound_by_{by.replace(' ', '_')}", language)
        )
    return (
        say("report.status_of_nothing", language, status=told, causes=empty)
        if (empty := nothing(run, language))
        else told
    )


def nothing(run: StoredRun, language: str) -> str:
    """Why nothing is funded, where nothing new is: shares that only that keeps, and what else leaves no other plan."""
    found = [message for message in run.notices if message.code.startswith(NOTHING)]
    shares = [message for message in run.notices if found and message.code.endswith(EMPTY)]
    told = {message.where for message in shares}
    return " ".join(m.text(language) for m in (*shares, *(m for m in found if m.where not in told)))


def bound_by(view: View) -> str:
    """What claims the bound, in words."""
    by = str(view.run.manifest["bound_by"]).replace(" ", "_")
    return (
        view.say(f"bound_by_{by}", count=len(view.tables[CERTIFICATE]))
        if by == CERTIFICATE
        else view.name("bound_by", by)
    )


def certified(view: View) -> str:
    """What can be proved without a solver; blank where the plan has no certificate."""
    gap, table = view.run.manifest.get("certified_gap"), view.tables.get(CERTIFICATE)
    return "" if gap is None or table is None else view.say("certified", count=len(table), gap=rounded(float(gap)))


def rounded(gap: float) -> str:
    """A gap in percent, rounded but never down to nothing."""
    return percent(0.0 if gap < NO_GAP else max(gap, LEAST_SHOWN), 3)


def sense_of(run: StoredRun) -> str:
    """The end of the names of words that differ where spending is minimised, or goals are reached one after the other.

    Of several goals in order the bound is of the last one, among the plans that reach the earlier ones.
    """
    config = run.loaded.config
    if config.minimise:
        return "_minimum"
    return "_in_order" if config.goals.mode == "lexicographic" and len(config.goals.terms) > 1 else ""


def funded(view: View) -> int:
    """How many projects the plan funds."""
    return int(view.tables["awards"]["project_id"].nunique())


def total(view: View, column: str) -> float:
    """Sum of a column of the awards."""
    rows = view.tables["awards"]
    return float(rows[column].sum()) if column in rows.columns else 0.0


def awarded_now(view: View) -> pd.DataFrame:
    """The awards that leverage is told of: after an earlier plan only the new ones.

    What has begun has all its investment in the plan, but of its award only what is still to pay.
    """
    rows = view.tables["awards"]
    return rows if view.config.previous is None else rows[rows["committed"] == 0]


def leverage(view: View, column: str) -> tuple[str, str]:
    """Investment per unit of support, and the end of the names of words that say whether only new awards count."""
    rows = awarded_now(view)
    some = len(rows) < len(view.tables["awards"])
    return times(float(rows[column].sum()), float(rows["award"].sum())), "_new" if some else ""


def share_of_region(view: View, column: str) -> str | None:
    """What part of the region's expected industrial investment the projects supported invest, where the config tells it."""
    region = view.config.report.region_investment
    if region is None or column != INVESTMENTS[0]:
        return None
    return percent(total(view, column) / float(region), 1)


def figures(view: View) -> tuple[Figure, ...]:
    """The headline: projects, money, the three leverages side by side, upgrading, and how near to the best."""
    money, language = view.run.money, view.language
    award = total(view, "award")
    of = view.say("of_candidates", count=f"{len(view.tables['projects']):,}")
    shown = [
        goal(view),
        Figure(view.say("figure_projects"), f"{funded(view):,}", of),
        Figure(view.say("figure_award"), amount(award, money, language), view.say("of_budget", **spent(view))),
    ]
    for column in INVESTMENTS:
        value = total(view, column)
        share, new = leverage(view, column)
        note = view.say(f"times_award{new}", times=share)
        if (of_region := share_of_region(view, column)) is not None:
            note = view.say("comma").join((note, view.say("of_region", share=of_region)))
        meaning = view.say(f"meaning_{column}")
        if beside := sensitivity.range_note(view, column, "note_range"):
            note = view.say("sensitivity.figure_range", note=note, range=beside)
        shown.append(Figure(view.say(f"column_{column}"), amount(value, money, language), note, meaning))
    upgrading = amount(total(view, "upgrading"), money, language)
    shown.append(Figure(view.say("column_upgrading"), upgrading, "", view.say("meaning_upgrading")))
    within = rounded(float(view.run.manifest["gap"]))
    shown.append(
        Figure(
            view.say("figure_gap"),
            view.say("within", gap=within),
            view.say("comma").join(filter(None, (certified(view), sensitivity.about(view)))),
            view.say(f"meaning_gap{sense_of(view.run)}"),
        )
    )
    return tuple(shown)


def goal_value(view: View) -> tuple[str, str]:
    """What the goal reaches, and its bound."""
    money, language = money_of_goal(view.run), view.language
    objective, bound = (worth(float(view.run.manifest[key]), money, language) for key in ("objective", "bound"))
    return objective, bound


def goal(view: View) -> Figure:
    """What is maximised, and how much of it is reached."""
    sense, (objective, bound) = sense_of(view.run), goal_value(view)
    note = view.say(f"figure_goal_note{sense}", bound=bound)
    return Figure(view.say("figure_goal"), objective, note, view.say(f"figure_goal_meaning{sense}", aim=aim(view)))


def spent(view: View) -> dict[str, str]:
    """What the plan years' budgets are, and what is paid in these years and later."""
    years, money = view.config.years, view.run.money
    budget = sum(float(view.config.budget(key, year)) for key in view.config.sources for year in years)
    paid = view.tables["payments"]
    planned = paid["year"].isin(years)
    values = {"budget": budget, "paid": paid.loc[planned, "amount"].sum(), "later": paid.loc[~planned, "amount"].sum()}
    return {key: amount(float(value), money, view.language) for key, value in values.items()}


def provenance(view: View) -> tuple[tuple[str, str], ...]:
    """How the plan was computed and from what."""
    manifest = view.run.manifest
    figures = [
        view.run.money.text(round(float(manifest[key]) * view.run.money.fen_per_unit)) for key in ("objective", "bound")
    ]
    comma = view.say("comma")
    sizes = (f"{view.name('size', key)} {value:,}" for key, value in manifest["sizes"].items())
    seconds = (
        f"{view.name('phase', key)} {value}" for key, value in manifest["timings"].items() if value and key != "report"
    )
    pairs = [
        (view.say("run_id"), str(manifest["run_id"])),
        *([(view.say("digest"), f"sha256 {manifest['digest']}")] if "digest" in manifest else []),
        (view.say("scenario"), str(manifest["scenario"] or view.say("none"))),
        (view.say(f"objective{sense_of(view.run)}"), figures[0]),
        (view.say(f"bound{sense_of(view.run)}"), figures[1]),
        *([(view.say("bound_by"), bound_by(view))] if "bound_by" in manifest else []),
        *([(view.say("certified_title"), proof)] if (proof := certified(view)) else []),
        (view.say("gap"), percent(float(manifest["gap"]), 4)),
        (view.say("seed"), str(manifest["seed"])),
        (view.say("sizes"), comma.join(sizes)),
        (view.say("timings"), comma.join(seconds)),
        (view.say("versions"), ", ".join(f"{key} {value}" for key, value in manifest["versions"].items() if value)),
        *(
            (f"{role(view, entry['role'])}: {entry['path']}", f"sha256 {entry['sha256']}")
            for entry in manifest["inputs"]
        ),
    ]
    return tuple(pairs)


def role(view: View, written: str) -> str:
    """What an input is; a factor table keeps its path."""
    kind, colon, path = written.partition(":")
    return view.name("role", kind.replace(".", "_")) + colon + path
