"""The words that files use for columns, units and values, and what they mean here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kansenkaart.texts import LANGUAGES, find_same, fold_word, load_texts, read_names

Lists = Mapping[str, tuple[str, ...]]
Found = Mapping[str, str]

# Columns that allow yes and no, and nothing else, share their words.
_YES_NO = "yes_no"
_FROM_NAMES = {"kind": "kinds", "stream": "streams"}


@dataclass(frozen=True)
class Words:
    """What words mean; every word is written as ``fold_word`` does.

    Parameters
    ----------
    columns, links
        Our column -> names that files give it, the surest first; of places, and of what runs already.
    columns_of
        Kind -> the same, for columns of which the meaning follows from the kind.
    units
        Word -> unit.
    values
        Our column -> word -> our value.
    signs
        Kind -> parts of names of files, layers and places that point at it.
    coordinates
        Side (``east``, ``north``) -> parts of names of columns that point at it.
    """

    columns: Lists
    links: Lists
    columns_of: Mapping[str, Lists]
    units: Found
    values: Mapping[str, Found]
    signs: Lists
    coordinates: Lists

    def find_value(self, column: str, text: str) -> str | None:
        """Return our value for `text` in `column`; nothing where the word is not known.

        Examples
        --------
        >>> load_words().find_value("crop", "Tomaat"), load_words().find_value("status", "In bedrijf")
        ('vegetables', 'active')
        """
        return self.values.get(column, {}).get(fold_word(text))

    def find_allowed(self, column: str, text: str, allowed: tuple[str, ...]) -> str | None:
        """Return which of `allowed` a text in `column` means: itself whatever its capitals, else a word for it.

        Examples
        --------
        >>> words = load_words()
        >>> words.find_allowed("lit", "Ja", ("yes", "no")), words.find_allowed("crop", "wiet", ("flowers",))
        ('yes', None)
        """
        same = find_same(text, allowed)
        if same is not None:
            return same
        found = self.find_value(_YES_NO if set(allowed) == {"yes", "no"} else column, text)
        return found if found in allowed else None

    def find_unit(self, text: str) -> str | None:
        """Return the unit that `text` means, whatever its spelling.

        Examples
        --------
        >>> load_words().find_unit("m²"), load_words().find_unit("Hectare"), load_words().find_unit("ton")
        ('m2', 'ha', 't')
        """
        return self.units.get(fold_word(text))


@cache
def load_words() -> Words:
    """Read the words that come with the package, and the names that users read in both languages.

    Raises
    ------
    ValueError
        When a word of one column or unit has two meanings.
    """
    raw = tomllib.loads((files("kansenkaart.catalogue") / "words.toml").read_text(encoding="utf-8"))
    return Words(
        columns=_lists(raw["columns"]),
        links=_lists(raw["links"]),
        columns_of={kind: _lists(one) for kind, one in raw["columns_of"].items()},
        units=_turn("units", raw["units"]),
        values={name: _turn(name, one, shown=_shown(name)) for name, one in raw["values"].items()},
        signs=_lists(raw["signs"]),
        coordinates=_lists(raw["signs_of_coordinates"]),
    )


def _lists(table: Mapping[str, Iterable[str]]) -> Lists:
    return {name: tuple(words) for name, words in table.items()}


def _turn(name: str, table: Mapping[str, Iterable[str]], *, shown: Found | None = None) -> Found:
    """Word -> meaning."""
    turned: dict[str, str] = {}
    for ours, words in table.items():
        for word in (fold_word(ours), *words):
            if turned.setdefault(word, ours) != ours:
                raise ValueError(f"words.toml: '{word}' of {name} means {turned[word]} and {ours}")
    return dict(shown or {}) | turned


def _shown(column: str) -> dict[str, str]:
    """What a user reads for each value of `column` -> the value; what reads the same for two is no word for one."""
    said: list[tuple[str, str]] = []
    for language in LANGUAGES:
        if column in _FROM_NAMES:
            start, entries = f"{_FROM_NAMES[column]}.", read_names(language)
        else:
            start = f"tables.values.{column}."
            entries = dict(load_texts(language).entries)
        said += [
            (fold_word(text), key.removeprefix(start))
            for key, text in entries.items()
            if key.startswith(start)
        ]
    meanings: dict[str, set[str]] = {}
    for word, ours in said:
        meanings.setdefault(word, set()).add(ours)
    return {word: ours.pop() for word, ours in meanings.items() if len(ours) == 1}
