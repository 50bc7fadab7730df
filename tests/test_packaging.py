"""The wheel holds all that is needed, and a planner's own files do not get in its way."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from planning import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    pytest.importorskip("hatchling", reason="builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel installed; its dependencies are those of this environment."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    is_windows = os.name == "nt"
    executable = home / ("Scripts/python.exe" if is_windows else "bin/python")
    library = "Lib" if is_windows else f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / library / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return executable


def run(python: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed package away from the checkout."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(python), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_wheel_holds_the_data_it_needs(wheel: Path) -> None:
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


def test_a_planners_own_models_py_does_not_hide_ours(python: Path, tmp_path: Path) -> None:
    """``python -m allocator`` beside a file ``models.py`` uses the installed package."""
    (tmp_path / "models.py").write_text("raise SystemExit('the wrong models')\n", encoding="utf-8")
    (tmp_path / "yaml.py").write_text("raise SystemExit('the wrong yaml')\n", encoding="utf-8")

    done = run(python, "-m", "allocator", "--version", folder=tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("allocator ")


@pytest.mark.slow
def test_the_starter_plan_can_be_made_from_the_wheel(python: Path, tmp_path: Path) -> None:
    """``init`` and ``run`` work where only the wheel is installed, beside a foreign ``models.py``."""
    (tmp_path / "models.py").write_text("raise SystemExit('the wrong models')\n", encoding="utf-8")

    started = run(python, "-m", "allocator", "init", "plan", "--language", "en", folder=tmp_path)
    made = run(python, "-m", "allocator", "run", "plan/plan.yaml", folder=tmp_path)

    assert (0, "") == (started.returncode, started.stderr)
    assert (0, "") == (made.returncode, made.stderr)
    assert 1 == len(list((tmp_path / "runs").glob("*/manifest.json")))
