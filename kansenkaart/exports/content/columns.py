"""What a column and a code are called for a reader: aliases with their unit, and labels of enumerated values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kansenkaart.catalogue import Catalogue
from kansenkaart.exports.content.cluster_areas import QUOTIENT
from kansenkaart.exports.content.totals import MEASURES
from kansenkaart.tables import ALL_TABLES, COMPARED_TABLES, Table
from kansenkaart.tables.decisions import DECIDED
from kansenkaart.tables.flows import ROLES
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.routes import ROUTE_BASES
from kansenkaart.texts import Texts

# Layers that show columns of another table.
_SAME_AS = {"site_areas": "sites"}

_ORIGINS = ("", "covered", "free")
# Of a supply alone: what reported treatments make of it.
_ENDS = ("energy", "lost")
_BOUNDS = ("", "low", "high")
_PROVENANCE_SORTS = ("source", "kengetal", "price")
_EVIDENCE = ("sourced", "derived", "estimate", "unverified", "choice")

# What codes are called stands elsewhere than under the name of their column.
_STREAM_COLUMNS = ("stream", "takes", "makes", "made_from")
_CALLED = {
    **dict.fromkeys(_STREAM_COLUMNS, "streams."),
    "kind": "kinds.",
    "route_basis": "tables.values.basis.",
    "class_rule": "classes.rule_",
    "missing_stream": "streams.",
    "missing_role": "tables.values.role.",
    **dict.fromkeys(("class_before", "class_after"), "tables.values.chance_class."),
}


def find_aliases(table: str, columns: Iterable[str], catalogue: Catalogue, *, texts: Texts) -> dict[str, str]:
    """Return per column the name a reader sees, with its unit; a column nobody named keeps its own name.

    Parameters
    ----------
    table
        Name of a table of ``kansenkaart.tables``, or of a layer made from one.
    columns
        Columns as they stand in the frame.
    """
    named: dict[str, str] = {}
    if table == "municipalities":
        named = _total_aliases(catalogue, texts)
    if table == "sites":
        named = _driver_aliases(catalogue, texts) | _stated_aliases(catalogue, texts)
    if table == "municipal_classes":
        named = _class_aliases(catalogue, texts)
    if table == "cluster_areas":
        columns = list(columns)
        named = {name: texts("columns.quotient.of", code=name.removeprefix(QUOTIENT)) for name in columns}
    named |= texts.section(f"columns.{_SAME_AS.get(table, table)}")
    return {column: named.get(column, column) for column in columns}


def find_labels(
    table: str, columns: Iterable[str], catalogue: Catalogue, *, texts: Texts
) -> dict[str, dict[str, str]]:
    """Return per enumerated column its codes and what a reader sees for each."""
    # A column of the table's own is no attribute of the same name (`basis`, `sector`).
    own = {column.name for known in _find_tables(table) for column in known.columns}
    codes: dict[str, Iterable[str]] = {
        name: one.allowed for name, one in catalogue.attributes.items() if name not in own
    }
    codes |= {**_known_codes(catalogue, texts), **_allowed(table)}
    if table == "actions":
        codes |= {"role": ROLES, "chance_class": CHANCE_CLASSES, "decision": DECIDED}
    if table == "totals":
        codes |= {"measure": MEASURES}
    if table == "provenance":
        codes |= {"sort": _PROVENANCE_SORTS, "evidence": _EVIDENCE, "role": ROLES}
    return {
        column: {code: _label(column, code, texts) for code in codes[column]}
        for column in columns
        if column in codes
    }


def _known_codes(catalogue: Catalogue, texts: Texts) -> dict[str, Iterable[str]]:
    """Codes of columns that several tables share, or whose table leaves them open."""
    return {
        **dict.fromkeys((*_STREAM_COLUMNS, "missing_stream"), catalogue.streams),
        **dict.fromkeys(("class_before", "class_after"), CHANCE_CLASSES),
        "form_rule": list(texts.section("tables.values.form_rule")),
        "kind": catalogue.kinds,
        "profile": catalogue.profiles,
        "ledger": sorted({"network", *(entry.ledger for entry in catalogue.ledgers)}),
        "route_basis": ROUTE_BASES,
        "class_rule": [
            name.removeprefix("rule_") for name in texts.section("classes") if name.startswith("rule_")
        ],
        "cause": list(texts.section("tables.values.cause")),
        "look": list(texts.section("tables.values.look")),
    }


def _find_tables(table: str) -> list[Table]:
    name = _SAME_AS.get(table, table)
    return [known for known in (*ALL_TABLES, *COMPARED_TABLES) if known.name == name]


def _allowed(table: str) -> Mapping[str, Iterable[str]]:
    columns = [column for known in _find_tables(table) for column in known.columns]
    return {column.name: column.allowed for column in columns if column.allowed}


def _label(column: str, code: str, texts: Texts) -> str:
    return texts.find(_CALLED.get(column, f"tables.values.{column}.") + code, code)


def _total_aliases(catalogue: Catalogue, texts: Texts) -> dict[str, str]:
    return {
        f"{stream.id}_{total}": texts(
            f"tables.totals.{total}", stream=texts.find(f"streams.{stream.id}", stream.id), unit=stream.unit
        )
        for stream in catalogue.streams.values()
        for total in MEASURES
    }


def _class_aliases(catalogue: Catalogue, texts: Texts) -> dict[str, str]:
    return {
        f"{stream}_{role}": texts(f"editions.head_{role}", stream=texts.find(f"streams.{stream}", stream))
        for stream in catalogue.streams
        for role in ROLES
    }


def _driver_aliases(catalogue: Catalogue, texts: Texts) -> dict[str, str]:
    drivers = {
        driver.id: _with_unit(texts.find(f"drivers.{driver.id}", driver.id), driver.unit)
        for driver in catalogue.drivers.values()
    }
    attributes = {name: texts.find(f"tables.attributes.{name}", name) for name in catalogue.attributes}
    return drivers | attributes


def _with_unit(name: str, unit: str) -> str:
    return name if unit in ("", "-") or name.endswith(")") else f"{name} ({unit})"


def _stated_aliases(catalogue: Catalogue, texts: Texts) -> dict[str, str]:
    """Columns in which a layer states a quantity itself: ``[covered_|free_]supply_<stream>[_low]_<unit>_y``."""
    aliases: dict[str, str] = {}
    for stream in catalogue.streams.values():
        values = {"stream": texts.find(f"streams.{stream.id}", stream.id), "unit": stream.unit}
        for origin in (*_ORIGINS, *_ENDS):
            for role in ("supply",) if origin in _ENDS else ("supply", "demand"):
                for bound in _BOUNDS:
                    name = stream.column(role, origin=origin, bound=bound)
                    text = texts(f"tables.stated.{f'{origin}_{role}'.lstrip('_')}", **values)
                    aliases[name] = text + (texts(f"tables.stated.{bound}") if bound else "")
    return aliases
