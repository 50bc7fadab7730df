"""Last year's plan and how far it got: what was begun is fixed with what is still to pay, what failed frees its money.

Of an approved award that has begun, each source still pays the award less what it has really paid: planned payments
of the plan years stay, arrears fall due in the first plan year, and what was paid too early comes off the earliest.
What the previous plan had as committed it counted with what was still to pay then: payments of the years before that
plan are settled, and it stays committed unless the progress says that it failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from allocator.messages import Message, did_you_mean
from allocator.tables.files.columns import Known
from allocator.tables.files.project_ids import ProjectIds
from allocator.tables.files.table import objects, series
from allocator.tables.measures import MEASURES
from allocator.tables.missing import complete
from allocator.tables.option_files import payment_headers

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.loaded import Loaded
    from allocator.tables.files.table import Table, Values
    from allocator.tables.opened import Inputs, Reading

AWARDS, PAYMENTS, PROGRESS = "previous.awards", "previous.payments", "progress"
LATER: Final = {"supported_investment": "nominal_investment", "counterpart_investment": None}
"""Measures that runs stored earlier do not have, and what stands for them; None: nothing."""
FLAGS = ("started", "completed", "in_production", "failed")
COMMITTED: Final = "committed"
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    AWARDS: (
        *("project_id", "option", "instrument", "start_year", "award"),
        *(name for name in MEASURES if name not in LATER),
    ),
    PAYMENTS: ("project_id", "option", "source", "year", "amount"),
    PROGRESS: ("project_id", "started"),
}
REALISED, FAILED, OPEN = "realised", "failed", "open"
FEW: Final = 5
"""Projects that a notice names."""
STAGE: Final = "stage"
"""What the probability of realisation is counted by where the config names nothing else."""


def open_files(reading: Reading) -> None:
    """Read the previous run's awards and payments, and the progress."""
    from allocator.tables.files.columns import attribute_column

    config = reading.config
    if config.previous is not None and not all(
        (Path(config.previous) / f"{name}.csv").is_file() for name in ("awards", "payments")
    ):
        shown = reading.loaded.as_written.get("previous", config.previous)
        reading.problems.error("no_run", reading.loaded.place("previous"), "previous", file=shown)
    elif config.previous is not None:
        for role, name in ((AWARDS, "awards"), (PAYMENTS, "payments")):
            reading.known[role] = Known.of([f"{name}.csv"], {})
            source = reading.source(role, f"{config.previous}/{name}.csv", "previous")
            source = replace(source, shown=f"{source.shown}/{name}.csv")
            reading.open_one(role, source, set(NEEDED[role]))
            if role in reading.tables:  # a plan may have promised nothing
                reading.problems.forget("no_rows", source.shown)
    if config.progress is not None:
        by = attributes_of_realisation(config)
        reading.known[PROGRESS] = Known.of([PROGRESS], config.columns, [attribute_column(name) for name in by])
        source = reading.source(PROGRESS, config.progress, PROGRESS)
        reading.open_one(PROGRESS, source, set(NEEDED[PROGRESS]), payment_headers(config))


def read(reading: Reading) -> dict[str, pd.DataFrame]:
    """The frames by role; amounts in whole fen."""
    found: dict[str, pd.DataFrame] = {}
    for role, needed in NEEDED.items():
        table = complete(reading, role, needed) if role in reading.known else None
        if table is not None:
            called = _called(reading, found) if role == PROGRESS else None
            found[role] = _frame(table, role, reading.config, called)
    if PROGRESS in found and AWARDS in found:
        before = set(found[AWARDS]["project_id"])
        others = [str(project) for project in found[PROGRESS]["project_id"] if project not in before]
        if others:
            reading.problems.notice("not_of_the_plan_before", reading.loaded.place(PROGRESS), PROGRESS, projects=others)
    return found


