"""The commands: parse, call, print; they decide nothing. Heavy imports wait until a command needs them."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

from allocator.errors import AllocatorError, Infeasible, InputError
from allocator.messages import LANGUAGES, Message, say

P = ParamSpec("P")
LANGUAGE_LINE = re.compile(r"^language\s*:\s*[\"']?(zh|en)\b", re.MULTILINE)
EXTENDS_LINE = re.compile(r"^extends\s*:\s*[\"']?([^\"'#\n]+?)[\"']?\s*(?:#.*)?$", re.MULTILINE)
WIDE = 10_000


def machine_language() -> str:
    """Language of the machine's user: for texts that belong to no config."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def config_language(config: Path) -> str:
    """Language of a config that may be broken: its own line, or that of the file it extends; zh when none says."""
    for _ in range(8):
        try:
            text = config.read_text(encoding="utf-8", errors="replace")[:1_000_000]
        except OSError:
            break
        if match := LANGUAGE_LINE.search(text):
            return match[1]
        if not (match := EXTENDS_LINE.search(text)):
            break
        config = config.parent / match[1].strip()
    return "zh"


def told(key: str) -> str:
    """Help text in the language of the machine's user."""
    return say(f"cli.{key}", machine_language())


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


app = typer.Typer(
    help=told("app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if on_terminal() else None,
    context_settings={} if on_terminal() else {"terminal_width": WIDE, "max_content_width": WIDE},
)

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help=told("option_config"), show_default=False)]
Run = Annotated[str, typer.Argument(metavar="RUN", help=told("option_run"), show_default=False)]
Scenario = Annotated[str | None, typer.Option(help=told("option_scenario"), show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="K=V", help=told("option_set"), show_default=False)
]
Out = Annotated[Path, typer.Option(metavar="DIR", help=told("option_out"), show_default=False)]
Gap = Annotated[float | None, typer.Option(min=0.0, max=1.0, help=told("option_gap"), show_default=False)]
TimeLimit = Annotated[float | None, typer.Option(min=0.0, help=told("option_time_limit"), show_default=False)]
Log = Annotated[Path | None, typer.Option(metavar="FILE", help=told("option_log"), show_default=False)]
RUNS = Path("runs")


Seconds = Annotated[float, typer.Option(min=0.0, help=told("option_seconds"))]
AsJson = Annotated[bool, typer.Option("--json", help=told("option_json"))]
Language = Annotated[str | None, typer.Option(metavar="zh|en", help=told("option_language"), show_default=False)]


class State:
    """What holds for the whole command."""

    debug = bool(os.environ.get("ALLOCATOR_DEBUG"))
    language = "en"


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Turn every error into one line per problem on standard error and an exit status."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except AllocatorError as error:
            typer.echo(error.text(State.language), err=True)
            if isinstance(error, Infeasible):
                typer.echo(say("diagnose.hint", State.language, config=kwargs.get("config", "CONFIG")), err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo(say("cli.interrupted", State.language), err=True)
            raise typer.Exit(130) from None
        except (typer.Exit, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: a planner never sees a traceback
            if State.debug:
                traceback.print_exc()
            told_as = f"{type(error).__name__}: {error}".splitlines()[0]
            typer.echo(say("cli.unexpected", State.language, error=told_as), err=True)
            raise typer.Exit(1) from None

    name = function.__name__.rstrip("_")
    return app.command(help=told(f"command_{name}"), name=name)(guarded)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help=told("option_version"))] = False,
    debug: Annotated[bool, typer.Option("--debug", help=told("option_debug"))] = False,
) -> None:
    """Options that stand before the command."""
    State.debug = State.debug or debug
    State.language = machine_language()
    if version:
        from allocator.version import version as current

        typer.echo(f"allocator {current()}")
        raise typer.Exit


@command
def check(config: Config, scenario: Scenario = None, overrides: Overrides = None) -> None:
    """Load, validate, screen and audit; solve nothing."""
    State.language = config_language(config)
    from allocator.load import load_config

    load_config(config, scenario, overrides or ())  # a broken config is told without waiting for the solver's imports
    from allocator import pipeline

    case = pipeline.check(config, scenario=scenario, overrides=overrides or ())
    State.language = case.loaded.config.language
    typer.echo(say("cli.check_ok", State.language, title=case.loaded.config.title or config.name))
    table = case.options.table
    sizes = {"projects": len(case.inputs.projects), "options": len(table), "funded": table["project"].nunique()}
    typer.echo(say("cli.check_sizes", State.language, **{key: f"{size:,}" for key, size in sizes.items()}))
    for key, told_to in (("notices", case.notices), ("assumptions", case.options.assumptions)):
        if told_to:
            typer.echo(say(f"cli.check_{key}", State.language))
        for message in told_to:
            typer.echo(f"- {message.text(State.language)}")


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
    State.language = config_language(config)
    from allocator import store
    from allocator.live import LiveLine
    from allocator.load import load_config

    load_config(config, scenario, overrides or ())
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
    from allocator import store
    from allocator.verify import verify as verify_run

    folder = store.find(run, out)
    result = verify_run(folder)
    State.language = language_of(folder)
    counts = {"run": folder.name, "checks": result.checks, "violations": len(result.violations)}
    if result.ok:
        typer.echo(say("cli.verify_ok", State.language, **counts))
        return
    for violation in result.violations:
        typer.echo(violation.text(State.language))
    typer.echo(say("cli.verify_bad", State.language, **counts), err=True)
    raise typer.Exit(1)


