"""From a config file to the problem it states: tables read, candidates screened, every rule resolved and audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allocator.config.loaded import Loaded
from allocator.config.source.likeness import same_options
from allocator.config.source.load import load_config, scenario_names
from allocator.config.source.scenario_files import scenario_files
from allocator.messages import Message
from allocator.messages.errors import Infeasible, InputError
from allocator.messages.progress import Phases
from allocator.messages.watch import Progress
from allocator.options.table import OptionTable
from allocator.problem.audit import conflicts
from allocator.problem.audit_amounts import empty_shares
from allocator.problem.case import Case, resolved
from allocator.problem.lint import lint
from allocator.problem.uncertain_numbers import unused
from allocator.tables.files.fitting import read_fitting
from allocator.tables.likeness import reads_alike
from allocator.tables.opened import Inputs
from allocator.tables.sound_config import load_sound


def load(
    path: str | Path, scenario: str | None = None, overrides: Sequence[str] = (), *, progress: Progress | None = None
) -> Case:
    """Read a config and its tables, screen the candidates and resolve every rule.

    Raises:
        InputError: what is wrong with config or tables, all at once.
    """
    phases = Phases(progress)
    with phases.of("load"):
        loaded = load_sound(path, scenario, overrides)
        loaded, inputs = read_fitting(loaded)
    return case_of(loaded, inputs, phases)


def case_of(loaded: Loaded, inputs: Inputs, phases: Phases | None = None, options: OptionTable | None = None) -> Case:
    """Screen the candidates of tables that have been read, unless their ``options`` are known, and resolve every rule.

    Raises:
        InputError: what in the config does not fit the tables, all at once.
    """
    case = resolved(loaded, inputs, phases, options)
    likely = (*lint(case.loaded, inputs, case.options), *unused(case.loaded, inputs))
    return replace(case, notices=(*case.notices, *likely, *empty_shares(case)))


def check(path: str | Path, *, scenario: str | None = None, overrides: Sequence[str] = ()) -> Case:
    """Load and audit, with every scenario that the config names or that extends it; solves nothing.

    Raises:
        InputError: what is wrong with config or tables.
        Infeasible: rules that cannot be kept together, as far as that is seen without solving.
    """
    case = load(path, scenario, overrides)
    audit(case)
    return case if scenario is not None or overrides else with_scenarios(case, Path(path))


def with_scenarios(case: Case, path: Path) -> Case:
    """The case with what is to be said of every scenario; those in files of their own tell their own notices.

    Raises:
        InputError: what is wrong with one.
        Infeasible: rules of one that cannot be kept together.
    """
    faults, opposed = list[Message](), list[Message]()
    notices = {message.text("en"): message for message in case.notices}
    inline, files = scenario_names(path), scenario_files(path)
    for name in [*inline, *(name for name in files if name not in inline)]:
        sure = name in inline or files[name]
        try:
            other = scenario_of(case, path, name)
        except InputError as error:
            told = [in_scenario(name, message) for message in error.messages]
            faults += told if sure else []
            notices |= {} if sure else {message.text("en"): message for message in told}
            continue
        opposed += [in_scenario(name, message) for message in conflicts(other)] if sure else []
        for message in other.notices if name in inline else ():
            notices.setdefault(message.text("en"), in_scenario(name, message))
    if faults:
        raise InputError(faults)
    if opposed:
        raise Infeasible(opposed)
    return replace(case, notices=tuple(notices.values()))


def scenario_of(case: Case, path: Path, name: str) -> Case:
    """The case of a scenario, with what has been read for the config wherever that is the same."""
    loaded = load_config(path, name)
    alike = case.loaded.config.unit == loaded.config.unit and reads_alike(case.loaded, loaded, case.inputs)
    loaded, inputs = (loaded, case.inputs) if alike else read_fitting(loaded)
    kept = case.options if same_options(case.loaded.config, loaded.config) else None
    return case_of(loaded, inputs, options=kept if inputs is case.inputs else None)


def in_scenario(name: str, message: Message) -> Message:
    """What is said of a scenario."""
    return Message(
        "config.in_scenario", {"name": name, "what": Message(message.code, message.values)}, message.where, message.path
    )


def audit(case: Case) -> None:
    """Stop at conflicts that can be seen without solving.

    Raises:
        Infeasible: the conflicting rules, named as the planner named them.
    """
    found = conflicts(case)
    if found:
        raise Infeasible(found, case.notices)
