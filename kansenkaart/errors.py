"""Every failure a user can cause, as a key with values: English here, Dutch in ``texts.nl.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kansenkaart.outward import tell
from kansenkaart.texts import Texts, fill


@dataclass(frozen=True)
class Fault:
    """One fault: what is wrong, where, what is allowed and what to do.

    Parameters
    ----------
    key
        Stable name of the fault; the Dutch text stands under ``[errors]`` in ``texts.nl.toml``.
    message
        English template; ``{name}`` is filled from `values`.
    values
        The file, row or key, the offending value and what is allowed; a fault among them is told in the same
        language.
    """

    key: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, template: str, translate: Callable[[Fault], str] = str) -> str:
        """Fill `template` with the values, as they may leave the program."""
        values = {
            name: translate(value) if isinstance(value, Fault) else tell(value)
            for name, value in self.values.items()
        }
        return fill(template, values)

    def __str__(self) -> str:
        return self.told(self.message)


def translate(fault: Fault, texts: Texts) -> str:
    """The fault in the language of `texts`; English where it has none."""
    template = texts.entries.get(f"errors.{fault.key}")
    if template is None:
        return str(fault)
    return fault.told(template, lambda inner: translate(inner, texts))


class KansenkaartError(Exception):
    """One or more faults; shown to the user without a traceback."""

    exit_code = 3

    # Language of the project the fault was found in, once that is known.
    language: Literal["nl", "en"] = "nl"

    def __init__(self, key: str, message: str, /, **values: object) -> None:
        super().__init__(key, message, values)
        self.faults: tuple[Fault, ...] = (Fault(key, message, values),)

    @classmethod
    def of(cls, faults: list[Fault]) -> KansenkaartError:
        """One error that carries all `faults` of a phase, in their order."""
        first = faults[0]
        error = cls(first.key, first.message, **first.values)
        error.faults = tuple(faults)
        return error

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class DataError(KansenkaartError):
    """The input files hold something that cannot be used."""

    exit_code = 1


class ProjectError(DataError):
    """The project file is wrong: a key, a value, or a file it names."""


class OutputError(DataError):
    """The outputs cannot be written there; nothing that stood there was harmed."""


class UsageError(KansenkaartError):
    """The command was called in a way that cannot work."""

    exit_code = 2
