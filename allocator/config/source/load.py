"""A config file, what it extends, a scenario and `--set` values become one `Config` whose every value has an origin."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
from allocator.config.loaded import Loaded
from allocator.config.rules.check import Checked, check_types, unique
from allocator.config.rules.implied_rules import with_implied
from allocator.config.rules.money_rules import taken_quantum
from allocator.config.rules.whole import check_rules
from allocator.config.source.overrides import in_layer, item_keys, merged, nested, unknown_changes
from allocator.config.source.resolved import leaf_values, resolved_yaml
from allocator.config.source.scaled import changed, factor_in
from allocator.config.source.yaml_source import (
    MAX_BYTES,
    Block,
    Items,
    Node,
    Place,
    Written,
    plain,
    read_file,
    read_text,
    shortened,
)
from allocator.messages import Message, did_you_mean
from allocator.messages.errors import InputError
from allocator.money import smallest

__all__ = ["Loaded", "load_config", "resolved_yaml"]

TABLES = (
    ("projects",), ("regions",), ("options",), ("commitments",), ("report", "map"), ("uncertainty", "file"), ("previous",), ("progress",), ("stacking", "earlier", "file"),
)  # fmt: skip
FACTORS = tuple(("leverage", factor, "file") for factor in ("realisation", "additionality", "displacement"))


class ConfigFaults(InputError):
    """Faults of a config, with what can be read of it nevertheless."""

    def __init__(self, messages: Sequence[Message], rest: Loaded | None) -> None:
        super().__init__(messages)
        self.rest = rest
        """The config less its faulty parts; None where too little is left."""


def load_config(path: str | Path, scenario: str | None = None, overrides: Sequence[str] = ()) -> Loaded:
    """Read a config.

    ``overrides`` are ``a.b.c=value`` as on the command line; relative table paths in them count from the current folder.

    Raises:
        ConfigFaults: all problems at once, each with file, line and column.
    """
    chain = read_chain(Path(path))
    base, scenarios = without_scenarios(laid_over(chain.blocks))
    root, faults = base, list[Message]()
    if scenario is not None:
        root = with_scenario(root, scenarios, scenario, chain, faults)
    for override in overrides:
        root = with_override(root, override, faults)
    root, as_written = with_absolute_tables(base if faults else root)
    checked = checked_fully(root)
    faults += checked.faults
    if scenario is None and not overrides and not faults:
        faults += faults_of_scenarios(root, scenarios, chain.shown)
    rest = None if checked.config is None else _loaded(root, checked.config, chain, as_written)
    if faults or rest is None:
        raise ConfigFaults(sorted(unique(faults), key=by_place), rest)
    config = with_implied(rest.config)
    notices = tuple(sorted(checked.notices, key=by_place))
    loaded = replace(rest, config=config, origins=origins(root, config), scenario=scenario, notices=notices)
    return with_quantum(loaded, taken_quantum(config))


def with_quantum(loaded: Loaded, quantum: Decimal | None) -> Loaded:
    """The config with the smallest amount that its money asks for, which is told; as it is where that is its own."""
    if quantum is None or quantum == loaded.config.quantum:
        return loaded
    config, base = loaded.config.model_copy(update={"quantum": quantum}), loaded.config.unit.base
    values = {"quantum": plain_number(quantum), "base": base, "usual": plain_number(smallest(base))}
    note = Message("config.quantum_taken", values, loaded.place("money"), "quantum")
    notices = (*(other for other in loaded.notices if other.code != note.code), note)
    return replace(loaded, config=config, origins={**loaded.origins, "quantum": "default"}, notices=notices)


def _loaded(root: Block, config: Config, chain: Chain, as_written: Mapping[str, str]) -> Loaded:
    """What was read, before the rules that it implies."""
    files = tuple(dict.fromkeys(chain.files))
    return Loaded(config, {}, plain_values(root), files, None, (), places(root), as_written)


def by_place(message: Message) -> tuple[str, int, int]:
    """File, line, column; what has no line last."""
    file, line, column = (*message.where.rsplit(":", 2), "", "")[:3]
    return (file, int(line), int(column)) if line.isdigit() and column.isdigit() else (message.where, MAX_BYTES, 0)


@dataclass
class Chain:
    """The files of a config: ``blocks`` from the first base to the config itself."""

    blocks: list[Block]
    files: list[Path]
    shown: str


def read_chain(path: Path) -> Chain:
    """The config and everything it extends."""
    shown = Path(path).as_posix()
    absolute = Path(os.path.abspath(path))
    blocks: list[Block] = []
    files: list[Path] = []
    names: list[str] = []
    place: str | None = None
    while True:
        if absolute in files:
            values = {"chain": " → ".join([*names[files.index(absolute) :], shown])}
            raise InputError([Message("config.extends_cycle", values, place or "", "extends")])
        files.append(absolute)
        names.append(shown)
        if place and not absolute.is_file():
            raise InputError([Message("config.extends_missing", {"file": shown}, place, "extends")])
        block, base = without_key(read_file(absolute, shown), "extends")
        blocks.insert(0, block)
        if base is None:
            return Chain(blocks, files, names[0])
        if not isinstance(base, Written) or not base.strip():
            raise InputError([Message("config.extends_not_file", where=str(base.place), path="extends")])
        place = str(base.place)
        absolute = Path(os.path.abspath(absolute.parent / base))
        shown = os.path.normpath(os.path.join(os.path.dirname(shown), base)).replace(os.sep, "/")


def without_key(block: Block, key: str) -> tuple[Block, Node | None]:
    """The mapping less a key, and what stood there."""
    value = block.entries.get(key)
    if value is None or (isinstance(value, Written) and value.empty):
        value = None
    entries = {name: node for name, node in block.entries.items() if name != key}
    return Block(entries, {name: block.keys[name] for name in entries}, block.place), value


def laid_over(blocks: Sequence[Block]) -> Block:
    """Mappings merged, each over those before it."""
    root: Node = blocks[0]
    for block in blocks[1:]:
        root = merged(root, block)
    assert isinstance(root, Block)
    return Block(root.entries, root.keys, blocks[-1].place)


def without_scenarios(root: Block) -> tuple[Block, Block]:
    """The config and its inline scenarios."""
    rest, scenarios = without_key(root, "scenarios")
    if scenarios is None:
        return rest, Block({}, {}, root.place)
    if not isinstance(scenarios, Block):
        raise InputError([Message("config.scenarios_not_mapping", where=str(scenarios.place), path="scenarios")])
    return rest, scenarios


def scenario_names(path: Path) -> list[str]:
    """The scenarios that stand in the config's own file, in their order: those of what it extends belong to that."""
    chain = read_chain(path)
    keys = without_scenarios(laid_over(chain.blocks))[1].keys
    return [name for name, place in keys.items() if place.file == chain.shown]


