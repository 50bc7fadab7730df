"""The one source of every table and figure that reports show; the page and the workbook only lay them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from allocator.messages import say
from allocator.report.amounts import amount, percent, times

if TYPE_CHECKING:
    from allocator.messages import Message
    from allocator.store import StoredRun

INVESTMENTS = ("nominal_investment", "certified_investment", "additional_investment")
NO_GAP = 1e-9
"""Below this a gap is rounding."""
LEAST_SHOWN = 1e-5
"""A gap is never shown as smaller than this, so that 'within 0 %' is not claimed."""
MOST_MESSAGES = 500
"""Notices or assumptions that a report lists."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    key: str
    title: str
    kind: str = "text"
    """text, money (exact), estimate (money that was computed), count, year, share, times; `by_unit`: as the row's `unit` says."""


@dataclass(frozen=True)
class Table:
    """A table with its title; amounts in the config's unit, shares as fractions."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    on_page: bool = True
    """Whether it is on the page as well as in the workbook."""
    bar: str = ""
    """Column drawn as a bar on the page."""

    @property
    def file(self) -> str:
        """The table of the run folder that has every row."""
        return {"candidates": "projects"}.get(self.key, self.key) + ".csv"


@dataclass(frozen=True)
class Figure:
    """One number of the headline."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Report:
    """Everything a report shows."""

    language: str
    title: str
    subtitle: str
    status: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    notices: tuple[str, ...]
    assumptions: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    unit: str
    places: int


def build(run: StoredRun, language: str) -> Report:
    """The report of a stored run in ``language``."""
    view = View(run, language)
    makers: tuple[Callable[[View], Table], ...] = (
        *(sources, by_region, by_category, by_instrument, limits),
        *(awards, reasons, candidates, payments, screening),
    )
    return Report(
        language=language,
        title=str(run.manifest["title"]) or view.say("untitled"),
        subtitle=view.say("subtitle", run=run.run_id, unit=run.money.name),
        status=status(run, language),
        figures=figures(view),
        tables=tuple(make(view) for make in makers),
        notices=told(view, run.notices),
        assumptions=told(view, run.assumptions),
        provenance=provenance(view),
        unit=run.money.name,
        places=run.money.places,
    )


def told(view: View, messages: Sequence[Message]) -> tuple[str, ...]:
    """Messages in words; of very many the first ones, and how many more there are."""
    lines = [message.text(view.language) for message in messages[:MOST_MESSAGES]]
    left = len(messages) - len(lines)
    return (*lines, view.say("more_messages", count=f"{left:,}")) if left else tuple(lines)


class View:
    """A run seen in one language: names instead of keys, titles of columns."""

    def __init__(self, run: StoredRun, language: str) -> None:
        self.run = run
        self.language = language
        self.config = run.loaded.config
        self.tables = run.tables
        self.source_names = {key: source.name or key for key, source in self.config.sources.items()}
        self.instrument_names = {key: rule.name or key for key, rule in self.config.instruments.items()}

    def say(self, key: str, **values: object) -> str:
        """Entry of the report catalogue."""
        return say(f"report.{key}", self.language, **values)

    def columns(self, *keys: str, kind: str = "text") -> tuple[Column, ...]:
        """Columns of one kind, titled from the catalogue."""
        return tuple(Column(key, self.say(f"column_{key}"), kind) for key in keys)

    def table(
        self, key: str, columns: Sequence[Column], rows: pd.DataFrame, *, on_page: bool = True, bar: str = ""
    ) -> Table:
        """A table titled from the catalogue, with the columns that its rows have."""
        shown = tuple(column for column in columns if column.key in rows.columns)
        return Table(key, self.say(f"table_{key}"), shown, rows.reset_index(drop=True), on_page, bar)

    def name_instruments(self, keys: pd.Series) -> pd.Series:
        """Names of instruments; a ready-made option without one is said to be so."""
        return keys.map({**self.instrument_names, "": self.say("ready_made")}).fillna(keys)


def status(run: StoredRun, language: str) -> str:
    """What is proved about the plan."""
    gap, reached = float(run.manifest["gap"]), str(run.manifest["status"])
    if reached == "optimal" and gap < NO_GAP:
        return say("report.status_best", language)
    return say(f"report.status_{reached}", language, gap=percent(max(gap, LEAST_SHOWN), 3))


def funded(view: View) -> int:
    """How many projects the plan funds."""
    return int(view.tables["awards"]["project_id"].nunique())


def total(view: View, column: str) -> float:
    """Sum of a column of the awards."""
    rows = view.tables["awards"]
    return float(rows[column].sum()) if column in rows.columns else 0.0


def figures(view: View) -> tuple[Figure, ...]:
    """The headline: projects, money, the three leverages side by side, upgrading."""
    money, language = view.run.money, view.language
    award = total(view, "award")
    shown = [
        Figure(
            view.say("figure_projects"),
            f"{funded(view):,}",
            view.say("of_candidates", count=len(view.tables["projects"])),
        ),
        Figure(view.say("figure_award"), amount(award, money, language)),
    ]
    for column in INVESTMENTS:
        value = total(view, column)
        note = view.say("times_award", times=times(value, award))
        shown.append(Figure(view.say(f"column_{column}"), amount(value, money, language), note))
    shown.append(Figure(view.say("column_upgrading"), amount(total(view, "upgrading"), money, language)))
    return tuple(shown)


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


