"""Why a project is in or out of a stored plan, what it would take, and what that would cost; proved by solving again.

Everything comes from the run's own folder; nothing in it is changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages import Message, nearest
from allocator.messages.errors import InputError
from allocator.questions.explain.answers import Counterfactual, Explanation, Reason, Swap, Threshold
from allocator.runs import folder as run_folder

if TYPE_CHECKING:
    from allocator.messages.watch import Progress
    from allocator.questions.explain.losers import Losers

__all__ = ["Counterfactual", "Explanation", "Reason", "Swap", "Threshold", "explain", "explain_all"]

SECONDS = 120.0
"""How long an explanation may take; what is not found by then is said to be open."""


def explain(
    run: str | Path,
    project: str,
    *,
    out: str | Path | None = None,
    seconds: float = SECONDS,
    language: str | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Why a project is in or out of a stored plan.

    ``run`` is a run's folder, its id or the beginning of its id (below ``out``). A candidate that lost has exactly
    one reason, what forcing it in costs, and what it takes to enter; a funded project what it costs to replace.

    ``project`` is its id, or its name where no other has it.

    Raises:
        InputError: no such run or project, or several of that name.
        Interrupted: the user stopped before the reason was known; later, what is known by then is told.
    """
    from allocator.messages.watch import Watch
    from allocator.questions.explain.single import explained
    from allocator.questions.session import Session

    stored = run_folder.read(run_folder.find(str(run), run_folder.RUNS if out is None else Path(out)))
    project = identified(stored, project)
    watch = Watch(seconds, progress)
    with watch.interruptible():
        watch.tell("open")
        return explained(Session.of(stored), project, watch, language or stored.language)


def identified(stored: run_folder.StoredRun, project: str) -> str:
    """The id of a project of a run, called by its id or by a name that no other has.

    Raises:
        InputError: no project or several are called so.
    """
    from allocator.tables.files.project_ids import ProjectIds

    table = stored.tables["projects"]
    ids, names = (table[column].astype(str).tolist() for column in ("project_id", "project_name"))
    called = ProjectIds(ids, names).called(project)
    if len(called) == 1:
        return called[0]
    values: dict[str, object] = {"project": project, "run": stored.run_id, "ids": called}
    if called:
        raise InputError([Message("explain.several_projects", values)])
    close = nearest(project, [*ids, *names])
    code = "explain.unknown_project" if close is None else "explain.unknown_project_near"
    raise InputError([Message(code, values | {"nearest": close})])


def explain_all(
    run: str | Path, *, out: str | Path | None = None, language: str | None = None, progress: Progress | None = None
) -> Losers:
    """The reason of every candidate that lost, and what any plan with it loses at least.

    Writes ``explain.csv`` into the run's folder, beside the run's own files; where the user stopped, with those answered.

    Raises:
        InputError: no such run. Interrupted: the user stopped before any was answered.
    """
    from allocator.messages.watch import Watch
    from allocator.questions.explain.losers import all_losers
    from allocator.questions.session import Session

    stored = run_folder.read(run_folder.find(str(run), run_folder.RUNS if out is None else Path(out)))
    watch = Watch(None, progress)
    with watch.interruptible():
        watch.tell("open")
        return all_losers(Session.of(stored), watch, language or stored.language)
