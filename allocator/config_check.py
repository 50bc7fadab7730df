"""A tree of YAML values checked against the types: every fault at once, each where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from allocator.config import Config
from allocator.messages import Message, did_you_mean
from allocator.money import Money
from allocator.overrides import Spot, alternatives, item_keys
from allocator.scalars import as_written, plain_number
from allocator.yaml_source import Block, Items, Node, Place, Written, plain

Path = tuple[str | int, ...]
BOUNDS = {
    "greater_than": ("config.must_be_above", "gt"),
    "greater_than_equal": ("config.must_be_at_least", "ge"),
    "less_than": ("config.must_be_below", "lt"),
    "less_than_equal": ("config.must_be_at_most", "le"),
}
SHAPES = {"<value>": "config.a_value", "<list>": "config.a_list", "<mapping>": "config.a_mapping"}
OWN_TYPES = {
    "list_type": "config.not_a_list",
    "tuple_type": "config.not_a_list",
    "dict_type": "config.not_a_mapping",
}


@dataclass(frozen=True)
class Checked:
    """The config, or what is left of it without its faulty parts, with the faults."""

    config: Config | None
    faults: list[Message]
    notices: list[Message]
    dropped: frozenset[str] = field(default_factory=frozenset)
    """Top-level keys with a fault in them."""


def check_types(root: Block) -> Checked:
    """Validate ``root``; after faults, again without the faulty parts, so that rules across keys are checked too."""
    notices: list[Message] = []
    faults: list[Message] = []
    dropped: set[str] = set()
    values = plain(root)
    yuan = yuan_per_unit(root)
    for attempt in range(5):
        context: dict[str, Any] = {"notices": [], "yuan": yuan}
        try:
            config = Config.model_validate(values, context=context)
        except ValidationError as error:
            details = error.errors(include_url=False)
            if attempt == 0:
                faults += [translated(root, detail) for detail in details]
                notices = context["notices"]
                dropped = {str(detail["loc"][0]) for detail in details if detail["loc"]}
            values = without(root, values, [written_path(root, detail["loc"])[0] for detail in details])
            continue
        found = notices if faults else context["notices"]
        return Checked(config, unique(faults), with_paths(root, unique(found)), frozenset(dropped))
    return Checked(None, unique(faults), with_paths(root, unique(notices)), frozenset(dropped))


def unique(messages: Iterable[Message]) -> list[Message]:
    return list({(message.where, message.path, message.text("en")): message for message in messages}.values())


def yuan_per_unit(root: Block) -> Decimal | None:
    """Size of the config's money unit, for suggestions; None when it is not understood."""
    written = root.entries.get("money", "万元")
    try:
        return Decimal(Money.of(written).fen_per_unit) / 100 if isinstance(written, str) else None
    except ValueError:
        return None


def written_path(root: Block, loc: Path) -> tuple[Path, bool]:
    """``loc`` of a pydantic error without the names of union members; whether it points at a key."""
    path: list[str | int] = []
    node: Node | None = root
    for part in loc:
        if part == "[key]" and not has(node, part):
            return tuple(path), True
        if isinstance(part, str) and part in SHAPES and not has(node, part):
            continue
        path.append(part)
        node = below(node, part)
    return tuple(path), False


def has(node: Node | None, part: str | int) -> bool:
    return below(node, part) is not None


def below(node: Node | None, part: str | int) -> Node | None:
    if isinstance(node, Block):
        return node.entries.get(str(part))
    if isinstance(node, Items) and isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part]
    return None


def dotted(root: Node, path: Path) -> str:
    """The path as people address it: items of lists by their name."""
    parts: list[str] = []
    node: Node | None = root
    for part in path:
        key = str(part)
        if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            key = [name for name, _ in item_keys(node)][part]
        parts.append(key)
        node = below(node, part)
    return ".".join(parts)


def place_of(root: Block, path: Path, *, key: bool = False) -> Place:
    """Where the value at ``path`` (or its key) is written; where it would belong when it is not."""
    node: Node | None = root
    place, parent = root.place, root.place
    for part in path:
        holder, node = node, below(node, part)
        if node is None:
            return parent
        at_key = holder.keys[str(part)] if isinstance(holder, Block) else node.place
        place, parent = (at_key if key else node.place), at_key
    return place


def message(root: Block, path: Path, code: str, values: Mapping[str, object], *, key: bool = False) -> Message:
    """A fault at ``path``."""
    return Message(f"config.{code}", values, str(place_of(root, path, key=key)), dotted(root, path))


def with_paths(root: Block, notices: list[Message]) -> list[Message]:
    """Notices know where they are; this adds at which key."""
    if not notices:
        return notices
    known = {str(node.place): path for path, node in leaves(root)}
    return [Message(n.code, n.values, n.where, dotted(root, known[n.where]) if n.where in known else "") for n in notices]


