"""A plain layer as it is asked for, and which of its columns hold what: as asked, else by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import DataError, Fault
from kansenkaart.outward import hide_secrets
from kansenkaart.project import Limits
from kansenkaart.sources.columns import COORDINATE_PAIRS, GEOMETRY_TEXT
from kansenkaart.sources.raw import DEFAULT, Raw
from kansenkaart.texts import fold_word

# Names a column with quantities may have, in Dutch and English, the surest first; for the others see words.toml.
_QUANTITY = ("quantity", "hoeveelheid", "amount", "aantal")
_QUANTITY_OF = {
    "supply": ("supply", "aanbod", "overschot", "levering", "productie"),
    "demand": ("demand", "vraag", "afname", "behoefte", "tekort"),
}
_PLACED = (*(name for pair in COORDINATE_PAIRS for name in pair), GEOMETRY_TEXT)


@dataclass(frozen=True)
class PlainLayer:
    """A layer as it is asked for.

    Parameters
    ----------
    source
        Path of the file, with its layer behind ``|`` or ``|layername=`` where it has several.
    role
        Which side the places stand on.
    table
        Layer or sheet; goes before the one in `source`.
    quantity
        Column with the quantity, or a number that holds for every place; None: found by its name, else 1 each.
    id, name
        Columns; None: found by their names, else the row number and the id.
    crs
        CRS of the coordinates where the file does not say.
    limits
        How far the file may unfold.
    """

    source: str
    role: Literal["supply", "demand"]
    table: str | None = None
    quantity: str | None = None
    id: str | None = None
    name: str | None = None
    crs: str | None = None
    limits: Limits = DEFAULT

    @property
    def path(self) -> Path:
        """The file itself."""
        return Path(self._split()[0])

    @property
    def file(self) -> str:
        """Its name, as it may be told: what was meant as the address of a database may hold a password."""
        return Path(hide_secrets(self._split()[0])).name

    @property
    def layer(self) -> str | None:
        """Layer or sheet, where one is named."""
        return self.table or self._split()[1]

    def option(self, what: str) -> str:
        """Name of the option of ``kansenkaart match`` that sets `what`."""
        return f"--{self.role}-{what}"

    def _split(self) -> tuple[str, str | None]:
        if "|" not in self.source or Path(self.source).exists():
            return self.source, None
        path, _, layer = self.source.partition("|")
        return path, layer.removeprefix("layername=") or None


@dataclass(frozen=True)
class PlainColumns:
    """Where the parts of a place stand.

    Parameters
    ----------
    origin
        Our name -> the file's column, of what the file has.
    each
        Quantity of every place where there is no column for it.
    guessed
        Our names whose column was found by its name alone.
    """

    origin: Mapping[str, str]
    each: float
    guessed: frozenset[str]


def choose_columns(raw: Raw, asked: PlainLayer) -> PlainColumns:
    """Choose the columns of a layer.

    Raises
    ------
    DataError
        When a column that was asked for is not there, or nothing says where the places lie.
    """
    present = [str(name) for name in raw.frame.columns]
    each = _number(asked.quantity, present)
    wanted = {"quantity": None if each is not None else asked.quantity, "id": asked.id, "name": asked.name}
    faults = [
        _absent(asked, what, column, present)
        for what, column in wanted.items()
        if column is not None and _find((column,), present) is None
    ]
    words = load_words().columns
    known = {"quantity": (*_QUANTITY_OF[asked.role], *_QUANTITY), "id": words["id"], "name": words["name"]}
    origin: dict[str, str] = {}
    guessed = set()
    for what, column in wanted.items():
        if what == "quantity" and each is not None:
            continue
        found = _find(known[what] if column is None else (column,), present)
        if found is not None:
            origin[what] = found
            guessed |= {what} if column is None else set()
    for name in _PLACED:
        found = _find(words[name], present)
        if found is not None:
            origin[name] = found
    faults += [] if _is_placed(raw, origin) else [_placeless(asked, present)]
    if faults:
        raise DataError.of(faults)
    return PlainColumns(origin, 1.0 if each is None else each, frozenset(guessed))


def _number(text: str | None, present: list[str]) -> float | None:
    """Quantity that holds for every place; a column of that name goes before."""
    if text is None or text in present:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _find(names: tuple[str, ...], present: list[str]) -> str | None:
    """First of `names` that the file has: exactly so, else in other letters."""
    folded = {fold_word(name): name for name in reversed(present)}
    for name in names:
        if name in present:
            return name
        if fold_word(name) in folded:
            return folded[fold_word(name)]
    return None


def _is_placed(raw: Raw, origin: Mapping[str, str]) -> bool:
    pairs = (*COORDINATE_PAIRS, (GEOMETRY_TEXT,))
    return raw.geometry is not None or any(set(pair) <= set(origin) for pair in pairs)


def _absent(asked: PlainLayer, what: str, column: str, present: list[str]) -> Fault:
    message = (
        "{option} {column} is not a column of {file}. Columns there: {allowed}. A number of 0 or more is "
        "allowed for a quantity, too."
    )
    values = {"option": asked.option(what), "column": column, "file": asked.file}
    return Fault("match_layer_column", message, values | {"allowed": ", ".join(present) or "-"})


def _placeless(asked: PlainLayer, present: list[str]) -> Fault:
    message = (
        "{file} does not say where its places lie: it has no geometry and no columns lon and lat, x_rd and y_rd, "
        "x and y, or wkt. Columns there: {allowed}. Add one of these pairs, or give a layer with a geometry."
    )
    values = {"file": asked.file, "allowed": ", ".join(present) or "-"}
    return Fault("match_layer_placeless", message, values)
