"""Conditions on attributes (`where`) and groups by attributes (`each`), for projects and options alike.

A *column* is looked up by name and comes back as an array with one entry per row: floats with NaN for blank,
or text (object array or pandas Categorical) with '' for blank. Money columns are looked up in the config's unit,
as the planner wrote them. Everything is decided on a column's distinct values, so 100,000 rows cost no Python loop.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from allocator.config.keys.parts import Condition, Range, Where
from allocator.messages import Message, did_you_mean, nearest
from allocator.money.arrays import Flags, Ints
from allocator.tables.files.columns import Known

Column = Callable[[str], Any]
"""Name → values, one per row; KeyError when there is no such attribute. Every lookup knows `project_id`."""


_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
_CODE = re.compile(r"[A-Z]?[0-9]{2,4}(\.[0-9]+)*")
_TRUTH = {"true": "1", "是": "1", "false": "0", "否": "0"}
_COMBINED = " / "
CODES = ("gb4754_code", "sei_code")
"""Columns whose values are codes of a public classification."""
FEW = 30_000
"""Values that 16 bits count, which sort in linear time."""


class Group(NamedTuple):
    """The rows that share one value (or combination of values) of the attributes of an `each`."""

    label: str
    rows: Ints


@dataclass(frozen=True)
class _Distinct:
    """A column as codes into its distinct values; code -1 is blank."""

    codes: Ints
    parts: list[list[str]]
    """Normal forms of each distinct value; several where a cell lists several."""
    labels: list[list[str]]
    """The same as the planner wrote them."""

    def spread(self, per_value: Iterable[bool], blank: bool) -> Flags:
        """The truth of each row from the truth of each distinct value."""
        return np.array([*per_value, blank], dtype=bool)[self.codes]


def normal(value: object) -> str:
    """The form in which values are compared: trimmed, half-width, flags as 1 and 0, numbers without trailing zeros.

    Text that only looks like a number, such as '001', stays as it is.
    """
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating) and np.isnan(value):
        return ""
    if isinstance(value, int | float | Decimal | np.number):
        return _plain(Decimal(str(value)))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if _NUMBER.fullmatch(text):
        return _plain(Decimal(text))
    return _TRUTH.get(text.lower(), text)


def matches(where: Where, column: Column, size: int | None = None) -> Flags:
    """Which rows meet every condition of ``where``; all rows when it is empty.

    Raises:
        KeyError: an attribute that ``column`` does not know.
    """
    result = np.ones(len(column("project_id")) if size is None else size, dtype=bool)
    for attribute, condition in where.items():
        result &= holds(condition, column(attribute))
    return result


def holds(condition: Condition, values: Any) -> Flags:
    """Which of ``values`` meet ``condition``; bounds are inclusive, a blank meets only `not`."""
    if _is_numeric(values):
        return _number_holds(condition, np.asarray(values, dtype=np.float64))
    distinct = _distinct(values)
    if not isinstance(condition, Range):
        wanted = _literals(condition)
        return distinct.spread((not wanted.isdisjoint(parts) for parts in distinct.parts), blank=False)
    barred = _literals(condition.not_)
    asked = condition.model_copy(update={"not_": None}) != Range()
    per_value = (
        barred.isdisjoint(parts) and (not asked or any(_inside(condition, part) for part in parts))
        for parts in distinct.parts
    )
    return distinct.spread(per_value, blank=not asked)


def groups(each: str | Sequence[str], column: Column) -> list[Group]:
    """The groups that ``each`` makes, in order of value; blanks form no group.

    A cell that lists several values (`;`) belongs to the group of every one. Labels are the values as written,
    combined ones joined by ' / '; rows are ascending.

    Raises:
        KeyError: an attribute that ``column`` does not know.
    """
    attributes = [each] if isinstance(each, str) else list(each)
    if len(attributes) == 1:
        rows, codes, labels = _members(column(attributes[0]))
        if not labels:
            return []
        order = np.argsort(codes.astype(np.int16) if len(labels) < FEW else codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(labels)))
        blocks = np.split(rows[order], ends[:-1])
        return [Group(label, block) for label, block in zip(labels, blocks, strict=True) if len(block)]
    return _joined(attributes, column)


def _joined(attributes: Sequence[str], column: Column) -> list[Group]:
    """The groups that several attributes make together."""
    members: pd.DataFrame | None = None
    names: list[list[str]] = []
    for number, attribute in enumerate(attributes):
        rows, codes, labels = _members(column(attribute))
        frame = pd.DataFrame({"row": rows, f"value{number}": codes})
        members = frame if members is None else members.merge(frame, on="row")
        names.append(labels)
    if members is None or members.empty:
        return []
    keys = [f"value{number}" for number in range(len(attributes))]
    members = members.sort_values([*keys, "row"], kind="stable", ignore_index=True)
    combined = members[keys].to_numpy()
    starts = np.flatnonzero(np.r_[True, (combined[1:] != combined[:-1]).any(axis=1)])
    blocks = np.split(members["row"].to_numpy(), starts[1:])
    labels = [_COMBINED.join(names[i][code] for i, code in enumerate(combined[start])) for start in starts]
    return [Group(label, rows) for label, rows in zip(labels, blocks, strict=True)]


def where_problems(
    where: Where,
    column: Column,
    names: Collection[str],
    path: str,
    place: Callable[[str], str],
    known: Mapping[str, Collection[str]] | None = None,
) -> list[Message]:
    """What is wrong with ``where``: unknown attributes and literals that no row has, each with the nearest there is.

    ``names`` are the attributes there are, ``path`` is the dotted path of the mapping in the config and ``place``
    finds its file and line. ``known`` adds values of an attribute that are legal although no row has them. A flag
    column accepts true and false whether or not a row has them; a value under `not` may be absent unless it is
    so near to one that is there that it must be a slip.
    """
    problems = []
    for attribute, condition in where.items():
        spot = f"{path}.{attribute}"
        try:
            values = column(attribute)
        except KeyError:
            problems.append(unknown("attribute", attribute, names, spot, place(spot)))
            continue
        legal = [normal(value) for value in (known or {}).get(attribute, ())]
        legal += official(condition, values) if attribute in CODES else []
        problems += _condition_problems(condition, values, legal, spot, place(spot))
    return problems


def official(condition: Condition, values: Any) -> list[str]:
    """Codes of a list of which some row has one: a list of the state names more industries than a pool has."""
    codes = [normal(value) for value in _given(condition)]
    there = {part for parts in _distinct(values).parts for part in parts}
    return [code for code in codes if _CODE.fullmatch(code)] if there & {*codes} and len(codes) > 1 else []


def each_problems(
    each: str | Sequence[str], column: Column, names: Collection[str], path: str, place: Callable[[str], str]
) -> list[Message]:
    """Attributes of ``each`` that do not exist, with the nearest there is."""
    problems = []
    for attribute in [each] if isinstance(each, str) else each:
        try:
            column(attribute)
        except KeyError:
            problems.append(unknown("attribute", attribute, names, path, place(path)))
    return problems


def unknown(kind: str, got: str, names: Iterable[str], path: str, where: str, near: str | None = None) -> Message:
    """The message for a ``kind`` ('attribute', 'value') that does not exist, naming ``near`` or the nearest of ``names``.

    An attribute called by its header is named as configs name it.
    """
    near = near or (_behind_header(got, names) if kind in ("attribute", "measure") else None)
    hint = did_you_mean(got, names) if near is None else Message("config.did_you_mean", {"nearest": near})
    return Message(f"options.unknown_{kind}", {"got": got, "hint": hint}, where, path)


def _behind_header(header: str, names: Iterable[str]) -> str | None:
    """The attribute, out of ``names``, of which a table may have this header."""
    fit = Known.of(("projects", "regions", "options"), {}).fit(header)
    return fit.column.name if fit is not None and fit.column.name in set(names) else None


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.lstrip("+")


def _is_numeric(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", "O") in "biuf"


def _literals(condition: object) -> set[str]:
    if condition is None:
        return set()
    return {normal(value) for value in (condition if isinstance(condition, list) else [condition])}


def _as_number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _inside(bounds: Range, text: str) -> bool:
    if bounds.begins is not None and not text.startswith(_beginnings(bounds)):
        return False
    if bounds.min is None and bounds.max is None:
        return True
    value = _as_number(text)
    if value is None:
        return False
    return (bounds.min is None or value >= float(bounds.min)) and (bounds.max is None or value <= float(bounds.max))


def _beginnings(condition: Condition) -> tuple[str, ...]:
    return tuple(map(normal, condition.begins or ())) if isinstance(condition, Range) else ()


def _number_holds(condition: Condition, values: np.ndarray[Any, np.dtype[np.float64]]) -> Flags:
    if not isinstance(condition, Range):
        return np.isin(values, _numbers(_literals(condition)))
    result = ~np.isin(values, _numbers(_literals(condition.not_)))
    if condition.min is not None:
        result &= values >= float(condition.min)
    if condition.max is not None:
        result &= values <= float(condition.max)
    if condition.begins is not None:
        result &= np.array([normal(value).startswith(_beginnings(condition)) for value in values], dtype=bool)
    return result


def _numbers(literals: set[str]) -> list[float]:
    return [number for number in map(_as_number, literals) if number is not None]


def _distinct(values: Any) -> _Distinct:
    codes, found = pd.factorize(values if isinstance(values, pd.Categorical) else np.asarray(values, dtype=object))
    written = [[part.strip() for part in str(value).split(";") if part.strip()] for value in found]
    empty = np.array([not parts for parts in written] + [True])
    codes = np.where(empty[codes], -1, codes)
    return _Distinct(codes, [[normal(part) for part in parts] for parts in written], written)


def _members(values: Any) -> tuple[Ints, Ints, list[str]]:
    """Rows, ascending, the code of the value each has, in the order of the values, and the label of each code."""
    if _is_numeric(values):
        codes, found = pd.factorize(np.asarray(values, dtype=np.float64), sort=True)
        rows = np.flatnonzero(codes >= 0)
        return rows, codes[rows], [normal(value) for value in found]
    distinct = _distinct(values)
    label: dict[str, str] = {}
    for parts, written in zip(distinct.parts, distinct.labels, strict=True):
        for part, text in zip(parts, written, strict=True):
            label.setdefault(part, text)
    order = {part: code for code, part in enumerate(sorted(label, key=_in_order))}
    listed = [[order[part] for part in dict.fromkeys(parts)] for parts in distinct.parts]
    filled = np.flatnonzero(distinct.codes >= 0)
    cells = distinct.codes[filled]
    first, count = np.cumsum([0, *map(len, listed)])[:-1], np.array([len(codes) for codes in listed], np.int64)
    every = np.array([code for codes in listed for code in codes], np.int64)
    if not len(filled) or bool((count[cells] == 1).all()):
        return filled, every[first[cells]], [label[part] for part in order]
    times = count[cells]
    place = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(filled, times), every[np.repeat(first[cells], times) + place], [label[part] for part in order]


def _in_order(text: str) -> tuple[bool, float, str]:
    number = _as_number(text)
    return (number is None, number or 0.0, text)


def _condition_problems(condition: Condition, values: Any, known: list[str], path: str, where: str) -> list[Message]:
    numeric = _is_numeric(values)
    there = set(known)
    if numeric:
        found = pd.unique(np.asarray(values, dtype=np.float64))
        there |= {normal(value) for value in found[~np.isnan(found)]}
    else:
        there |= {part for parts in _distinct(values).parts for part in parts}
    flag = there <= {"0", "1"}
    absent = [literal for literal in _given(condition) if normal(literal) not in there]
    problems = []
    if numeric and not isinstance(condition, Range) and any("." in value for value in there):
        got = ", ".join(str(literal) for literal in _given(condition))
        return [Message("options.fractional", {"got": got}, where, path)]
    for literal in absent:
        form = normal(literal)
        if flag and form in ("0", "1"):
            continue
        if isinstance(condition, Range) and (numeric or nearest(form, there) is None):
            continue
        if numeric and form == "1" and any(0 < float(value) < 1 for value in there if _as_number(value) is not None):
            problems.append(Message("options.fractional", {"got": str(literal)}, where, path))
            continue
        problems.append(unknown("value", str(literal), sorted(there), path, where, _closest(form, there, numeric)))
    beginnings = _beginnings(condition)
    if beginnings and there and not any(value.startswith(beginnings) for value in there):
        problems.append(unknown("value", ", ".join(f"{one}…" for one in beginnings), sorted(there), path, where))
    bounded = isinstance(condition, Range) and (condition.min is not None or condition.max is not None)
    if bounded and there and all(_as_number(value) is None for value in there):
        problems.append(Message("options.not_a_number_column", {}, where, path))
    return problems


def _given(condition: Condition) -> list[object]:
    values = condition.not_ if isinstance(condition, Range) else condition
    if values is None:
        return []
    return list(values) if isinstance(values, list) else [values]


def _closest(form: str, there: set[str], numeric: bool) -> str | None:
    """The closest number of a number column; None for text, where likeness decides."""
    wanted = _as_number(form)
    if not numeric or wanted is None or not there:
        return None
    return min(sorted(there), key=lambda value: abs(float(value) - wanted))
