"""The scenario files beside a config, and whether each is the config's own: read as text, since one may be broken."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from allocator.config.source.encodings import encoding_of

FOLDER: Final = "scenarios"
_EXTENDS: Final = re.compile(
    r"""^\ufeff?extends[ \t]*[:：][ \t]*["'“]?([^"'”#\n]+?)["'”]?[ \t]*(?:#.*)?\r?$""", re.MULTILINE
)


def scenario_files(config: Path) -> dict[str, bool]:
    """Name of every scenario file that may be laid over a config → whether it is this config's for sure.

    It is where it extends the config, at once or through other scenarios. One that extends nothing, or what is not
    there, is the config's where no other stands beside it, and perhaps where one does.
    """
    own = Path(os.path.abspath(config))
    alone = [own] == [other for pattern in ("*.yaml", "*.yml") for other in own.parent.glob(pattern)]
    bases = {file.stem: _base_of(file) for file in sorted((own.parent / FOLDER).glob("*.yaml")) if file.is_file()}
    return {name: base == own or alone for name, base in bases.items() if base is None or base == own}


def _base_of(file: Path) -> Path | None:
    """The config that a scenario extends in the end; None where it is not there."""
    folder, seen = file.parent, list[Path]()
    while file.parent == folder and file not in seen:
        seen.append(file)
        match = _EXTENDS.search(_text(file))
        if not match or not (file := Path(os.path.abspath(file.parent / match[1].strip()))).is_file():
            return None
    return None if file in seen else file


def _text(file: Path) -> str:
    """What stands in a file, as far as it can be read."""
    try:
        data = file.read_bytes()
    except OSError:
        return ""
    return data.decode(encoding_of(data) or "utf-8", "replace")