def _called(reading: Reading, found: Mapping[str, pd.DataFrame]) -> ProjectIds:
    """What the projects of the plan before are called, there and in the project table of today."""
    ids, names = list[str](), list[str]()
    if AWARDS in found:
        ids += map(str, found[AWARDS]["project_id"])
        awards = reading.tables[AWARDS]
        names += (
            awards.verbatim("project_name").tolist() if "project_name" in awards.matching.names else [""] * len(ids)
        )
    if "projects" in reading.placed:
        values = reading.placed["projects"][0].values
        ids += values["project_id"].tolist()
        names += values["project_name"].tolist()
    return ProjectIds(ids, names)


def _as_ids(table: Table, projects: Values, called: ProjectIds) -> Values:
    """Projects by their ids, where they are called by a name of their own; a name of several is refused."""
    several = [row for row, text in enumerate(projects.tolist()) if len(called.called(text)) > 1]
    table.faults("unknown_project", "project_id", [(row, called.hint(projects[row])) for row in several])
    return objects([called.one(text) or text for text in projects.tolist()])


def _check_progress(table: Table, config: Config) -> None:
    """One row for every project, and sources of the config in the headers."""
    from allocator.tables.opened import report_twice

    report_twice(table, ["project_id"], "duplicate_project")
    for name, index in table.matching.names.items():
        source = name.rpartition("@")[0]
        if source and source not in config.sources:
            place, header = table.sheet.header_place(index), table.sheet.headers[index]
            advice = did_you_mean(source, config.sources)
            table.problems.error("unknown_source", place, header, got=source, advice=advice)


def attributes_of_realisation(config: Config) -> list[str]:
    """What shares of realised projects are counted by: what the probability goes by, else the stage."""
    factor = config.leverage.realisation
    by = [] if factor is None else [factor.by] if isinstance(factor.by, str) else list(factor.by)
    return [STAGE] if not by or "instrument" in by else by


def _frame(table: Table, role: str, config: Config, called: ProjectIds | None = None) -> pd.DataFrame:
    by = attributes_of_realisation(config)
    columns: dict[str, Any] = {}
    for name in table.matching.names:
        if name in ("award", "amount", "invested", *MEASURES) or (role == PROGRESS and "@" in name):
            columns[name] = np.nan_to_num(table.amounts(name, signed=name in MEASURES))
        elif name in FLAGS or (role == AWARDS and name == COMMITTED):
            columns[name] = np.nan_to_num(table.flags(name)).astype(bool)
        elif name in ("start_year", "year"):
            columns[name] = table.years(name)
        elif name in ("project_id", "option", "instrument", "source"):
            columns[name] = table.verbatim(name)
        elif role == PROGRESS and name in by:
            columns[name] = table.texts(name)
    for name in FLAGS if role == PROGRESS else ():
        columns.setdefault(name, np.zeros(table.size, bool))
    if role == AWARDS:
        columns.setdefault(COMMITTED, np.zeros(table.size, bool))
    if called is not None:
        columns["project_id"] = _as_ids(table, columns["project_id"], called)
    table.values = columns
    table.report_blank("project_id")
    if role == PROGRESS:
        _check_progress(table, config)
    return pd.DataFrame({name: series(values) for name, values in columns.items()})


@dataclass(frozen=True)
class Approved:
    """One award of the previous plan and what became of it; amounts in fen."""

    project: str
    option: str
    instrument: str
    start: int
    award: int
    measures: Mapping[str, int]
    state: str
    """realised, failed or open."""
    remaining: Mapping[tuple[str, int], int]
    """What is still to pay, by source and year, where it is realised."""


