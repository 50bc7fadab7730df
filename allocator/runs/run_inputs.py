"""What a run is made from: the names under which its inputs are copied, and the digest that stands in its id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.config.source.resolved import resolved_yaml
from allocator.runs import manifest as manifests

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.tables.opened import InputFile

FOLDER = "inputs"
SHORT = 8
"""Digits of the digest in a run's id."""


def named(loaded: Loaded, files: Sequence[InputFile]) -> list[tuple[str, Path, str | None, str]]:
    """Role, path, hash when it was read, and name within the run of every file; a book read twice is copied once."""
    copies: dict[Path, str] = {}
    found = []
    read = [("config", path, None) for path in loaded.files]
    for role, path, digest in [*read, *((file.role, Path(file.path), file.sha256) for file in files)]:
        if path not in copies:
            name = f"previous/{path.name}" if role.startswith("previous.") else path.name
            copies[path] = free_name(name, copies.values())
        found.append((role, path, digest, f"{FOLDER}/{copies[path]}"))
    return found


def free_name(name: str, taken: Iterable[str]) -> str:
    """``name``, or ``stem-2.suffix`` when another file of that name was copied (file systems may ignore case)."""
    used = {other.casefold() for other in taken}
    stem, suffix = Path(name).stem, Path(name).suffix
    number, free = 1, name
    while free.casefold() in used:
        number += 1
        free = f"{stem}-{number}{suffix}"
    return free


def resolved(loaded: Loaded, copies: Mapping[str, str]) -> str:
    """The text of the stored config: tables by their copies, origins without folders of this machine."""
    folders = manifests.folders_of(loaded)
    origins = {key: manifests.portable(place, folders) for key, place in loaded.origins.items()}
    return resolved_yaml(replace(loaded, origins=origins), {**copies, "previous": f"{FOLDER}/previous"})


def digest(config: str, tables: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the text of the stored config and every table's name and hash."""
    lines = [hashlib.sha256(config.encode()).hexdigest(), *(f"{copy} {sha256}" for copy, sha256 in tables)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def digest_of(loaded: Loaded, files: Sequence[InputFile]) -> str:
    """The digest of a run before it is written."""
    entries = named(loaded, files)
    text = resolved(loaded, {role: copy for role, _, _, copy in entries})
    return digest(text, [(copy, sha256) for role, _, sha256, copy in entries if sha256 is not None])
