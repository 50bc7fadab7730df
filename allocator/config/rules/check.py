"""A tree of YAML values checked against the types: every fault at once, each where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from allocator.config.keys.elasticity import RANGE
from allocator.config.keys.instruments import KIND_TAGS, KINDS
from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import as_written, exact, plain_number, year_list
from allocator.config.labels import key_meant
from allocator.config.source.overrides import Spot, alternatives, item_keys
from allocator.config.source.yaml_source import Block, Items, Node, Place, Written, plain
from allocator.messages import Message, nearest
from allocator.money import Money

Path = tuple[str | int, ...]
ATTEMPTS = 5
"""Times a config is validated again without its faulty parts."""
PERCENT = 100
STAND_IN_YEAR = 2000
"""Takes the place of faulty years, so that everything else is still checked."""
MOST_FAULTS = 200
"""More faults than this are counted, not listed."""
BOUNDS = {
    "greater_than": ("must_be_above", "gt"),
    "greater_than_equal": ("must_be_at_least", "ge"),
    "less_than": ("must_be_below", "lt"),
    "less_than_equal": ("must_be_at_most", "le"),
}
SHAPES = {"<value>": "config.a_value", "<list>": "config.a_list", "<mapping>": "config.a_mapping"}


@dataclass(frozen=True)
class Checked:
    """The config, or what is left of it without its faulty parts, with the faults."""

    config: Config | None
    faults: list[Message]
    notices: list[Message]
    faulty: frozenset[Path] = field(default_factory=frozenset)
    """Where the faults are."""
    kept: Any = None
    """The values with a `HOLE` for every item of a list that is not in ``config``."""

    def original(self, path: Path) -> Path:
        """The path in the file of a path in ``config``."""
        return unholed(self.kept, path)


class Hole:
    """Stands for a faulty item of a list, so that the items after it keep their index."""


HOLE = Hole()


def check_types(root: Block) -> Checked:
    """Validate ``root``; after faults, again without the faulty parts, so that rules across keys are checked too."""
    faults: list[Message] = []
    faulty: set[Path] = set()
    kept, yuan = plain(root), yuan_per_unit(root)
    notices: list[Message] | None = None
    for _ in range(ATTEMPTS):
        context: dict[str, Any] = {"notices": [], "yuan": yuan}
        try:
            config: Config | None = Config.model_validate(without_holes(kept), context=context)
        except ValidationError as error:
            config = None
            raised = error.errors(include_url=False)
            details = [(detail, path_in_file(root, kept, detail["loc"])) for detail in raised[:MOST_FAULTS]]
        notices = context["notices"] if notices is None else notices
        if config is not None:
            break
        if not faults:
            faults = translated_all(root, details, more=len(raised) - len(details))
        faulty |= {path for _, (path, _) in details}
        if len(raised) > MOST_FAULTS:
            break
        drop(kept, [path for _, (path, _) in details])
    return Checked(config, faults, with_paths(root, unique(notices or [])), frozenset(faulty), kept)


def translated_all(root: Block, details: list[tuple[Any, tuple[Path, bool]]], more: int) -> list[Message]:
    """Pydantic's errors in our own words; a key that is only misspelt is not missing as well."""
    faults = [translated(root, detail, *found) for detail, found in details]
    meant = {
        (*path[:-1], str(hint.values["nearest"]))
        for (_, (path, _)), fault in zip(details, faults, strict=True)
        if isinstance(hint := fault.values.get("hint"), Message) and fault.code == "config.unknown_key"
        if "nearest" in hint.values
    }
    told = [
        fault
        for (_, (path, _)), fault in zip(details, faults, strict=True)
        if not (fault.code == "config.missing" and path in meant)
    ]
    return unique([*told, *([Message("config.more_faults", {"count": more}, root.place.file)] if more else [])])


def unique(messages: Iterable[Message]) -> list[Message]:
    """Each message once."""
    return list({(message.where, message.path, message.text("en")): message for message in messages}.values())


