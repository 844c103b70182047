"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

Command = Callable[..., Any]


def project_argument(command: Command) -> Command:
    """Add the argument PROJECT: a project file or its folder."""
    return click.argument("project", type=click.Path(path_type=Path), default=Path(), metavar="[PROJECT]")(
        command
    )


def quietness(command: Command) -> Command:
    """Add ``-q`` and ``--debug``."""
    # main() looks for --debug itself: it must work before a command has begun, too.
    command = click.option(
        "--debug", is_flag=True, expose_value=False, help="Show the traceback of a fault."
    )(command)
    return click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults.")(command)


def loudness(command: Command) -> Command:
    """Add ``-v``, ``-q`` and ``--debug``."""
    return click.option("-v", "--verbose", is_flag=True, help="Name every finding, and where time goes.")(
        quietness(command)
    )


def _asked() -> str:
    """The language that was asked before the command or in the environment: what ``run`` hands to every context."""
    context = click.get_current_context()
    return "nl" if context is None else str(context.obj or "nl")


def language_option(command: Command) -> Command:
    """Add ``--language``, of a command without a project that says it."""
    return click.option(
        "--language",
        type=click.Choice(["nl", "en"]),
        default=_asked,
        help="Default: that before the command, else nl.",
    )(command)


def result_options(held: str) -> Callable[[Command], Command]:
    """Add ``-o``, of which each file holds as its ending says, and ``--overwrite``."""

    def add(command: Command) -> Command:
        command = click.option("--overwrite", is_flag=True, help="Replace files that exist.")(command)
        return click.option(
            "-o",
            "--output",
            "outputs",
            type=click.Path(path_type=Path),
            multiple=True,
            help=f"File to write: {held}. May be given more than once.",
        )(command)

    return add
