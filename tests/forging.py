"""Run folders whose config was changed by somebody who knows that hashes are checked, and states them anew."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.config.source.load import load_config
from allocator.messages.errors import AllocatorError
from allocator.runs import manifest as manifests

IN_NAME = 8


def restate(folder: Path) -> None:
    """Write hashes, digest and id into the manifest as the files of the folder now are."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8-sig"))
    for entry in manifest["inputs"]:
        entry["sha256"] = sha256(folder / entry["copy"])
    config = sha256(folder / "config.resolved.yaml")
    tables = [f"{entry['copy']} {entry['sha256']}" for entry in manifest["inputs"] if entry["role"] != "config"]
    digest = hashlib.sha256("\n".join([config, *tables]).encode()).hexdigest()
    manifest |= {
        "origins": origins(folder, manifest),
        "config": {"path": "config.resolved.yaml", "sha256": config},
        "digest": digest,
        "run_id": f"20260101-120000-{digest[:IN_NAME]}",
    }
    manifests.write(folder / "manifest.json", manifest)


def reseal(folder: Path) -> None:
    """Seal a manifest as it is now, so that only what is found again can tell that it was changed."""
    text = (folder / "manifest.json").read_text(encoding="utf-8-sig")
    manifests.write(folder / "manifest.json", json.loads(text, parse_float=Decimal))


def origins(folder: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Origins of the values that the config has now; those that it had keep theirs."""
    try:
        now = load_config(folder / "config.resolved.yaml").origins
    except AllocatorError:
        return dict(manifest.get("origins", {}))
    return {path: manifest.get("origins", {}).get(path, origin) for path, origin in now.items()}


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
