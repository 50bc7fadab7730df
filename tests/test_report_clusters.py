"""The report shows chains, synergies, parks and the course of spending, in both languages, with exact figures."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_clusters
import test_parks
import test_volume

import allocator
from allocator.report import sections
from allocator.report.view import Table
from allocator.runs.folder import read


def tables(solution: allocator.Solution, language: str) -> dict[str, Table]:
    """The tables of the section by key."""
    assert solution.folder is not None
    section = next(s for s in sections.build(read(solution.folder), language).sections if s.key == "clusters")
    return {table.key: table for table in section.tables}


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("closed", "open", "not together")), ("zh", ("已补齐", "未补齐", "未形成"))]
)
def test_nodes_and_synergies(tmp_path: Path, language: str, words: tuple[str, str, str]) -> None:
    """A closes the cells for a bonus of 5, nobody can be paid for the motors, and A alone is no synergy."""
    synergies = [{"name": "s", "projects": ["A", "C"], "bonus": 5}]
    chains = {"bonus": {"gap": 5}, "role": "state"}
    path = test_clusters.made(tmp_path, 1, chains=chains, synergies=synergies)
    found = tables(allocator.run(path, out=tmp_path / "runs"), language)
    nodes, bundle = found["nodes"].rows, found["synergies"].rows.iloc[0]

    assert [("cells", "gap", words[0], 5, 2, 1, "A A"), ("motors", "weak", words[1], 0, 1, 0, "")] == list(
        nodes[["node", "role", "state", "bonus", "candidates", "funded", "by"]].itertuples(index=False, name=None)
    )
    assert ("s", words[2], 0, 2, 2, 1) == tuple(bundle[["synergy", "state", "bonus", "members", "needed", "funded"]])


def test_capacity(tmp_path: Path) -> None:
    """Nothing is used before the park of 2021 can be: then 130 of 140."""
    rows = tables(allocator.run(test_parks.made(tmp_path, 4), out=tmp_path / "runs"), "en")["parks"].rows

    assert [(2021, 40, 0, 40), (2022, 140, 130, 10), (2023, 140, 130, 10)] == list(
        rows[["year", "capacity", "used", "headroom"]].itertuples(index=False, name=None)
    )


def test_spending(tmp_path: Path) -> None:
    """Years after the plan are told as such and add up, with those before, to all investment."""
    solution = allocator.run(test_volume.made(tmp_path, 4, spending=test_volume.SLOW), out=tmp_path / "runs")
    rows = tables(solution, "en")["spending"].rows

    assert solution.awards["nominal_investment"].sum() == pytest.approx(rows["nominal_investment"].sum())
    assert "after the plan" == rows["period"].iloc[-1]
    assert rows.loc[rows["period"] != "plan", "growth"].isna().all()


def test_nothing_asked_nothing_shown(tmp_path: Path) -> None:
    """Without chains, synergies, parks and profiles the section is not there."""
    solution = allocator.run(test_clusters.made(tmp_path, 2), out=tmp_path / "runs")
    assert solution.folder is not None

    assert "clusters" not in [s.key for s in sections.build(read(solution.folder), "en").sections]
