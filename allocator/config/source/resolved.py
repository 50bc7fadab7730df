"""The resolved config: every value, defaults included, with its origin; it loads back to an equal config."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allocator.config.keys.plan import Config
from allocator.config.source.table_paths import split_sheet
from allocator.messages import say

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded

SAFE = re.compile(r"[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff./@-]*")
SPECIAL = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def resolved_yaml(loaded: Loaded, table_paths: Mapping[str, str]) -> str:
    """The config as YAML text.

    ``table_paths`` renames tables: by role (``projects``, ``factor:<path>``), by dotted path or by absolute path.
    """
    tree = with_tables(dumped(loaded.config), loaded, table_paths)
    lines = [f"# {say('config.resolved_heading', loaded.config.language)}"]
    if loaded.scenario is not None:
        lines.append(f"# {say('config.resolved_scenario', loaded.config.language, name=one_line(loaded.scenario))}")
    lines += emitted(tree, loaded.origins, "", "")
    return "\n".join(lines) + "\n"


def dumped(config: Config) -> dict[str, Any]:
    """Plain values of a config with the keys as the planner writes them; what is absent is left out."""
    return config.model_dump(by_alias=True, exclude_none=True)


def leaf_values(config: Config) -> dict[str, Any]:
    """Dotted path of every value; items of lists by name, or by index."""
    return dict(walked(dumped(config), ""))


def walked(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value below ``path`` that holds no others."""
    children = list(keyed(value)) if isinstance(value, (dict, list, tuple)) else []
    if not children:
        yield path, value
    for key, child in children:
        yield from walked(child, f"{path}.{key}" if path else key)


def keyed(value: Any) -> Iterator[tuple[str, Any]]:
    """Children with the key they are addressed by."""
    if isinstance(value, dict):
        yield from ((str(key), child) for key, child in value.items())
        return
    seen: set[str] = set()
    for index, child in enumerate(value):
        name = child.get("name") if isinstance(child, dict) else None
        key = name if name and name not in seen else str(index)
        seen.add(key)
        yield key, child


def with_tables(tree: dict[str, Any], loaded: Loaded, table_paths: Mapping[str, str]) -> dict[str, Any]:
    """Table paths renamed."""
    for path, written in loaded.as_written.items():
        *above, last = path.split(".")
        holder: Any = tree
        for key in above:
            holder = holder.get(key, {})
        slot: Any = int(last) if isinstance(holder, list) else last
        if isinstance(holder, dict) and last not in holder:
            continue
        value = holder[slot]
        file, sheet = split_sheet(value)
        names = (path, f"factor:{value}", f"factor:{written}", f"factor:{file}", value, file)
        renamed = next((table_paths[name] for name in names if name in table_paths), value)
        whole = not sheet or renamed.endswith(f"#{sheet}")
        holder[slot] = renamed if whole else f"{renamed}#{sheet}"
    return tree


def emitted(value: dict[str, Any], origins: Mapping[str, str], path: str, indent: str) -> Iterator[str]:
    """Lines of a mapping."""
    for key, child in value.items():
        below = f"{path}.{key}" if path else str(key)
        name = str(key) if isinstance(key, int) else quoted(key)
        if isinstance(child, dict) and child:
            yield f"{indent}{name}:"
            yield from emitted(child, origins, below, indent + "  ")
        elif isinstance(child, list) and any(isinstance(item, dict) for item in child):
            yield f"{indent}{name}:"
            for address, item in keyed(child):
                lines = list(emitted(item, origins, f"{below}.{address}", ""))
                yield f"{indent}  - {lines[0]}"
                yield from (f"{indent}    {line}" for line in lines[1:])
        else:
            first = next(walked(child, below))[0]
            yield f"{indent}{name}: {flow(child)}  # {one_line(origins.get(first, 'default'))}"


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int) else quoted(str(value))


def quoted(text: str) -> str:
    """Text that reads back as the same text."""
    if SAFE.fullmatch(text) and text.casefold() not in SPECIAL:
        return text
    body = json.dumps(text, ensure_ascii=False)[1:-1]
    return '"' + "".join(letter if letter.isprintable() else escaped(letter) for letter in body) + '"'


def escaped(letter: str) -> str:
    """A letter that does not show, as YAML and JSON write it."""
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """Text that cannot end a comment early."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
