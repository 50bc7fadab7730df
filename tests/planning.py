"""Plans written to files and decided through the public API: what the tests of whole plans share."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

import allocator
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError

Row = dict[str, Any]
ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
"""Public data sets that do not belong to the project; tests that need them are skipped where they are absent."""


def _plain(value: Any) -> Any:
    """``value`` with every number as YAML writes it, and exact."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Decimal | Fraction) else value


def write_table(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV; a column may be missing from some of them."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_plan(folder: Path, config: Row, **tables: list[Row]) -> Path:
    """Write a config and its tables (projects=…, options=…) into ``folder``; the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", rows)
    whole = {"language": "en", **config, **{name: f"{name}.csv" for name in tables}}
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(_plain(whole), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def decide(path: Path, *overrides: str) -> allocator.Solution:
    """The plan that `allocator run` finds and verifies, without storing it."""
    return allocator.solve(allocator.load(path, overrides=overrides))


def chosen(solution: allocator.Solution) -> list[tuple[str, str]]:
    """Project and option of every award, in order."""
    return sorted(zip(solution.awards["project_id"], solution.awards["option"].astype(str), strict=True))


def config_faults(folder: Path, text: str) -> list[str]:
    """What is said, in English, of a config with this text; nothing where it is taken."""
    file = folder / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_config(file)
    except InputError as error:
        return [message.text("en") for message in error.messages]
    return []
