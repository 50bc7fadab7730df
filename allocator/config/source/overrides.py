"""One config laid over another: `extends`, scenarios and `--set`.

Mappings merge key by key; lists are replaced, except lists whose items have `name`, which merge by name;
`null` removes. Items of lists are addressed by name or 0-based index.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import TypeAliasType

from allocator.config.keys.parts import Part
from allocator.config.keys.plan import Config
from allocator.config.labels import key_meant
from allocator.config.source.yaml_source import MAX_DEPTH, Block, Items, Node, Place, Written, shortened
from allocator.messages import Message, did_you_mean
from allocator.messages.errors import InputError

MADE_BY = {
    "sources": ("budget", "pays"),
    "instruments": ("kind",),
    "limits": ("measure",),
    "targets": ("measure",),
}
"""What a scenario must give for an entry the base does not have; otherwise its name is a slip."""


def merged(base: Node, over: Node) -> Node:
    """``over`` laid over ``base``."""
    if isinstance(base, Block) and isinstance(over, Block):
        return merged_blocks(base, over)
    if isinstance(base, Items) and isinstance(over, Block) and (base.items or over.entries):
        return merged_into_list(base, over)
    if isinstance(base, Items) and isinstance(over, Items) and names(base) and names(over):
        entries = dict(zip(names(over), over.items, strict=True))
        if len(entries) == len(over.items):
            return merged_into_list(base, Block(entries, {name: entries[name].place for name in entries}, over.place))
    return over


def merged_blocks(base: Block, over: Block) -> Block:
    """Keys of ``over`` added to those of ``base``, changing or removing them."""
    entries, keys = dict(base.entries), dict(base.keys)
    for key, value in over.entries.items():
        if key in entries and isinstance(value, Written) and value.empty:
            del entries[key], keys[key]
            continue
        entries[key] = merged(entries[key], value) if key in entries else value
        keys[key] = over.keys[key]
    return Block(entries, keys, base.place)


def merged_into_list(base: Items, over: Block) -> Items:
    """Items of ``base`` changed, removed or added by name or index."""
    items: dict[str, Node] = dict(item_keys(base))
    for key, value in over.entries.items():
        address = address_in(items, base, key)
        if isinstance(value, Written) and value.empty:
            items.pop(address, None)
        elif address in items:
            items[address] = merged(items[address], value)
        else:
            items[address] = with_name(value, key, over.keys[key])
    return Items(tuple(items.values()), base.place)


def address_in(items: dict[str, Node], base: Items, key: str) -> str:
    """The key under which the item ``key`` (a name or an index) stands in ``items``."""
    if key not in items and key.isascii() and key.isdigit() and int(key) < len(base.items):
        return list(dict(item_keys(base)))[int(key)]
    return key


def item_keys(items: Items) -> Iterator[tuple[str, Node]]:
    """Each item with its name, or its index where it has none or the name came before."""
    seen: set[str] = set()
    for index, item in enumerate(items.items):
        name = item.entries.get("name") if isinstance(item, Block) else None
        named = isinstance(name, Written) and name.strip() and not name.empty and name not in seen
        key = str(name) if named else str(index)
        seen.add(key)
        yield key, item


def with_name(item: Node, name: str, place: Place) -> Node:
    """A new item of a list, carrying the name under which it was written."""
    if not isinstance(item, Block) or "name" in item.entries:
        return item
    named: dict[str, Node] = {"name": Written.at(name, place, plain=False)}
    return Block(named | item.entries, {"name": place} | item.keys, item.place)


def names(items: Items) -> list[str]:
    """Names of the items if every one has one, else nothing."""
    found = [item.entries.get("name") for item in items.items if isinstance(item, Block)]
    texts = [str(name) for name in found if isinstance(name, Written) and not name.empty]
    return texts if len(texts) == len(items.items) else []


def in_layer(node: Node, layer: str) -> Node:
    """The same tree, its places marked as belonging to a scenario."""
    if isinstance(node, Written):
        return Written.at(node, replace(node.place, layer=layer), node.plain)
    if isinstance(node, Items):
        return Items(tuple(in_layer(item, layer) for item in node.items), replace(node.place, layer=layer))
    return Block(
        {key: in_layer(value, layer) for key, value in node.entries.items()},
        {key: replace(place, layer=layer) for key, place in node.keys.items()},
        replace(node.place, layer=layer),
    )


@dataclass(frozen=True)
class Spot:
    """A place in the config: what stands there and what may."""

    node: Node | None
    kinds: tuple[Any, ...]

    @staticmethod
    def top(root: Node) -> Spot:
        """The whole config."""
        return Spot(root, (Config,))

    def known(self) -> list[str]:
        """Keys and names that lead on from here."""
        fields = [field.alias or name for part in self.parts() for name, field in part.model_fields.items()]
        return list(dict.fromkeys([*self.present(), *fields]))

    def present(self) -> list[str]:
        """Keys and names that are written here."""
        if isinstance(self.node, Block):
            return list(self.node.entries)
        return [key for key, _ in item_keys(self.node)] if isinstance(self.node, Items) else []

    def parts(self) -> list[type[Part]]:
        """Mappings with known keys that may stand here."""
        return [kind for kind in self.kinds if isinstance(kind, type) and issubclass(kind, Part)]

    def free(self) -> bool:
        """New keys may be written here."""
        return any(get_origin(kind) is dict for kind in self.kinds) or (
            isinstance(self.node, Items) and bool(names(self.node))
        )

    def index(self, key: str) -> str:
        """The name of an item addressed by its index; any other key as it is."""
        if isinstance(self.node, Items):
            return address_in(dict(item_keys(self.node)), self.node, key)
        return key

    def child(self, key: str) -> Spot:
        """The spot behind ``key``."""
        node: Node | None = None
        if isinstance(self.node, Block):
            node = self.node.entries.get(key)
        elif isinstance(self.node, Items):
            node = dict(item_keys(self.node)).get(self.index(key))
        return Spot(node, tuple(kind for each in self.kinds for kind in behind(each, key)))


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a type, freed from annotations, options and unions."""
    if isinstance(annotation, TypeAliasType):
        return alternatives(annotation.__value__)
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(kind for member in get_args(annotation) for kind in alternatives(member))
    return (annotation,)


