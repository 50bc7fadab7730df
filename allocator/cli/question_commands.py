"""The commands that ask questions of stored plans and of configs: why, what if, what differs, is it better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from allocator.cli.command_line import (
    RUNS,
    AsJson,
    Config,
    Language,
    Out,
    Overrides,
    Run,
    Scenario,
    Seconds,
    State,
    check_language,
    command,
    config_language,
    echo,
    language_of,
    print_answer,
)
from allocator.cli.progress_line import LiveLine
from allocator.cli.typed import typed
from allocator.cli.usage import library_text
from allocator.messages import Message, say
from allocator.messages.errors import InputError


def question() -> LiveLine:
    """The line on a terminal that follows a question, from the first second on."""
    line = LiveLine(State.language, of_plan=False)
    line.phase = "load"
    return line


@command
def explain(
    run: Run,
    project: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help=library_text("option_project"), show_default=False)
    ] = None,
    out: Out = RUNS,
    everyone: Annotated[bool, typer.Option("--all", help=library_text("option_all"))] = False,
    time_limit: Seconds = 120.0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Why a project is in or out of a stored plan."""
    check_language(language)
    if (project is None) != everyone:
        raise InputError([Message("explain.which")])
    from allocator import explain as asked
    from allocator.questions.explain import explain_all
    from allocator.runs import folder as run_folder

    State.language = language or language_of(run_folder.find(run, out))
    with question() as live:
        if project is None:
            answer: Any = explain_all(run, out=out, language=State.language, progress=live)
        else:
            answer = asked(run, project, out=out, seconds=time_limit, language=State.language, progress=live)
    print_answer(answer, as_json=as_json)


@command
def diagnose(
    config: Config,
    scenario: Scenario = None,
    overrides: Overrides = None,
    time_limit: Seconds = 300.0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Why there is no plan, and what gives one; exit status 3 on a conflict."""
    check_language(language)
    State.language = language or config_language(config, overrides)
    from allocator.tables.sound_config import load_sound

    State.language = language or load_sound(config, scenario, overrides or ()).config.language
    from allocator.questions.diagnose import diagnose as asked

    with question() as live:
        found = asked(config, scenario=scenario, overrides=overrides or (), seconds=time_limit, progress=live)
    print_answer(replace(found, language=State.language), as_json=as_json)
    if not found.ok:
        raise typer.Exit(3)


@command
def compare(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN RUN…", help=library_text("option_runs"), show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help=library_text("option_compare_out"), show_default=False)
    ] = None,
    store_in: Annotated[
        Path, typer.Option("--runs", metavar="DIR", help=library_text("option_out"), show_default=False)
    ] = RUNS,
    attribution: Annotated[bool, typer.Option(help=library_text("option_attribution"))] = True,
    time_limit: Annotated[float, typer.Option(min=0.0, help=library_text("option_between"), show_default=False)] = 60.0,
    language: Language = None,
) -> None:
    """Inputs that differ first, then results, then which input changed what."""
    check_language(language)
    from allocator.questions.compare import compare as compared
    from allocator.runs import folder as run_folder

    State.language = language or language_of(run_folder.find(runs[0], store_in))
    with question() as live:
        comparison = compared(
            *runs, out=store_in, attribution=attribution, seconds=time_limit, language=language, progress=live
        )
    State.language = comparison.language
    echo(comparison.text())
    echo("")
    for path in () if out is None else comparison.write(out):
        echo(say("cli.wrote", State.language, file=path))
    if out is None:
        echo(say("compare.files_hint", State.language))


@command
def benchmarks(run: Run, out: Out = RUNS, language: Language = None) -> None:
    """The plan against the ways the money used to be split; writes benchmarks.csv beside the run."""
    check_language(language)
    from allocator.questions.benchmarks import benchmarks as judged
    from allocator.questions.benchmarks import possible
    from allocator.report.chapters.benchmarks import render_table as as_text
    from allocator.runs import folder as run_folder

    folder = run_folder.find(run, out)
    State.language = language or language_of(folder)
    with question() as live:
        path, rows = judged(folder, progress=live)
    stored = run_folder.read(folder)
    echo(as_text(stored, State.language, rows))
    if path is not None:
        echo(say("cli.wrote", State.language, file=path))
        return
    counts = {"count": rows["benchmark"].nunique(), "whole": len(possible(stored.loaded.config))}
    echo(say("judging.stopped", State.language, **counts))


@command
def sensitivity(run: Run, out: Out = RUNS, as_json: AsJson = False, language: Language = None) -> None:
    """What the plan and the best plan are worth where the numbers are off; writes sensitivity.csv beside the run."""
    check_language(language)
    from allocator.questions.sensitivity import sensitivity as asked
    from allocator.runs import folder as run_folder

    State.language = language or language_of(run_folder.find(run, out))
    with question() as live:
        answer = asked(run, out=out, language=State.language, progress=live)
    print_answer(answer, as_json=as_json)
    if answer.path is not None and not as_json:
        echo("")
        echo(say("cli.wrote", State.language, file=answer.path))
        echo(say("sensitivity.show_hint", State.language, command=typed("report", answer.path.parent)))
