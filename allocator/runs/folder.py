"""Run folders: opened, listed and found by name. Reading one needs no solver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.runs import manifest as manifests

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.loaded import Loaded
    from allocator.money import Money

RUNS = Path("runs")
MANIFEST = "manifest.json"
LATEST = "latest"
STAMP = re.compile(r"\d{8}-\d{6}", re.ASCII)
"""The time at the beginning of a run's id."""
CONFIG = "config.resolved.yaml"
NEEDED = frozenset(
    {"run_id", "title", "language", "money", "status", "objective", "bound", "gap", "inputs", "sizes", "timings"}
    | {"versions", "notices", "assumptions"}
)
"""What every manifest says."""


@dataclass(frozen=True)
class StoredRun:
    """A run folder that has been opened; tables and config are read when first asked for."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """The id under which the run was stored."""
        return str(self.manifest["run_id"])

    @property
    def language(self) -> str:
        """Language of the config."""
        return str(self.manifest["language"])

    @cached_property
    def loaded(self) -> Loaded:
        """The config the run was made with."""
        from allocator.config.source.load import load_config

        return load_config(self.folder / CONFIG)

    @cached_property
    def money(self) -> Money:
        """The unit of every amount."""
        from allocator.money import Money

        return Money.of(str(self.manifest["money"]), Decimal(self.manifest.get("quantum", "0.01")))

    @cached_property
    def notices(self) -> tuple[Message, ...]:
        """What the planner should know about the inputs."""
        return manifests.messages(self.manifest["notices"])

    @cached_property
    def assumptions(self) -> tuple[Message, ...]:
        """What was assumed where the planner said nothing."""
        return manifests.messages(self.manifest["assumptions"])

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table of the run; amounts in the config's unit."""
        from allocator.runs import stored_tables

        return {name: stored_tables.read_table(self.folder, name) for name in stored_tables.stored(self.folder)}

    def _repr_html_(self) -> str:
        """What a notebook shows: title, headline figures, first awards."""
        from allocator.runs import notebook

        figures = {key: self.manifest[key] for key in ("run_id", "status", "objective", "bound", "bound_by", "gap")}
        return notebook.page(str(self.manifest["title"]), figures, self.tables["awards"], self.language)


def load_run(run: str | Path, out: str | Path = RUNS) -> StoredRun:
    """Open a stored run by its folder, its id, the beginning of its id, or ``latest`` for the last one below ``out``.

    Raises:
        InputError: no run or several runs answer to the name, or the folder holds none that can be read.
    """
    return read(find(str(run), Path(out)))


def read(folder: Path) -> StoredRun:
    """Open a run folder.

    Raises:
        InputError: the folder holds no run, or its manifest cannot be read.
    """
    path = folder / MANIFEST
    try:
        manifest = manifests.loads(path.read_text(encoding="utf-8"))
        missing = NEEDED - set(manifest)
        if missing:
            raise KeyError(*sorted(missing)[:1])  # noqa: TRY301 - said like any other fault of the file
    except FileNotFoundError:
        raise InputError([Message("cli.no_run_folder", {"folder": str(folder)})]) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError([Message("cli.bad_manifest", {"file": str(path), "error": str(error)})]) from None
    return StoredRun(folder, manifest)


def runs(out: Path = RUNS) -> list[StoredRun]:
    """Every stored run below ``out``, newest last; folders that are no runs are passed over."""
    return runs_and_others(out)[0]


def runs_and_others(out: Path = RUNS) -> tuple[list[StoredRun], list[InputError]]:
    """Every stored run below ``out``, newest last, and why others that look like one cannot be read."""
    found, faults = [], []
    for folder in sorted(folders(out), key=age):
        try:
            found.append(read(folder))
        except InputError as error:
            faults.append(error)
    return found, faults


def folders(out: Path) -> list[Path]:
    """The folders below ``out`` that have a manifest, by name."""
    found = sorted(path.parent for path in out.glob(f"*/{MANIFEST}")) if out.is_dir() else []
    return [folder for folder in found if not folder.name.startswith(".")]


def age(folder: Path) -> tuple[str, float, str]:
    """When a run was made, to be put in order: by the time in its id, that of its file where it is called otherwise."""
    written = (folder / MANIFEST).stat().st_mtime
    named = STAMP.match(folder.name)
    return (
        named[0] if named else f"{datetime.fromtimestamp(written).astimezone():%Y%m%d-%H%M%S}",
        written,
        folder.name,
    )


def find(name: str, out: Path = RUNS) -> Path:
    """The folder of a run named by its folder, its id, the beginning of its id, or ``latest`` for the last one made.

    Raises:
        InputError: no run or several runs answer to the name.
    """
    folder = Path(name)
    if name and (folder / MANIFEST).is_file():
        return folder
    stored = folders(out)
    names = [path.name for path in stored]
    if name in names:
        return out / name
    if name == LATEST and stored:
        return max(stored, key=age)
    matches = [other for other in names if name and other.startswith(name)]
    if len(matches) == 1:
        return out / matches[0]
    if not matches and name and folder.is_dir():
        raise InputError([Message("cli.no_run_folder", {"folder": name})])
    raise InputError([unknown(name, names, matches, out)])


def unknown(name: str, names: Sequence[str], matches: Sequence[str], out: Path) -> Message:
    """Why a run was not found."""
    if matches:
        return Message("cli.several_runs", {"name": name, "runs": ", ".join(matches)})
    if name == LATEST:
        return Message("cli.no_latest", {"folder": str(out)})
    nearest = get_close_matches(name, names, n=1, cutoff=0.0)
    if nearest:
        return Message("cli.unknown_run", {"name": name, "nearest": nearest[0]})
    return Message("cli.no_runs", {"name": name, "folder": str(out)})
