"""What a user reads, in Dutch (default) or English, with numbers written that language's way."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")

UNKNOWN = "–"
_LEAST_P = 0.001
# Figures of a number where nothing else is said.
_FIGURES = 3

_OR = "|"

# Signs that files write plain as well.
_SIGNS = {"²": "2", "³": "3", "₂": "2"}

# Files with rows of these tables; a file of a stream may hold kinds and drivers that only it needs.
_TABLES = {"kind": "kinds", "driver": "drivers"}
_SHARED = ("kinds.toml", "drivers.toml")


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
        return dict(self._sections.get(name, {}))

    @cached_property
    def _sections(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key, text in self.entries.items():
            for end in (place for place, sign in enumerate(key) if sign == "."):
                found.setdefault(key[:end], {})[key[end + 1 :]] = text
        return found

    def number(self, value: float | None, digits: int = _FIGURES) -> str:
        """Write `value` with at most `digits` significant figures, grouped thousands and a true minus.

        Examples
        --------
        >>> load_texts("nl").number(1234567)
        '1.230.000'
        >>> load_texts("nl").number(14.24)
        '14,2'
        >>> load_texts("en").number(1234567)
        '1,230,000'
        >>> load_texts("nl").number(-570_000)
        '−570.000'
        >>> import numpy as np
        >>> load_texts("en").number(np.float64(2.355)), load_texts("en").number(2.355)
        ('2.35', '2.35')
        """
        if value is None or not math.isfinite(value):
            return UNKNOWN
        if value == 0:
            return "0"
        decimals = digits - 1 - math.floor(math.log10(abs(value)))
        # a number of numpy rounds otherwise than one of Python, and than the page: 2.355 is a little less than it says
        rounded = round(float(value), decimals)
        plain = f"{rounded:,.{max(0, decimals)}f}"
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        return self._in_own_signs(plain).replace("-", "−")

    def length(self, km: float | None, digits: int = _FIGURES) -> str:
        """Write kilometres, and what is less than one in metres: by ten, as far as any place is known.

        Parameters
        ----------
        digits
            Significant figures; with more than three also the metres are written in full.

        Examples
        --------
        >>> load_texts("nl").length(0.259), load_texts("nl").length(8.154), load_texts("nl").length(0.9996)
        ('260 m', '8,15 km', '1 km')
        >>> load_texts("nl").length(0.5004, 4)
        '500,4 m'
        """
        if km is None or not math.isfinite(km):
            return UNKNOWN
        metres = 1000.0 * km if digits > _FIGURES else 10.0 * math.floor(100.0 * km + 0.5)
        return f"{self.number(metres, digits)} m" if metres < 1000 else f"{self.number(km, digits)} km"

    def likelihood(self, p: float) -> str:
        """Write the p-value of a test behind its 'p': below one in a thousand nobody asks how far.

        Examples
        --------
        >>> load_texts("nl").likelihood(0.6654), load_texts("nl").likelihood(7.6e-27)
        ('= 0,665', '< 0,001')
        """
        return f"< {self.number(_LEAST_P)}" if p < _LEAST_P else f"= {self.number(p)}"

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


class _Sentences(Formatter):
    """What ``str.format`` does, and ``{count:row|rows}``: the first for one, the second for any other number."""

    def format_field(self, value: object, format_spec: str) -> str:
        """One value as `format_spec` asks for it."""
        return fill_one(value, format_spec)


def fill(template: str, values: dict[str, object]) -> str:
    """Return `template` with its ``{names}`` filled.

    Examples
    --------
    >>> fill("{count} {count:row was|rows were} read", {"count": 1})
    '1 row was read'
    >>> fill("{count} {count:row was|rows were} read", {"count": "1.200"})
    '1.200 rows were read'
    """
    # Python's own is five times as quick, and most sentences choose no word
    return _Sentences().vformat(template, (), values) if _OR in template else template.format(**values)


def fill_one(value: object, spec: str) -> str:
    """Return `value` as `spec` asks for it, or the word of `spec` that goes with this number.

    Examples
    --------
    >>> fill_one(1, "kolom|kolommen"), fill_one(0.5, ".2f")
    ('kolom', '0.50')
    """
    if _OR not in spec:
        return format(value, spec)
    one, many = spec.split(_OR)
    return one if str(value) == "1" else many


def read_names(language: str) -> dict[str, str]:
    """Return ``streams.<id>``, ``kinds.<id>`` and ``drivers.<id>`` -> name in `language`.

    A file that is no TOML is passed over: reading the catalogue says what is wrong with it.

    Examples
    --------
    >>> read_names("nl")["streams.gft"]
    'Groente-, fruit- en tuinafval'
    """
    return {key: name[language] for key, name in _find_names() if language in name}


def _find_names() -> Iterator[tuple[str, Mapping[str, str]]]:
    folder = files("kansenkaart") / "catalogue"
    streams = sorted((folder / "streams").iterdir(), key=lambda entry: entry.name)
    for entry in (*streams, *(folder / name for name in _SHARED)):
        try:
            content = parse_toml(entry.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError:
            continue
        if "name" in content:
            yield f"streams.{entry.name.removesuffix('.toml')}", content["name"]
        for table, section in _TABLES.items():
            for row in content.get(table, ()):
                yield f"{section}.{row.get('id')}", row.get("name", {})


@cache
def parse_toml(text: str) -> Mapping[str, Any]:
    """Return what a TOML text says; the same text is parsed once, so the result is only read.

    Raises
    ------
    tomllib.TOMLDecodeError
        When it is no TOML.
    """
    return tomllib.loads(text)


def cut_text(text: str, most: int) -> str:
    """Return `text`, at most so many letters of it.

    Examples
    --------
    >>> cut_text("Kas", 5), cut_text("De Kwakel", 5)
    ('Kas', 'De K…')
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def fold_word(text: str) -> str:
    """Return `text` without case, accents, blanks and punctuation.

    Examples
    --------
    >>> fold_word("Opp. (m²)"), fold_word("in  bedrijf"), fold_word("Orchideeën")
    ('opp_m2', 'in_bedrijf', 'orchideeen')
    """
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def find_same(text: str, options: Iterable[str]) -> str | None:
    """Return which of `options` `text` is, whatever its capitals and the blanks around it.

    Examples
    --------
    >>> find_same(" RWZI", ["greenhouse", "rwzi"])
    'rwzi'
    """
    meant = text.strip().casefold()
    return next((one for one in options if one.casefold() == meant), None)
