"""The version of this package, installed or run from a checkout."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path


def version() -> str:
    """As the package's metadata or, in a checkout, as ``pyproject.toml`` says."""
    try:
        return metadata.version("allocator")
    except metadata.PackageNotFoundError:
        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])
