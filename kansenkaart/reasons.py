"""Why a file cannot be read or written: by kind in our own words, with those of a library behind them."""

from __future__ import annotations

import errno
import json
import re
from itertools import chain

from kansenkaart.errors import Fault
from kansenkaart.strict_json import TwiceError

# Each kind in English; the Dutch stands under [errors] in texts.nl.toml.
REASONS = {
    "reason_no_file": "it is no ordinary file",
    "reason_no_layer": "it holds no layer",
    "reason_large": "it is larger than {allowed} MB",
    "reason_absent": "it is not there ({detail})",
    "reason_rights": "you may not read or write it ({detail})",
    "reason_full": "the disk is full ({detail})",
    "reason_busy": "another program is using it ({detail})",
    "reason_name": "no disk can hold such a name ({detail})",
    "reason_system": "the computer refuses it ({detail})",
    "reason_memory": "there is not enough memory for it ({detail})",
    "reason_locked": "it is locked with a password ({detail})",
    "reason_nested": "its brackets or shapes go too deep into each other ({detail})",
    "reason_digits": "it holds a number of thousands of digits ({detail})",
    "reason_twice": "one object names the key '{key}' twice, with {values}",
    "reason_json": "what stands on line {line}, character {column} is no JSON ({detail})",
    "reason_letters": "it holds letters that cannot be read ({detail})",
    "reason_crs": "its CRS is not known ({detail})",
    "reason_damaged": "it is damaged, or did not arrive whole ({detail})",
    "reason_folder": "it is a folder ({detail})",
    "reason_quote_open": "a quote is not closed ({detail})",
    "reason_quote_after": "text stands right after a closing quote ({detail})",
    "reason_server": "no server answers there ({detail})",
    "reason_password": "the server does not take this user or password ({detail})",
    "reason_database": "the server has no such database ({detail})",
    "reason_library": "the library for it reports a fault ({detail})",
}


class UnfitError(Exception):
    """A file is of no use, for a reason of our own.

    Attributes
    ----------
    reason
        Why, in the words of ``REASONS``.
    """

    def __init__(self, reason: Fault) -> None:
        self.reason = reason
        super().__init__(str(reason))


_CODES = {
    "reason_absent": (errno.ENOENT, errno.ENOTDIR),
    "reason_rights": (errno.EACCES, errno.EPERM, errno.EROFS),
    "reason_full": (errno.ENOSPC, errno.EDQUOT),
    "reason_busy": (errno.EBUSY, errno.ETXTBSY),
    "reason_name": (errno.ENAMETOOLONG,),
    "reason_folder": (errno.EISDIR,),
    "reason_memory": (errno.ENOMEM,),
}
# The names of what the libraries raise: none of them is loaded only to name a fault.
_TYPES = {
    "reason_memory": ("MemoryError", "ArrowMemoryError"),
    "reason_nested": ("RecursionError",),
    "reason_letters": ("UnicodeError",),
    "reason_crs": ("CRSError",),
    "reason_damaged": ("BadZipFile", "error", "EOFError", "ParseError", "DatabaseError", "ArrowInvalid"),
}
_WORDS = {
    "reason_memory": re.compile(r"out of memory|bad_alloc|(?:m|re)alloc|cannot allocate", re.IGNORECASE),
    "reason_locked": re.compile(r"password|encrypted", re.IGNORECASE),
    "reason_nested": re.compile(r"recursion|too deep|nesting|nested", re.IGNORECASE),
    "reason_digits": re.compile(r"limit .*for integer string conversion"),
    "reason_full": re.compile(r"no space left|disk is full|disk full", re.IGNORECASE),
    "reason_damaged": re.compile(r"no item named|truncated|unexpected end|bad magic|crc", re.IGNORECASE),
}
_LONGEST = 200


def find_reason(error: Exception, said: str | None = None) -> Fault:
    """Return why it went wrong, as a value of a fault: its words follow the language of the fault.

    Parameters
    ----------
    error
        What a library or the computer raised.
    said
        What it said, where that may not be told as it stands.

    Examples
    --------
    >>> str(find_reason(PermissionError(13, "Permission denied")))
    'you may not read or write it (Permission denied)'
    """
    if isinstance(error, UnfitError):
        return error.reason
    told = said or getattr(error, "strerror", None) or str(error) or type(error).__name__
    detail = str(told).rstrip(".")[:_LONGEST]
    values: dict[str, object] = {"detail": detail}
    if isinstance(error, TwiceError):
        key, values = "reason_twice", {"key": error.key, "values": error.values}
    elif isinstance(error, json.JSONDecodeError):
        key, values = "reason_json", {"line": error.lineno, "column": error.colno, "detail": error.msg}
    else:
        key = _find_key(error, str(error))
    return name_reason(key, **values)


def name_reason(key: str, /, **values: object) -> Fault:
    """Return the reason called `key`, of ``REASONS``, as a value of a fault.

    Examples
    --------
    >>> str(name_reason("reason_damaged", detail=".shx"))
    'it is damaged, or did not arrive whole (.shx)'
    """
    return Fault(key, REASONS[key], values)


def _find_key(error: Exception, words: str) -> str:
    code = getattr(error, "errno", None)
    if isinstance(error, OSError) and code is not None:
        return next((key for key, codes in _CODES.items() if code in codes), "reason_system")
    names = {kind.__name__ for kind in type(error).__mro__}
    by_type = (key for key, types in _TYPES.items() if names.intersection(types))
    by_words = (key for key, pattern in _WORDS.items() if pattern.search(words))
    # sqlite3 and pyarrow say with one type what is damaged and what is too large
    return next(chain(by_words, by_type), "reason_library")