def leaves(node: Node, path: Path = ()) -> Iterable[tuple[Path, Written]]:
    """Every scalar with its path."""
    if isinstance(node, Written):
        yield path, node
    elif isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from leaves(item, (*path, index))
    else:
        for key, value in node.entries.items():
            yield from leaves(value, (*path, key))


def without(root: Block, values: Any, paths: list[Path]) -> Any:
    """``values`` less the faulty parts; a part whose required key is missing goes as a whole."""
    for path in sorted(set(paths), key=lambda path: [str(part).zfill(9) for part in path], reverse=True):
        holder, gone = values, path
        if not has_value(values, path):
            gone = path[:-1]
        for part in gone[:-1]:
            holder = holder[part] if isinstance(holder, list) else holder.get(str(part), {})
        if not gone:
            continue
        if isinstance(holder, list):
            holder[int(gone[-1])] = None
        elif isinstance(holder, dict):
            holder.pop(str(gone[-1]), None)
    if "projects" not in values:
        values["projects"] = "-"
    return without_holes(values)


def has_value(values: Any, path: Path) -> bool:
    for part in path:
        try:
            values = values[part] if isinstance(values, list) else values[str(part)]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def without_holes(values: Any) -> Any:
    if isinstance(values, list):
        return [without_holes(item) for item in values if item is not None]
    return {key: without_holes(value) for key, value in values.items()} if isinstance(values, dict) else values


def translated(root: Block, detail: Any) -> Message:
    """A pydantic error in our own words."""
    kind, values = detail["type"], detail.get("ctx", {})
    path, at_key = written_path(root, detail["loc"])
    got = detail["input"]
    spot = spot_at(root, path[:-1])
    if kind == "extra_forbidden":
        known = [key for part in spot.parts() for key in field_names(part)]
        return message(root, path, "unknown_key", {"hint": did_you_mean(str(path[-1]), known)}, key=True)
    if kind == "missing":
        return message(root, path, "missing", {}, key=True)
    if got is None:
        return message(root, path, "empty", {}, key=True)
    quoted = {"got": as_written(got)}
    if kind in BOUNDS:
        code, bound = BOUNDS[kind]
        return message(root, path, code.removeprefix("config."), quoted | {"bound": plain_number(Decimal(values[bound]))})
    if kind == "literal_error":
        words = literal_words(root, path)
        hint = did_you_mean(str(got), words)
        return message(root, path, "not_one_of", quoted | {"words": words, "hint": "" if len(words) < 2 else hint})
    return other_fault(root, path, detail, at_key)


def other_fault(root: Block, path: Path, detail: Any, at_key: bool) -> Message:
    """A value of the wrong shape, or what `allocator.scalars` refused."""
    kind, values, got = detail["type"], detail.get("ctx", {}), detail["input"]
    quoted = {"got": as_written(got)}
    if kind == "model_type":
        parts = spot_at(root, path).parts()
        return message(root, path, "not_a_mapping_of", quoted | {"keys": [k for part in parts for k in field_names(part)]})
    if kind == "too_short":
        least = values["min_length"]
        return message(root, path, "too_few", {"least": least, "got": values["actual_length"]})
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        allowed = [Message(code) for tag, code in SHAPES.items() if tag in values.get("expected_tags", "")]
        return message(root, path, "wrong_shape", quoted | {"shapes": Message("config.or", {"items": allowed})})
    if kind == "list_type":
        instead = f"[{got}]" if isinstance(got, str) else ""
        hint: object = Message("config.write_instead", {"instead": instead}) if instead else ""
        return message(root, path, "not_a_list", quoted | {"hint": hint})
    if kind in OWN_TYPES:
        return message(root, path, OWN_TYPES[kind].removeprefix("config."), quoted | {"hint": ""})
    if detail["msg"] == "wrong":
        return message(root, path, kind, quoted | values, key=at_key or kind == "blank")
    return message(root, path, "not_understood", quoted)


def field_names(part: Any) -> list[str]:
    names = [field.alias or name for name, field in part.model_fields.items()]
    return [*names, "extends", "scenarios"] if part is Config else names


def spot_at(root: Block, path: Path) -> Spot:
    spot = Spot.top(root)
    for part in path:
        spot = Spot(below(spot.node, part), spot.child(str(part)).kinds)
    return spot


def literal_words(root: Block, path: Path) -> list[str]:
    from typing import Literal, get_args, get_origin  # noqa: PLC0415

    kinds = [kind for each in spot_at(root, path).kinds for kind in alternatives(each)]
    return [str(word) for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
