"""What is valid and says nothing: values that no row has, ranges that no row lies in, instruments that nobody may have.

None of it is an error, since a table of factors may serve several pools; all of it is told, with what is near.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pydantic import BaseModel

from allocator.config.keys.instruments import Bond, Grant, Guarantee
from allocator.config.keys.parts import Range
from allocator.config.keys.report import RATIOS
from allocator.messages import Message, did_you_mean, nearest
from allocator.money.arrays import is_nan
from allocator.options.assumed_defaults import children
from allocator.options.candidates import Candidates
from allocator.options.instruments.bond import NEED, debt_cost, loans_of
from allocator.options.screening.near_miss import MEANT_FOR_OTHERS
from allocator.problem.lint.proportion import disproportions
from allocator.tables.conditions import holds, normal
from allocator.tables.files.columns import dictionary, money_columns
from allocator.tables.files.spellings import FIRMS, alike, plain, promoted, shortened, visible
from allocator.tables.implausible import FEW, NAMED

if TYPE_CHECKING:
    from allocator.config.keys.instruments import BondTerms
    from allocator.config.loaded import Loaded
    from allocator.money.arrays import Floats
    from allocator.options.table import OptionTable
    from allocator.tables.opened import Inputs

WHERE: Final = ("where", "require", "builders", "of")
"""Keys that hold conditions."""
PARTS_OF_INVESTMENT: Final = ("is_sei", "is_hightech", "is_future", "is_energy_heavy")
SMALLEST_PERCENT: Final = 0.2
"""Rates of loans, bonds, fees and claims are above it; what is below was meant as a fraction."""
PROMOTED: Final = ("region", "county")
"""Columns of places among which a county may have become a city."""
FILING_DIGITS: Final = 6
"""Digits that a filing number has at least."""
COVER_APART: Final = 0.05
"""A disclosed cover ratio is rounded; what is further from the computed one is another sum."""
VALUES_OF_INVESTMENT: Final = ("chain_position", "category")


def lint(loaded: Loaded, inputs: Inputs, options: OptionTable) -> tuple[Message, ...]:
    """Every slip there is to see, in the order of the config."""
    found = Lint(loaded, inputs, options)
    told = [
        *found.spellings(),
        *found.twice(),
        *found.filed_twice(),
        *found.covers(),
        *found.holding(),
        *found.percents(),
        *found.shares(),
        *found.ranges(),
        *found.factors(),
        *found.tiers(),
        *found.before(),
        *found.selective(),
        *found.closed(),
        *found.unserved(),
        *found.unread(),
        *(found.message(code, path, told) for path, code, told in disproportions(loaded, options)),
    ]
    return tuple(told)


@dataclass(frozen=True)
class Lint:
    """Likely slips of config and tables, one method per kind."""

    loaded: Loaded
    inputs: Inputs
    options: OptionTable

    @property
    def projects(self) -> pd.DataFrame:
        """The candidates."""
        return self.inputs.projects

    @cached_property
    def values(self) -> dict[str, set[str]]:
        """Values of the attributes asked for so far."""
        return {
            "instrument": set(self.loaded.config.instruments) | set(map(str, self.options.table["instrument"].unique()))
        }

    def of(self, attribute: str) -> set[str]:
        """The values that rows have of an attribute, in normal form."""
        if attribute not in self.values:
            cells = pd.unique(self.projects[attribute]) if attribute in self.projects else ()
            parts = (normal(part) for cell in cells for part in str(cell).split(";") if not is_nan(cell))
            self.values[attribute] = {part for part in parts if part}
        return self.values[attribute]

    def spellings(self) -> Iterator[Message]:
        """Values that are one in two spellings, and so two groups or two projects."""
        for name in self.projects.columns:
            known = dictionary()["projects"].get(name) or dictionary()["regions"].get(name)
            grouping = (known is not None and known.type == "text") or name in {*FIRMS, *self.grouped_by}
            if not grouping or self.projects[name].dtype != object:
                continue
            cells = self.projects[name]
            values = sorted({part.strip() for cell in pd.unique(cells) for part in cell.split(";")} - {""})
            for same in (*alike(values), *shortened(values, name)):
                yield self.spelt(name, same)
            for same in promoted(values) if name in PROMOTED else ():
                if self.in_one_region(name, same):
                    yield self.spelt(name, same)
        for same in alike(self.projects["project_id"].tolist(), ids=True):
            yield self.spelt("project_id", same)

    def in_one_region(self, name: str, same: Sequence[str]) -> bool:
        """Whether places of one name lie in one region; of regions one is a city."""
        if name == "region":
            return any(one.endswith("市") for one in same)
        regions = self.projects["region"].groupby(self.projects[name].str.strip()).agg(set)
        return any(regions[one] & regions[two] for one, two in combinations(same, 2))

    @cached_property
    def grouped_by(self) -> set[str]:
        """Columns by which the config groups or chooses."""
        config = self.loaded.config
        named = {name for _, where in conditions(config, "") for name in where}
        factors = (config.leverage.realisation, config.leverage.additionality, config.leverage.displacement)
        for each in (*(limit.each for limit in config.limits), *(factor.by for factor in factors if factor)):
            named |= {each} if isinstance(each, str) else set(each or ())
        return named

    def spelt(self, name: str, same: Sequence[str]) -> Message:
        """Where the rarest of some spellings stands first, and how often there is each."""
        cells = self.projects[name].to_numpy(dtype=object)
        rows = {
            spelling: [row for row, cell in enumerate(cells) if spelling in str(cell).split(";")] for spelling in same
        }
        rows = {spelling: found or [0] for spelling, found in rows.items()}
        rarest = min(same, key=lambda spelling: (len(rows[spelling]), same.index(spelling)))
        count = [Message("options.times", {"got": visible(one), "count": len(rows[one])}) for one in same]
        place = self.inputs.place("projects", rows[rarest][0], name)
        header = self.header(name)
        return Message(
            "options.ids_alike" if name == "project_id" else "options.two_spellings", {"same": count}, place, header
        )

    def header(self, name: str) -> str:
        """The header of a column of the project table, where it is one."""
        table = self.inputs.tables.get("projects")
        return table[0].header(name) if table is not None and name in table[0].matching.names else name

    def twice(self) -> Iterator[Message]:
        """Rows with one name and one firm, or one place where no firm is told."""
        columns = [name for name in ("entity_uscc", "entity_name", "region") if name in self.projects]
        table = self.projects[["project_id", "project_name", *columns]].astype(str)
        owner = table[columns].replace("", np.nan).bfill(axis=1).iloc[:, 0].fillna("")
        keys = pd.Series(list(zip(plain(table["project_name"].tolist()), plain(owner.tolist()), strict=True)))
        keys = keys[(table["project_name"] != table["project_id"]).to_numpy()]
        for rows in keys[keys.duplicated(keep=False)].groupby(keys, sort=False).groups.values():
            ids = [table["project_id"].iloc[row] for row in rows]
            told = {"name": table["project_name"].iloc[rows[0]], "owner": owner.iloc[rows[0]]}
            place = self.inputs.place("projects", int(rows[1]), "project_name")
            yield Message("options.named_twice", told | {"ids": ids}, place, self.header("project_name"))

    def filed_twice(self) -> Iterator[Message]:
        """Rows with one filing number; words for none of it have no digits."""
        if "filing_no" not in self.projects:
            return
        numbers = pd.Series(plain(self.projects["filing_no"].astype(str).tolist()))
        numbers = numbers[numbers.str.count("[0-9]") >= FILING_DIGITS]
        for rows in numbers[numbers.duplicated(keep=False)].groupby(numbers, sort=False).groups.values():
            told = {
                "got": self.projects["filing_no"].iloc[rows[0]],
                "ids": self.projects["project_id"].iloc[rows].tolist(),
            }
            place = self.inputs.place("projects", int(rows[1]), "filing_no")
            yield Message("options.filed_twice", told, place, self.header("filing_no"))

    def shares(self) -> Iterator[Message]:
        """Grants of more than the whole of an amount: 10 written for 10 %."""
        for key, instrument in self.loaded.config.instruments.items():
            if isinstance(instrument, Grant) and instrument.rate > 1 and instrument.base in money_columns("projects"):
                told = {"got": f"{instrument.rate:f}", "percent": f"{instrument.rate * 100:f}", "base": instrument.base}
                yield self.message("rate_above_whole", f"instruments.{key}.rate", told)

    @cached_property
    def bonds(self) -> tuple[str, BondTerms | None]:
        """The source that pays the first instrument of kind bond, and its terms."""
        config = self.loaded.config
        of = {key: (name, one.bond) for name, one in config.sources.items() if one.bond for key in one.pays}
        return next((of[key] for key, one in config.instruments.items() if isinstance(one, Bond)), ("", None))

    def holding(self) -> Iterator[Message]:
        """Costs that are less than the debt service that the config says they hold."""
        source, terms = self.bonds
        if terms is None or not terms.cost_includes_debt_service:
            return
        pool = Candidates.of(self.loaded, self.inputs)
        service, cost = self.service(terms, pool.fen(NEED)), pool.fen("cost_total")
        rows = np.flatnonzero(cost < np.floor(service)).tolist()
        if rows:
            ids = [str(self.projects["project_id"].iloc[row]) for row in rows[:NAMED]]
            told = {"count": len(rows), "ids": [*ids, "…"] if len(rows) > NAMED else ids, "source": source}
            place = self.inputs.place("projects", rows[0], "cost_total")
            yield Message("options.cost_below_service", told, place, self.header("cost_total"))

    def service(self, terms: BondTerms, need: Floats) -> Floats:
        """Principal and all interest of the bonds that each project needs."""
        loans, which = loans_of(terms, Candidates.of(self.loaded, self.inputs), np.arange(len(self.projects)))
        costs = np.array([float(debt_cost(loan.repayment, loan.rate, loan.term)) for loan in loans])
        return np.asarray(need * costs[which], dtype=np.float64)

    def covers(self) -> Iterator[Message]:
        """Cover ratios that the table discloses and that its own revenue, cost and bonds do not give."""
        source, terms = self.bonds
        needed = ("cover_ratio", "revenue_total", "cost_total", NEED)
        if terms is None or any(name not in self.projects for name in (*needed, terms.other_debt or NEED)):
            return
        disclosed, need = (self.projects[name].to_numpy(float) for name in ("cover_ratio", NEED))
        computed = self.computed(terms, need)
        odd = np.flatnonzero(np.isfinite(computed) & (need > 0) & (np.abs(disclosed - computed) > COVER_APART)).tolist()
        held = self.computed(terms.model_copy(update={"cost_includes_debt_service": True}), need)
        fits = [row for row in odd if abs(disclosed[row] - held[row]) <= COVER_APART]
        if 2 * len(fits) > len(odd):
            told = {"count": len(fits), "source": source, "project": self.projects["project_id"].iloc[fits[0]]}
            place = self.inputs.place("projects", fits[0], "cost_total")
            yield Message("options.cost_holds_service", told, place, self.header("cost_total"))
        for row in odd[:FEW]:
            told = {"project": self.projects["project_id"].iloc[row], "disclosed": f"{disclosed[row]:.10g}"}
            place = self.inputs.place("projects", row, "cover_ratio")
            said = told | {"computed": f"{computed[row]:.4g}", "source": source}
            yield Message("options.cover_differs", said, place, self.header("cover_ratio"))
        if len(odd) > FEW:
            place, header = self.inputs.place("projects", odd[FEW], "cover_ratio"), self.header("cover_ratio")
            ids = self.projects["project_id"].iloc[odd[FEW:]].tolist()
            yield Message("tables.like_these", {"count": len(ids), "ids": ids[:NAMED]}, place, header)

    def computed(self, terms: BondTerms, need: Floats) -> Floats:
        """The cover of every project by its cells, NaN where one is blank."""
        pool, service = Candidates.of(self.loaded, self.inputs), self.service(terms, need)
        revenue, cost = (self.projects[name].to_numpy(float) for name in ("revenue_total", "cost_total"))
        if terms.cost_includes_debt_service:
            cost = np.maximum(cost - service, 0)
        other = 0.0 if terms.other_debt is None else np.maximum(np.nan_to_num(pool.fen(terms.other_debt)), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((revenue - cost) / (service + other), dtype=np.float64)

    def percents(self) -> Iterator[Message]:
        """Percentages that look like fractions."""
        for column in dictionary()["projects"].values():
            if column.type != "percent" or column.name not in self.projects:
                continue
            cells = self.projects[column.name].to_numpy(float)
            small = np.flatnonzero((cells > 0) & (cells < SMALLEST_PERCENT))
            if len(small):
                told = {"count": len(small), "least": SMALLEST_PERCENT, "got": f"{cells[small[0]]:.10g}"}
                place = self.inputs.place("projects", int(small[0]), column.name)
                yield Message("options.percent_small", told, place, self.header(column.name))

    def ranges(self) -> Iterator[Message]:
        """Conditions {min, max} on numbers that no candidate meets: often another unit."""
        unit = self.loaded.config.unit.fen_per_unit
        for path, where in conditions(self.loaded.config, ""):
            for name, condition in where.items():
                bounded = isinstance(condition, Range) and (condition.min is not None or condition.max is not None)
                if not bounded or name not in self.projects or self.projects[name].dtype.kind not in "fiu":
                    continue
                cells = self.projects[name].to_numpy(float) / (unit if name in money_columns("projects") else 1)
                known = cells[~np.isnan(cells)]
                if len(known) and not holds(condition, cells).any():
                    told = {"low": f"{known.min():.10g}", "high": f"{known.max():.10g}"}
                    yield self.message("range_empty", f"{path}.{name}", told)

    def factors(self) -> Iterator[Message]:
        """Values with a number of their own that no row has, near to one that has none."""
        config = self.loaded.config
        mappings: list[tuple[str, Any, Any]] = [
            (f"leverage.{name}.{factor.listed[0]}", factor.by, factor.listed[1])
            for name in ("realisation", "additionality", "displacement")
            if (factor := getattr(config.leverage, name)) is not None and factor.listed[1]
        ]
        if config.spending is not None:
            mappings.append(("spending.profile", config.spending.by, dict.fromkeys(config.spending.profile)))
        if config.robust is not None:
            mappings.append(("robust.deviation.values", config.robust.deviation.by, config.robust.deviation.values))
        for path, by, values in mappings:
            for depth, attribute in enumerate([by] if isinstance(by, str) else by):
                listed = {normal(key): spot for spot, key in keys_at(values, depth, path)}
                there = self.of(attribute)
                for absent in sorted(set(listed) - there) if there else ():
                    near = nearest(absent, there - set(listed))
                    if near is not None:
                        yield self.message("value_near", listed[absent], {"got": absent, "near": near})

    def tiers(self) -> Iterator[Message]:
        """Grades that the planner gives a share and that no row has."""
        debt = self.loaded.config.debt
        if debt is None or debt.grade is None or self.loaded.origins.get("debt.tiers") == "default":
            return
        there = self.of(debt.grade)
        for grade in debt.tiers:
            path = f"debt.tiers.{grade}"
            if self.loaded.origins.get(path) != "default" and normal(grade) not in there:
                yield self.message("value_absent", path, {"got": grade, "there": sorted(there)})

    def before(self) -> Iterator[Message]:
        """Parts of the investment that reports do not know."""
        known = {*PARTS_OF_INVESTMENT, *RATIOS, *(value for name in VALUES_OF_INVESTMENT for value in self.of(name))}
        for name in self.loaded.config.report.before:
            if name not in known:
                yield self.message("value_absent", f"report.before.{name}", {"got": name, "there": sorted(known)})

    def selective(self) -> Iterator[Message]:
        """Columns that warnings are asked to look at and that are not there."""
        flags = self.loaded.config.flags
        for number, name in enumerate(flags.selective if flags is not None else ()):
            path = f"flags.selective.{number}"
            if self.loaded.origins.get(path, "default") != "default" and name not in self.projects:
                yield self.message(
                    "value_absent", path, {"got": name, "there": sorted(map(str, self.projects.columns))}
                )

    def closed(self) -> Iterator[Message]:
        """Instruments that no candidate may have, with the rule that keeps most out of those it is meant for."""
        table = self.options.table
        used = set(map(str, table["instrument"].unique()))
        if self.options.parts is not None:
            used |= set(map(str, self.options.parts.table(table)["instrument"].unique()))
        screening = self.options.screening
        for key in self.loaded.config.instruments:
            kept_out = screening[screening["instrument"] == key]
            if key in used or kept_out.empty:
                continue
            others = kept_out.loc[kept_out["rule"].isin(MEANT_FOR_OTHERS), "project_id"]
            meant = kept_out[~kept_out["project_id"].isin(others)]
            whole = meant.empty or others.empty
            rows = kept_out if whole else meant
            rules = rows["rule"].value_counts()
            rule, count = str(rules.index[0]), int(rules.iloc[0])
            first = rows[rows["rule"] == rule].iloc[0].fillna("")
            told = {"rule": rule, "count": count, "project": first["project_id"], "threshold": first["threshold"]}
            told["all"] = len(self.projects) if whole else meant["project_id"].nunique()
            code = "open_to_nobody" if whole else "open_to_none_meant"
            yield self.message(code, f"instruments.{key}", told | {"value": first["value"]})

    def unserved(self) -> Iterator[Message]:
        """Categories without any option that look like one with some: misspelt."""
        alone = np.ones(len(self.projects), bool)
        alone[self.options.table["project"].unique()] = False
        served = {*map(normal, self.projects["category"][~alone].unique())}
        rows = self.projects[alone & ~self.projects["category"].map(normal).isin(served).to_numpy()]
        for category, ids in rows.groupby(rows["category"].map(normal), sort=False)["project_id"]:
            near = nearest(str(category), served)
            if near is not None:
                told_of = {"got": category, "near": near, "count": len(ids), "project": ids.iloc[0]}
                yield self.message("category_unserved", "projects", told_of)

    def unread(self) -> Iterator[Message]:
        """Guarantees whose fee classes go by the base, though the table knows the credit per client."""
        known = "client_amount" in self.projects and bool(self.projects["client_amount"].notna().any())
        for key, instrument in self.loaded.config.instruments.items():
            if known and isinstance(instrument, Guarantee) and instrument.client is None:
                yield self.message("client_unread", f"instruments.{key}", {"base": instrument.base})

    def message(self, code: str, path: str, values: Mapping[str, object]) -> Message:
        """A notice at its place."""
        there = values.get("there")
        if isinstance(there, list):
            values = {"got": values["got"], "hint": did_you_mean(str(values["got"]), there)}
        return Message(f"options.{code}", values, self.loaded.place(path), path)


def conditions(part: BaseModel, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Path and conditions of every mapping of conditions below a part of the config."""
    for name, info in type(part).model_fields.items():
        value, key = getattr(part, name), info.alias or name
        below = f"{path}.{key}" if path else key
        if name in WHERE and isinstance(value, dict):
            yield below, value
            continue
        for address, child in children(value):
            yield from conditions(child, f"{below}.{address}" if address else below)


def keys_at(values: Any, depth: int, path: str) -> Iterator[tuple[str, str]]:
    """Path and key of every entry of nested mappings at a depth."""
    if not isinstance(values, Mapping):
        return
    for key, child in values.items():
        if depth:
            yield from keys_at(child, depth - 1, f"{path}.{key}")
        else:
            yield f"{path}.{key}", str(key)
