"""Help and complaints of the command line in the language of who reads them: Dutch, or English where that is asked."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MethodType

import rich_click as click
from rich_click.rich_help_formatter import RichHelpFormatter
from rich_click.rich_help_rendering import get_rich_usage

from kansenkaart.texts import LANGUAGES, Language, Texts, load_texts

VARIABLE = "KANSENKAART_LANGUAGE"
HELP = ["-h", "--help"]
_OPTION = "--language"
# What the code says, by command: kept, for the next may be asked in another language.
_ENGLISH: dict[str, dict[str, str]] = {}
_KEPT = "\b"
# What click says (its messages are English; it has no translations of its own), and which of our sentences that is.
_SAID: tuple[tuple[str, str], ...] = (
    (r"No such option:? '?([^\s']+)'?\.?", "no_option"),
    (r"No such command:? '([^']+)'\.?", "no_command"),
    (r"Missing argument '([^']+)'\.", "missing_argument"),
    (r"Missing (?:option|parameter) (.+)\.", "missing_option"),
    (r"Missing command\.", "missing_command"),
    (r"Choose from:\s*(.+)", "choice"),
    (r"('.*') is not a valid (?:float|float range)\.", "not_number"),
    (r"('.*') is not a valid (?:integer|integer range)\.", "not_whole"),
    # what may be chosen is quoted each: a sentence of another kind is not taken for it
    (r"(['\"].*['\"]) is not(?: one of)? ('[^']*'(?:, '[^']*')*)\.", "not_one"),
    (r"(\S+) is not in the range (.+)\.", "range"),
    (r"\w+ '(.*)' does not exist\.", "absent"),
    (r"\w+ '(.*)' is a directory\.", "no_file"),
    (r"\w+ '(.*)' is a file\.", "no_folder"),
    (r"\w+ '(.*)' is not readable\.", "unreadable"),
    (r"Option '([^']+)' requires (?:an argument|\d+ arguments)\.", "needs_value"),
    (r"Option '([^']+)' does not take a value\.", "no_value"),
    (r"Got unexpected extra arguments? \((.+)\)\.?", "extra"),
)
_NEAR = re.compile(r"\s*\(?Did you mean(?: one of:)? (.+?)\??\)?$", re.DOTALL)
_INVALID = re.compile(r"Invalid value(?: for (.+?))?: (.+)", re.DOTALL)


def choose_language(arguments: Iterable[str]) -> Language:
    """Return the language that the arguments ask, else the environment; else Dutch."""
    said = list(arguments)
    asked = [behind for before, behind in pairwise(said) if before == _OPTION]
    asked += [one.partition("=")[2] for one in said if one.startswith(f"{_OPTION}=")]
    asked.append(os.environ.get(VARIABLE, "").strip().casefold())
    return next((language for one in asked for language in LANGUAGES if language == one), "nl")


def set_words(language: Language) -> None:
    """Let the headings around every help be those of `language`."""
    texts = load_texts("nl")
    heads = {
        "OPTIONS_PANEL_TITLE": "options",
        "COMMANDS_PANEL_TITLE": "commands",
        "ARGUMENTS_PANEL_TITLE": "arguments",
    }
    english = {
        "options": "Options",
        "commands": "Commands",
        "arguments": "Arguments",
        "required": "[required]",
    }
    for name, key in {**heads, "REQUIRED_LONG_STRING": "required"}.items():
        setattr(click.rich_click, name, texts(f"usage.{key}") if language == "nl" else english[key])


def set_groups(name: str, groups: Mapping[str, Sequence[str]], language: Language) -> None:
    """Let the help of the group `name` show its commands below headings, in the order of `groups`."""
    texts = load_texts("nl")
    english = {
        "data": "Own data",
        "map": "The map and what it says",
        "together": "With the region, year after year",
        "apart": "Without a project",
    }
    click.rich_click.COMMAND_GROUPS[name] = [
        {
            "name": texts(f"usage.group_{group}") if language == "nl" else english[group],
            "commands": list(commands),
        }
        for group, commands in groups.items()
    ]


def speak(command: click.Command, name: str, language: Language) -> click.Command:
    """Let `command` and its options explain themselves in `language`; its examples stand in the code, and stay.

    Parameters
    ----------
    name
        Of the command as the texts have it, below ``[help.<name>]``.
    """
    set_words(language)
    help_option = command.get_help_option(click.Context(command, help_option_names=HELP))
    options = {one.name: one for one in (*command.params, help_option) if isinstance(one, click.Option)}
    english = _ENGLISH.setdefault(
        name,
        {"text": inspect.cleandoc(command.help or ""), "epilog": command.epilog or ""}
        | {str(option): one.help or "" for option, one in options.items()},
    )
    texts = load_texts("nl")

    def say(part: str) -> str:
        own = english[part]
        return (
            own
            if language == "en"
            else texts.find(f"help.{name}.{part}", texts.find(f"help.shared.{part}", own))
        )

    command.help = english["text"] if language == "en" else _translate(english["text"], say("text"), texts)
    command.short_help = None
    command.epilog = say("epilog") or None
    for option, one in options.items():
        one.help = say(str(option))
    if language == "nl":
        command.options_metavar = "[OPTIES]"
        command.format_usage = MethodType(_format_usage, command)  # type: ignore[method-assign]
    else:
        command.options_metavar = "[OPTIONS]"
        command.__dict__.pop("format_usage", None)
    if isinstance(command, click.Group):
        for part, below in command.commands.items() if name != "kansenkaart" else ():
            speak(below, f"{name}_{part}", language)
    return command


def _translate(english: str, dutch: str, texts: Texts) -> str:
    """Paragraphs of `dutch` in place of those of the code; what is kept as it stands there is an example."""
    words = iter(dutch.strip().split("\n\n"))
    parts = [
        one.replace("Examples:", texts("usage.examples"))
        if one.strip().startswith(_KEPT)
        else next(words, "")
        for one in english.strip().split("\n\n")
    ]
    return "\n\n".join(parts)


def _format_usage(self: click.Command, ctx: click.Context, formatter: RichHelpFormatter) -> None:
    pieces = " ".join(self.collect_usage_pieces(ctx))
    get_rich_usage(formatter, ctx.command_path, pieces, load_texts("nl")("usage.usage"))


def translate_usage(message: str) -> str:
    """Return in Dutch what click says of a call that it does not know; what it does not say itself stays as it is.

    Examples
    --------
    >>> translate_usage("No such option '--vaag'. Did you mean '--draws'?")
    "Optie '--vaag' bestaat niet. Bedoelt u '--draws'?"
    >>> translate_usage("Invalid value for '--draws': 'veel' is not a valid integer range.")
    "'--draws': 'veel' is geen geheel getal."
    """
    texts = load_texts("nl")
    if found := _INVALID.fullmatch(message.strip()):
        behind = translate_usage(found[2])
        return texts("usage.value", what=found[1], said=behind) if found[1] else behind
    near = _NEAR.search(message)
    bare = message[: near.start()] if near else message
    for pattern, key in _SAID:
        if found := re.fullmatch(pattern, bare.strip(), re.DOTALL):
            values = dict(
                zip(("what", "said"), (" ".join(one.split()) for one in found.groups()), strict=False)
            )
            return texts(f"usage.{key}", **values) + (
                texts("usage.near", what=near[1].strip()) if near else ""
            )
    head, mark, rest = bare.strip().partition("\n")
    if mark:  # a sentence, and what may be chosen below it
        return f"{translate_usage(head)} {translate_usage(rest)}"
    return message
