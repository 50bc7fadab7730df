"""The map of the report: our tiles for Guangxi's cities, the planner's GeoJSON otherwise, and nothing where neither fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_runs import made_run
from planning import ROOT

import allocator
from allocator.messages.errors import InputError
from allocator.pipeline import store
from allocator.report import tile_map, view, write_reports
from allocator.report.chapters import groups
from allocator.runs import folder as run_folder
from allocator.verify import verify

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def plan(folder: Path, shapes: object) -> Path:
    """The starter plan with a map of its own."""
    (folder / "map.geojson").write_text(json.dumps(shapes), encoding="utf-8")
    config = folder / "plan.yaml"
    config.write_text(f"extends: {ROOT / 'configs' / 'starter.yaml'}\nreport: {{map: map.geojson}}\n", encoding="utf-8")
    return config


def named(*names: str) -> dict[str, object]:
    """A map with a square for each name."""
    shape = {"type": "Polygon", "coordinates": SQUARE}
    features = [{"type": "Feature", "properties": {"name": name}, "geometry": shape} for name in names]
    return {"type": "FeatureCollection", "features": features}


def test_there_is_a_tile_for_each_city() -> None:
    """Fourteen cities, no two on one place."""
    shapes = tile_map.tiles()["features"]

    assert 14 == len(shapes)
    assert 14 == len({tuple(shape["geometry"]["coordinates"][0][0]) for shape in shapes})


def test_cities_are_matched_by_name(tmp_path: Path) -> None:
    """南宁 is 南宁市 and Nanning."""
    shapes = tile_map.tiles()

    assert {"南宁市": "南宁", "Nanning": "南宁", "Beihai City": "北海"} == tile_map.matched(
        shapes, ["南宁市", "Nanning", "Beihai City", "上海"]
    )
    chart = groups.on_map(view.View(made_run(tmp_path), "zh"))
    assert chart is not None
    assert {"南宁", "柳州", "桂林"} == {item["name"] for item in chart.option["series"][0]["data"]}


def test_other_regions_have_no_map(tmp_path: Path) -> None:
    """Regions that are on no map are no error."""
    out = tmp_path / "runs"
    folder = store.write(allocator.run(ROOT / "configs" / "starter.yaml"), out)

    assert groups.on_map(view.View(run_folder.read(folder), "zh")) is None


@pytest.mark.slow
def test_a_map_of_ones_own_is_drawn_and_travels_with_the_run(tmp_path: Path) -> None:
    """The file is copied into the run, drawn from there, and verified like every input."""
    config = plan(tmp_path, named("甲市", "乙市", "丙市"))
    folder = store.write(allocator.run(config), tmp_path / "runs")
    config.with_name("map.geojson").unlink()
    run = run_folder.read(folder)
    chart = groups.on_map(view.View(run, "en"))

    assert chart is not None
    assert chart.option["maps"]["regions"] == named("甲市", "乙市", "丙市")
    assert "report.map" in [entry["role"] for entry in run.manifest["inputs"]]
    assert verify(folder).ok
    assert all(path.is_file() for path in write_reports(run, tmp_path, "en"))


@pytest.mark.parametrize("shapes", [{}, {"features": []}, {"features": [{"geometry": {}, "properties": {}}]}, [1]])
def test_a_bad_map_is_refused(tmp_path: Path, shapes: object) -> None:
    """A file that is no map is an error with its name, before anything is solved."""
    with pytest.raises(InputError, match=r"map\.geojson: report\.map: no GeoJSON map"):
        allocator.run(plan(tmp_path, shapes))
