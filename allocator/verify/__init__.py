"""Is a stored plan really what it says? Every figure worked out again from its inputs, without any solver.

What was chosen and what it rests on, and who was kept out, is worked out by code that shares with the code that makes
plans only the reading of config and tables. Amounts are whole 0.01 yuan, everything else exact fractions, so a cap that
is exceeded by the smallest amount is found. Tables that only tell this plan again are made anew (`restate`).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages import Message
from allocator.messages.errors import AllocatorError
from allocator.verify.findings import Findings

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded

CONFIG = "config.resolved.yaml"


@dataclass(frozen=True)
class Verification:
    """What a verification checked and found."""

    checks: int
    violations: tuple[Message, ...]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.violations


def verify(folder: Path) -> Verification:
    """Recheck the run stored in ``folder``; whatever is missing or unreadable is a violation, never an exception."""
    from allocator.config.source.load import load_config

    findings = Findings()
    try:
        loaded = load_config(folder / CONFIG)
        with without_collector():
            _verify(folder, loaded, findings)
    except AllocatorError as error:
        findings.checks += 1
        findings.violations.extend(error.messages)
    return Verification(findings.checks, tuple(findings.violations))


@contextmanager
def without_collector() -> Iterator[None]:
    """No search for cycles meanwhile: there are none among millions of cells, and it would take a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def as_json(verification: Verification, language: str) -> str:
    """The text of ``verification.json``."""
    content = {
        "ok": verification.ok,
        "checks": verification.checks,
        "violations": [message.text(language) for message in verification.violations],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _verify(folder: Path, loaded: Loaded, findings: Findings) -> None:
    from allocator.tables.inputs import read_inputs
    from allocator.verify import manifest, origins, restate, stored
    from allocator.verify.chapters import Stated, check_plan, names_of
    from allocator.verify.offers import Offers

    config, money = loaded.config, loaded.config.unit
    stated = manifest.read_manifest(folder, findings)
    manifest.check_inputs(folder, stated, findings)
    manifest.check_tables(folder, stated, findings)
    origins.check_origins(folder, loaded, stated, findings)
    inputs = read_inputs(loaded)
    manifest.check_roles(config, [file.role for file in inputs.files], stated, findings)
    further = stored.columns_by_config(config)
    beside = (name for name in stored.BESIDE if (folder / f"{name}.csv").is_file())
    names = (*names_of(config), *beside)
    tables = {name: stored.read_table(folder, name, further.get(name, ()), findings, money) for name in names}
    case = partial(restate.case_of, replace(loaded, origins=manifest.origins_of(stated)), inputs)
    check_plan(Stated(stated, tables), Offers.of(config, inputs, money), inputs, findings, case)
