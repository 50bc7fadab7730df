"""YAML text as a tree that knows where everything was written.

Scalars stay as written: what `012`, `1e-3` or `no` means is decided by the key it stands at
(`allocator.config.scalars`), not by YAML. Duplicate keys, tags, merge keys and alias bombs are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from allocator.config.encodings import CHINESE, WESTERN, encoding_of
from allocator.config.yaml_depth import too_deep
from allocator.errors import InputError
from allocator.messages import Message

MAX_BYTES = 2_000_000
"""A config is written by people; anything larger is a table or a mistake."""
MAX_DEPTH = 30
MAX_NODES = 100_000
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
THOUSANDS = re.compile(r"\d{3}")
"""What is left of 1,000 inside braces, where the comma ends the entry."""
DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; relative table paths count from ``folder``."""

    file: str
    folder: Path
    line: int = 0
    column: int = 0
    layer: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def origin(self) -> str:
        """The place with the scenario it belongs to."""
        return f"{self.layer}: {self}" if self.layer else str(self)


class Written(str):
    """A scalar as written; ``plain`` when it stands without quotes."""

    __slots__ = ("place", "plain")
    place: Place
    plain: bool

    @classmethod
    def at(cls, text: str, place: Place, plain: bool = True) -> Written:
        """A scalar written at ``place``."""
        written = cls(text)
        written.place, written.plain = place, plain
        return written

    @property
    def empty(self) -> bool:
        """Nothing, ``~`` or ``null``."""
        return self.plain and self in NULLS


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Block:
    """A mapping; ``keys`` says where each key was written."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    place: Place


Node = Written | Items | Block


def plain(node: Node) -> Any:
    """Dicts, lists, `Written` and None, for validation."""
    if isinstance(node, Block):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return None if node.empty else node


def read_file(path: Path, shown: str) -> Block:
    """The mapping in a YAML file, named ``shown`` in messages.

    Raises:
        InputError: the file is missing, not UTF-8 text, not YAML or not a mapping.
    """
    start = Place(shown, path.parent, 1, 1)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
            size = file.seek(0, 2)
    except IsADirectoryError:
        raise InputError([Message("config.is_folder", where=shown)]) from None
    except OSError as error:
        code = "config.no_file" if isinstance(error, FileNotFoundError) else "config.unreadable"
        raise InputError([Message(code, {"folder": str(path.parent), "why": error.strerror}, where=shown)]) from None
    refuse_size(size, shown)
    root = read_text(decoded(data, start), start)
    if isinstance(root, Block):
        return root
    if isinstance(root, Written) and root.empty:
        raise InputError([Message("config.empty_file", where=shown)])
    kind = Message("config.a_list") if isinstance(root, Items) else f"'{shortened(root)}'"
    code = "config.fullwidth_colon" if isinstance(root, Written) and "：" in root else "config.not_a_config"
    raise InputError([Message(code, {"got": kind}, where=str(root.place))])


def refuse_size(size: int, where: str) -> None:
    """Larger than any config."""
    if size > MAX_BYTES:
        values = {"size": f"{size / 1e6:.1f}", "most": MAX_BYTES // 1_000_000}
        raise InputError([Message("config.too_large", values, where=where)])


def decoded(data: bytes, start: Place) -> str:
    """The bytes of a config as text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError([Message("config.utf16", where=start.file)])
    if b"\x00" in data[:8192] or data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise InputError([Message("config.binary", where=start.file)])
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        head = data[: error.start].decode("utf-8", "replace")
        place = Place(start.file, start.folder, head.count("\n") + 1, len(head) - head.rfind("\n"))
        raise InputError([Message(encoding_fault(data), where=str(place))]) from None
    bad = CONTROL.search(text)
    if bad:
        place = place_in(text, bad.start(), start)
        raise InputError([Message("config.control_character", {"code": f"U+{ord(bad[0]):04X}"}, where=str(place))])
    return text


