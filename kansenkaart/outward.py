"""What leaves the program, on a screen or in a file: no place on this computer, no password, nothing that steers."""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath

# Control characters (a line may break), marks that turn a line round, and halves of a letter.
_STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# The folders before a name, where a text holds a whole path.
_FOLDERS = re.compile(r"""(?<![\w/:.…\\-])(?:[A-Za-z]:)?(?:[/\\](?:[^/\\'",;:\n]*[/\\])+)(?=[^\s/\\])""")

_HIDDEN = "…"
_SCHEMES = ("postgresql://", "postgres://")
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
# What opens a door: a password, or the key of a service. A user beside it goes too. In prose a colon stands before it.
_KEY = r"password|passwd|pwd|wachtwoord|passphrase|token|(?:api|access|account|subscription)[_-]?key"
_PASSWORD = re.compile(
    rf"""((?:{_KEY}|secret|signature|\bsig|\buser(?:name|[\s_]id)?|\buid)["']? (?=\s*=)
      | \b(?:{_KEY})["']? (?=\s*:)
      | (?<=[?&])(?:key|auth|pass|sid) (?==)
      | \bauthorization["']?\s*:\s*["']?(?:bearer|basic)) (\s*=\s*|\s*:\s*|\s+)
      (?:'[^'\n]*' | "[^"\n]*" | [^\s&;,'"]+)""",
    re.IGNORECASE | re.VERBOSE,
)
# Where a file lies, in what a user wrote: from a drive, a share or a folder that every computer has; the name of the
# user behind a home goes with it. A text such as "t/jaar" or an address of the web is no such place.
_PLACE = re.compile(
    r"""(?:\bfile:/+(?:[A-Z]:[\\/]+)? | \bfile(?::|%3A)(?:/|%2F)+(?:[^\s"'<>|;,]*%2F)?
      | (?<![\w:/.])//(?=[^\s/]+/[^\n"'<>|;,:]*\.[a-z]\w{1,7}\b)
      | (?<!\w)[A-Z]:[\\/]+ | \\\\[^\s\\/]+[\\/]+
      | (?<![\w.:/~-])/(?=(?:home|Users|root|mnt|media|Volumes|tmp|var|srv|opt|etc|private)\b)
      | (?<![\w.:/~-])(?:~\w*/|/[^\s/\\'"]{1,99}/)(?=(?:[^\s/\\'"]{1,99}/){0,19}[^\s/\\'"]{1,99}\.[a-z]\w{1,7}\b))
    (?:(?:home|Users|Gebruikers)[\\/]+[^\\/\n"'<>|;,]+(?:[\\/]+|(?=[\n"'<>|;,])|$))?
    (?:[^\\/\n"'<>|;,:]+[\\/]+)*""",
    re.IGNORECASE | re.VERBOSE,
)
_ACCOUNT = re.compile(r"""\b([a-z][\w+.-]*://)(?:[^\s'"/@]+:[^\s'"@]*|[^\s'"/@?#]+)@""", re.IGNORECASE)
# A text without any of these signs holds nothing that ``hide_private`` takes out: a quick look at whole columns.
MAY_HIDE = r"[\\/@=:%]"


def hide_private(text: str) -> str:
    r"""Return what a user wrote in a cell, a ballot or the project file as it may be published.

    Of a place on a computer only the name of the file stays, as for the files of the layers themselves; the account
    in an address and a password are left out. All else is the user's, and stays as it is.

    Examples
    --------
    >>> hide_private(r"opgave C:\Users\jan\Mijn kaart\rwzi.xlsx, tabblad 2")
    'opgave rwzi.xlsx, tabblad 2'
    >>> hide_private("t/jaar, zie https://www.pdok.nl/a/b of jan@bedrijf.nl")
    't/jaar, zie https://www.pdok.nl/a/b of jan@bedrijf.nl'
    >>> hide_private("/home/jan")
    '…'
    """
    hidden = _ACCOUNT.sub(rf"\1{_HIDDEN}@", _hide_keys(text))
    return _PLACE.sub("", hidden) or (_HIDDEN if text else "")


def hide_secrets(text: str) -> str:
    """Return `text` without the user and password of an address.

    Examples
    --------
    >>> hide_secrets("postgresqll://jan:geheim@gis/kaart")
    'postgresqll://…@gis/kaart'
    """
    text = _USER.sub(lambda found: f"{found[1] or ''}{_HIDDEN}@", text)
    text = _DATABASE.sub(lambda found: f"{found[1]}{_HIDDEN}", text)
    return _hide_keys(text)


def _hide_keys(text: str) -> str:
    return _PASSWORD.sub(lambda found: f"{found[1]}{found[2].strip() or ' '}{_HIDDEN}", text)


def is_database(text: str) -> bool:
    """Whether `text` is the address of a database rather than the path of a file."""
    return text.lstrip().casefold().startswith(_SCHEMES)


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


def publish(text: str) -> str:
    r"""Return what a user wrote as it may be published: nothing private, nothing that steers or turns a line round.

    Examples
    --------
    >>> publish("Kas\u202e 3, zie /home/jan/kaart/opgave.xlsx")
    'Kas  3, zie opgave.xlsx'
    """
    return hide_private(make_plain(text))


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