def with_scenario(root: Block, scenarios: Block, name: str, chain: Chain, faults: list[Message]) -> Block:
    """The config as the scenario ``name`` changes it."""
    folder = Path(os.path.dirname(chain.shown)) / "scenarios"
    file = chain.files[0].parent / "scenarios" / f"{name}.yaml"
    if name in scenarios.entries:
        return applied(root, scenarios.entries[name], name, faults)
    if os.sep in name or "/" in name or not file.is_file():
        known = [*scenarios.entries, *sorted(other.stem for other in file.parent.glob("*.yaml"))]
        values = {"name": name, "hint": did_you_mean(name, known)}
        raise InputError([Message("config.no_scenario", values, chain.shown)])
    own = read_chain(folder / f"{name}.yaml" if not Path(chain.shown).is_absolute() else file)
    if len(own.files) > 1 and chain.files[0] not in own.files:
        values = {"base": own.files[1].name, "config": chain.shown}
        raise InputError([Message("config.scenario_of_other", values, own.shown, "extends")])
    over = own.blocks[-len(own.files[: own.files.index(chain.files[0])]) :] if len(own.files) > 1 else own.blocks
    chain.files.extend(own.files)
    for block in over:
        root = applied(root, without_scenarios(block)[0], name, faults)
    return root


def applied(root: Block, over: Node, name: str, faults: list[Message]) -> Block:
    """``over`` laid over the config; dotted keys are paths."""
    if isinstance(over, Written) and over.empty:
        return root
    if not isinstance(over, Block):
        faults.append(Message("config.scenario_not_mapping", where=str(over.place), path=f"scenarios.{name}"))
        return root
    over = in_layer(over, f"scenario {name}")
    assert isinstance(over, Block)
    known = Config.model_fields
    for key, value in over.entries.items():
        entry: Block = Block({key: value}, {key: over.keys[key]}, over.keys[key])
        try:
            if key not in known:
                entry = nested(root, key, value, over.keys[key])
        except InputError as error:
            faults.extend(error.messages)
            continue
        faults.extend(unknown_changes(root, entry))
        root = laid_over([root, entry])
    return root


