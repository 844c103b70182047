"""The command group, and the one place where faults become exit codes."""

from __future__ import annotations

import sys
import traceback
from collections import UserDict
from importlib import import_module
from typing import Any, cast

import rich_click as click
from click.exceptions import Exit

import kansenkaart
from kansenkaart.cli.screen import show_error, show_internal_error, show_usage, stderr
from kansenkaart.cli.speak import HELP, choose_language, set_groups, speak
from kansenkaart.errors import DataError, KansenkaartError, UsageError
from kansenkaart.reasons import find_reason
from kansenkaart.texts import LANGUAGES, Language, load_texts

# By what one is doing, in the order of the work: help shows them so.
_GROUPS = {
    "data": ("new", "inspect", "download", "check", "catalogue"),
    "map": ("build", "explain", "atlas", "factsheet", "copy"),
    "together": ("workshop", "programme", "compare"),
    "apart": ("clusters", "balance", "match"),
}

EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130

click.rich_click.SHOW_ARGUMENTS = True
click.rich_click.MAX_WIDTH = 110


class _Commands(UserDict[str, click.Command]):
    """The commands by name; each is loaded when it is asked for, so that ``--version`` waits for none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, Any] = dict.fromkeys(
            sorted(name for names in _GROUPS.values() for name in names)
        )
        self.language: Language = "nl"  # of help

    def __getitem__(self, name: str) -> click.Command:
        """Load command `name`."""
        if self.data[name] is None:
            module = import_module(f"kansenkaart.cli.commands.{name}")
            self.data[name] = getattr(module, f"{name}_command")
        return speak(cast(click.Command, self.data[name]), name, self.language)


@click.group(
    context_settings={"help_option_names": HELP},
    epilog="Documentation: see docs/ in the project.",
)
@click.version_option(kansenkaart.__version__, prog_name="kansenkaart")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    help="Language of help and of what is said of a wrong call: nl (default) or en; or set KANSENKAART_LANGUAGE.",
)
def cli() -> None:
    """Turn GIS layers into a regionale kansenkaart: who can supply what to whom, and how sure that is.

    \b
    Examples:
      kansenkaart inspect kassen.gpkg bedrijven.xlsx
      kansenkaart new mijn-regio --province Utrecht
      kansenkaart download mijn-regio top10nl_kassen
      kansenkaart check mijn-regio
      kansenkaart build mijn-regio -o uit
      kansenkaart atlas mijn-regio/uit
      kansenkaart explain mijn-regio/uit "AEB extra" "De Kwakel"
      kansenkaart compare mijn-regio-2024 mijn-regio -o veranderd.html
      kansenkaart match rwzi.gpkg kassen.csv -o uit.gpkg --max-distance 10km
      kansenkaart clusters vestigingen.csv --recipe cbs_85039ned -o clusters.xlsx
      kansenkaart balance fosfaat.xlsx -o fosfaat-sluitend.xlsx
      kansenkaart workshop merge mijn-regio/uit stemmen/*.json -o mijn-regio/decisions.gpkg
      kansenkaart catalogue kengetallen --stream restwarmte_ht
    """


COMMANDS = _Commands()
cli.commands = COMMANDS  # set afterwards: the group would load every command it is made with


def main() -> None:
    """Run the command; exit 0 good, 1 data, 2 usage, 3 internal, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not know every letter of a firm's name
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with `arguments` and return the exit code."""
    language = choose_language(arguments)
    try:
        _refuse_unreadable(arguments)
        if "--version" not in arguments:  # which waits for no texts
            COMMANDS.language = language
            speak(cli, "kansenkaart", language)
            set_groups("kansenkaart", _GROUPS, language)
        cli.main(args=arguments, prog_name="kansenkaart", standalone_mode=False, obj=language)
    except KansenkaartError as error:
        error.language = "en" if language == "en" else error.language  # else that of the project
        show_error(error)
        _show_trace(arguments)
        return error.exit_code
    except Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        show_usage(error, language)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        stderr().print(load_texts("nl")("cli.interrupted"), style="yellow")
        return EXIT_INTERRUPTED
    except (OSError, MemoryError) as error:
        # a name that no disk can hold, a full disk, a computer without room: of the machine, not of the program
        message = (
            "The computer refuses: {error}. Mind the length of names, and room on the disk and in memory."
        )
        show_error(DataError("machine_refuses", message, error=find_reason(error, str(error))))
        _show_trace(arguments)
        return DataError.exit_code
    except Exception as error:
        show_internal_error(error)
        _show_trace(arguments)
        return EXIT_INTERNAL
    return 0


def _refuse_unreadable(arguments: list[str]) -> None:
    """Refuse what is no text: bytes that no file can hold and no screen can show."""
    for argument in arguments:
        # Python keeps a byte that is no UTF-8 as half a character
        if not argument.isascii() and argument != argument.encode("utf-8", "replace").decode("utf-8"):
            message = "{value} is not UTF-8 text. Type it again, or rename the file."
            raise UsageError(
                "argument_no_text", message, value=argument.encode("utf-8", "replace").decode("utf-8")
            )


def _show_trace(arguments: list[str]) -> None:
    if "--debug" in arguments:
        stderr().print(traceback.format_exc(), markup=False)