def place_in(text: str, at: int, start: Place) -> Place:
    """Where the character ``at`` of the text stands."""
    return Place(start.file, start.folder, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def encoding_fault(data: bytes) -> str:
    """Which encoding bytes that are not UTF-8 are in, as far as that can be told."""
    return {CHINESE: "config.gb18030", WESTERN: "config.western"}.get(encoding_of(data) or "", "config.not_utf8")


def read_text(text: str, start: Place) -> Node:
    """The tree of one YAML document; a text too large or too deep is refused before a YAML library sees it.

    Raises:
        InputError: what is wrong, with its line and column.
    """
    refuse_size(len(text), start.file)
    if (deep := too_deep(text, MAX_DEPTH)) is not None:
        raise InputError([Message("config.too_deep", {"most": MAX_DEPTH}, where=str(place_in(text, deep, start)))])
    if directive := DIRECTIVE.search(text):
        place = place_in(text, directive.start(), start)
        raise InputError([Message("config.bad_start", {"character": "%"}, where=str(place))])
    builder = Builder(start)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise InputError([*builder.faults, syntax_fault(error, text, start)]) from None
    except yaml.YAMLError:
        raise InputError([Message("config.yaml_syntax", where=str(start))]) from None
    if builder.faults:
        raise InputError(builder.faults)
    return builder.root if builder.root is not None else Written.at("", start)


def syntax_fault(error: yaml.MarkedYAMLError, text: str, start: Place) -> Message:
    """What the planner did, from what the YAML reader could not read."""
    problem, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark.line + 1 if error.context_mark else 0
    lines = [*text.split("\n"), ""]
    line, above = (lines[min(max(number, 0), len(lines) - 1)] for number in (mark.line if mark else -1, opened - 1))
    place = Place(start.file, start.folder, mark.line + 1, mark.column + 1) if mark else start
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or line[place.column - 1 : place.column] == "\t":
        place = Place(start.file, start.folder, place.line, line.index("\t") + 1)
        return Message("config.tab", where=str(place))
    if "：" in line or "：" in above:
        number, shown = (place.line, line) if "：" in line else (opened, above)
        place = Place(start.file, start.folder, number, shown.index("：") + 1)
        return Message("config.fullwidth_colon", where=str(place))
    known = (
        ("mapping values are not allowed" in problem, "config.second_colon"),
        ("quoted scalar" in context, "config.open_quote" if "escape" not in problem else "config.bad_escape"),
        ("',' or" in problem or "flow" in context, "config.open_bracket"),
        ("expected ':'" in problem, "config.no_colon"),
        ("expected key" in problem or "'-' indicator" in problem or "block end" in problem, "config.indent"),
        ("cannot start any token" in problem, "config.bad_start"),
    )
    code = next((code for found, code in known if found), "config.yaml_syntax")
    if code == "config.open_quote" and error.context_mark:
        place = Place(start.file, start.folder, opened, error.context_mark.column + 1)
    character = line[place.column - 1 : place.column]
    return Message(code, {"line": opened, "character": character}, where=str(place))


def shortened(text: str, most: int = 40) -> str:
    """Text for a message: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


@dataclass
class Open:
    """A list or mapping that has begun and not ended."""

    place: Place
    anchor: str | None
    mapping: bool
    count_before: int
    nodes: list[Node] = field(default_factory=list)
    below: int = 0
    """Levels of the deepest node in it."""


class Builder:
    """Builds the tree from YAML events, without recursion, so that depth and size can be refused early."""

    def __init__(self, start: Place) -> None:
        self.start = start
        self.root: Node | None = None
        self.faults: list[Message] = []
        self.stack: list[Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.count = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event to the tree."""
        mark: Any = event.start_mark
        place = Place(self.start.file, self.start.folder, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            self.alias(event.anchor or "", place)
        elif isinstance(event, yaml.ScalarEvent):
            self.refuse_tag(event, place, implicit=event.implicit[0] or event.implicit[1])
            self.add(Written.at(event.value, place, not event.style), event.anchor, 1, 0)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self.refuse_tag(event, place, implicit=event.implicit)
            mapping = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(Open(place, event.anchor, mapping, self.count))
            self.refuse_depth(0, place)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            closed = self.stack.pop()
            node = self.block(closed) if closed.mapping else Items(tuple(closed.nodes), closed.place)
            self.add(node, closed.anchor, self.count - closed.count_before + 1, closed.below + 1)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self.stop(Message("config.second_document", where=str(place)))

    def stop(self, message: Message) -> NoReturn:
        """Give up: the rest cannot be read sensibly."""
        raise InputError([*self.faults, message])

    def refuse_depth(self, below: int, place: Place) -> None:
        """A node of so many levels here is deeper than any config."""
        if len(self.stack) + below > MAX_DEPTH:
            self.stop(Message("config.too_deep", {"most": MAX_DEPTH}, where=str(place)))

    def refuse_tag(self, event: yaml.NodeEvent, place: Place, *, implicit: bool) -> None:
        """Tags would make objects; a config has plain values."""
        tag = getattr(event, "tag", None)
        if (tag and not implicit) or tag == "!":
            self.faults.append(Message("config.tag", {"tag": shortened(tag_as_written(tag))}, where=str(place)))

    def alias(self, name: str, place: Place) -> None:
        """Add what ``*name`` stands for, counting all of it."""
        if name not in self.anchors:
            self.stop(Message("config.unknown_alias", {"name": name}, where=str(place)))
        node, size, levels = self.anchors[name]
        self.refuse_depth(levels, place)
        self.add(node, None, size, levels)
        self.count += size - 1
        if self.count > MAX_NODES:
            self.stop(Message("config.alias_bomb", {"most": MAX_NODES}, where=str(place)))

    def add(self, node: Node, anchor: str | None, size: int, levels: int) -> None:
        """Put a finished node of so many values and levels where it belongs."""
        self.count += 1
        if self.count > MAX_NODES:
            self.stop(Message("config.too_many", {"most": MAX_NODES}, where=str(node.place)))
        if anchor:
            self.anchors[anchor] = (node, size, levels)
        if self.stack:
            self.stack[-1].nodes.append(node)
            self.stack[-1].below = max(self.stack[-1].below, levels)
        else:
            self.root = node

    def block(self, closed: Open) -> Block:
        """The mapping whose keys and values alternate in ``closed``."""
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key, value in pairs(closed.nodes):
            if not isinstance(key, Written) or key.empty:
                self.faults.append(Message("config.key_not_text", where=str(key.place)))
            elif key.plain and key == "<<":
                self.faults.append(Message("config.merge_key", where=str(key.place)))
            elif key.plain and THOUSANDS.fullmatch(key) and isinstance(value, Written) and value.empty:
                self.faults.append(Message("config.thousands", where=str(key.place)))
            elif str(key) in entries:
                first = keys[str(key)].line
                self.faults.append(Message("config.duplicate_key", {"key": str(key), "line": first}, str(key.place)))
            else:
                entries[str(key)], keys[str(key)] = value, key.place
        return Block(entries, keys, closed.place)


def pairs(nodes: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Keys with their values."""
    return zip(nodes[::2], nodes[1::2], strict=True)


def tag_as_written(tag: str) -> str:
    """The short form of a tag of YAML itself."""
    return tag.replace("tag:yaml.org,2002:", "!!")