def approved(config: Config, extra: Mapping[str, pd.DataFrame]) -> list[Approved]:
    """The awards of the previous plan, in the order of its table; none without one."""
    if AWARDS not in extra or PAYMENTS not in extra:
        return []
    progress = {str(row["project_id"]): row for row in extra.get(PROGRESS, pd.DataFrame()).to_dict("records")}
    planned: dict[tuple[str, str], dict[tuple[str, int], int]] = {}
    for row in extra[PAYMENTS].to_dict("records"):
        due = planned.setdefault((str(row["project_id"]), str(row["option"])), {})
        key = (str(row["source"]), int(row["year"]))
        due[key] = due.get(key, 0) + int(row["amount"])
    found, paid = [], _paid(config, extra, planned, progress)
    for row in extra[AWARDS].to_dict("records"):
        project, option, start = str(row["project_id"]), str(row["option"]), int(row["start_year"])
        told, due = progress.get(project), planned.get((project, option), {})
        state = REALISED if told is None and row[COMMITTED] else _state(told, start, config.years[0])
        remaining = _remaining(config, due, paid.get((project, option), {})) if state == REALISED else {}
        measures = {name: int(row.get(name, row[LATER[name]] if LATER.get(name) else 0)) for name in MEASURES}
        found.append(
            Approved(project, option, str(row["instrument"]), start, int(row["award"]), measures, state, remaining)
        )
    return found


def _state(told: Mapping[Any, Any] | None, start: int, first: int) -> str:
    """What became of an award: failed if said so, or if it should have begun and has not."""
    if told is None:
        return OPEN
    if told["failed"]:
        return FAILED
    if told["started"] or told["completed"] or told["in_production"]:
        return REALISED
    return FAILED if start < first else OPEN


