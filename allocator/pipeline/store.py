"""Runs are stored with everything needed to reproduce them, there as a whole or not at all.

A run is put together elsewhere, verified and told there, and lands under its id by one rename.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.messages import Message
from allocator.messages.errors import InputError, VerificationFailed
from allocator.messages.progress import Phases
from allocator.pipeline import documents
from allocator.pipeline.documents import sha256
from allocator.runs import manifest as manifests
from allocator.runs.folder import CONFIG, MANIFEST, RUNS, StoredRun

if TYPE_CHECKING:
    from allocator.messages.watch import Progress
    from allocator.runs.solution import Solution

STAGING = "allocator-run-"
HIDDEN = ".partial-"
DAY = 86400.0


def write(solution: Solution, out: Path = RUNS, progress: Progress | None = None) -> Path:
    """Store a plan under ``out`` after it has been verified and its reports are made; returns its folder.

    ``out`` is made only when the run lands; a run that is killed leaves nothing in it.

    Raises:
        VerificationFailed: the plan does not keep what it promises; nothing is stored.
        InputError: an input changed while the plan was being made.
    """
    sweep(Path(tempfile.gettempdir()), STAGING)
    if out.is_dir():
        sweep(out, HIDDEN)
    with staging(out) as place:
        run_id = free_id(out, solution.run_id)
        folder = place / run_id
        folder.mkdir()
        phases = Phases(progress)
        with phases.of("write"):
            manifest = fill(folder, solution, run_id)
        note(manifest, phases)
        verify_in(folder, manifest, progress)
        while True:
            finish(folder, manifest, progress)
            try:
                return land(folder, out / run_id)
            except FileExistsError:
                run_id = free_id(out, solution.run_id)
                manifest["run_id"] = run_id
                folder = folder.rename(place / run_id)


def check_out(out: Path) -> None:
    """Find out before the work whether runs can be stored under ``out``; nothing is made.

    Raises:
        InputError: they cannot.
    """
    existing = next(place for place in [out.absolute(), *out.absolute().parents] if place.exists())
    code = 0 if os.access(existing, os.W_OK | os.X_OK) else errno.EACCES
    if not existing.is_dir():
        code = errno.ENOTDIR
    if code:
        raise InputError([Message("cli.bad_out", {"out": str(out), "error": os.strerror(code)})])


def check_file(path: Path) -> None:
    """Find out before the work whether a file can be written; an empty one is made.

    Raises:
        InputError: it cannot.
    """
    try:
        path.write_bytes(b"")
    except OSError as error:
        values = {"file": str(path), "error": os.strerror(error.errno or 0)}
        raise InputError([Message("cli.not_writable", values)]) from None


def fill(folder: Path, solution: Solution, run_id: str) -> dict[str, Any]:
    """Write tables, config, inputs and a first manifest, which the verification reads."""
    from allocator.runs import run_inputs as copies
    from allocator.runs import schema, stored_tables

    sources = frozenset(solution.loaded.config.sources)
    frames = {name: getattr(solution, name) for name in schema.ALWAYS} | dict(solution.extra)
    for name, frame in frames.items():
        texts = stored_tables.as_texts(name, frame, solution.money, sources)
        stored_tables.write_table(folder / f"{name}.csv", texts)
    inputs = copy_inputs(folder, solution)
    config = copies.resolved(solution.loaded, {entry["role"]: entry["copy"] for entry in inputs})
    (folder / CONFIG).write_text(config, encoding="utf-8", newline="\n")
    tables = [(entry["copy"], entry["sha256"]) for entry in inputs if entry["role"] != "config"]
    manifest = manifests.of(solution, run_id, inputs) | {
        "config": {"path": CONFIG, "sha256": sha256(folder / CONFIG)},
        "digest": copies.digest(config, tables),
        "tables": sorted(frames),
    }
    manifests.write(folder / MANIFEST, manifest)
    return manifest


def copy_inputs(folder: Path, solution: Solution) -> list[dict[str, str]]:
    """Copy every file that was read into ``inputs/``."""
    from allocator.runs import run_inputs as copies

    (folder / copies.FOLDER).mkdir()
    entries = []
    for role, path, expected, copy in copies.named(solution.loaded, solution.inputs_files):
        target = folder / copy
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
        found = sha256(target)
        if expected is not None and found != expected:
            raise InputError([Message("cli.input_changed", {"file": path.name})])
        entries.append({"role": role, "path": path.name, "sha256": found, "copy": copy})
    return entries


def note(manifest: dict[str, Any], phases: Phases) -> None:
    """Add what phases took to a manifest."""
    manifest["timings"] |= {phase: manifests.seconds(value) for phase, value in phases.timings.items()}
    manifest["memory"] |= {phase: manifests.megabytes(value) for phase, value in phases.memory.items()}


def verify_in(folder: Path, manifest: dict[str, Any], progress: Progress | None = None) -> None:
    """Verify the plan before it lands."""
    from allocator.verify import as_json, verify

    phases = Phases(progress)
    with phases.of("verify"):
        verification = verify(folder)
    if not verification.ok:
        raise VerificationFailed(verification.violations)
    text = as_json(verification, manifest["language"])
    (folder / "verification.json").write_text(text, encoding="utf-8", newline="\n")
    note(manifest, phases)


def finish(folder: Path, manifest: dict[str, Any], progress: Progress | None = None) -> None:
    """Write the reports and the final manifest."""
    phases = Phases(progress)
    with phases.of("report"):
        run = StoredRun(folder, manifests.loads(manifests.dumps(manifest)))
        manifest["documents"] = documents.write(run, manifest["language"])
    note(manifest, phases)
    manifests.write(folder / MANIFEST, manifest)


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A folder from which a run can be renamed into ``out``; outside ``out`` where the file system allows it."""
    existing = next(folder for folder in [out.absolute(), *out.absolute().parents] if folder.exists())
    temporary = Path(tempfile.gettempdir())
    if temporary.stat().st_dev == existing.stat().st_dev:
        place = Path(tempfile.mkdtemp(prefix=f"{STAGING}{os.getpid()}-", dir=temporary))
    else:
        out.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{HIDDEN}{os.getpid()}-", dir=out))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def land(folder: Path, target: Path) -> Path:
    """Move a finished run to its place.

    Raises:
        FileExistsError: another run took the name.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise FileExistsError(target)
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            raise FileExistsError(target) from error
        if error.errno != errno.EXDEV:
            raise
        # Two mounts of one device: copy beside the target first, so that the last step is a rename again.
        with tempfile.TemporaryDirectory(prefix=f"{HIDDEN}{os.getpid()}-", dir=target.parent) as beside:
            shutil.copytree(folder, Path(beside) / target.name)
            (Path(beside) / target.name).rename(target)
    return target


def free_id(out: Path, run_id: str) -> str:
    """``run_id``, with -2, -3, … when a run of that id is stored already."""
    number, free = 1, run_id
    while (out / free).exists():
        number += 1
        free = f"{run_id}-{number}"
    return free


def sweep(folder: Path, prefix: str) -> None:
    """Remove what runs that were killed left behind."""
    for stale in folder.glob(f"{prefix}*-*"):
        pid = stale.name.removeprefix(prefix).partition("-")[0]
        if pid.isdigit() and not alive(int(pid), stale):
            shutil.rmtree(stale, ignore_errors=True)


def alive(pid: int, place: Path) -> bool:
    """Whether the process that made ``place`` may still be writing to it."""
    if os.name == "nt":  # signal 0 would end the process there
        return time.time() - place.stat().st_mtime < DAY
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
