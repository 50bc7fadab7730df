"""The manifest of a run: what was decided and proved, from which inputs, with which versions.

Numbers are exact plain decimals; nothing in it names a folder of the machine it was made on.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.messages import Message
from allocator.runs.version import version

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.runs.solution import Solution

PACKAGES = ("pyomo", "highspy", "pandas")
SEAL = "seal"
PHASES = ("load", "screen", "options", "build", "translate", "solve", "extract", "weigh", "write", "verify", "report")


def of(solution: Solution, run_id: str, inputs: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The manifest of ``solution``, stored as ``run_id`` with copies of ``inputs``."""
    config = solution.loaded.config
    folders = folders_of(solution.loaded)
    return {
        "run_id": run_id,
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
        "title": config.title,
        "language": config.language,
        "money": config.money,
        "quantum": config.unit.quantum,
        "scenario": solution.loaded.scenario,
        "status": solution.status,
        "objective": solution.objective,
        "bound": solution.bound,
        "bound_by": solution.bound_by,
        "gap": solution.gap,
        **solution.certified,
        "goals": records(solution.goals),
        "penalties": records(solution.penalties),
        "stages": [dict(stage) for stage in solution.stages],
        **({"risk": dict(solution.risk)} if solution.risk else {}),
        "priced": dict(solution.priced),
        "spare": list(solution.spare),
        "sizes": dict(solution.sizes),
        "timings": {phase: seconds(solution.timings.get(phase, 0.0)) for phase in PHASES},
        "memory": {phase: megabytes(solution.memory[phase]) for phase in PHASES if phase in solution.memory},
        "seed": solution.seed,
        "inputs": [dict(entry) for entry in inputs],
        "versions": versions(),
        "notices": [as_record(message, folders) for message in solution.notices],
        "assumptions": [as_record(message, folders) for message in solution.assumptions],
        "origins": {path: portable(place, folders) for path, place in solution.loaded.origins.items()},
    }


def records(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame as mappings."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def versions() -> dict[str, str]:
    """Versions of Python and of what a plan depends on."""
    found = {"allocator": version(), "python": platform.python_version()}
    return found | {package: metadata.version(package) for package in PACKAGES}


def seconds(value: float) -> Decimal:
    """Seconds to the millisecond."""
    return Decimal(f"{value:.3f}")


def megabytes(value: float) -> Decimal:
    """Memory in whole MB."""
    return Decimal(round(value))


def folders_of(loaded: Loaded) -> set[Path]:
    """The folders that messages of this config may name."""
    return {path.parent for path in loaded.files} | {Path.cwd()}


def portable(text: str, folders: Iterable[Path]) -> str:
    """``text`` with the folders of this machine left out of its file names."""
    for folder in sorted((str(folder) for folder in folders), key=len, reverse=True):
        text = text.replace(folder.rstrip("/\\") + "/", "").replace(folder.rstrip("/\\") + "\\", "")
    return re.sub(r"(?<![\w.:/])(?:[A-Za-z]:)?[/\\](?:[^/\\\s:]+[/\\])+(?=[^/\\\s:])", "", text)


def as_record(message: Message, folders: Iterable[Path]) -> dict[str, Any]:
    """A message that can be told again in either language."""
    return {
        "code": message.code,
        "values": {key: as_json(value, folders) for key, value in message.values.items()},
        "where": portable(message.where, folders),
        "path": message.path,
    }


def as_json(value: object, folders: Iterable[Path]) -> object:
    """A value of a message as JSON knows it."""
    if isinstance(value, (bool, int, Decimal)) or value is None:
        return value
    if isinstance(value, Message):
        return as_record(value, folders)
    if isinstance(value, (list, tuple)):
        return [as_json(item, folders) for item in value]
    return portable(str(value), folders)


def messages(entries: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """The messages of a manifest."""
    return tuple(
        Message(entry["code"], {k: from_json(v) for k, v in entry["values"].items()}, entry["where"], entry["path"])
        for entry in entries
    )


def from_json(value: Any) -> Any:
    """A value of a message as it was: a message within a message is one again."""
    if isinstance(value, Mapping):
        return messages([value])[0]
    return [from_json(item) for item in value] if isinstance(value, list) else value


def dumps(value: Any, indent: int = 0) -> str:
    """JSON with every number as a plain decimal."""
    inner = " " * (indent + 2)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        lines = [
            f"{inner}{json.dumps(str(key), ensure_ascii=False)}: {dumps(v, indent + 2)}" for key, v in value.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(value, (list, tuple)):
        if not value:
            return "[]"
        return "[\n" + ",\n".join(inner + dumps(item, indent + 2) for item in value) + "\n" + " " * indent + "]"
    if value is None or isinstance(value, (str, bool)):
        return json.dumps(value, ensure_ascii=False)
    return number(value)


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest with the SHA-256 of all else that it says as its last entry."""
    said = {key: value for key, value in manifest.items() if key != SEAL}
    return said | {SEAL: hashlib.sha256(dumps(said).encode()).hexdigest()}


def number(value: Any) -> str:
    """A number as JSON; null for one that does not exist."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        return "null"
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def loads(text: str) -> dict[str, Any]:
    """A manifest read back; fractions are ``Decimal``."""
    read: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return read


def write(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest with its seal, by which a later change of any figure in it is seen."""
    path.write_text(dumps(sealed(dict(manifest))) + "\n", encoding="utf-8", newline="\n")
