"""Reads the catalogue from its data files.

A new stream is a file here, a new kengetal, price or pair a few lines in it, never code. A catalogue that contradicts
itself (a kengetal in another unit than its stream, a pair with an unknown price) is refused with every fault at once.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Any, get_args

from kansenkaart.catalogue.changes import with_profiles
from kansenkaart.catalogue.check import check_references
from kansenkaart.catalogue.models import (
    Attribute,
    Catalogue,
    Driver,
    Kind,
    Ledger,
    Pair,
    Price,
    Profile,
    Recipe,
)
from kansenkaart.catalogue.rows import (
    STREAMS,
    Faults,
    by_id,
    list_toml,
    read_csv,
    read_table,
    read_toml,
    validate,
)
from kansenkaart.catalogue.stream_file import StreamFile, read_stream_files
from kansenkaart.errors import DataError

_RECIPES = "recipes"
_LEDGERS = get_args(Ledger)


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that comes with the package; read once.

    Raises
    ------
    DataError
        When a file is missing or a row is wrong; see `read_catalogue`.
    """
    return read_catalogue(files("kansenkaart.catalogue"))


def read_catalogue(folder: Traversable) -> Catalogue:
    """Read a catalogue from `folder`.

    Parameters
    ----------
    folder
        Holds ``streams/*.toml``, what several streams share in ``kinds.toml, drivers.toml, attributes.toml, prices.csv,
        profiles.csv``, and ``recipes/*.toml``.

    Returns
    -------
    Catalogue
        Streams by number, what is theirs in the order of their file: of kengetallen that fit a place equally well the
        first one counts.

    Raises
    ------
    DataError
        Every fault at once, each with file, row, field and value.
    """
    faults = Faults()
    catalogue = with_profiles(_read(folder, faults), {})
    if not faults.problems:
        for file, row, what, value in check_references(catalogue):
            faults.add(file, row, what, value)
    if faults.problems:
        raise DataError.of(faults.problems)
    return catalogue


def _read(folder: Traversable, faults: Faults) -> Catalogue:
    own = read_stream_files(folder, faults)
    kinds = read_table(folder, "kinds.toml", "kind", Kind, faults)
    drivers = read_table(folder, "drivers.toml", "driver", Driver, faults)
    attributes = validate(
        read_toml(folder, "attributes.toml", faults).get("attribute", ()),
        "attributes.toml", Attribute, faults,
    )  # fmt: skip
    ledgers = sorted(_of_all(own, "ledgers"), key=lambda entry: _LEDGERS.index(entry.ledger))
    return Catalogue(
        streams={one.stream.id: one.stream for one in own},
        kinds=by_id([*kinds, *_of_all(own, "kinds")], "kinds.toml", faults),
        drivers=by_id([*drivers, *_of_all(own, "drivers")], "drivers.toml", faults),
        attributes=by_id(list(attributes), "attributes.toml", faults),
        kengetallen=by_id(_of_all(own, "kengetallen"), STREAMS, faults),
        prices=by_id(
            [*read_csv(folder, "prices.csv", Price, faults), *_of_all(own, "prices")], "prices.csv", faults
        ),
        pairs=_index_pairs(own, faults),
        recipes=by_id(_read_recipes(folder, faults), _RECIPES, faults),
        profiles=by_id(read_csv(folder, "profiles.csv", Profile, faults), "profiles.csv", faults),
        processors=tuple(_of_all(own, "processors")),
        ledgers=tuple(ledgers),
    )


def _of_all(own: list[StreamFile], part: str) -> list[Any]:
    return list(chain.from_iterable(getattr(one, part) for one in own))


def _index_pairs(own: list[StreamFile], faults: Faults) -> dict[tuple[str, str, str], Pair]:
    found: dict[tuple[str, str, str], Pair] = {}
    for one in own:
        for pair in one.pairs:
            key = (pair.stream, pair.supply_kind, pair.demand_kind)
            if key in found:
                faults.add(one.file, " -> ".join(key), "pair stands twice", key)
            found[key] = pair
    return found


def _read_recipes(folder: Traversable, faults: Faults) -> list[Recipe]:
    """One recipe per file; its id is the file's name."""
    recipes: list[Recipe] = []
    for name in list_toml(folder, _RECIPES):
        content = read_toml(folder, name, faults)
        known = {"id": name.removeprefix(f"{_RECIPES}/").removesuffix(".toml"), **content}
        recipes += validate([known], name, Recipe, faults)
    return recipes
