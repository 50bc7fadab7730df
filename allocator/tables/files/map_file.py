"""The planner's own map for reports: a GeoJSON file, checked when the tables are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.tables.files.sheet import Source
from allocator.tables.files.sheets import read_bytes, sha256

if TYPE_CHECKING:
    from allocator.tables.files.problems import Problems

ROLE = "report.map"


def checked_map(source: Source, problems: Problems) -> tuple[Path, str] | None:
    """Path and digest of a map file; None, and a problem, where it is no GeoJSON with named features."""
    data = read_bytes(source, problems)
    if data is None:
        return None
    try:
        shapes = json.loads(data.decode("utf-8-sig"))
        names = [feature["properties"]["name"] for feature in shapes["features"] if feature["geometry"]]
        if not names:
            raise ValueError("no feature")  # noqa: TRY301 - said like any other fault of the file
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problems.error("bad_map", source.shown, source.key, error=str(error) or type(error).__name__)
        return None
    return source.path, sha256(data)


def shapes_in(path: Path) -> dict[str, Any]:
    """The map as it stands in a run folder."""
    shapes: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return shapes
