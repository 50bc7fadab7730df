"""The numbers of one instance as arrays, by the names of `models.symbols`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.symbols import PARAMETER, SET

Ints = np.ndarray  # (n,) int64 positions
Floats = np.ndarray  # (n,) float64


@dataclass(frozen=True)
class Family:
    """The members of an indexed set: those of index ``keys[i]`` are ``items[start[i]:start[i + 1]]``.

    ``keys``: sorted linear keys of the index (see `Values.linear`), or None when every index has an entry.
    ``items``: one position array per letter of the set, all of the same length.
    """

    start: Ints
    items: tuple[Ints, ...]
    keys: Ints | None = None

    @staticmethod
    def grouped(owner: Ints, items: Sequence[Ints], size: int) -> Family:
        """A family over 0 … size − 1 from the owner of every item; items keep their order within an owner."""
        if len(owner) and np.any(owner[1:] < owner[:-1]):
            order = np.argsort(owner, kind="stable")
            owner, items = owner[order], [i[order] for i in items]
        start = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(owner, minlength=size), out=start[1:])
        return Family(start, tuple(items))

    @staticmethod
    def sparse(owner: Ints, items: Sequence[Ints]) -> Family:
        """A family over those linear keys alone that own an item."""
        if len(owner) and np.any(owner[1:] < owner[:-1]):
            order = np.argsort(owner, kind="stable")
            owner, items = owner[order], [i[order] for i in items]
        first = np.flatnonzero(np.diff(owner, prepend=owner[:1] - 1))
        return Family(np.append(first, len(owner)).astype(np.int64), tuple(items), owner[first])

    def find(self, key: Ints) -> tuple[Ints, Ints]:
        """First item and number of items of every linear key; none where the key has no entry."""
        if self.keys is None:
            return self.start[key], self.start[key + 1] - self.start[key]
        if not len(self.keys):
            return np.zeros(len(key), np.int64), np.zeros(len(key), np.int64)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        count = np.where(self.keys[at] == key, self.start[at + 1] - self.start[at], 0)
        return self.start[at], count


@dataclass(frozen=True)
class Sparse:
    """A parameter that is zero but for some indices: ``values[i]`` at the sorted linear key ``keys[i]``."""

    keys: Ints
    values: Floats

    @staticmethod
    def at(keys: Ints, values: Floats) -> Sparse:
        """From unsorted keys, each at most once."""
        if len(keys) and np.any(keys[1:] < keys[:-1]):
            order = np.argsort(keys, kind="stable")
            keys, values = keys[order], values[order]
        return Sparse(keys, values)

    def find(self, key: Ints) -> Floats:
        """Value at every linear key."""
        if len(key) == len(self.keys) and np.array_equal(key, self.keys):
            return self.values  # the usual case: asked for in the order in which it was made
        if not len(self.keys):
            return np.zeros(len(key))
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        return np.where(self.keys[at] == key, self.values[at], 0.0)


@dataclass(frozen=True)
class Values:
    """One instance: sizes of the basic sets, members of the others, and the parameters.

    ``parameters`` hold an array of the shape of the index sets, or a `Sparse` over them.
    ``labels`` name the members of basic sets, for people; positions stand in where none are given.
    """

    sizes: Mapping[str, int]
    members: Mapping[str, tuple[Ints, ...]]
    families: Mapping[str, Family]
    parameters: Mapping[str, np.ndarray | Sparse]
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[Ints, ...]:
        """The members of a set that no other set indexes, one position array per letter."""
        return self.members[name] if name in self.members else (np.arange(self.sizes[name]),)

    def shape(self, over: Sequence[str]) -> tuple[int, ...]:
        """Extent of an array indexed by ``over``; a set taken from another one spans that one."""
        return tuple(self.sizes[base] for name in over for base in (SET[name].of or (name,)))

    def linear(self, over: Sequence[str], index: Sequence[Ints]) -> Ints:
        """Linear key of index tuples over the sets ``over``."""
        key = index[0]
        for size, position in zip(self.shape(over)[1:], index[1:], strict=True):
            key = key * size
            key += position
        return key

    def parameter(self, name: str, index: Sequence[Ints]) -> Floats:
        """Value of a parameter at every index tuple."""
        value = self.parameters[name]
        if isinstance(value, Sparse):
            return value.find(self.linear(PARAMETER[name].over, index))
        return value[tuple(index)]

    def label(self, name: str, position: int) -> str:
        """What people call a member of a set."""
        base = (SET[name].of or (name,))[0]
        return str(self.labels[base][position]) if base in self.labels else str(position)
