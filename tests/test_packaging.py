"""The built package works away from its checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from planning import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as an index would get it."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_runs_beside_a_module_named_models(wheel: Path, tmp_path: Path) -> None:
    """A file `models.py` in the planner's folder does not hide the mathematics."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    beside = tmp_path / "planner"
    beside.mkdir()
    (beside / "models.py").write_text("raise RuntimeError('the wrong models')\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "allocator", "run", str(ROOT / "configs" / "starter.yaml")],
        cwd=beside,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert 1 == len(list((beside / "runs").glob("*/manifest.json")))


def test_wheel_holds_the_data_it_needs(wheel: Path) -> None:
    """Catalogues, templates and the data dictionary are in the wheel; tests and demo tables are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "allocator").rglob("*")
        if path.suffix in {".yaml", ".csv", ".html", ".css", ".js", ".json", ".j2", ".typed"}
    }

    assert set() == here - names
    assert [] == [name for name in names if name.startswith(("tests/", "configs/"))]