def yuan_per_unit(root: Block) -> Decimal | None:
    """Size of the config's money unit, for suggestions; None when it is not understood."""
    written = root.entries.get("money", "万元")
    try:
        return Money.of(written).size if isinstance(written, str) else None
    except ValueError:
        return None


def path_in_file(root: Block, kept: Any, loc: Path) -> tuple[Path, bool]:
    """``loc`` of a pydantic error as a path in the file; whether it points at a key."""
    path: list[str | int] = []
    node: Node | None = root
    for part in loc:
        if part == "[key]" and not has(node, part):
            return tuple(path), True
        if isinstance(part, str) and part in (*SHAPES, *KIND_TAGS, RANGE) and not has(node, part):
            continue
        path.append(unholed(kept, (*path, part), last_only=True)[-1])
        node = below(node, path[-1])
    return tuple(path), False


def unholed(kept: Any, path: Path, *, last_only: bool = False) -> Path:
    """``path`` with every index counted as in the file, where ``kept`` has holes."""
    found: list[str | int] = []
    for number, part in enumerate(path):
        index = part
        if isinstance(kept, list) and isinstance(part, int) and (number == len(path) - 1 or not last_only):
            solid = [position for position, item in enumerate(kept) if item is not HOLE]
            index = solid[part] if part < len(solid) else part
        found.append(index)
        kept = child_value(kept, index)
    return tuple(found)


def child_value(values: Any, part: str | int) -> Any:
    """What stands below ``values`` at ``part``, or None."""
    if isinstance(values, dict):
        return values.get(str(part))
    return values[part] if isinstance(values, list) and isinstance(part, int) and part < len(values) else None


def has(node: Node | None, part: str | int) -> bool:
    """Whether something is written below ``node`` at ``part``."""
    return below(node, part) is not None


def below(node: Node | None, part: str | int) -> Node | None:
    """What is written below ``node`` at ``part``."""
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
    return [
        Message(n.code, n.values, n.where, dotted(root, known[n.where]) if n.where in known else "") for n in notices
    ]


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


def drop(kept: Any, paths: Iterable[Path]) -> None:
    """Take the faulty parts out of ``kept``; a part whose required key is missing goes as a whole."""
    for path in paths:
        gone = path
        while gone and child_value(value_at(kept, gone[:-1]), gone[-1]) is None:
            gone = gone[:-1]
        if len(gone) < len(path) - 1:
            continue
        holder = value_at(kept, gone[:-1]) if gone else None
        if isinstance(holder, list):
            holder[int(gone[-1])] = HOLE
        elif isinstance(holder, dict):
            del holder[str(gone[-1])]
    kept.setdefault("projects", "-")
    if not isinstance(kept.get("years"), list) or not without_holes(kept["years"]):
        kept["years"] = [STAND_IN_YEAR]


def value_at(values: Any, path: Path) -> Any:
    """What stands at ``path``, or None."""
    for part in path:
        values = child_value(values, part)
    return values


def without_holes(values: Any) -> Any:
    """The values as pydantic may see them."""
    if isinstance(values, list):
        return [without_holes(item) for item in values if item is not HOLE]
    return {key: without_holes(value) for key, value in values.items()} if isinstance(values, dict) else values


def translated(root: Block, detail: Any, path: Path, at_key: bool) -> Message:
    """A pydantic error in our own words."""
    kind, values, got = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        known = [key for part in meant_parts(root, path[:-1]) for key in field_names(part)]
        return message(root, path, "unknown_key", {"hint": key_meant(str(path[-1]), known)}, key=True)
    if kind == "missing":
        return message(root, path, "empty" if node_at(root, path) is not None else "missing", {}, key=True)
    if got is None:
        return message(root, path, "empty", {}, key=True)
    quoted = {"got": as_written(got)}
    if kind in BOUNDS:
        code, bound = BOUNDS[kind]
        if code == "must_be_at_most" and values[bound] == 1 and (share := as_percentage(got)) is not None:
            return message(root, path, "must_be_share", quoted | {"bound": 1, "instead": share})
        return message(root, path, code, quoted | {"bound": plain_number(Decimal(values[bound]))})
    if kind == "literal_error":
        words = literal_words(root, path)
        return message(root, path, "not_one_of", quoted | {"words": words, "hint": close_word(str(got), words)})
    if detail["msg"] == "wrong":
        return message(root, path, kind, quoted | values, key=at_key or kind == "blank")
    return wrong_kind(root, path, detail, quoted)


