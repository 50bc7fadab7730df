"""Plans between two plans: the first one's inputs with some groups of the second one's changes, made anew."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.config.source.resolved import resolved_yaml
from allocator.config.source.table_paths import split_sheet
from allocator.messages import Message
from allocator.messages.errors import AllocatorError, Interrupted
from allocator.messages.watch import Watch
from allocator.questions.compare.pairing import Pair
from allocator.questions.compare.results import FIGURES

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.runs.solution import Solution

TABLES = ("projects", "regions", "options", "commitments")
TOGETHER = {"columns": "projects", "tables": "projects", "regions": "projects", "locks": "dependencies"}
"""Keys that change with another one: a table is read by its headers, locks and dependencies speak of the same projects."""
WITHOUT_EFFECT = frozenset({"title", "language", "money", "report", "sensitivity"})
ORDER = (
    *("projects", "options", "commitments", "years", "discount", "sources", "instruments", "packages", "stacking"),
    *("screening", "leverage", "upgrading", "goals", "minimise", "limits", "targets", "dependencies", "solver"),
)
"""Order in which groups of changes are applied where not every order can be tried."""
SOURCE = "sources."
"""Beginning of the group of changes of a single source of money."""
Group = str
Figures = dict[str, Decimal]


@dataclass
class Hybrids:
    """Makes and remembers the plans between two runs."""

    pair: Pair
    seconds: float
    """Longest search for one plan."""
    watch: Watch
    known: dict[frozenset[Group], Figures | None] = field(default_factory=dict)
    widths: dict[frozenset[Group], Decimal] = field(default_factory=dict)
    """Distance between goal and bound of each plan: what is not known of the best one."""

    def figures(self, groups: Iterable[Group]) -> Figures | None:
        """The headline with ``groups`` taken from the second run; None where they do not go together."""
        key = frozenset(groups)
        if key not in self.known:
            self.known[key] = self._made(key)
        return self.known[key]

    def _made(self, groups: frozenset[Group]) -> Figures | None:
        if self.watch.stop.is_set():
            raise Interrupted([Message("compare.stopped")])
        self.watch.tell(f"compare {len(self.known) - 1}")
        config = mixed(self.pair, groups)
        with tempfile.TemporaryDirectory(prefix="allocator-") as folder:
            file = Path(folder) / "plan.yaml"
            loaded = replace(self.pair.before.loaded, config=config, as_written={}, origins={})
            file.write_text(resolved_yaml(loaded, {}), encoding="utf-8", newline="\n")
            try:
                solution = solved(file, self.seconds, self.watch)
            except Interrupted:
                raise
            except (AllocatorError, LookupError, TypeError, ValueError):
                return None
        if self.watch.stop.is_set():
            raise Interrupted([Message("compare.stopped")])
        self.widths[groups] = abs(solution.bound - solution.objective)
        return headline_of(solution)


def solved(file: Path, seconds: float, watch: Watch) -> Solution:
    """The plan of a config."""
    from allocator.optimise import planner
    from allocator.problem import build

    case = build.load(file)
    limit = min(seconds, float(case.loaded.config.solver.time_limit))
    return planner.solve(case, time_limit=limit, progress=watch.progress)


def headline_of(solution: Solution) -> Figures:
    """The headline of a plan that is not stored, in its unit."""
    found = {"objective": solution.objective}
    for name in FIGURES[1:-1]:
        fen = sum(round(float(value) * solution.money.fen_per_unit) for value in solution.awards[name])
        found[name] = solution.money.to_unit(fen)
    return {**found, "funded": Decimal(int(solution.projects["funded"].sum()))}


def mixed(pair: Pair, groups: frozenset[Group]) -> Config:
    """The first config with the keys of ``groups`` from the second."""
    before, after = pair.before.loaded.config, pair.after.loaded.config
    taken = {key: getattr(after, key) for key in type(before).model_fields if group_of(key) in groups}
    single = {name: after.sources[name] for name in before.sources if f"{SOURCE}{name}" in groups}
    if single:
        taken["sources"] = {**before.sources, **single}
    return before.model_copy(update=taken)


def group_of(key: str) -> Group:
    """The group of changes that a key of the config belongs to."""
    return TOGETHER.get(key, key)


def changed_groups(pair: Pair) -> list[Group]:
    """The groups of inputs that differ and may change the plan, in the order in which they are applied."""
    before, after = pair.before.loaded.config, pair.after.loaded.config
    found = {
        group_of(key)
        for key in type(before).model_fields
        if key not in WITHOUT_EFFECT and value_of(before, key) != value_of(after, key)
    }
    if "sources" in found and before.sources.keys() == after.sources.keys():
        single = {f"{SOURCE}{name}" for name in before.sources if before.sources[name] != after.sources[name]}
        found = (found - {"sources"}) | single
    return sorted(found, key=lambda group: (place(group), group))


def place(group: Group) -> int:
    """Where in the order a group is applied."""
    head = group.partition(".")[0]
    return ORDER.index(head) if head in ORDER else len(ORDER)


def value_of(config: Config, key: str) -> Any:
    """What a key says; for a table, what stands in it."""
    value = getattr(config, key)
    if key in TABLES and value is not None:
        return [digest(path) for path in ([value] if isinstance(value, str) else value)]
    if key == "leverage":
        files = {name: factor.file for name in ("realisation", "additionality", "displacement")
                 if (factor := getattr(value, name)) is not None and factor.file is not None}  # fmt: skip
        parts = {name: getattr(value, name).model_copy(update={"file": digest(path)}) for name, path in files.items()}
        return value.model_copy(update=parts)
    return value


def digest(path: str) -> str:
    """What identifies the content of a table."""
    file, sheet = split_sheet(path)
    return f"{hashlib.sha256(Path(file).read_bytes()).hexdigest()}#{sheet}"