def with_override(root: Block, override: str, faults: list[Message]) -> Block:
    """The config as ``a.b.c=value`` changes it."""
    path, equals, text = override.partition("=")
    place = Place(f"--set {shortened(override, 200)}", Path.cwd(), layer="--set")
    if not equals or not path.strip():
        faults.append(Message("config.set_without_value", where=str(place)))
        return root
    try:
        if factor_in(text) is None:
            entry = nested(root, path, relocated(read_text(text, place), place), place)
        else:
            there = nested(root, path, Written.at("", place, plain=True), place)
            entry = nested(root, path, changed(root, there, text, place), place)
    except InputError as error:
        faults.extend(Message(m.code, m.values, str(place), m.path) for m in error.messages)
        return root
    faults.extend(unknown_changes(root, entry))
    return laid_over([root, entry])


def relocated(node: Node, place: Place) -> Node:
    """The same tree as if all of it stood at ``place``."""
    if isinstance(node, Written):
        return Written.at(node, place, node.plain)
    if isinstance(node, Items):
        return Items(tuple(relocated(item, place) for item in node.items), place)
    entries = {key: relocated(value, place) for key, value in node.entries.items()}
    return Block(entries, dict.fromkeys(entries, place), place)


def with_absolute_tables(root: Block) -> tuple[Block, dict[str, str]]:
    """The config with every table path resolved against the folder of the file it is written in."""
    as_written: dict[str, str] = {}
    for path in (*TABLES, *FACTORS):
        node: Node | None = root
        for key in path:
            node = node.entries.get(key) if isinstance(node, Block) else None
        if node is not None and not isinstance(node, Block):
            root = replaced(root, path, with_folder(node, ".".join(path), as_written))
    return root, as_written


def with_folder(node: Node, path: str, as_written: dict[str, str]) -> Node:
    """The path of a table, or each of a list, from the folder of the file it is written in."""
    if isinstance(node, Items):
        items = (with_folder(item, f"{path}.{number}", as_written) for number, item in enumerate(node.items))
        return Items(tuple(items), node.place)
    if not isinstance(node, Written) or node.empty or not node.strip():
        return node
    as_written[path] = node.strip()
    return Written.at(os.path.abspath(os.path.join(node.place.folder, node.strip())), node.place, plain=False)


def replaced(block: Block, path: tuple[str, ...], value: Node) -> Block:
    """The mapping with another value at ``path``."""
    key, rest = path[0], path[1:]
    below = block.entries[key]
    if rest and isinstance(below, Block):
        value = replaced(below, rest, value)
    return Block(block.entries | {key: value}, block.keys, block.place)


def checked_fully(root: Block) -> Checked:
    """Types first, then the rules across keys on whatever is sound."""
    checked = check_types(root)
    if checked.config is None:
        return checked
    faults, notices = check_rules(root, checked)
    return Checked(checked.config, unique([*checked.faults, *faults]), unique([*checked.notices, *notices]))


def faults_of_scenarios(root: Block, scenarios: Block, file: str) -> list[Message]:
    """Faults of the scenarios written in ``file`` itself: a slip in one is found before it is needed."""
    faults: list[Message] = []
    for name, over in scenarios.entries.items():
        if scenarios.keys[name].file != file:
            continue
        slips_of_this: list[Message] = []
        tree = applied(root, over, name, slips_of_this)
        faults += slips_of_this or checked_fully(with_absolute_tables(tree)[0]).faults
    return faults


def places(root: Block) -> dict[str, str]:
    """Where every key and item is written, items by name and by index."""
    found = {"": root.place.file}

    def walk(node: Node, prefix: str) -> None:
        if isinstance(node, Block):
            for key, value in node.entries.items():
                where = value.place if isinstance(value, Written) else node.keys[key]
                found[f"{prefix}{key}"] = str(where)
                walk(value, f"{prefix}{key}.")
        elif isinstance(node, Items):
            for index, (key, value) in enumerate(item_keys(node)):
                for address in (key, str(index)):
                    found.setdefault(f"{prefix}{address}", str(value.place))
                    walk(value, f"{prefix}{address}.")

    walk(root, "")
    return found


def origins(root: Block, config: Config) -> dict[str, str]:
    """Where every value of the config came from."""
    written: dict[str, str] = {}

    def walk(node: Node, prefix: str) -> None:
        written[prefix] = node.place.layer if node.place.layer == "--set" else node.place.origin
        children = node.entries.items() if isinstance(node, Block) else ()
        for key, value in item_keys(node) if isinstance(node, Items) else children:
            walk(value, f"{prefix}.{key}" if prefix else key)

    walk(root, "")
    return {path: written.get(path, "default") for path in leaf_values(config)}


def plain_values(root: Block) -> dict[str, Any]:
    """The tree as dicts, lists and strings."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items()}
        return [bare(item) for item in value] if isinstance(value, list) else None if value is None else str(value)

    values: dict[str, Any] = bare(plain(root))
    return values
