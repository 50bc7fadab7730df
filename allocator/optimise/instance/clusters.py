"""Chain nodes and bundles as the model's sets and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from allocator.optimise.instance.shapes import Part, columns
from allocator.optimise.instance.stages import Stage
from allocator.problem.case import Case
from models.values import Family


def of(case: Case, options_of: Family) -> Part:
    """Members, families, sizes and parameters of `models.chains`; ``options_of`` are the options of every project."""
    clusters = case.measures.clusters
    bundles = clusters.bundles
    bonus = np.array([b.bonus for b in bundles])
    whole = np.array([b.needed == len(b.projects) for b in bundles], bool)
    pairs = [(h, int(p)) for h, rows in enumerate(clusters.nodes) for p in rows] if counted(case) else []
    partners = [(y, int(p)) for y, b in enumerate(bundles) if whole[y] and b.bonus >= 0 for p in b.projects]
    members = {
        "FUNDED_AT": columns(pairs, 2),
        "PARTNERS": columns(partners, 2),
        "GAINS": (np.flatnonzero((bonus >= 0) & ~whole),),
        "LOSSES": (np.flatnonzero(bonus <= 0),),
    }
    families = {
        "OPTIONS_AT": _listed(clusters.nodes, options_of),
        "OPTIONS_JOINED": _listed([b.projects for b in bundles], options_of),
        "NODES_IN": _listed_nodes(case),
    }
    needed = np.array([float(b.needed) for b in bundles])
    beyond = np.array([len(b.projects) - b.needed + 1.0 for b in bundles])
    sizes = {"NODES": len(clusters.nodes), "BUNDLES": len(bundles)}
    return Part(sizes=sizes, members=members, families=families, parameters={"needed": needed, "beyond": beyond})


def counted(case: Case) -> bool:
    """Whether a node that is closed may be a loss, or is held against a cap: then being funded must close it."""
    loss = any(len(t.group.nodes) and t.weight < 0 for t in case.terms if t.aim)
    groups = case.rules.groups
    bounds = [b for b in case.rules.bounds if b.upper is not None and len(groups[b.group].nodes)]
    wholes = [b for b in case.rules.bounds if b.of is not None and len(groups[b.of].nodes)]
    return bool(loss or bounds or wholes)


def labels(case: Case) -> dict[str, Any]:
    """Names of nodes and bundles."""
    clusters, chains = case.measures.clusters, case.loaded.config.chains
    nodes = [] if chains is None else clusters.column(chains.node).tolist()
    return {"NODES": nodes, "BUNDLES": [bundle.name for bundle in clusters.bundles]}


def values(stage: Stage, goal_scale: float) -> dict[str, Any]:
    """What nodes and bundles add to the goal."""
    return {"closed_value": stage.nodes / goal_scale, "bonus": stage.bundles / goal_scale}


def _listed_nodes(case: Case) -> Family:
    groups = case.rules.groups
    owner = np.repeat(np.arange(len(groups)), [len(g.nodes) for g in groups])
    return Family.grouped(owner, [np.concatenate([np.zeros(0, np.int64), *(g.nodes for g in groups)])], len(groups))


def _listed(lists: Sequence[np.ndarray], of: Family) -> Family:
    """The options of the projects of every list."""
    found = [
        np.concatenate([np.zeros(0, np.int64), *(of.items[0][of.start[p] : of.start[p + 1]] for p in projects)])
        for projects in lists
    ]
    owner = np.repeat(np.arange(len(found)), [len(options) for options in found])
    return Family.grouped(owner, [np.concatenate([np.zeros(0, np.int64), *found])], len(found))
