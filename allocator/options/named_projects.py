"""Projects that a config calls by their names: written as ids, once, before anything is made of them.

What cannot be told to be one project stays as it was written; `dependencies` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from allocator.messages import nearest
from allocator.tables.files.project_ids import ProjectIds

if TYPE_CHECKING:
    from allocator.config.keys.clusters import Synergy
    from allocator.config.keys.locks import FixedAward, Locks
    from allocator.config.keys.plan import Dependency
    from allocator.config.loaded import Loaded
    from allocator.tables.opened import Inputs

RULES = ("requires", "excludes", "one_of", "all_or_none", "same_instrument")
FIX = "locks.fix."


def with_ids(loaded: Loaded, inputs: Inputs) -> Loaded:
    """The config with the ids of the projects that its locks, dependencies and synergies name."""
    config = loaded.config
    known = set(inputs.projects["project_id"])
    if known.issuperset(_written(loaded)):
        return loaded
    called = _Called(project_ids(inputs))
    locks, renamed = called.locks(config.locks)
    rules = [called.rule(rule) for rule in config.dependencies]
    synergies = [called.synergy(synergy) for synergy in config.synergies]
    config = config.model_copy(update={"locks": locks, "dependencies": rules, "synergies": synergies})
    places, origins = (_renamed(paths, renamed) for paths in (loaded.places, loaded.origins))
    return replace(loaded, config=config, places=places, origins=origins)


def project_ids(inputs: Inputs) -> ProjectIds:
    """What the projects of the table are called."""
    return ProjectIds(inputs.projects["project_id"], inputs.projects["project_name"])


def unknown(called: ProjectIds, project: str) -> tuple[str, dict[str, object]]:
    """Code of the audit and values of what is wrong with a project that is called by no id."""
    if ids := called.called(project):
        return "several_projects" if len(ids) > 1 else "project_twice", {"project": project, "ids": ids}
    close = nearest(project, sorted({*called.exact, *called.named}))
    return "unknown_project" if close is None else "unknown_project_near", {"project": project, "nearest": close}


def written_fix(loaded: Loaded, inputs: Inputs, project: str) -> str:
    """The key of `locks.fix` under which a project stands in the config as it was written."""
    called, keys = project_ids(inputs), (loaded.values.get("locks") or {}).get("fix") or {}
    return next((key for key in keys if called.called(key) == [project]), project)


def _written(loaded: Loaded) -> set[str]:
    """Every project that locks, dependencies and synergies name."""
    locks = loaded.config.locks
    together = [[*(one.projects or ()), *([one.anchor] if one.anchor else [])] for one in loaded.config.synergies]
    lists = [getattr(rule, kind) or [] for rule in loaded.config.dependencies for kind in RULES]
    named = (project for listed in (*lists, *together) for project in listed)
    return {*locks.must_fund, *locks.must_not, *locks.fix, *named}


class _Called:
    """Names as ids."""

    def __init__(self, ids: ProjectIds) -> None:
        self.ids = ids

    def one(self, text: str) -> str:
        return self.ids.one(text) or text

    def all(self, texts: list[str]) -> list[str]:
        return [self.one(text) for text in texts]

    def rule(self, rule: Dependency) -> Dependency:
        kinds: dict[str, Any] = {kind: listed for kind in RULES if (listed := getattr(rule, kind)) is not None}
        return rule.model_copy(update={kind: self.all(listed) for kind, listed in kinds.items()})

    def synergy(self, synergy: Synergy) -> Synergy:
        listed = None if synergy.projects is None else self.all(synergy.projects)
        anchor = None if synergy.anchor is None else self.one(synergy.anchor)
        return synergy.model_copy(update={"projects": listed, "anchor": anchor})

    def locks(self, locks: Locks) -> tuple[Locks, dict[str, str]]:
        """The locks, and what of `fix` is called otherwise now; a project fixed twice stays as it was written."""
        fix: dict[str, FixedAward] = {}
        renamed: dict[str, str] = {}
        for text, award in locks.fix.items():
            project = self.one(text)
            key = text if project in fix or (project != text and project in locks.fix) else project
            fix[key] = award
            if key != text:
                renamed[text] = key
        lists = {"must_fund": self.all(locks.must_fund), "must_not": self.all(locks.must_not)}
        return locks.model_copy(update={**lists, "fix": fix}), renamed


def _renamed(paths: Mapping[str, str], renamed: Mapping[str, str]) -> Mapping[str, str]:
    """What is known of dotted paths, those of fixed awards under their ids."""
    found = dict(paths)
    for text, project in renamed.items():
        for path in [path for path in found if path == FIX + text or path.startswith(f"{FIX}{text}.")]:
            found[f"{FIX}{project}{path.removeprefix(FIX + text)}"] = found.pop(path)
    return found