def sources(view: View) -> Table:
    """Where each source's money of each year went."""
    paid = view.tables["payments"].groupby(["source", "year"])["amount"].sum()
    totals = view.tables["totals"]
    flows = totals[totals["measure"].isin(["opening", "carry", "lapse"]) & (totals["dimension"] == "source")]
    flow = flows.groupby(["key", "year", "measure"])["value"].sum()
    rows = []
    for key in view.config.sources:
        carried = sum(float(value) for value in view.config.sources[key].opening.values())
        for year in sorted({*view.config.years, *(int(y) for s, y in paid.index if s == key)}):
            planned = year in view.config.years
            carry = float(flow.get((key, str(year), "carry"), 0.0))
            rows.append(
                {
                    "source": view.source_names[key],
                    "year": year,
                    "budget": float(view.config.budget(key, year)) if planned else float("nan"),
                    "carried_in": carried if planned else float("nan"),
                    "amount": float(paid.get((key, year), 0.0)),
                    "carry": carry if planned else float("nan"),
                    "lapse": float(flow.get((key, str(year), "lapse"), 0.0)) if planned else float("nan"),
                }
            )
            carried = carry
    columns = (
        *view.columns("source"),
        *view.columns("year", kind="year"),
        *view.columns("budget", "carried_in", "amount", "carry", "lapse", kind="money"),
    )
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return view.table("sources", columns, frame, bar="amount")


def by_group(view: View, key: str, names: Callable[[pd.Series], pd.Series] | None = None) -> Table:
    """What the values of an attribute get, and what it brings."""
    rows = view.tables["awards"]
    summed = ["award", *(c for c in (*INVESTMENTS, "upgrading") if c in rows.columns)]
    groups = rows.groupby(key)[summed].sum()
    groups.insert(0, "funded", rows.groupby(key)["project_id"].nunique())
    if key != "instrument":  # candidates have no instrument before they are funded
        candidates = view.tables["projects"].groupby(key)["project_id"].nunique()
        groups = groups.reindex(candidates.index.union(groups.index), fill_value=0)
        groups.insert(0, "candidates", candidates.reindex(groups.index).fillna(0))
    everything = groups["award"].sum()
    groups["share"] = groups["award"] / everything if everything else float("nan")
    for column, ratio in (("nominal_investment", "nominal_times"), ("additional_investment", "additional_times")):
        if column in groups.columns:
            groups[ratio] = (groups[column] / groups["award"]).where(groups["award"] > 0)
    groups = groups.sort_values("award", ascending=False, kind="stable").reset_index(names=key)
    if names is not None:
        groups[key] = names(groups[key])
    columns = (
        *view.columns(key),
        *view.columns("candidates", "funded", kind="count"),
        *view.columns("award", kind="money"),
        *view.columns("share", kind="share"),
        *view.columns(*INVESTMENTS, kind="estimate"),
        *view.columns("nominal_times", "additional_times", kind="times"),
        *view.columns("upgrading", kind="estimate"),
    )
    return view.table(f"by_{key}", columns, groups, bar="share")


def by_region(view: View) -> Table:
    """Awards by region."""
    return by_group(view, "region")


def by_category(view: View) -> Table:
    """Awards by category."""
    return by_group(view, "category")


def by_instrument(view: View) -> Table:
    """Awards by instrument."""
    return by_group(view, "instrument", view.name_instruments)


def limits(view: View) -> Table:
    """Every rule with what the plan has, what it must keep, and the room left."""
    rows = view.tables["limits"].copy()
    rows["measure"] = [view_measure(view, measure) for measure in rows["measure"]]
    rows["binding"] = rows["binding"].map({1: view.say("word_yes"), 0: ""}).fillna("")
    if "violation" in rows.columns and not rows["violation"].fillna(0).any():
        rows = rows.drop(columns="violation")
    columns = (
        *view.columns("limit", "group", "measure"),
        *view.columns("value", "lower", "upper", "slack", "violation", kind="by_unit"),
        *view.columns("binding"),
    )
    return view.table("limits", columns, rows)


def view_measure(view: View, measure: str) -> str:
    """Name of a measure; a column of the planner's own keeps its key."""
    try:
        return view.say(f"column_{measure}")
    except KeyError:
        return measure


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


def candidates(view: View) -> Table:
    """Every candidate with what became of it."""
    rows = view.tables["projects"].copy()
    rows["decision"] = rows["funded"].map({1: view.say("word_yes"), 0: view.say("word_no")})
    rows["detail"] = rows["reason"]
    rows["reason"] = reason_names(view, rows["reason_code"])
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


def provenance(view: View) -> tuple[tuple[str, str], ...]:
    """How the plan was computed and from what."""
    manifest = view.run.manifest
    figures = [
        view.run.money.text(round(float(manifest[key]) * view.run.money.fen_per_unit)) for key in ("objective", "bound")
    ]
    pairs = [
        (view.say("run_id"), str(manifest["run_id"])),
        (view.say("scenario"), str(manifest["scenario"] or view.say("none"))),
        (view.say("objective"), figures[0]),
        (view.say("bound"), figures[1]),
        (view.say("gap"), percent(float(manifest["gap"]), 4)),
        (view.say("sizes"), ", ".join(f"{key} {value:,}" for key, value in manifest["sizes"].items())),
        (view.say("timings"), ", ".join(f"{key} {value} s" for key, value in manifest["timings"].items() if value)),
        (view.say("versions"), ", ".join(f"{key} {value}" for key, value in manifest["versions"].items() if value)),
        *((f"{entry['role']}: {entry['path']}", f"sha256 {entry['sha256']}") for entry in manifest["inputs"]),
    ]
    return tuple(pairs)
