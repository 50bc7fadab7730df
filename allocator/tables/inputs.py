"""The planner's tables as data frames: read, typed, checked and put in order.

Projects are sorted by id and options by project and name, so the order of rows in a file decides nothing. All
problems of all tables are reported at once, each at its file and row or cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Config
from allocator.config.source.months import folded
from allocator.config.source.where_spelling import LOCKS
from allocator.messages import Message, nearest
from allocator.tables import feature_tables, missing
from allocator.tables.files.columns import Known, attribute_column, header_form, money_columns
from allocator.tables.files.map_file import ROLE as MAP
from allocator.tables.files.map_file import checked_map
from allocator.tables.files.problems import MANY, Problems
from allocator.tables.files.project_ids import ProjectIds
from allocator.tables.files.table import Table, Values, nearest_header, objects
from allocator.tables.implausible import Implausible
from allocator.tables.opened import Frames, Inputs, Reading, report_twice, sorted_rows
from allocator.tables.option_files import OptionFile, payment_headers
from allocator.tables.previous_plan import applied
from allocator.tables.realised_shares import estimated
from allocator.tables.stacked import open_projects

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded

FACTORS: Final = ("realisation", "additionality", "displacement")
NEEDED: Final = {
    "projects": ("project_id", "region", "category"),
    "regions": ("region",),
    "options": ("project_id", "option"),
    "commitments": ("project_id",),
}


def read_inputs(loaded: Loaded) -> Inputs:
    """Read every table the config names.

    Raises:
        InputError: all problems of all tables.
    """
    reading = Assembly(loaded, Problems(), loaded.config.unit)
    projects, frames, factors, extra = reading.read()
    reading.problems.check()
    assert projects is not None
    own = (projects, frames.get("options"), frames.get("commitments"), factors, reading.files())
    inputs = Inputs(*own, tuple(reading.problems.notices), extra, reading.placed)
    return estimated(applied(inputs, loaded), loaded)


class Assembly(Reading):
    """The tables of a config, read one after the other and put together."""

    def read(self) -> tuple[pd.DataFrame | None, Frames, Frames, Frames]:
        """Projects, option files, factor tables, and what single features need."""
        self.open()
        self.check_mapping()
        projects = self.projects()
        return projects, self.option_files(projects), self.factors(), self.extra()

    def open(self) -> None:
        """Read every file and match its headers."""
        config = self.config
        open_projects(self, set(NEEDED["projects"]))
        for role in ("regions", "options", "commitments"):
            path: str | None = getattr(config, role)
            if path is None:
                continue
            self.known[role] = Known.of([role, "projects"], config.columns)
            headers = payment_headers(config) if role in {"options", "commitments"} else None
            self.open_one(role, self.source(role, path, role), set(NEEDED[role]), headers)
        for name in FACTORS:
            factor = getattr(config.leverage, name)
            if factor is None or factor.file is None:
                continue
            by = [factor.by] if isinstance(factor.by, str) else factor.by
            source = self.source(f"factor:{factor.file}", factor.file, f"leverage.{name}.file")
            if source.role not in self.tables:
                own = [attribute_column(attribute) for attribute in by]
                self.known[source.role] = Known.of(["factors", "projects"], config.columns, own)
                self.open_one(source.role, source, {*by, "value"})
        feature_tables.open_files(self)
        if config.report.map is not None:
            self.map = checked_map(self.source(MAP, config.report.map, MAP), self.problems)

    def extra(self) -> dict[str, pd.DataFrame]:
        """The tables that single features need."""
        return feature_tables.read(self)

    def check_mapping(self) -> None:
        """Every header that the config's `columns` names stands in some table."""
        headers = {header_form(header): header for table in self.single() for header in table.sheet.headers}
        contract = {name for known in self.known.values() for name in known.columns}
        for name, header in self.config.columns.items():
            if name not in contract and (close := nearest_header(name, sorted(contract))):
                self.problems.notice(
                    "mapping_near", self.loaded.place(f"columns.{name}"), f"columns.{name}", nearest=close
                )
            if header_form(header) in headers:
                continue
            self.unmatched.add(name)
            close = nearest(header, headers.values())
            values = {"header": header, "nearest": close, "headers": list(headers.values())[:8]}
            key = "no_header_near" if close else "no_header"
            self.problems.error(key, self.loaded.place(f"columns.{name}"), f"columns.{name}", **values)

    def projects(self) -> pd.DataFrame | None:
        """The project table, joined and sorted; None after a problem that leaves nothing to sort."""
        regions = self.region_rows = self.regions()
        table = missing.complete(self, "projects", NEEDED["projects"])
        if table is None:
            return None
        table.read_all(demanded(self.config), money_columns("projects"))
        name_projects(table)
        for name in ("project_id", "project_name", "region", "category"):
            if name in table.matching.names:
                table.report_blank(name)
        self.ids = ProjectIds(table.values["project_id"], table.values["project_name"])
        report_twice(table, ["project_id"], "duplicate_project")
        self.references(table)
        derive_start(table)
        frame = table.frame()
        Implausible(table, frame, self.config.years).look()
        if regions is not None and "regions" in self.tables:
            frame = self.joined(table, frame, regions)
        order = sorted_rows([frame["project_id"].to_numpy()])
        self.placed["projects"] = (table, order)
        return frame.take(order).reset_index(drop=True)

    def references(self, table: Table) -> None:
        """Projects in `requires` and `excludes` exist and are written as their ids; locks are known words."""
        assert self.ids is not None
        for name in ("requires", "excludes"):
            if name in table.values:
                table.values[name] = self.linked(table, name, self.ids)
        if "lock" in table.values:
            words = [LOCKS.get(folded(text).casefold()) for text in table.values["lock"]]
            wrong = [row for row, word in enumerate(words) if word is None]
            table.faults("lock", "lock", [(row, {"got": table.got("lock", row)}) for row in wrong])
            table.values["lock"] = objects([word or "" for word in words])

    def linked(self, table: Table, name: str, ids: ProjectIds) -> Values:
        """A column of lists of projects, as the ids that the project table writes."""
        faults: list[tuple[int, dict[str, object]]] = []
        lists = table.values[name].copy()
        for row in np.flatnonzero(lists != "").tolist():
            parts = lists[row].split(";")
            found = [ids.called(part) for part in parts]
            unknown = [part for part, projects in zip(parts, found, strict=True) if len(projects) != 1]
            faults += [(row, ids.hint(part, len(faults))) for part in unknown]
            lists[row] = ";".join(projects[0] for projects in found if len(projects) == 1)
        table.faults("unknown_project", name, faults)
        return lists

    def regions(self) -> pd.DataFrame | None:
        """The regions table, one row per region."""
        table = missing.complete(self, "regions", NEEDED["regions"])
        if table is None:
            return None
        table.read_all(demanded(self.config), money_columns("projects"))
        table.report_blank("region")
        report_twice(table, ["region"], "duplicate_region")
        return table.frame()

    def joined(self, table: Table, frame: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
        """Projects with the columns of their region."""
        read = self.tables["regions"]
        for name in regions.columns:
            if name != "region" and name in frame.columns and name in read.matching.names:
                values = {"column": name, "projects": table.sheet.file}
                place = read.sheet.header_place(read.matching.names[name])
                self.problems.error("column_in_both", place, read.header(name), **values)
        rows = {folded(region): row for row, region in reversed(list(enumerate(regions["region"])))}
        found = frame["region"].map({region: rows.get(folded(region), -1) for region in set(frame["region"])})
        lacking = np.flatnonzero((found.to_numpy() < 0) & (frame["region"].to_numpy() != "")).tolist()
        faults: list[tuple[int, dict[str, object]]] = []
        for row in lacking:
            close = nearest(frame["region"].iloc[row], regions["region"]) if len(faults) < MANY else None
            advice = Message("tables.did_you_mean", {"nearest": close}) if close else ""
            faults.append((row, {"got": frame["region"].iloc[row], "regions": read.sheet.file, "advice": advice}))
        table.faults("unknown_region", "region", faults)
        taken = regions.drop(columns=[name for name in regions.columns if name in frame.columns])
        taken = taken.take(np.maximum(found.to_numpy(dtype=np.int64), 0)) if len(regions) else taken
        return pd.concat([frame, taken.reset_index(drop=True)], axis=1) if len(taken) == len(frame) else frame

    def option_files(self, projects: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
        """The option file and the commitments, as far as they are given."""
        frames = {}
        for role in ("options", "commitments"):
            table = missing.complete(self, role, NEEDED[role])
            if table is not None:
                ids = self.ids if projects is not None else None
                frame, order = OptionFile(table, role, self.config, ids, demanded(self.config)).read()
                frames[role] = frame
                self.placed[role] = (table, order)
        return frames

    def factors(self) -> dict[str, pd.DataFrame]:
        """The factor tables, by their path in the config."""
        frames = {}
        for name in FACTORS:
            factor = getattr(self.config.leverage, name)
            if factor is None or factor.file is None:
                continue
            by = [factor.by] if isinstance(factor.by, str) else list(factor.by)
            role = self.source("factor:", factor.file, f"leverage.{name}.file").role
            table = missing.complete(self, role, [*by, "value"])
            if table is None:
                continue
            table.values = {column: table.texts(column) for column in by} | {"value": table.fractions("value")}
            table.report_blank("value")
            report_twice(table, by, "duplicate_factor")
            frames[factor.file] = table.frame()
        return frames


def name_projects(table: Table) -> None:
    """Projects without a name are called by their id."""
    ids = table.values["project_id"]
    if "project_name" not in table.values:
        table.problems.notice("names_from_ids", table.sheet.file)
        table.values["project_name"] = ids.copy()
        return
    names = table.values["project_name"]
    blank = np.flatnonzero((names == "") & (ids != "")).tolist()
    if blank:
        place = table.place(blank[0], "project_name")
        table.problems.notice("names_blank", place, table.header("project_name"), count=len(blank))
        names[blank] = ids[blank]


def derive_start(table: Table) -> None:
    """The start year is the year of the month of start where it is not given itself."""
    if "start_ym" not in table.values:
        return
    months = table.values["start_ym"]
    years = np.array([float(month[:4]) if month else np.nan for month in months], dtype=np.float64)
    given = table.values.get("start_year", np.full(len(years), np.nan))
    table.values["start_year"] = np.where(np.isnan(given), years, given)


def demanded(config: Config) -> frozenset[str]:
    """Columns that the config uses as numbers."""
    measures = {term.measure for term in config.goals.terms}
    if config.parks is not None:
        measures |= {name for need in config.parks.resources.values() for name in (need.use, need.adds) if name}
    measures |= {name for limit in config.limits for name in (limit.measure, limit.per) if name}
    measures |= {target.measure for target in config.targets}
    measures |= {one.bond.other_debt or "" for one in config.sources.values() if one.bond}
    return frozenset(measures | {column for one in config.instruments.values() for column in one.numbers})
