"""YAML text as a tree that knows where everything was written.

Scalars stay as written: what `012`, `1e-3` or `no` means is decided by the key it stands at
(`allocator.config.keys.scalars`), not by YAML. Duplicate keys, tags, merge keys and alias bombs are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from allocator.config.source.encodings import BIG5, CHINESE, WESTERN, WIDE, encoding_of
from allocator.config.source.yaml_depth import too_deep
from allocator.config.source.yaml_lint import Slip, explained, read_as_key, read_as_text
from allocator.messages import Message
from allocator.messages.control import CONTROL, code
from allocator.messages.errors import InputError

MAX_BYTES = 2_000_000
"""A config is written by people; anything larger is a table or a mistake."""
MAX_DEPTH = 30
MAX_NODES = 100_000
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
THOUSANDS = re.compile(r"\d{3}")
"""What is left of 1,000 inside braces, where the comma ends the entry."""
DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
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
    if isinstance(root, Written) and (slips := read_as_key([], 0, root.place.column - 1, root, alone=True)):
        raise InputError([Message(f"config.{slips[0].code}", slips[0].values, where=str(root.place))])
    kind = Message("config.a_list") if isinstance(root, Items) else f"'{shortened(root)}'"
    raise InputError([Message("config.not_a_config", {"got": kind}, where=str(root.place))])


def refuse_size(size: int, where: str) -> None:
    """Larger than any config."""
    if size > MAX_BYTES:
        values = {"size": f"{size / 1e6:.1f}", "most": MAX_BYTES // 1_000_000}
        raise InputError([Message("config.too_large", values, where=where)])


def decoded(data: bytes, start: Place) -> str:
    """The bytes of a config as text."""
    if encoding_of(data) in WIDE:
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
        raise InputError([Message("config.control_character", {"code": code(bad[0])}, where=str(place))])
    return text


def place_in(text: str, at: int, start: Place) -> Place:
    """Where the character ``at`` of the text stands."""
    return Place(start.file, start.folder, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def encoding_fault(data: bytes) -> str:
    """Which encoding bytes that are not UTF-8 are in, as far as that can be told."""
    return {CHINESE: "config.gb18030", BIG5: "config.big5", WESTERN: "config.western"}.get(
        encoding_of(data) or "", "config.not_utf8"
    )


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
    try:
        return tree(text, start)
    except yaml.YAMLError as error:
        raise InputError(syntax_faults(error, text, start)) from None


def tree(text: str, start: Place) -> Node:
    """The tree of a text that a YAML library may see; raises its error too."""
    builder = Builder(start, text.split("\n"))
    for event in yaml.parse(text, Loader=LOADER):
        builder.take(event)
    if builder.faults:
        raise InputError(builder.faults)
    return builder.root if builder.root is not None else Written.at("", start)


def syntax_faults(error: yaml.YAMLError, text: str, start: Place) -> list[Message]:
    """What the planner did, from what the YAML reader could not read; behind it whatever else is wrong."""
    slips, mended = explained(text)
    faults = [slip_message(slip, start) for slip in slips]
    try:
        if slips:
            tree(mended, start)
    except InputError as others:
        return [*faults, *others.messages]
    except yaml.YAMLError as other:
        error = other
    else:
        if slips:
            return faults
    last = what_the_reader_says(error, mended, start)
    told = {fault.where.rsplit(":", 1)[0] for fault in faults}
    return faults if last.where.rsplit(":", 1)[0] in told else [*faults, last]


def slip_message(slip: Slip, start: Place) -> Message:
    """A slip as it is told; of what was written and what to write, no more than a line shows."""
    values = {name: shortened(value) if isinstance(value, str) else value for name, value in slip.values.items()}
    where = Place(start.file, start.folder, slip.line, slip.column)
    return Message(f"config.{slip.code}", values | {"line": slip.line}, where=str(where))


def what_the_reader_says(error: yaml.YAMLError, text: str, start: Place) -> Message:
    """What is wrong by the words of the YAML library."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Message("config.yaml_syntax", where=str(start))
    problem, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark.line + 1 if error.context_mark else 0
    place = Place(start.file, start.folder, mark.line + 1, mark.column + 1) if mark else start
    known = (
        ("quoted scalar" in context, "config.open_quote" if "escape" not in problem else "config.bad_escape"),
        ("',' or" in problem or "flow" in context, "config.open_bracket"),
        ("expected ':'" in problem, "config.key_line"),
        ("expected key" in problem or "'-' indicator" in problem or "block end" in problem, "config.bad_indent"),
        ("mapping values are not allowed" in problem, "config.bad_indent"),
        ("cannot start any token" in problem, "config.bad_start"),
    )
    code = next((code for found, code in known if found), "config.yaml_syntax")
    if code == "config.open_quote" and error.context_mark:
        place = Place(start.file, start.folder, opened, error.context_mark.column + 1)
    line = text.split("\n")[place.line - 1] if 0 < place.line <= text.count("\n") + 1 else ""
    return Message(code, {"line": opened, "character": line[place.column - 1 : place.column]}, where=str(place))


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

    def __init__(self, start: Place, lines: list[str]) -> None:
        self.start = start
        self.lines = lines
        self.root: Node | None = None
        self.faults: list[Message] = []
        self.stack: list[Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.count = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event to the tree."""
        mark: Any = event.start_mark
        end: Any = event.end_mark
        place = Place(self.start.file, self.start.folder, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            self.alias(event.anchor or "", place)
        elif isinstance(event, yaml.ScalarEvent):
            self.refuse_tag(event, place, implicit=event.implicit[0] or event.implicit[1])
            if not event.style and not self.at_key():
                self.tell(read_as_text(self.lines, mark.line, mark.column, end.line))
            if bad := CONTROL.search(event.value):  # written as an escape: "\\e[31m"
                self.faults.append(Message("config.control_character", {"code": code(bad[0])}, where=str(place)))
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

    def at_key(self) -> bool:
        """Whether the next node is the key of an entry."""
        return bool(self.stack) and self.stack[-1].mapping and len(self.stack[-1].nodes) % 2 == 0

    def tell(self, slips: Iterable[Slip]) -> None:
        """Slips that leave readable YAML of another meaning."""
        self.faults.extend(slip_message(slip, self.start) for slip in slips)

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
            elif key.plain and (
                slips := read_as_key(self.lines, key.place.line - 1, key.place.column - 1, key, alone=empty(value))
            ):
                self.tell(slips)
            elif str(key) in entries:
                first = keys[str(key)].line
                self.faults.append(Message("config.duplicate_key", {"key": str(key), "line": first}, str(key.place)))
            else:
                entries[str(key)], keys[str(key)] = value, key.place
        return Block(entries, keys, closed.place)


def empty(node: Node) -> bool:
    """Whether nothing is written."""
    return isinstance(node, Written) and node.plain and not node


def pairs(nodes: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Keys with their values."""
    return zip(nodes[::2], nodes[1::2], strict=True)


def tag_as_written(tag: str) -> str:
    """The short form of a tag of YAML itself."""
    return tag.replace("tag:yaml.org,2002:", "!!")
