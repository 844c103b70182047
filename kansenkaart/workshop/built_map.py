"""The map that a room worked on: what the folder of a build says of its chances and places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import split_ids
from kansenkaart.errors import DataError, Fault, OutputError
from kansenkaart.exports import read_manifest, refuse_manifest
from kansenkaart.sources.read import list_tables, read_layer
from kansenkaart.tables.decisions import COALITIONS_LAYER
from kansenkaart.texts import Language

_GEOPACKAGE = "kansenkaart.gpkg"
_NO_LINES = ("sites", COALITIONS_LAYER)
_MATCH_COLUMNS = ("match_id", "stream", "supply_id", "demand_id", "supply_name", "demand_name")


@dataclass(frozen=True)
class BuiltMap:
    """What ballots are held against.

    Attributes
    ----------
    id, title, language, year
        Of the build: its manifest id, and title, language and reference year of the project.
    matches
        Chances by ``match_id``: stream, ids and names of both ends, and their line (RD New, metres).
    sites
        Places by ``site_id``: name and point (RD New, metres).
    links
        Deliveries by ``link_id``: their line (RD New, metres), when it is known.
    units
        Stream -> unit of its quantities.
    coalitions
        By id, as frame ``COALITIONS`` has them: name, and ids of its chances; none in a map without.
    """

    id: str
    title: str
    language: Language
    year: int
    matches: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    units: dict[str, str]
    coalitions: dict[str, BuiltCoalition]


@dataclass(frozen=True)
class BuiltCoalition:
    """A coalition of the map: what it is called, and its chances."""

    name: str
    matches: tuple[str, ...]


def open_built_map(out: Path) -> BuiltMap:
    """Read what a build wrote.

    Parameters
    ----------
    out
        Folder that ``kansenkaart build`` wrote, or the manifest in it.

    Raises
    ------
    OutputError
        When there is no build, or its manifest or GeoPackage cannot be read.
    """
    folder, manifest = read_manifest(out)
    settings = manifest.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    year = settings.get("reference_year")
    map_id = manifest.get("manifest_id")
    if not isinstance(map_id, str) or not isinstance(year, int):
        raise refuse_manifest(folder / "manifest.json", "manifest_id, settings.reference_year")
    matches = _read_layer(folder, "matches", _MATCH_COLUMNS)
    sites = _read_layer(folder, "sites", ("site_id", "name"))
    links = _read_layer(folder, "links", ("link_id",))
    units = {stream.id: stream.unit for stream in load_catalogue().streams.values()}
    language: Language = "en" if settings.get("language") == "en" else "nl"
    title, coalitions = str(settings.get("title", "")), _read_coalitions(folder, set(matches.index))
    return BuiltMap(map_id, title, language, year, matches, sites, links, units, coalitions)


def _read_coalitions(folder: Path, known: set[str]) -> dict[str, BuiltCoalition]:
    """The coalitions of a map that has any; every chance in at most one."""
    path = folder / _GEOPACKAGE
    if COALITIONS_LAYER not in list_tables(path, str(path)):
        return {}
    rows = _read_layer(folder, COALITIONS_LAYER, ("coalition_id", "coalition", "match_ids"))
    return {
        str(key): BuiltCoalition(str(name), tuple(split_ids(str(ids), known)))
        for key, name, ids in rows[["coalition", "match_ids"]].itertuples()
    }


def _read_layer(folder: Path, layer: str, columns: tuple[str, ...]) -> Any:
    """A layer by its first column, which names every row once."""
    path = folder / _GEOPACKAGE
    message = (
        "{file} is not as a build left it. {error} Give the folder that 'kansenkaart build' wrote, or build it "
        "again."
    )
    try:
        read = read_layer(path, str(path), layer)
    except DataError as error:
        why = error.faults[0]
        raise OutputError("built_map_unreadable", message, file=str(path), error=why) from None
    fault = _find_fault(read, layer, columns)
    if fault is not None:
        raise OutputError("built_map_unreadable", message, file=str(path), error=fault)
    return read[[*columns, "geometry"]].set_index(columns[0])


def _find_fault(read: gpd.GeoDataFrame, layer: str, columns: tuple[str, ...]) -> Fault | None:
    """What a build would not have written; nothing where all is well."""
    values: dict[str, object] = {"layer": layer, "column": columns[0]}
    missing = [name for name in (*columns, "geometry") if name not in read]
    if missing:
        return Fault(
            "built_map_lacks", "Layer {layer} lacks {columns}.", values | {"columns": ", ".join(missing)}
        )
    twice = read[columns[0]][read[columns[0]].duplicated()]
    if len(twice):
        message = "Layer {layer} has {column} = '{value}' more than once."
        return Fault("built_map_twice", message, values | {"value": str(twice.iloc[0])})
    # a chance has a line; a delivery has one, or no place on the map
    has_none = read.geometry.isna() & (layer == "links")
    bent = read[columns[0]][(read.geom_type != "LineString") & ~has_none & (layer not in _NO_LINES)]
    if len(bent):
        message = "In layer {layer}, {column} = '{value}' has no line."
        return Fault("built_map_line", message, values | {"value": str(bent.iloc[0])})
    return None
