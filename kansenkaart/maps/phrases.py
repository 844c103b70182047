"""Sentences that differ only in names and numbers, stored as one shared phrase with the gaps filled in the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")

# Marks a number that stands in no column and is stored with the row.
LITERAL = -1

# Below this a name is too short to be looked for in a sentence.
_SHORTEST_NAME = 3

Part = str | int


@dataclass
class Phrases:
    """Shared phrases: texts and slot numbers in turn; a slot is a column of the row, or ``LITERAL``.

    Attributes
    ----------
    phrases
        Each phrase once, in order of first use.
    index
        Per row its phrase.
    literals
        Per row the numbers that no column holds, parted by bars.
    """

    phrases: list[tuple[Part, ...]] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    literals: list[str] = field(default_factory=list)
    _known: dict[tuple[Part, ...], int] = field(default_factory=dict)
    _forms: dict[tuple[Part | None, ...], list[tuple[int, ...]]] = field(default_factory=dict)

    def add(self, text: str, names: Sequence[str], numbers: Sequence[str]) -> None:
        """Store one row's `text`; slots count the `names` first, then the `numbers` as they are written."""
        skeleton: list[Part | None] = []
        words: list[str] = []
        for piece in _split_names(text, names):
            if isinstance(piece, int):
                skeleton.append(piece)
            else:
                _split_numbers(piece, skeleton, words)
        slots = self._choose(tuple(skeleton), words, len(names), numbers)
        rest = iter(slots)
        phrase = tuple(next(rest) if part is None else part for part in skeleton)
        self.index.append(self._known.setdefault(phrase, len(self.phrases)))
        if self.index[-1] == len(self.phrases):
            self.phrases.append(phrase)
        self.literals.append(
            "|".join(word for word, slot in zip(words, slots, strict=True) if slot == LITERAL)
        )

    def _choose(
        self, skeleton: tuple[Part | None, ...], words: list[str], first: int, numbers: Sequence[str]
    ) -> tuple[int, ...]:
        """Slots for the numbers of a sentence: those of an earlier one of the same form when they fit.

        Two columns of a row may hold the same number; without this every such chance would make a phrase of its own.
        """
        slots = tuple(first + numbers.index(word) if word in numbers else LITERAL for word in words)
        for earlier in self._forms.setdefault(skeleton, []):
            same = all(
                slot == LITERAL or (0 <= slot - first < len(numbers) and numbers[slot - first] == word)
                for slot, word in zip(earlier, words, strict=True)
            )
            if same and earlier.count(LITERAL) <= slots.count(LITERAL):
                return earlier
        self._forms[skeleton].append(slots)
        return slots

    def read(self, row: int, names: Sequence[str], numbers: Sequence[str]) -> str:
        """The text of `row` again, from the same names and numbers."""
        given = [*names, *numbers]
        literals = iter(self.literals[row].split("|"))
        return "".join(
            part if isinstance(part, str) else next(literals) if part == LITERAL else given[part]
            for part in self.phrases[self.index[row]]
        )


def _split_names(text: str, names: Sequence[str]) -> list[Part]:
    """Cut `text` where a name stands; longer names first, so that a name inside another is not cut."""
    pieces: list[Part] = [text]
    for slot in sorted(range(len(names)), key=lambda slot: (-len(names[slot]), slot)):
        name = names[slot]
        if len(name) < _SHORTEST_NAME:
            continue
        cut: list[Part] = []
        for piece in pieces:
            if isinstance(piece, int) or name not in piece:
                cut.append(piece)
                continue
            for number, rest in enumerate(piece.split(name)):
                cut += [slot] if number else []
                cut += [rest] if rest else []
        pieces = cut
    return pieces


def _split_numbers(text: str, skeleton: list[Part | None], words: list[str]) -> None:
    """Add `text` to the skeleton with None for every number, and the numbers to `words`."""
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() > end:
            skeleton.append(text[end : found.start()])
        skeleton.append(None)
        words.append(found.group())
        end = found.end()
    if end < len(text):
        skeleton.append(text[end:])
