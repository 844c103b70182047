"""Help and complaints of the command line: Dutch by default, English where it is asked, of every command and option."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from kansenkaart.cli import main
from kansenkaart.cli.main import cli, run
from kansenkaart.cli.speak import VARIABLE, translate_usage
from kansenkaart.texts import load_texts

_NL = load_texts("nl")


def _walk() -> Iterator[tuple[str, list[str], click.Command]]:
    """Every command: its name in the texts, how it is called, and itself."""
    yield "kansenkaart", [], cli
    for name, command in sorted(cli.commands.items()):
        yield name, [name], command
        for part, one in sorted(getattr(command, "commands", {}).items()):
            yield f"{name}_{part}", [name, part], one


COMMANDS = list(_walk())


def _flat(text: str) -> str:
    return " ".join(re.sub("[│╭╰─╮╯]", " ", text).split())


def _help(called: list[str], capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert run([*more, *called, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("name", "called"), [(name, called) for name, called, _ in COMMANDS])
def test_every_help_is_dutch_with_the_same_examples_and_english_where_it_is_asked(
    name, called, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    dutch, english = _help(called, capsys), _help(called, capsys, "--language", "en")
    assert _flat(_NL(f"help.{name}.text").split("\n\n")[0]) in _flat(dutch)
    for said, other in (("Voorbeelden:", "Examples:"), ("Gebruik:", "Usage:"), ("Opties", "Options")):
        assert said in dutch
        assert other in english
        assert other not in dutch
        assert said not in english
    assert "Toon deze uitleg." in dutch
    examples = [line.strip() for line in english.splitlines() if line.strip().startswith("kansenkaart ")]
    assert examples
    assert all(one in dutch for one in examples)


def test_the_commands_stand_in_the_order_of_the_work(capsys):
    for language, heads in (
        ("nl", ("Eigen gegevens", "De kaart en wat zij zegt", "Met de regio", "Zonder project")),
        ("en", ("Own data", "The map and what it says", "With the region", "Without a project")),
    ):
        said = _help([], capsys, "--language", language)
        panels = said[said.index(f"─ {heads[0]}") :]
        found = [
            panels.index(part) for part in (f"─ {heads[0]}", "│ new ", *(f"─ {head}" for head in heads[1:]))
        ]
        assert found == sorted(found)
        assert all(panels.count(f"│ {name} ") == 1 for name in main.COMMANDS)


@pytest.mark.parametrize(("name", "command"), [(name, command) for name, _, command in COMMANDS])
def test_every_option_has_its_dutch_and_no_dutch_is_spare(name, command):
    options = {str(one.name) for one in command.params if isinstance(one, click.Option) and one.help}
    own = {key.split(".")[2] for key in _NL.entries if key.startswith(f"help.{name}.")} - {"text", "epilog"}
    shared = {key.split(".")[2] for key in _NL.entries if key.startswith("help.shared.")}
    assert options - own - shared == set()
    assert own - options == set()


@pytest.mark.parametrize(("name", "command"), [(name, command) for name, _, command in COMMANDS])
def test_the_dutch_has_a_paragraph_for_each_of_the_english(name, command, capsys):
    main.COMMANDS.language = "en"
    try:
        english = {one: each.help for one, _, each in _walk()}[name] or ""
    finally:
        main.COMMANDS.language = "nl"
    parts = [one for one in english.split("\n\n") if not one.strip().startswith("\b")]
    assert len(_NL(f"help.{name}.text").split("\n\n")) == len(parts)


def test_no_command_is_explained_that_is_not_there():
    known = {name for name, _, _ in COMMANDS} | {"shared"}
    assert {key.split(".")[1] for key in _NL.entries if key.startswith("help.")} == known


def test_the_environment_says_the_language_too_and_an_option_goes_before(capsys, monkeypatch):
    monkeypatch.setenv(VARIABLE, "EN")
    assert "Usage:" in _help(["build"], capsys)
    assert "Gebruik:" in _help(["build"], capsys, "--language", "nl")
    monkeypatch.setenv(VARIABLE, "fr")
    assert "Gebruik:" in _help(["build"], capsys)
    assert "Usage:" in _help(["inspect", "--language=en"], capsys)


def test_the_list_of_commands_says_the_first_sentence_of_each(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = _flat(_help([], capsys))
    for name in ("balance", "build", "workshop"):
        assert _flat(_NL(f"help.{name}.text").split("\n\n")[0])[:60] in shown


@pytest.mark.parametrize(
    ("arguments", "dutch", "english"),
    [
        (["build", "--vaag"], "Optie '--vaag' bestaat niet.", "No such option"),
        (["build", "--drows", "3"], "Optie '--drows' bestaat niet. Bedoelt u '--draws'", "Did you mean"),
        (["bouw"], "Opdracht 'bouw' bestaat niet.", "No such command 'bouw'"),
        (["download"], "PROJECT ontbreekt.", "Missing argument 'PROJECT'"),
        (["match", "a.csv", "b.csv"], "Optie '-o' / '--output' ontbreekt.", "Missing option"),
        (["build", "--draws"], "Optie '--draws' vraagt om een waarde.", "requires an argument"),
        (["build", "--draws", "veel"], "'--draws': 'veel' is geen geheel getal.", "not a valid integer"),
        (["build", "--draws", "99999"], "'--draws': 99999 ligt niet tussen de grenzen", "not in the range"),
        (
            ["build", "--csv", "xls"],
            "'--csv': 'xls' mag niet; toegestaan: 'plain', 'excel-nl'.",
            "is not one of",
        ),
        (["build", "a", "b"], "Dit is te veel: b.", "unexpected extra argument"),
        (["build", "-q=1"], "", ""),
        (["download", "a", "--ca", "/nergens.pem"], "'/nergens.pem' bestaat niet.", "does not exist"),
        (["catalogue", "alles"], "'alles' mag niet; toegestaan: 'streams',", "is not one of"),
    ],
)
def test_a_call_that_is_not_known_is_told_in_the_language_that_is_asked(arguments, dutch, english, capsys):
    assert run(arguments) == 2
    shown = _flat(capsys.readouterr().err)
    assert dutch in shown
    assert "Fout: " in shown
    # of an option without its value click does not say in which command it stood
    told = "vraagt om een waarde" not in dutch
    assert shown.startswith("Gebruik: kansenkaart") == told == ("voor uitleg. Fout:" in shown)
    assert run(["--language", "en", *arguments]) == 2
    shown = _flat(capsys.readouterr().err)
    assert english in shown
    assert shown.startswith("Usage: kansenkaart") == told


@pytest.mark.parametrize(
    ("arguments", "dutch", "english"),
    [
        (["kinds", "--stream", "gft"], "'kinds' gaat niet per stroom; deze wel: streams", "do not go by stream"),
        (["pairs", "--stream", "x"], "stroom 'x' bestaat niet; zie", "'x' does not exist; see"),
        (["kinds", "--year", "2024"], "alleen prijzen verschillen per jaar", "only prices differ per year"),
        (["prices", "--year", "1900"], "van 1900 zijn geen prijzen bekend", "no prices are known of 1900"),
    ],
)  # fmt: skip
def test_what_a_command_says_of_its_call_is_in_the_language_that_is_asked(arguments, dutch, english, capsys):
    assert run(["catalogue", *arguments]) == 2
    assert dutch in _flat(capsys.readouterr().err)
    assert run(["catalogue", *arguments, "--language", "en"]) == 2
    assert english in _flat(capsys.readouterr().err)


@pytest.mark.parametrize(
    "said",
    [
        "De map is te klein.",
        "'nwb' is not fetched now. Allowed: bag.",
        "'a' is not what 'b' says, and 'c'.",
        "'a' does not exist; see 'kansenkaart catalogue streams'.",
    ],
)
def test_what_click_does_not_say_stays_as_it_is(said):
    assert translate_usage(said) == said
    assert translate_usage(f"Invalid value for --service: {said}") == f"--service: {said}"


def test_a_choice_is_told_whatever_quotes_stand_in_what_was_typed():
    assert translate_usage("\"d'r\" is not one of 'a', 'b'.") == "\"d'r\" mag niet; toegestaan: 'a', 'b'."
    assert translate_usage("'ab' is not 'a'.") == "'ab' mag niet; toegestaan: 'a'."


def test_a_password_in_a_call_that_is_not_known_is_not_said(capsys):
    assert run(["build", "--csv", "postgresql://jan:geheim@host/gis"]) == 2
    assert "geheim" not in "".join(capsys.readouterr())


def test_a_wrong_call_loads_no_command_but_its_own():
    code = (
        "import sys; from kansenkaart.cli.main import run; run(['check', '--vaag']);"
        "print([one for one in sys.modules if one.startswith('kansenkaart.cli.commands.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "['kansenkaart.cli.commands.check']"
    assert main.EXIT_INTERNAL == 3


@pytest.mark.parametrize(
    ("arguments", "dutch", "english"),
    [
        (["catalogue", "kengetallen", "--stream", "gft"], "staat in de bron", "printed in the source"),
        (["inspect", "data/noord-holland/layers/rwzi.csv"], "Waarschijnlijk", "Probably"),
    ],
)
def test_the_language_before_a_command_holds_for_what_it_prints_too(
    arguments, dutch, english, capsys, monkeypatch
):
    def printed(*called: str) -> str:
        assert run(list(called)) == 0
        return _flat(capsys.readouterr().out)

    for shown in (printed(*arguments), printed("--language", "en", *arguments, "--language", "nl")):
        assert dutch in shown
        assert english not in shown
    asked = [printed("--language", "en", *arguments), printed(*arguments, "--language", "en")]
    monkeypatch.setenv(VARIABLE, "en")
    for shown in (*asked, printed(*arguments)):
        assert english in shown
        assert dutch not in shown
