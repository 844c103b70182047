"""The scripts and styles in the page do the same as those in the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kansenkaart.maps.shorten import shorten_script, shorten_style

_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)""")
_NOTE = re.compile(r"^\s*(?://.*|/\*.*\*/)$", re.MULTILINE)


@pytest.mark.parametrize(
    ("script", "short"),
    [
        ("  const a = { b: 1 };", "const a={b:1};"),
        ("  // a note\n\n  go();", "go();"),
        ("say(\"a , b\", 'c : d');", "say(\"a , b\",'c : d');"),
        ("say(`a , ${ b } : c`);", "say(`a , ${ b } : c`);"),
        ("a = b + +c - -d / 2;", "a = b + +c - -d / 2;"),
        ("a = b + +c - -d + (e - f);", "a=b + +c - -d+(e-f);"),
        ('open("https://a"); // why', 'open("https://a"); // why'),
        ("return typeof a in b", "return typeof a in b"),
    ],
)
def test_script_keeps_what_it_says(script: str, short: str) -> None:
    assert shorten_script(script) == f"{short}\n"


@pytest.mark.parametrize(
    ("style", "short"),
    [
        ("/* a note */\n.a :hover { width: calc(1px + 2px); }", ".a :hover{width:calc(1px + 2px);}"),
        ('.a > .b::after { content: " ; "; }', '.a > .b::after{content:" ; ";}'),
        (".a,\n  .b { margin: 0 auto }", ".a,\n.b{margin:0 auto}"),
    ],
)
def test_style_keeps_what_it_says(style: str, short: str) -> None:
    assert shorten_style(style) == f"{short}\n"


def test_every_asset_can_be_shortened(root: Path) -> None:
    assets = sorted((root / "kansenkaart" / "maps" / "assets").glob("*.*s"))
    assert {path.suffix for path in assets} == {".js", ".css"}
    for path in assets:
        source = path.read_text("utf-8")
        for number, line in enumerate(source.splitlines(), start=1):
            place = f"{path.name}:{number}"
            if path.suffix == ".js":
                assert len(re.findall(r"(?<!\\)`", line)) % 2 == 0, f"{place}: a template over several lines"
                assert "/*" not in line, f"{place}: a note that may go on over several lines"
            elif "/*" in line:
                assert _NOTE.match(line), f"{place}: a note that is not a line of its own"
        short = (shorten_script if path.suffix == ".js" else shorten_style)(source)
        assert _marks(short) == _marks(_NOTE.sub("", source)), path.name
        assert len(short) < len(source)


def _marks(text: str) -> list[str]:
    """Texts between quotes as they are, and all else without spaces."""
    return [part if n % 2 else re.sub(r"\s+", "", part) for n, part in enumerate(_QUOTED.split(text))]
