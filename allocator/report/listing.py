"""The list of stored runs: one row each, from the manifest alone as far as it says so; what it does not say is a dash."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from allocator.messages import say
from allocator.messages.errors import AllocatorError
from allocator.report.amounts import amount, grouped, padded, percent, width

if TYPE_CHECKING:
    from allocator.runs.folder import StoredRun

HEADS: Final = ("run", "made", "status", "awarded", "objective", "gap", "scenario", "set", "title")
RIGHT: Final = frozenset({"awarded", "objective", "gap"})
NOTHING: Final = "–"
FINE: Final = 1000
"""From here on two decimals of points are enough."""


def lines(stored: Sequence[StoredRun], language: str) -> list[str]:
    """A heading and a line for every run, in columns."""
    rows = [{head: say(f"cli.list_{head}", language) for head in HEADS}]
    rows += [{head: _cell(COLUMNS[head], run, language) for head in HEADS} for run in stored]
    shown = [head for head in HEADS if any(row[head] != NOTHING for row in rows[1:])]
    widths = {head: max(width(row[head]) for row in rows) for head in shown}
    return ["  ".join(padded(row[head], widths[head], right=head in RIGHT) for head in shown).rstrip() for row in rows]


def _cell(of: Callable[[StoredRun, str], object], run: StoredRun, language: str) -> str:
    """One cell on one line; a dash where the run does not say it, or not so that it can be read."""
    try:
        found = of(run, language)
    except (AllocatorError, OSError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError, csv.Error):
        return NOTHING
    return " ".join(str(found or "").split()) or NOTHING


def made(run: StoredRun, _language: str = "") -> str:
    """When it was made, with the zone of the clock it was made by."""
    return datetime.fromisoformat(run.manifest["made"]).isoformat(" ", "seconds")


def awarded(run: StoredRun, language: str) -> str:
    """What is awarded in all."""
    with (run.folder / "totals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        found = [row["value"] for row in rows if (row["dimension"], row["measure"]) == ("all", "award")][0]  # noqa: RUF015
    return amount(float(found), run.money, language)


def objective(run: StoredRun, language: str) -> str:
    """The goal's value, with a unit where all of it is money; of goals in order the last one's, which the run states."""
    manifest: Any = run.manifest
    aims, value = manifest["goals"][-1:] if manifest["stages"] else manifest["goals"], float(manifest["objective"])
    if "minimise" in manifest["origins"] or all(aim.get("unit", run.money.name) == run.money.name for aim in aims):
        return amount(value, run.money, language)
    return grouped(value, 2 if abs(value) >= FINE else 4)


def overrides(run: StoredRun, _language: str) -> str:
    """What `--set` changed, as the config has it since."""
    paths = [path for path, origin in run.manifest["origins"].items() if origin == "--set"]
    if not paths:
        return ""
    from allocator.config.source.load import plain_values
    from allocator.config.source.resolved import walked
    from allocator.config.source.yaml_source import read_file
    from allocator.runs.folder import CONFIG

    found = dict(walked(plain_values(read_file(run.folder / CONFIG, CONFIG)), ""))
    return "; ".join(f"{path}={found.get(path, '…')}" for path in paths)


COLUMNS: Final[dict[str, Callable[[StoredRun, str], object]]] = {
    "run": lambda run, _: run.folder.name,
    "made": made,
    "status": lambda run, language: say(f"cli.status_{run.manifest['status']}", language),
    "awarded": awarded,
    "objective": objective,
    "gap": lambda run, _: percent(float(Decimal(run.manifest["gap"])), 3),
    "scenario": lambda run, _: run.manifest.get("scenario"),
    "set": overrides,
    "title": lambda run, _: run.manifest.get("title"),
}
