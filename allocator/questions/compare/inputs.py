"""What two plans were made from, and where it differs: every key of the config, every cell of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.config.keys.scalars import plain_number
from allocator.config.rules.money_rules import amounts
from allocator.config.source.resolved import dumped, keyed
from allocator.money import Money
from allocator.money.arrays import is_nan
from allocator.problem.measures import MONEY_MEASURES
from allocator.questions.compare.pairing import Pair
from allocator.tables.files.columns import money_columns

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.runs.folder import StoredRun

COLUMNS = ["kind", "item", "what", "before", "after", "origin_before", "origin_after"]
TABLES = ("projects", "options", "commitments")
KEYS = {"projects": ["project_id"], "options": ["project_id", "option"], "commitments": ["project_id", "option"]}
PATHS = re.compile(r"(projects|regions|options|commitments|report\.map|leverage\.\w+\.file)$")
"""Keys that name a file; what stands in the file is compared instead."""


def differences(pair: Pair) -> pd.DataFrame:
    """One row per key of the config, row or cell of a table that differs; blank where one run has none."""
    rows = [*config_differences(pair), *table_differences(pair), *factor_differences(pair)]
    return pd.DataFrame(rows, columns=COLUMNS)


def config_differences(pair: Pair) -> Iterator[tuple[str, ...]]:
    """Keys whose values differ, with where each came from; a part that one run lacks, by what is written in it."""
    before, after = values_as_text(pair.before, pair.before.money), values_as_text(pair.after, pair.before.money)
    origins = origins_of(pair.before), origins_of(pair.after)
    told: set[str] = set()
    silent: dict[str, tuple[bool, list[str]]] = {}
    for path in dict.fromkeys([*before, *after]):
        one, other = before.get(path, ""), after.get(path, "")
        if one == other or PATHS.match(path) or path == "money":
            continue
        places = [known.get(path, known.get(f"{path}.0", "")) for known in origins]
        if (path not in before and places[1] == "default") or (path not in after and places[0] == "default"):
            silent.setdefault(rule_of(path), (path not in before, places))
            continue
        told.add(rule_of(path))
        yield "config", path, rule_of(path), one, other, *places
    for part, (is_new, places) in silent.items():
        if part not in told:
            yield "config", part, part, *(("", "{}") if is_new else ("{}", "")), *places


def rule_of(path: str) -> str:
    """The part of the config that a key belongs to."""
    return path.partition(".")[0]


def values_as_text(run: StoredRun, unit: Money) -> dict[str, str]:
    """Dotted path → value as text, amounts in ``unit``."""
    config = run.loaded.config
    values, own = dict(leaves(dumped(config))), run.money
    money = {".".join(map(str, path)) for path, _ in (*amounts(config), *rule_amounts(config))}
    named = named_paths(config)
    found = {}
    for path, value in values.items():
        is_money = (path in money or path in named) and isinstance(value, Decimal)
        found[path] = written(value * own.size / unit.size if is_money else value)
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its dotted path; a list of plain values is one value."""
    plain_list = isinstance(value, (list, tuple)) and not any(isinstance(item, dict) for item in value)
    if plain_list or not isinstance(value, (dict, list, tuple)) or not value:
        yield path, value
        return
    for key, child in keyed(value):
        yield from leaves(child, f"{path}.{key}" if path else key)


def rule_amounts(config: Config) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """Amounts of limits and targets on money, by name."""
    for section, rules in (("limits", config.limits), ("targets", config.targets)):
        for rule in rules:
            for end in ("min", "max", "base"):
                value = getattr(rule, end, None)
                if value is not None and rule.measure in MONEY_MEASURES:
                    yield (section, rule.name, end), value


def named_paths(config: Config) -> frozenset[str]:
    """Addresses by name of the amounts above."""
    return frozenset(".".join(path) for path, _ in rule_amounts(config))


def written(value: Any) -> str:
    """A value of the config as text."""
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    return str(value)


def origins_of(run: StoredRun) -> Mapping[str, str]:
    """Where the planner wrote every value."""
    return {path: str(place) for path, place in run.manifest.get("origins", {}).items()}


def table_differences(pair: Pair) -> Iterator[tuple[str, ...]]:
    """Rows that one table has alone, and cells that differ."""
    one, other = pair.inputs
    for role in TABLES:
        frames = [getattr(inputs, role) for inputs in (one, other)]
        units = [Money.of(pair.before.money.name, run.money.quantum) for run in (pair.before, pair.after)]
        first, second = (indexed(frame, role, unit) for frame, unit in zip(frames, units, strict=True))
        for key in dict.fromkeys([*first, *second]):
            yield from row_differences(role, key, first.get(key), second.get(key))


def indexed(frame: pd.DataFrame | None, role: str, unit: Money) -> dict[str, dict[str, str]]:
    """Key of a row → its cells as text, amounts in ``unit``."""
    if frame is None:
        return {}
    money = money_columns("projects") | money_columns("options") | {name for name in frame.columns if "@" in str(name)}
    cells = {str(name): cells_as_text(frame[name], unit if name in money else None) for name in frame.columns}
    keys = zip(*(frame[name].astype(str) for name in KEYS[role] if name in frame.columns), strict=True)
    columns = [name for name in cells if name not in KEYS[role]]
    rows = zip(*(cells[name] for name in columns), strict=True)
    return {" / ".join(key): dict(zip(columns, row, strict=True)) for key, row in zip(keys, rows, strict=True)}


def cells_as_text(values: pd.Series, unit: Money | None) -> list[str]:
    """A column as text."""
    if unit is not None and values.dtype.kind in "fiu":
        return unit.texts(values.to_numpy(float))
    if values.dtype.kind in "fiub":
        return ["" if is_nan(value) else f"{float(value):.15g}" for value in values]
    return [str(value) for value in values]


def row_differences(
    role: str, key: str, one: Mapping[str, str] | None, other: Mapping[str, str] | None
) -> Iterator[tuple[str, ...]]:
    """What differs in one row."""
    if one is None or other is None:
        name = (one or other or {}).get("project_name", "")
        yield role, key, "added" if one is None else "removed", name if one else "", name if other else "", "", ""
        return
    for column in dict.fromkeys([*one, *other]):
        if one.get(column, "") != other.get(column, ""):
            yield role, key, column, one.get(column, ""), other.get(column, ""), "", ""


def factor_differences(pair: Pair) -> Iterator[tuple[str, ...]]:
    """Rows of leverage tables in files that differ."""
    tables: list[dict[str, str]] = []
    for run, inputs in zip((pair.before, pair.after), pair.inputs, strict=True):
        found = {}
        for name in ("realisation", "additionality", "displacement"):
            factor = getattr(run.loaded.config.leverage, name)
            frame = None if factor is None or factor.file is None else inputs.factors[str(factor.file)]
            for row in () if frame is None else frame.itertuples(index=False, name=None):
                found[f"{name}: {' / '.join(map(str, row[:-1]))}"] = str(row[-1])
        tables.append(found)
    for key in dict.fromkeys([*tables[0], *tables[1]]):
        one, other = (table.get(key, "") for table in tables)
        if one != other:
            yield "leverage", key, "value", one, other, "", ""