def settled(config: Config, extra: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Project that the previous plan had as committed → its first plan year: what was paid before is settled."""
    awards = extra[AWARDS]
    old = awards[COMMITTED].to_numpy(bool)
    years = (extra[PAYMENTS]["year"], awards["start_year"][~old], [config.years[0] - 1])
    first = int(min(min(some) for some in years if len(some)))
    return dict.fromkeys(awards["project_id"][old].astype(str), first)


def paid_columns(told: Mapping[Any, Any], since: int | None) -> list[tuple[str, str]]:
    """Columns of progress with what was paid in or after a year, and the source of each."""
    parted = ((str(name), *str(name).rpartition("@")[::2]) for name in told if "@" in str(name))
    return [(name, source) for name, source, year in parted if since is None or int(year) >= since]


def _paid(
    config: Config,
    extra: Mapping[str, pd.DataFrame],
    planned: Mapping[tuple[str, str], Mapping[tuple[str, int], int]],
    progress: Mapping[str, Mapping[Any, Any]],
) -> dict[tuple[str, str], dict[str, int]]:
    """What each award has been paid by each source that progress speaks of.

    Of several awards of one project, such as the parts of a package, each has what was planned as far as it goes, and
    the last that the source pays has the rest.
    """
    options: dict[str, list[str]] = {}
    awards, since = extra[AWARDS], settled(config, extra)
    for project, option in zip(awards["project_id"].astype(str), awards["option"].astype(str), strict=True):
        options.setdefault(project, []).append(option)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for project, told in progress.items():
        left: dict[str, int] = {}
        for name, source in paid_columns(told, since.get(project)):
            left[source] = left.get(source, 0) + int(told[name])
        own = [(project, option) for option in options.get(project, ())]
        for source, rest in left.items():
            paying = [key for key in own if any(payer == source for payer, _ in planned.get(key, {}))]
            for key in paying:
                due = planned[key].items()
                usual = sum(part for (payer, year), part in due if payer == source and year < config.years[0])
                taken = rest if key == paying[-1] else min(rest, usual)
                found.setdefault(key, {})[source] = taken
                rest -= taken  # noqa: PLW2901  what the next part may have
    return found


def _silent(projects: Sequence[str], place: str) -> Message:
    """Awards that should have begun and of which no progress is told, the first few by name."""
    first = [*projects[:FEW], *(["…"] if len(projects) > FEW else [])]
    return Message("risk.no_progress", {"count": len(projects), "projects": first}, place, "previous")


def _paid_more(config: Config, extra: Mapping[str, pd.DataFrame]) -> list[str]:
    """Projects to which a source has paid more than the previous plan gave them."""
    told = extra.get(PROGRESS)
    if told is None:
        return []
    payments, since, found = extra[PAYMENTS], settled(config, extra), set[str]()
    given = payments.groupby(["project_id", "source"])["amount"].sum().to_dict()
    for row in told.to_dict("records"):
        project, paid = str(row["project_id"]), dict[str, int]()
        for name, source in paid_columns(row, since.get(project)):
            paid[source] = paid.get(source, 0) + int(row[name])
        found |= {project for source, fen in paid.items() if fen > given.get((project, source), fen)}
    return sorted(found)


def _remaining(
    config: Config, planned: Mapping[tuple[str, int], int], paid: Mapping[str, int]
) -> dict[tuple[str, int], int]:
    """What each source still pays in which year."""
    first, found = config.years[0], {key: amount for key, amount in planned.items() if key[1] >= config.years[0]}
    for source in sorted({source for source, _ in planned}):
        if source not in paid:
            continue  # nothing said: paid as planned
        arrears = sum(amount for (s, y), amount in planned.items() if s == source and y < first)
        arrears -= paid[source]
        if arrears > 0:
            found[source, first] = found.get((source, first), 0) + arrears
        for key in sorted(key for key in found if key[0] == source):
            taken = min(found[key], max(0, -arrears))
            found[key] -= taken
            arrears += taken
    return {key: amount for key, amount in found.items() if amount}


def _given_up(extra: Mapping[str, pd.DataFrame]) -> set[str]:
    """Projects that progress says have failed, also those that an earlier plan had."""
    told = extra.get(PROGRESS)
    return set() if told is None else set(told["project_id"][told["failed"].to_numpy(bool)].astype(str))


def applied(inputs: Inputs, loaded: Loaded) -> Inputs:
    """The inputs with what was begun as commitments, and what failed locked out."""
    before = [a for a in approved(loaded.config, inputs.extra) if a.project in set(inputs.projects["project_id"])]
    failed = {a.project for a in before if a.state == FAILED} | _given_up(inputs.extra)
    if not before and not failed:
        return inputs
    projects = inputs.projects
    if failed:
        old = projects["lock"] if "lock" in projects else pd.Series([""] * len(projects), dtype=object)
        out = projects["project_id"].isin(failed).to_numpy() & (old == "").to_numpy()
        projects = projects.assign(lock=series(objects(np.where(out, "must_not", old.to_numpy(object)).tolist())))
    told = set(inputs.extra[PROGRESS]["project_id"]) if PROGRESS in inputs.extra else set()
    silent = [
        a.project for a in before if a.state == OPEN and a.start < loaded.config.years[0] and a.project not in told
    ]
    notices = inputs.notices
    more = _paid_more(loaded.config, inputs.extra)
    if more:
        notices = (*notices, Message("risk.paid_more", {"projects": more}, loaded.place(PROGRESS), PROGRESS))
    if silent:
        notices = (*notices, _silent(silent, loaded.place("previous")))
    return replace(inputs, projects=projects, commitments=_commitments(before), notices=notices)


def _commitments(before: list[Approved]) -> pd.DataFrame | None:
    """What was begun, as the option file has it."""
    kept = sorted((a for a in before if a.state == REALISED), key=lambda a: (a.project, a.option))
    if not kept:
        return None
    columns: dict[str, Any] = {
        "project_id": objects([a.project for a in kept]),
        "option": objects([a.option for a in kept]),
        "instrument": objects([a.instrument for a in kept]),
        "start_year": np.array([float(a.start) for a in kept]),
        "award": np.array([float(sum(a.remaining.values())) for a in kept]),
    }
    columns |= {name: np.array([float(a.measures[name]) for a in kept]) for name in MEASURES}
    for source, year in sorted({key for a in kept for key in a.remaining}):
        columns[f"{source}@{year}"] = np.array([float(a.remaining.get((source, year), 0)) for a in kept])
    return pd.DataFrame({name: series(values) for name, values in columns.items()})


def to_keep(config: Config, extra: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Project → award that was approved and is open to change; in fen."""
    found: dict[str, int] = {}
    for a in approved(config, extra):
        if a.state == OPEN:
            found[a.project] = found.get(a.project, 0) + a.award
    return found
