"""What leaves the program, on a screen or in a file: no place on this computer, no password, nothing that steers."""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath

# Control characters (a line may break), marks that turn a line round, and halves of a letter.
_STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# The folders before a name, where a text holds a whole path.
_FOLDERS = re.compile(r"""(?<![\w/:.…\\-])(?:[A-Za-z]:)?(?:[/\\](?:[^/\\'",;:\n]*[/\\])+)(?=[^\s/\\])""")

_HIDDEN = "…"
_LONGEST = 80
# A user and a password before the host, also where the address is mistyped; our own example of a form stays.
_USER = re.compile(
    r"""\b([a-z][\w+.-]*:?/++)(?!user@host)[^\s'"]*@|[^\s/@'":]+:(?!/*user@host)[^\s'"]+@(?=\w)""",
    re.IGNORECASE,
)
# The address of a database that is no more than host, port and name is not private; any other may be.
_DATABASE = re.compile(
    r"""\b(postg\w*:?/++)(?!user@host|…@|[\w.-]*(?::\d+)?/[\w.-]*(?:[\s'",;)?]|$))[^\s'"]*""", re.IGNORECASE
)
_PASSWORD = re.compile(r"\b(password|passwd|pwd|wachtwoord)\s*=\s*[^\s&]+", re.IGNORECASE)


def hide_secrets(text: str) -> str:
    """Return `text` without the user and password of an address.

    Examples
    --------
    >>> hide_secrets("postgresqll://jan:geheim@gis/kaart")
    'postgresqll://…@gis/kaart'
    """
    text = _USER.sub(lambda found: f"{found[1] or ''}{_HIDDEN}@", text)
    text = _DATABASE.sub(lambda found: f"{found[1]}{_HIDDEN}", text)
    return _PASSWORD.sub(lambda found: f"{found[1]}={_HIDDEN}", text)


def cut_path(text: str) -> str:
    """Return a path, or the address of a database, as it may be told: an absolute path is cut to its name.

    Examples
    --------
    >>> cut_path("/home/jan/kaart/rwzi.csv"), cut_path("lagen/rwzi.csv")
    ('rwzi.csv', 'lagen/rwzi.csv')
    """
    absolute = PurePath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    return hide_secrets(PureWindowsPath(text).name if absolute else text)


def tell(value: object) -> object:
    """Return a value for a sentence: texts without absolute folders and without passwords.

    Examples
    --------
    >>> tell("/home/jan/kaart/rwzi.csv: no such file"), tell(3)
    ('rwzi.csv: no such file', 3)
    """
    return _FOLDERS.sub("", hide_secrets(value)) if isinstance(value, str) else value


def make_plain(text: str) -> str:
    r"""Return `text` without what could steer a terminal or turn its line round.

    Examples
    --------
    >>> make_plain("Tafel\x1b[31m 3")
    'Tafel [31m 3'
    """
    return _STEERS.sub(" ", text)


def make_line(text: str) -> str:
    r"""Return what a room wrote as a short piece of one line.

    Examples
    --------
    >>> make_line("Tafel\x1b[31m 3\nof 4")
    'Tafel [31m 3 of 4'
    """
    told = make_plain(text).replace("\n", " ")
    return told if len(told) <= _LONGEST else told[:_LONGEST] + _HIDDEN
