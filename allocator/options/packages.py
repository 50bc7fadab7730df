"""Packages: several instruments for one project as one option, where the config allows the combination.

A package joins one option of each of its instruments with the same start year. Awards are added and every part is
paid by the sources of its own instrument. The project's investment counts once: each measure is the largest that one
of the parts brings, and certified investment leaves out all that the parts entitle to. Only what support causes by an
elasticity adds up, to no more than `cap` of the private money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from allocator.config.rules.package_rules import JOINT
from allocator.money.arrays import Rows
from allocator.options.block import Block, Payments, coded
from allocator.options.candidates import Candidates
from allocator.options.offers import OptionBuilder
from allocator.options.screening.stacking import room
from allocator.tables.measures import MEASURES


def package_blocks(
    offers: OptionBuilder, packages: Sequence[Sequence[str]], blocks: Mapping[str, Block]
) -> list[Block]:
    """The options of every package, made of the options of its instruments in ``blocks``."""
    return [_package(offers, keys, [blocks[key] for key in keys]) for keys in packages]


def _package(offers: OptionBuilder, keys: Sequence[str], blocks: Sequence[Block]) -> Block:
    rows = _as_asked(offers.pool, blocks, _within_ceiling(offers.pool, keys, blocks, _together(blocks)))
    project, start = blocks[0].project[rows[0]], blocks[0].start_year[rows[0]]
    awards = [block.award[part] for block, part in zip(blocks, rows, strict=True)]
    total = np.sum(awards, axis=0)
    brings = offers.together(keys, project, awards) if len(project) else dict.fromkeys(MEASURES, total)
    names = [block.option.astype(object).take(part) for block, part in zip(blocks, rows, strict=True)]
    return Block(
        project=project,
        option=_texts([JOINT.join(parts) for parts in zip(*names, strict=True)]),
        instrument=coded(np.zeros(len(project), np.int64), [JOINT.join(keys)]),
        start_year=start,
        award=total,
        measures=brings,
        payments=_payments(blocks, rows),
        parts=tuple(zip(blocks, rows, strict=True)),
    )


def _texts(names: list[str]) -> pd.Categorical:
    codes, found = pd.factorize(np.array(names, dtype=object))
    return coded(codes, list(found))


def _together(blocks: Sequence[Block]) -> list[Rows]:
    """Rows of every combination of one option per block for the same project and start year."""
    frames = [
        pd.DataFrame({"project": block.project, "start": block.start_year, n: np.arange(len(block.project))})
        for n, block in enumerate(blocks)
    ]
    joined = frames[0]
    for frame in frames[1:]:
        joined = joined.merge(frame, on=["project", "start"])
    return [joined[n].to_numpy(np.int64) for n in range(len(blocks))]


def _within_ceiling(pool: Candidates, keys: Sequence[str], blocks: Sequence[Block], rows: list[Rows]) -> list[Rows]:
    """The combinations whose awards together keep to the ceiling of public money."""
    rule = pool.config.stacking.public_share
    if rule is None:
        return rows
    counted = [block.award[part] * rule.covers(key) for key, block, part in zip(keys, blocks, rows, strict=True)]
    keep = np.sum(counted, axis=0) <= room(pool)[blocks[0].project[rows[0]]]
    return [part[keep] for part in rows]


def _as_asked(pool: Candidates, blocks: Sequence[Block], rows: list[Rows]) -> list[Rows]:
    """The combinations whose awards together are no more than the project asked for, where it asks for an amount."""
    asked = pool.fen("requested_amount")[blocks[0].project[rows[0]]]
    total = np.sum([block.award[part] for block, part in zip(blocks, rows, strict=True)], axis=0)
    keep = np.isnan(asked) | (total <= asked)
    return [part[keep] for part in rows]


def _payments(blocks: Sequence[Block], rows: Sequence[Rows]) -> Payments:
    """The payments of all parts, one after the other; `part` says whose each is."""
    found = [
        _of_part(block.payments, part, number) for number, (block, part) in enumerate(zip(blocks, rows, strict=True))
    ]
    return Payments(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _of_part(payments: Payments, rows: Rows, number: int) -> Payments:
    order = np.argsort(payments.option, kind="stable")
    first = np.searchsorted(payments.option[order], rows)
    count = np.searchsorted(payments.option[order], rows, side="right") - first
    option = np.repeat(np.arange(len(rows)), count)
    at = order[np.arange(len(option)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)]
    part = np.full(len(option), number, dtype=np.int8)
    return Payments(option, payments.payers[at], payments.year[at], payments.amount[at], part)
