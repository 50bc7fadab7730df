"""Capacity of parks as bounds: what plants use by a year stays within what is vacant and what is built by then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.config.keys.parks import Parks
from allocator.config.keys.plan import Config
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.money.arrays import Floats
from allocator.problem.groups import Group
from allocator.problem.measures import Measures
from allocator.tables.conditions import each_problems, groups, matches, normal, where_problems


@dataclass(frozen=True, eq=False)
class Capacity:
    """Of one resource in one park by one year: net use of the options, and what is vacant before the plan."""

    resource: str
    label: str
    group: Group
    existing: Decimal
    path: str


def problems(loaded: Loaded, measures: Measures) -> list[Message]:
    """Unknown columns, values and parks, and columns that are no numbers."""
    parks = loaded.config.parks
    if parks is None:
        return []
    names = list(map(str, measures.projects.columns))
    column, place = measures.project_attribute, loaded.place
    found = each_problems([parks.park], column, names, "parks.park", place)
    found += where_problems(parks.builders, column, names, "parks.builders", place)
    for name, resource in parks.resources.items():
        for key in ("use", "adds"):
            wanted, path = getattr(resource, key), f"parks.resources.{name}.{key}"
            if wanted is None:
                continue
            faults = each_problems([wanted], column, names, path, place)
            if not faults and (not measures.is_numeric(wanted) or measures.is_money(wanted)):
                faults = [Message("audit.park_needs_number", {"got": wanted}, place(path), path)]
            found += faults
        if isinstance(resource.existing, dict) and not found:
            known = {normal(group.label) for group in groups(parks.park, column)}
            path = f"parks.resources.{name}.existing"
            found += [
                Message("audit.unknown_park", {"got": park}, place(path), path)
                for park in resource.existing
                if normal(park) not in known
            ]
    return found


def capacities(config: Config, measures: Measures) -> Iterator[Capacity]:
    """Every bound, for parks with a plant that has options."""
    parks = config.parks
    if parks is None:
        return
    builder = matches(parks.builders, measures.project_attribute, len(measures.projects))[measures.project]
    members = groups(parks.park, measures.attribute)
    for name, resource in parks.resources.items():
        path = f"parks.resources.{name}"
        use = np.where(builder, 0.0, _of_project(measures, resource.use))
        adds = np.where(builder, _of_project(measures, resource.adds), 0.0) if resource.adds else np.zeros(len(use))
        for label, rows in members:
            if not use[rows].any():
                continue
            for year in config.years:
                net = _net(measures, parks, year, use, adds)
                at = rows[net[rows] != 0]
                group = Group(resource.use, False, at, net[at])
                yield Capacity(name, f"{label} / {year}", group, existing(resource.existing, label), path)


def _of_project(measures: Measures, column: str) -> Floats:
    """What every option's project says in a column, once per project; an option's own column of that name is another."""
    values = np.nan_to_num(measures.projects[column].to_numpy(float))
    return np.asarray(values[measures.project] * measures.once)


def existing(vacant: Decimal | dict[str, Decimal], park: str) -> Decimal:
    """What a park has before the plan."""
    if not isinstance(vacant, dict):
        return vacant
    return {normal(name): amount for name, amount in vacant.items()}.get(normal(park), Decimal(0))


def _net(measures: Measures, parks: Parks, year: int, use: Floats, adds: Floats) -> Floats:
    """What every option uses by a year, less what it has added by then."""
    return np.where(measures.start_year <= year, use, 0.0) - np.where(
        measures.start_year <= year - parks.lag, adds, 0.0
    )
