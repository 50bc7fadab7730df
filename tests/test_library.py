"""The application as a library: runs are opened by name, plans and comparisons show themselves in notebooks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from planning import ROOT, write_plan

import allocator
from allocator.messages.errors import InputError

CONFIG = {
    "title": "两个 <b>项目</b>", "language": "zh", "money": "万元", "years": [2026, 2027],
    "sources": {"fiscal": {"name": "财政资金", "budget": 60, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "name": "补助", "rate": 0.1, "award": {"levels": 1}}},
}  # fmt: skip
ROWS = [
    {"project_id": f"P{n}", "project_name": f"<i>厂{n}</i>", "region": "甲市", "category": "技改",
     "fixed_investment": 100 * n, "total_investment": 100 * n}
    for n in (1, 2)
]  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run."""
    place = tmp_path_factory.mktemp("library")
    allocator.run(write_plan(place, CONFIG, projects=ROWS), out=place / "runs")
    return place / "runs"


def test_a_stored_run_is_opened_by_folder_id_beginning_and_as_the_latest(out: Path) -> None:
    """All four are the same run, with its tables and config."""
    (folder,) = out.iterdir()
    opened = [allocator.load_run(name, out) for name in (folder, folder.name, folder.name[:10], "latest")]

    assert {folder.name} == {run.run_id for run in opened}
    assert [10.0, 20.0] == sorted(opened[0].tables["awards"]["award"])
    assert ["P1", "P2"] == sorted(allocator.load_run(str(folder)).tables["projects"]["project_id"])


def test_a_run_that_is_not_there_is_refused_as_by_the_commands(out: Path) -> None:
    """The nearest name is told."""
    with pytest.raises(InputError, match="did you mean"):
        allocator.load_run("20990101", out)


def test_plans_show_themselves_in_notebooks(out: Path) -> None:
    """Words of the plan's language, figures with separators, and no markup of a planner's own."""
    plan = allocator.solve(allocator.load(out.parent / "plan.yaml"))
    stored = allocator.load_run("latest", out)

    for shown in (plan._repr_html_(), stored._repr_html_()):
        assert "两个 &lt;b&gt;项目&lt;/b&gt;" in shown
        assert "<th>目标值</th>" in shown
        assert "<th>与上界的差距</th><td>0.000%</td>" in shown
        assert "&lt;i&gt;厂1&lt;/i&gt;" in shown
        assert "<i>" not in shown
        assert f"<td>{Decimal(str(stored.manifest['objective'])):,.4f}".rstrip("0").rstrip(".") in shown


def test_comparisons_show_themselves_in_notebooks(out: Path) -> None:
    """The screen of the command."""
    (folder,) = out.iterdir()
    found = allocator.compare(folder, folder, attribution=False)

    assert found._repr_html_().startswith("<pre>")
    assert folder.name in found._repr_html_()


def test_types_are_for_others_too() -> None:
    """Both packages carry the mark that tells type checkers so."""
    assert all((ROOT / package / "py.typed").is_file() for package in ("allocator", "models"))
