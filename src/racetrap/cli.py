"""The command line: parse, call one function, render.

Stages are imported inside their commands, so that `racetrap --help` stays quick.  Results go to
stdout, everything else to stderr.  Exit codes: 0 nothing found within the bounds, 1 findings,
2 wrong use or a workload that fails by itself, 3 inconclusive.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from racetrap import __version__
from racetrap.errors import ProbeFault, Problem

app = typer.Typer(
    name="racetrap",
    help="Trap bugs that come and go: races, lost messages, leaked or poisoned connections, deadlocks.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMAND = {"allow_interspersed_args": False}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"racetrap {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


@app.command(context_settings=_COMMAND)
def hunt(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- COMMAND...", help="What exercises the code: pytest ..., python app.py ..."),
    ] = None,
    python: Annotated[str | None, typer.Option(metavar="PATH", help="Interpreter to run the command with.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Search this long (default 30).")] = None,
    schedules: Annotated[
        int | None,
        typer.Option(min=1, help="Search this many schedules in all (default 5000); what comes first ends it."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Search the same schedules again (default: random, printed).")
    ] = None,
    latency: Annotated[float, typer.Option(min=0.0, max=1e6, help="Seconds by which a sleep may be late.")] = 1.0,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Searches at a time (default: all cores).")] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write the report as JSON.")] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Also show what is not certain.")] = False,
    first: Annotated[bool, typer.Option("--first", help="End at the first certain finding.")] = False,
    fork: Annotated[bool, typer.Option("--fork", help="Run every schedule in a fork, never in process.")] = False,
    save: Annotated[bool, typer.Option("--save/--no-save", help="Keep findings in .racetrap/findings.")] = True,
    wall: Annotated[float, typer.Option(min=0.1, help="Seconds one execution may take.")] = 10.0,
    startup: Annotated[float, typer.Option(min=1.0, help="Seconds without a sign of life before the search.")] = 60.0,
    max_units: Annotated[int, typer.Option(min=1, help="Hunt in at most this many tests.")] = 64,
    inject: Annotated[
        str | None,
        typer.Option(
            metavar="KINDS",
            help="Also let faults strike that nobody in the program makes: cancel (a caller gives up), "
            "reset (of a connection), error (of a read or write); separated by commas.",
        ),
    ] = None,
    reset: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="A shell command that puts back what the program keeps outside (a server's data), run before each schedule.",
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PACKAGE",
            help="Take an installed package for your own code: its lines are switch points, its classes are watched, findings "
            "name its functions.  May be given more than once.",
        ),
    ] = None,
    faults: Annotated[int, typer.Option(min=1, max=100, help="Injected faults in one schedule, at most.")] = 1,
    explain: Annotated[bool, typer.Option("--explain", help="Explain each finding at the end of the hunt.")] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT[=FILE]", help="Of the explanations (with --explain): text, json, sarif, github, html."
        ),
    ] = None,
) -> None:
    """Run a command under many schedules and report what goes wrong in some of them."""
    from racetrap.commands import HuntOptions, run_hunt

    options = HuntOptions(
        command=command or [],
        python=python,
        seconds=seconds,
        schedules=schedules,
        seed=seed,
        latency=latency,
        jobs=jobs,
        json=json,
        notes=notes,
        first=first,
        fork=fork,
        save=save,
        wall=wall,
        startup=startup,
        max_units=max_units,
        inject=inject,
        faults=faults,
        reset=reset,
        also=also or [],
        explain=explain or bool(formats),
        formats=formats or [],
    )
    raise typer.Exit(run_hunt(options))


@app.command()
def replay(
    finding: Annotated[Path, typer.Argument(metavar="FINDING", help="A finding's directory: .racetrap/findings/F1")],
    times: Annotated[int, typer.Option(min=1, help="Run it this often, each in a fresh fork.")] = 10,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Another interpreter than the recorded one.")
    ] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write the result as JSON.")] = None,
    reset: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="Another command than the recorded one to put back what is kept outside."),
    ] = None,
) -> None:
    """Run a finding's recorded schedule again.  Exit code 1: it is there; 0: gone; 3: the program has changed too much."""
    from racetrap.commands import run_replay

    raise typer.Exit(run_replay(finding, times=times, python=python, json=json, reset=reset))


@app.command()
def explain(
    finding: Annotated[Path, typer.Argument(metavar="FINDING", help="F1, or a finding's directory: .racetrap/findings/F1")],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT[=FILE]",
            help="text, json, sarif, github or html; may be given several times, each with a file (--format html=out.html).",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1.0, help="Time for what is run (default about 10 in process, 60 in forks or with real servers).")
    ] = None,
    fork: Annotated[bool, typer.Option("--fork", help="Run everything in forks, never in process.")] = False,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Another interpreter than the recorded one.")
    ] = None,
    save: Annotated[bool, typer.Option("--save/--no-save", help="Keep the explanation in the finding's directory.")] = True,
) -> None:
    """Say what has to happen for a finding, why that breaks, and what cures it."""
    from racetrap.commands_explain import run_explain

    raise typer.Exit(run_explain(finding, formats=formats or [], seconds=seconds, fork=fork, python=python, save=save))


@app.command()
def rule(
    code: Annotated[str | None, typer.Argument(help="Such as POOL001; without it all codes are listed.")] = None,
) -> None:
    """Explain a rule: what it does, why it is bad, an example, what to use instead."""
    from racetrap.commands import run_rule

    raise typer.Exit(run_rule(code))


@app.command()
def doctor(json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write what was seen as JSON.")] = None) -> None:
    """See what this machine offers a hunt, and how to get what is missing.  Exit code 0: hunting is possible; 2: it is not."""
    from racetrap.commands import run_doctor

    raise typer.Exit(run_doctor(json=json))


def main() -> None:
    """The entry point."""
    try:
        app()
    except Problem as problem:
        from racetrap.report.inert import problem_lines

        sys.stderr.write("racetrap: " + problem_lines(problem))
        sys.exit(2)
    except ProbeFault as fault:
        sys.stderr.write(f"racetrap: internal error, please report it: {fault}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("racetrap: interrupted\n")
        sys.exit(130)
