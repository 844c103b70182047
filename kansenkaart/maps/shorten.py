"""Own scripts and styles without what only their writers need: notes, indents and spaces. Every line stays a line."""

from __future__ import annotations

import re

_TEXT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
_WHOLE_TEXT = re.compile(_TEXT)

# A text is kept; a space is dropped beside a mark that it never parts from another.
_SCRIPT_SPACE = re.compile(_TEXT + r"|\s*([{}()\[\],;:=<>?&|!*%])\s*|(?<=[\w)\]]) ([+-]) (?=[\w(])")
_STYLE_SPACE = re.compile(_TEXT + r"|\s*([{};,])\s*|(:)\s+")

# A line with templates in one another, or with a slash outside a text (a division, a note or a pattern), keeps its
# spaces: they may be text.
_TEMPLATES = 2
_UNSURE = "/"


def shorten_script(script: str) -> str:
    """Return `script` without lines of notes, indents and needless spaces.

    A script must not hold notes or templates that go on over several lines, nor end a line with a note.
    """
    lines = (line.strip() for line in script.splitlines())
    return "".join(
        f"{_squeeze(line, _SCRIPT_SPACE)}\n" for line in lines if line and not line.startswith("//")
    )


def shorten_style(style: str) -> str:
    """Return `style` without lines of notes, indents and needless spaces; a note must be a line of its own."""
    lines = (line.strip() for line in style.splitlines())
    return "".join(
        f"{_squeeze(line, _STYLE_SPACE)}\n" for line in lines if line and not line.startswith("/*")
    )


def _squeeze(line: str, space: re.Pattern[str]) -> str:
    if line.count("`") > _TEMPLATES or _UNSURE in _WHOLE_TEXT.sub("", line):
        return line
    return space.sub(lambda found: "".join(group for group in found.groups() if group), line)