def behind(kind: Any, key: str) -> tuple[Any, ...]:
    """What may stand behind ``key`` of a value of type ``kind``."""
    if get_origin(kind) in (list, tuple):
        return alternatives(get_args(kind)[0])
    if get_origin(kind) is dict:
        return alternatives(get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, Part):
        for name, field in kind.model_fields.items():
            if key == (field.alias or name):
                return alternatives(field.annotation)
    return ()


def nested(root: Node, dotted: str, value: Node, place: Place) -> Block:
    """``value`` at the path ``dotted``, as a mapping to lay over ``root``; names in the path may contain dots.

    Raises:
        InputError: the path does not exist.
    """
    keys: list[str] = []
    spot, rest = Spot.top(root), dotted.strip()
    while True:
        fits = [key for key in addresses(spot) if rest == key or rest.startswith(key + ".")]
        key = max(fits, key=len) if fits else rest
        if not fits and not (spot.free() and (isinstance(value, Block) or not holds_parts(spot))):
            raise InputError([no_such_path(spot, keys, rest, place)])
        keys.append(spot.index(key))
        if len(keys) > MAX_DEPTH:
            raise InputError([Message("config.too_deep", {"most": MAX_DEPTH}, str(place))])
        spot, rest = spot.child(key), rest[len(key) + 1 :]
        if not rest:
            break
    for key in reversed(keys):
        value = Block({key: value}, {key: place}, place)
    assert isinstance(value, Block)
    return value


def addresses(spot: Spot) -> list[str]:
    """Everything that leads on from here, indices included."""
    indices = [str(i) for i in range(len(spot.node.items))] if isinstance(spot.node, Items) else []
    return [*spot.known(), *indices]


def holds_parts(spot: Spot) -> bool:
    """Whether new keys here stand for whole entries, such as a source."""
    return all(spot.child(key).parts() == list(spot.child(key).kinds) for key in [*spot.present()[:1], "0"])


def no_such_path(spot: Spot, keys: list[str], rest: str, place: Place) -> Message:
    """Where a path leaves the config, with the nearest that exists."""
    first = shortened(rest.split(".", maxsplit=1)[0], 100)
    hint = key_meant(first, spot.known())
    if not spot.known() and keys:
        return Message(
            "config.nothing_below", {"path": ".".join(keys)}, str(place), ".".join([*keys, shortened(rest, 100)])
        )
    return Message("config.no_such_path", {"key": first, "hint": hint}, str(place), ".".join([*keys, first]))


def unknown_changes(base: Node, over: Node) -> Iterator[Message]:
    """What a scenario or `--set` changes that the base does not have and that is no whole entry either."""
    if not (isinstance(base, Block) and isinstance(over, Block)):
        return
    yield from absent(Spot.top(base), over, ())
    for section, needed in MADE_BY.items():
        entries = over.entries.get(section)
        spot = Spot.top(base).child(section)
        for key, item, place in written_entries(entries):
            new = key not in spot.present() and spot.index(key) == key
            if new and isinstance(item, Block) and not set(needed) <= set(item.entries):
                values = {"hint": did_you_mean(key, spot.present()), "needed": needed}
                yield Message("config.no_such_entry", values, str(place), f"{section}.{key}")


def written_entries(section: Node | None) -> Iterator[tuple[str, Node, Place]]:
    """Entries by key or name, with where they are written."""
    if isinstance(section, Block):
        yield from ((key, value, section.keys[key]) for key, value in section.entries.items())
    elif isinstance(section, Items) and names(section):
        yield from ((name, item, item.place) for name, item in zip(names(section), section.items, strict=True))


def absent(spot: Spot, over: Block, path: tuple[str, ...]) -> Iterator[Message]:
    """Keys set to null that the base does not have."""
    for key, value in over.entries.items():
        child = spot.child(key)
        if isinstance(value, Block):
            yield from absent(child, value, (*path, key))
        elif isinstance(value, Written) and value.empty and child.node is None and key not in spot.known():
            hint = did_you_mean(key, spot.present())
            yield Message("config.nothing_to_remove", {"hint": hint}, str(over.keys[key]), ".".join((*path, key)))
