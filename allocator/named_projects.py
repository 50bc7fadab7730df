"""Projects that a config calls by their names: written as ids, once, before anything is made of them.

What cannot be told to be one project stays as it was written; `dependencies` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from allocator.tables.project_ids import ProjectIds

if TYPE_CHECKING:
    from allocator.config.locks import FixedAward, Locks
    from allocator.config.plan import Dependency
    from allocator.load import Loaded
    from allocator.tables.inputs import Inputs

RULES = ("requires", "excludes", "one_of", "all_or_none", "same_instrument")
FIX = "locks.fix."


def with_ids(loaded: Loaded, inputs: Inputs) -> Loaded:
    """The config with the ids of the projects that its locks and dependencies name."""
    config = loaded.config
    known = set(inputs.projects["project_id"])
    if known.issuperset(_written(loaded)):
        return loaded
    called = _Called(project_ids(inputs))
    locks, renamed = called.locks(config.locks)
    rules = [called.rule(rule) for rule in config.dependencies]
    config = config.model_copy(update={"locks": locks, "dependencies": rules})
    places, origins = (_renamed(paths, renamed) for paths in (loaded.places, loaded.origins))
    return replace(loaded, config=config, places=places, origins=origins)


def project_ids(inputs: Inputs) -> ProjectIds:
    """What the projects of the table are called."""
    return ProjectIds(inputs.projects["project_id"], inputs.projects["project_name"])


def written_fix(loaded: Loaded, inputs: Inputs, project: str) -> str:
    """The key of `locks.fix` under which a project stands in the config as it was written."""
    called, keys = project_ids(inputs), (loaded.values.get("locks") or {}).get("fix") or {}
    return next((key for key in keys if called.called(key) == [project]), project)


def _written(loaded: Loaded) -> set[str]:
    """Every project that locks and dependencies name."""
    locks = loaded.config.locks
    lists = [getattr(rule, kind) or [] for rule in loaded.config.dependencies for kind in RULES]
    return {*locks.must_fund, *locks.must_not, *locks.fix, *(project for listed in lists for project in listed)}


class _Called:
    """Names as ids."""

    def __init__(self, ids: ProjectIds) -> None:
        self.ids = ids

    def one(self, text: str) -> str:
        found = self.ids.called(text)
        return found[0] if len(found) == 1 else text

    def all(self, texts: list[str]) -> list[str]:
        return [self.one(text) for text in texts]

    def rule(self, rule: Dependency) -> Dependency:
        kinds: dict[str, Any] = {kind: listed for kind in RULES if (listed := getattr(rule, kind)) is not None}
        return rule.model_copy(update={kind: self.all(listed) for kind, listed in kinds.items()})

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
