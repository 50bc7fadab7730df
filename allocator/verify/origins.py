"""Where every value of the config came from, as the manifest and the stored config say it, and titles beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.config.source.resolved import leaf_values, resolved_yaml

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.verify.findings import Findings

NAME = "manifest.json"
CONFIG = "config.resolved.yaml"
COMMENT = "  # "


def check_origins(folder: Path, loaded: Loaded, manifest: Mapping[str, Any], findings: Findings) -> None:
    """Every value has an origin, and it is the one that stands beside it in the stored config.

    A value that nobody wrote is told from one that was written by nothing else, so assumptions rest on this.
    """
    for name in ("title", "language"):
        findings.equal(manifest.get(name), getattr(loaded.config, name), NAME, name)
    stated = manifest.get("origins")
    if not findings.hold(isinstance(stated, dict), "no_value", NAME, "origins"):
        return
    origins: dict[str, str] = {str(path): str(origin) for path, origin in (stated or {}).items()}
    values = leaf_values(loaded.config)
    findings.checks += len(values)
    for path in sorted(values.keys() - origins.keys()):
        findings.hold(False, "row_missing", NAME, "origins", got=path)
    for path in sorted(origins.keys() - values.keys()):
        findings.hold(False, "not_expected", NAME, "origins", got=path)
    _check_text(folder, loaded, manifest.get("scenario"), origins, findings)


def _check_text(folder: Path, loaded: Loaded, scenario: object, origins: Mapping[str, str], findings: Findings) -> None:
    """The stored config is written as a config with these origins is; one written by hand has none beside its values."""
    text = (folder / CONFIG).read_text(encoding="utf-8")
    if COMMENT not in text:
        return
    named = None if scenario is None else str(scenario)
    expected = resolved_yaml(replace(loaded, scenario=named, origins=origins), loaded.as_written).splitlines()
    lines = text.splitlines()
    findings.equal(len(lines), len(expected), CONFIG, "")
    for number, (line, other) in enumerate(zip(lines, expected, strict=False), 1):
        findings.checks += 1
        if line != other:
            findings.equal(line.strip(), other.strip(), f"{CONFIG}:{number}", "")
            return
