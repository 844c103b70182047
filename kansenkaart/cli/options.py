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


def loudness(command: Command) -> Command:
    """Add ``-v``, ``-q`` and ``--debug``."""
    # main() looks for --debug itself: it must work before a command has begun, too.
    command = click.option(
        "--debug", is_flag=True, expose_value=False, help="Show the traceback of a fault."
    )(command)
    command = click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults.")(command)
    return click.option("-v", "--verbose", is_flag=True, help="Name every finding, and where time goes.")(
        command
    )
