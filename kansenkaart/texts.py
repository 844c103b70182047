"""What a user reads, in Dutch (default) or English, with numbers written that language's way."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Literal

from kansenkaart.catalogue_names import read_names
from kansenkaart.sentence import fill, fill_one

if TYPE_CHECKING:
    import pandas as pd

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")

UNKNOWN = "–"


@dataclass(frozen=True)
class Texts:
    """All texts of one language, addressed as ``section.key``."""

    language: Language
    entries: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return text `key` with its ``{names}`` filled; an unknown key raises ``KeyError``."""
        return fill(self.entries[key], values)

    def fill_each(self, key: str, rows: pd.Index, values: Mapping[str, object]) -> pd.Series:
        """Return text `key` for every one of `rows`; a value is one for all, or a series with one for each.

        Examples
        --------
        >>> import pandas as pd
        >>> row = pd.Series([3, 8])
        >>> load_texts("nl").fill_each("findings.id_missing", row.index, {"row": row}).tolist()
        ['De rij heeft geen id.', 'De rij heeft geen id.']
        """
        import pandas as pd  # noqa: PLC0415 - a command that only shows a text does without

        filled = pd.Series("", index=rows, dtype="str")
        for literal, name, form, _ in Formatter().parse(self.entries[key]):
            filled += literal
            if name is not None:
                value = values[name]
                if not isinstance(value, pd.Series):
                    filled += fill_one(value, form or "")
                else:
                    filled += value.map(partial(fill_one, spec=form)) if form else value.astype("str")
        return filled

    def find(self, key: str, default: str, **values: object) -> str:
        """Return text `key`, or `default` where this language has none (a code shown as it is)."""
        return fill(self.entries.get(key, default), values)

    def section(self, name: str) -> dict[str, str]:
        """All texts of a section, keys without the section's name: what the map's script needs."""
        start = f"{name}."
        return {key.removeprefix(start): text for key, text in self.entries.items() if key.startswith(start)}

    def number(self, value: float | None, digits: int = 3) -> str:
        """Write `value` with at most `digits` significant figures and grouped thousands.

        Examples
        --------
        >>> load_texts("nl").number(1234567)
        '1.230.000'
        >>> load_texts("nl").number(14.24)
        '14,2'
        >>> load_texts("en").number(1234567)
        '1,230,000'
        """
        if value is None or not math.isfinite(value):
            return UNKNOWN
        if value == 0:
            return "0"
        decimals = digits - 1 - math.floor(math.log10(abs(value)))
        rounded = round(value, decimals)
        plain = f"{rounded:,.{max(0, decimals)}f}"
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        return self._in_own_signs(plain)

    def count(self, value: int) -> str:
        """Write a count in full: a row that vanished in rounding would look lost.

        Examples
        --------
        >>> load_texts("nl").count(1234567)
        '1.234.567'
        """
        return self._in_own_signs(f"{value:,}")

    def ungrouped(self, value: float) -> str:
        """Write `value` with every figure and no mark for thousands, so that a mark can only be the decimal one.

        Examples
        --------
        >>> load_texts("nl").ungrouped(120000.0), load_texts("nl").ungrouped(1.205)
        ('120000', '1,205')
        """
        return self._in_own_signs(f"{value:.15g}")

    def _in_own_signs(self, plain: str) -> str:
        return plain.translate(str.maketrans(",.", ".,")) if self.language == "nl" else plain


@cache
def load_texts(language: Language = "nl") -> Texts:
    """Read the texts of `language` from ``texts.<language>.toml``, and the names that the catalogue gives."""
    raw = tomllib.loads((files("kansenkaart") / f"texts.{language}.toml").read_text(encoding="utf-8"))
    return Texts(language, {**dict(_flatten(raw)), **read_names(language)})


def _flatten(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{prefix}{key}.")
        else:
            flat.append((prefix + key, str(value)))
    return flat