def as_percentage(got: Any) -> str | None:
    """What a number that is too great for a share is as a percentage."""
    number = exact(str(got))
    return plain_number(number / PERCENT) if number is not None and 1 < number <= PERCENT else None


def wrong_kind(root: Block, path: Path, detail: Any, quoted: dict[str, object]) -> Message:
    """A list, mapping or value where another of the three belongs."""
    kind, values, got = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "model_type":
        keys = dict.fromkeys(key for part in spot_at(root, path).parts() for key in field_names(part))
        return message(root, path, "not_a_mapping_of", quoted | {"keys": list(keys)})
    if kind == "too_short":
        return message(root, path, "too_few", {"least": values["min_length"], "got": values["actual_length"]})
    if kind == "union_tag_not_found":
        return unknown_kind(root, path, got)
    if kind == "union_tag_invalid":
        first, second = (Message(code) for tag, code in SHAPES.items() if tag in values["expected_tags"])
        return message(root, path, "wrong_shape", quoted | {"first": first, "second": second})
    if kind == "list_type":
        instead = year_list(got) or got if isinstance(got, str) else ""
        hint = Message("config.write_instead", {"instead": f"[{instead}]"}) if instead else ""
        return message(root, path, "not_a_list", quoted | {"hint": hint})
    return message(root, path, "not_a_mapping" if kind == "dict_type" else "not_understood", quoted)


def unknown_kind(root: Block, path: Path, got: Any) -> Message:
    """An instrument without a kind, or with one there is not."""
    written = node_at(root, (*path, "kind"))
    if written is None or (isinstance(written, Written) and written.empty):
        return message(root, (*path, "kind"), "missing" if written is None else "empty", {}, key=True)
    quoted = {"got": as_written(got["kind"]), "words": list(KINDS), "hint": close_word(str(got["kind"]), list(KINDS))}
    return message(root, (*path, "kind"), "not_one_of", quoted)


def node_at(root: Block, path: Path) -> Node | None:
    """The node at ``path``."""
    node: Node | None = root
    for part in path:
        node = below(node, part)
    return node


def close_word(got: str, words: list[str]) -> Message | str:
    """The nearest of a few words; the words themselves are in the message already."""
    close = nearest(got, words)
    return Message("config.did_you_mean", {"nearest": close}) if close else ""


def field_names(part: Any) -> list[str]:
    """The keys a mapping of the config may have."""
    names = [field.alias or name for name, field in part.model_fields.items()]
    return [*names, "extends", "scenarios"] if part is Config else names


def meant_parts(root: Block, path: Path) -> list[Any]:
    """The mappings that may stand at ``path``; of several kinds the one that is named."""
    parts: list[Any] = list(spot_at(root, path).parts())
    kind = node_at(root, (*path, "kind"))
    named = [part for part in parts if str(kind) in map(str, kind_words(part))]
    return named or parts


def kind_words(part: Any) -> tuple[Any, ...]:
    """What `kind` may be in a mapping that has it."""
    field = part.model_fields.get("kind")
    return get_args(field.annotation) if field is not None else ()


def spot_at(root: Block, path: Path) -> Spot:
    """What is and what may be written at ``path``."""
    spot = Spot.top(root)
    for part in path:
        spot = Spot(below(spot.node, part), spot.child(str(part)).kinds)
    return spot


def literal_words(root: Block, path: Path) -> list[str]:
    """The words allowed at ``path``."""
    kinds = [kind for each in spot_at(root, path).kinds for kind in alternatives(each)]
    return [str(word) for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
