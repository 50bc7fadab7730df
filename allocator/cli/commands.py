"""The commands: parse, call, print; they decide nothing. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli.command_line import (
    RUNS,
    Config,
    Gap,
    Language,
    Log,
    Out,
    Overrides,
    Run,
    Scenario,
    State,
    TimeLimit,
    answer,
    app,
    check_language,
    command,
    config_language,
    echo,
    language_of,
    machine_language,
    print_summary,
)
from allocator.cli.typed import typed
from allocator.cli.usage import library_text
from allocator.messages import say
from allocator.messages.alike import grouped
from allocator.messages.control import CONTROL

__all__ = ["app", "main"]


@command
def check(config: Config, scenario: Scenario = None, overrides: Overrides = None) -> None:
    """Load, validate, screen and audit; solve nothing."""
    State.language = config_language(config, overrides)
    from allocator.tables.sound_config import load_sound

    load_sound(config, scenario, overrides or ())  # a broken config is told without waiting for the solver's imports
    from allocator.problem import build

    case = build.check(config, scenario=scenario, overrides=overrides or ())
    State.language = case.loaded.config.language
    from allocator.report.chapters.assumption_names import message_text
    from allocator.report.names import Names

    names = Names(case.loaded.config, State.language)
    echo(say("cli.check_ok", State.language, title=case.loaded.config.title or config.name))
    table = case.options.table
    sizes = {"projects": len(case.inputs.projects), "options": len(table), "funded": table["project"].nunique()}
    echo(say("cli.check_sizes", State.language, **{key: f"{size:,}" for key, size in sizes.items()}))
    for key, told_to in (("notices", grouped(case.notices)), ("assumptions", case.options.assumptions)):
        if told_to:
            echo(say(f"cli.check_{key}", State.language))
        for message in told_to:
            echo(f"- {message_text(names, message)}")


@command
def run(
    config: Config,
    scenario: Scenario = None,
    overrides: Overrides = None,
    out: Out = RUNS,
    gap: Gap = None,
    time_limit: TimeLimit = None,
    log: Log = None,
) -> None:
    """Make a plan, store it and print its summary."""
    State.language = config_language(config, overrides)
    from allocator.cli.progress_line import LiveLine
    from allocator.tables.sound_config import load_sound

    load_sound(config, scenario, overrides or ())
    from allocator.pipeline import store

    store.check_out(out)
    if log is not None:
        store.check_file(log)
    with LiveLine(State.language) as live:
        live("load", None, None, None, 0.0, 0, 0)
        from allocator import pipeline

        solution = pipeline.run(
            config, scenario=scenario, overrides=overrides or (), out=out, gap=gap, time_limit=time_limit, log=log,
            progress=live,
        )  # fmt: skip
    if solution.folder is not None:
        print_summary(solution.folder)


@command
def verify(run: Run, out: Out = RUNS) -> None:
    """Recheck a stored plan; exit status 1 with a line per violation."""
    from allocator.pipeline.documents import verify_run
    from allocator.runs import folder as run_folder

    folder = run_folder.find(run, out)
    result = verify_run(folder)
    State.language = language_of(folder)
    counts = {"run": folder.name, "checks": result.checks, "violations": len(result.violations)}
    if result.ok:
        echo(say("cli.verify_ok", State.language, **counts))
        return
    for violation in result.violations:
        echo(violation.text(State.language))
    echo(say("cli.verify_bad", State.language, **counts), err=True)
    raise typer.Exit(1)


@command
def list_(out: Out = RUNS) -> None:
    """Every stored run, newest last."""
    from allocator.report.listing import lines
    from allocator.runs import folder as run_folder

    stored, unreadable = run_folder.runs_and_others(out)
    if not stored:
        echo(say("cli.list_none", State.language, folder=out))
    for line in lines(stored, State.language) if stored else ():
        echo(line)
    for error in unreadable:
        echo(error.text(State.language), err=True)


@command
def show(run: Run, out: Out = RUNS) -> None:
    """The summary of a stored run."""
    from allocator.runs import folder as run_folder

    print_summary(run_folder.find(run, out))


@command
def report(
    run: Run,
    out: Out = RUNS,
    language: Language = None,
) -> None:
    """Write the reports again; with a language, beside the first ones."""
    check_language(language)
    from allocator.cli.progress_line import LiveLine
    from allocator.pipeline.documents import write_again
    from allocator.runs import folder as run_folder

    folder = run_folder.find(run, out)
    stored = run_folder.read(folder)
    State.language = language or stored.language
    with LiveLine(State.language, of_plan=False) as live:
        written = write_again(folder, language, live)
    for path in written:
        echo(say("cli.wrote", State.language, file=path))


@command
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=library_text("option_folder"), show_default=False)],
    language: Language = None,
) -> None:
    """A starter config and an Excel template."""
    check_language(language)
    from allocator.cli.starter import write_starter

    State.language = language or State.language
    written = write_starter(folder, State.language)
    for path in written:
        echo(say("cli.wrote", State.language, file=path))
    echo(say("cli.starter_next", State.language, command=typed("run", written[0])))


from allocator.cli import question_commands  # noqa: E402, F401  their commands are listed after these


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; text is UTF-8 whatever the machine's locale says."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = sys.argv[1:] if arguments is None else arguments
    if bad := next((argument for argument in given if CONTROL.search(argument)), None):
        echo(say("cli.control_character", machine_language(), argument=bad), err=True)
        raise SystemExit(2)
    answer(sys.argv[1:] if arguments is None else list(arguments))
