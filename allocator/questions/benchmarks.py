"""Is the plan better than how the money used to be split? By formula, by ranking, pro rata, or as last year."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages import Message
from allocator.messages.errors import Interrupted
from allocator.runs import folder as run_folder

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.keys.plan import Config
    from allocator.messages.watch import Progress

FILE = "benchmarks.csv"


def benchmarks(
    run: str | Path,
    names: Sequence[str] | None = None,
    *,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> tuple[Path | None, pd.DataFrame]:
    """Hold a stored plan against the benchmarks named (the config's, or all that can be made, when None).

    Writes ``benchmarks.csv`` beside the run's own files; its path and rows, amounts in the config's unit. Where the
    user stopped, the rows of those judged by then, and nothing is written.

    Raises:
        InputError: no such run, or factors that the tables do not have. Interrupted: the user stopped before any was judged.
    """
    from allocator.messages.watch import Watch
    from allocator.optimise.benchmarks.comparison import table
    from allocator.questions.session import Session
    from allocator.runs.stored_tables import plain, write_table

    stored = run_folder.read(run_folder.find(str(run), run_folder.RUNS if out is None else Path(out)))
    watch = Watch(None, progress)
    with watch.interruptible():
        watch.tell("open")
        opened = Session.of(stored)
        names = names or possible(opened.case.loaded.config)
        rows = table(opened.case, opened.model.numbers, opened.base.plan, names, watch)
    if watch.stop.is_set():
        if rows.empty:
            raise Interrupted([Message("cli.nothing_known")])
        return None, rows
    path = stored.folder / FILE
    write_table(path, rows.map(plain))
    return path, rows


def possible(config: Config) -> list[str]:
    """The benchmarks of the config, or all that its tables allow."""
    from allocator.optimise.benchmarks.rules_of_thumb import RULES

    if config.benchmarks is not None:
        return list(config.benchmarks)
    without = {
        name for name, key in (("factor_method", config.factor_method), ("previous", config.previous)) if key is None
    }
    return [name for name in RULES if name not in without]
