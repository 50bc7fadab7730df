"""The map: a grid of tiles for the fourteen cities of Guangxi, or the planner's own GeoJSON.

The tiles are drawn from `tiles.csv`, a table of our own: one square per city, placed roughly as they lie to each other.
No borders are shipped.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.report.amounts import amount, grouped
from allocator.report.charts import Scale
from allocator.report.view import Chart, View
from allocator.tables.files.map_file import shapes_in

if TYPE_CHECKING:
    import pandas as pd

GAP = 0.04
LEAST_MATCHED = 0.5
"""Share of the regions that must be on a map for it to be drawn."""
ENDINGS = ("市", "地区", " City", " city")


@cache
def tiles() -> dict[str, Any]:
    """The grid as GeoJSON, each city once under either name."""
    text = files("allocator.report").joinpath("tiles.csv").read_text(encoding="utf-8")
    shapes = []
    for row in csv.DictReader(text.splitlines()):
        left, top = int(row["column"]) + GAP, -int(row["row"]) - GAP
        right, bottom = left + 1 - 2 * GAP, top - 1 + 2 * GAP
        ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        names = {"name": row["name"], "also": row["name_en"]}
        shapes.append({"type": "Feature", "properties": names, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return {"type": "FeatureCollection", "features": shapes}


def bare(name: str) -> str:
    """A name without what a city's is often written with."""
    name = name.strip()
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name.casefold()


def matched(shapes: dict[str, Any], regions: list[str]) -> dict[str, str]:
    """Region → name of its shape, for those that have one."""
    names = {}
    for shape in shapes.get("features", []):
        properties = shape.get("properties") or {}
        for key in ("name", "also"):
            if properties.get(key):
                names[bare(str(properties[key]))] = str(properties["name"])
    return {region: names[bare(region)] for region in regions if bare(region) in names}


def region_map(view: View, by_region: pd.DataFrame) -> Chart | None:
    """What every region gets, on the map; None where most regions are not on it."""
    regions = [str(region) for region in by_region["region"]]
    own = view.config.report.map
    shapes = tiles() if own is None else shapes_in(Path(own))
    places = matched(shapes, regions)
    if not regions or len(places) < LEAST_MATCHED * len(regions):
        return None
    awards = dict(zip(regions, by_region["award"].astype(float), strict=True))
    counts = dict(zip(regions, by_region["funded"].astype(int), strict=True))
    scale, data = Scale.of(view, awards.values()), []
    for region, place in places.items():
        told = amount(awards[region], view.run.money, view.language)
        tip = view.say("map_tip", region=region, amount=told, count=counts[region])
        label = {"formatter": f"{region}\n{grouped(awards[region] / scale.size, 1)}"}
        data.append({"name": place, "value": awards[region], "tip": tip, "label": label})
    return drawn(view, shapes, data, [region for region in regions if region not in places], scale.name)


def drawn(view: View, shapes: dict[str, Any], data: list[dict[str, Any]], missing: list[str], unit: str) -> Chart:
    """The map as a chart."""
    series = {
        "type": "map",
        "map": "regions",
        "data": data,
        "aspectScale": 1 if view.config.report.map is None else 0.9,
        "top": 6, "bottom": 6, "left": "center",
        "label": {"show": True, "color": "var:ink", "fontSize": 13, "lineHeight": 18},
        "itemStyle": {"areaColor": "var:tint", "borderColor": "var:line"},
        "emphasis": {"label": {"color": "var:ink"}, "itemStyle": {"areaColor": "var:bar"}},
        "selectedMode": False,
    }  # fmt: skip
    top = max((item["value"] for item in data), default=0.0) or 1.0
    scale = {"show": False, "min": 0, "max": top, "inRange": {"color": ["var:tint", "var:shade"]}}
    option = {"maps": {"regions": shapes}, "tooltip": {"trigger": "item"}, "visualMap": scale, "series": [series]}
    text = view.say("chart_map_text")
    if missing:
        text += view.say("chart_map_missing", regions=missing[:20])
    return Chart("map", view.say("chart_map", unit=unit), option, text, 430, 560)