@command
def list_(out: Out = RUNS) -> None:
    """Every stored run, oldest first."""
    from allocator import store

    stored = store.runs(out)
    if not stored:
        typer.echo(say("cli.list_none", State.language, folder=out))
        return
    from allocator.report.amounts import grouped, padded, percent, width

    heads = ("run", "status", "objective", "gap", "scenario", "title")
    rows = [tuple(say(f"cli.list_{head}", State.language) for head in heads)]
    for entry in stored:
        known = entry.manifest
        value, gap = grouped(float(known["objective"]), 2), percent(float(known["gap"]), 3)
        rows.append(
            (entry.folder.name, known["status"], value, gap, known.get("scenario") or "–", known.get("title") or "")
        )
    widths = [max(width(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        cells = [padded(cell, widths[n], right=n in {2, 3}) for n, cell in enumerate(row)]
        typer.echo("  ".join(cells).rstrip())


@command
def show(run: Run, out: Out = RUNS) -> None:
    """The summary of a stored run."""
    from allocator import store

    print_summary(store.find(run, out))


@command
def report(
    run: Run,
    out: Out = RUNS,
    language: Language = None,
) -> None:
    """Write the reports again; with a language, beside the first ones."""
    check_language(language)
    from allocator import store
    from allocator.report import write_reports

    folder = store.find(run, out)
    stored = store.read(folder)
    State.language = language or stored.language
    written = write_reports(stored, folder, State.language, f".{language}" if language else "")
    for path in written:
        typer.echo(say("cli.wrote", State.language, file=path))


@command
def explain(
    run: Run,
    project: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help=told("option_project"), show_default=False)
    ] = None,
    out: Out = RUNS,
    everyone: Annotated[bool, typer.Option("--all", help=told("option_all"))] = False,
    time_limit: Seconds = 120.0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Why a project is in or out of a stored plan."""
    check_language(language)
    if (project is None) != everyone:
        raise InputError([Message("explain.which")])
    from allocator import explain as asked
    from allocator import store
    from allocator.explain import explain_all

    State.language = language or language_of(store.find(run, out))
    if project is None:
        print_answer(explain_all(run, out=out, language=State.language), as_json=as_json)
        return
    print_answer(asked(run, project, out=out, seconds=time_limit, language=State.language), as_json=as_json)


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
    State.language = language or config_language(config)
    from allocator.load import load_config

    State.language = language or load_config(config, scenario, overrides or ()).config.language
    from allocator.diagnose import diagnose as asked

    found = asked(config, scenario=scenario, overrides=overrides or (), seconds=time_limit)
    print_answer(replace(found, language=State.language), as_json=as_json)
    if not found.ok:
        raise typer.Exit(3)


@command
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN…", help=told("option_runs"), show_default=False)],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help=told("option_compare_out"), show_default=False)
    ] = None,
    store_in: Annotated[
        Path, typer.Option("--runs", metavar="DIR", help=told("option_out"), show_default=False)
    ] = RUNS,
    attribution: Annotated[bool, typer.Option(help=told("option_attribution"))] = True,
    time_limit: Annotated[float, typer.Option(min=0.0, help=told("option_between"), show_default=False)] = 60.0,
    language: Language = None,
) -> None:
    """Inputs that differ first, then results, then which input changed what."""
    check_language(language)
    from allocator.compare import compare as compared

    comparison = compared(*runs, out=store_in, attribution=attribution, seconds=time_limit, language=language)
    State.language = comparison.language
    typer.echo(comparison.text())
    typer.echo("")
    for path in () if out is None else comparison.write(out):
        typer.echo(say("cli.wrote", State.language, file=path))
    if out is None:
        typer.echo(say("compare.files_hint", State.language))


@command
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=told("option_folder"), show_default=False)],
    language: Language = None,
) -> None:
    """A starter config and an Excel template."""
    check_language(language)
    from allocator.starter import write_starter

    State.language = language or State.language
    written = write_starter(folder, State.language)
    for path in written:
        typer.echo(say("cli.wrote", State.language, file=path))
    typer.echo(say("cli.starter_next", State.language, config=written[0]))


def check_language(language: str | None) -> None:
    """Stop at a language that there is no catalogue for."""
    if language is not None and language not in LANGUAGES:
        raise InputError([Message("cli.bad_language", {"language": language})])


def print_answer(answer: Any, *, as_json: bool) -> None:
    """Print an answer as one screen of text, or all of it for machines."""
    typer.echo(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2) if as_json else answer.text())


def language_of(folder: Path) -> str:
    """Language of a stored run, or the machine's when its manifest cannot be read."""
    from allocator import store

    try:
        return store.read(folder).language
    except InputError:
        return State.language


def print_summary(folder: Path) -> None:
    """Print the summary of a stored run in its own language."""
    from allocator import store
    from allocator.report import summary

    typer.echo(summary.text(store.read(folder)))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; text is UTF-8 whatever the machine's locale says."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app(args=arguments, prog_name="allocator")
