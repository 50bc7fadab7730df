"""Rules for the packages of a config: known instruments, each once, no combination twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allocator.config.keys.instruments import Bond
from allocator.config.keys.plan import Config
from allocator.config.keys.stacking import OfInstruments
from allocator.config.rules.instrument_rules import Fault, check_where
from allocator.messages import did_you_mean

JOINT = "+"
"""Between the names of the parts in the name of a package."""


def check_stacking(config: Config, instruments: Sequence[str]) -> Iterator[Fault]:
    """Instruments named by the rules against stacking, by gates and by warnings."""
    rules = config.stacking
    lists: list[tuple[tuple[str | int, ...], Sequence[str]]] = [
        (("stacking", "exclusive", number), keys) for number, keys in enumerate(rules.exclusive)
    ]
    for name in ("one_per_entity", "national", "earlier", "public_share"):
        rule: OfInstruments | None = getattr(rules, name)
        lists.append((("stacking", name, "instruments"), rule.instruments if rule else []))
    gates = config.screening.gates
    lists += [(("screening", "gates", number, "instruments"), gate.instruments) for number, gate in enumerate(gates)]
    if config.screening.capital is not None:
        lists.append((("screening", "capital", "instruments"), config.screening.capital.instruments))
    if config.flags is not None:
        lists.append((("flags", "lawful"), config.flags.lawful))
    for path, keys in lists:
        for index, key in enumerate(keys):
            if key not in instruments:
                yield Fault((*path, index), "unknown_instrument", {"got": key, "hint": did_you_mean(key, instruments)})
            elif key in keys[:index]:
                yield Fault((*path, index), "listed_twice", {"got": key})


def check_gates(config: Config) -> Iterator[Fault]:
    """Every gate says something, and has a name of its own."""
    seen: set[str] = set()
    for number, gate in enumerate(config.screening.gates):
        path: tuple[str | int, ...] = ("screening", "gates", number)
        if not gate.require and not gate.filled:
            yield Fault(path, "gate_without_rule", {"name": gate.name}, key=True)
        if gate.name in seen:
            yield Fault((*path, "name"), "name_twice", {"got": gate.name})
        seen.add(gate.name)
        yield from check_where(gate.where, (*path, "where"))
        yield from check_where(gate.require, (*path, "require"))
    capital = config.screening.capital
    if capital is not None:
        yield from check_where(capital.where, ("screening", "capital", "where"))
        for number, case in enumerate(capital.ratios):
            yield from check_where(case.where, ("screening", "capital", "ratios", number, "where"))


def check_packages(config: Config, instruments: Sequence[str]) -> Iterator[Fault]:
    """Faults of the packages; ``instruments`` are all that the config writes, faulty ones included."""
    seen: dict[frozenset[str], int] = {}
    for number, package in enumerate(config.packages):
        for index, key in enumerate(package):
            if key not in instruments:
                values = {"got": key, "hint": did_you_mean(key, instruments)}
                yield Fault(("packages", number, index), "unknown_instrument", values)
            elif key in package[:index]:
                yield Fault(("packages", number, index), "listed_twice", {"got": key})
            elif isinstance(config.instruments.get(key), Bond):
                yield Fault(("packages", number, index), "package_with_bond", {"got": key})
        fine = [key for key in package if key in config.instruments and config.instruments[key].continuous]
        if len(fine) > 1:
            yield Fault(("packages", number), "package_too_fine", {"got": ", ".join(fine)})
        first = seen.setdefault(frozenset(package), number)
        if first != number:
            yield Fault(
                ("packages", number), "package_twice", {"got": JOINT.join(package), "first": f"packages.{first}"}
            )
