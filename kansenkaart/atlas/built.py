"""What a build found, as its GeoPackage holds it: read from there, or taken from a run that wrote nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from kansenkaart.errors import DataError, Fault, OutputError
from kansenkaart.exports import read_manifest, refuse_manifest
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.compose import compose_tables
from kansenkaart.exports.folder.manifest import hash_content
from kansenkaart.outputs import draw_borders
from kansenkaart.project import LoadedProject
from kansenkaart.sources.read import read_layer
from kansenkaart.tables import Frames
from kansenkaart.texts import Language, load_texts

_GEOPACKAGE = "kansenkaart.gpkg"
_ENDS = tuple(
    f"{side}_{what}" for side in ("supply", "demand") for what in ("id", "name", "municipality_code")
)
# What the pages are made of. The last is there where the project asks for it.
_COLUMNS = {
    "municipalities": ("municipality_code", "municipality", "in_region", "area_ha", "geometry"),
    "sites": (
        *("site_id", "name", "kind", "municipality_code", "in_region", "source", "source_year"),
        *("confidential", "geometry"),
    ),
    "matches": (
        *("match_id", "stream", "quantity", "unit", "net_eur_y", "co2_avoided_t_y", "chance_class", "rank"),
        *_ENDS,
    ),
    "links": ("link_id", "stream", "status", "source", "source_year", *_ENDS),
    "gaps": ("flow_id", "site_name", "stream", "role", "unit", "remaining", "cause", "municipality_code"),
    "coalitions": ("coalition", "partners", "match_ids", "net_eur_y", "next_step"),
}
_ASKED = "coalitions"


@dataclass(frozen=True)
class Built:
    """What a build found.

    Attributes
    ----------
    title, language, year
        Of the project.
    tables
        By the names of the GeoPackage, texts cleaned of what XML forbids; ``coalitions`` may have no rows.
    file
        The GeoPackage; None where the run wrote none.
    """

    title: str
    language: Language
    year: int
    tables: Mapping[str, pd.DataFrame]
    file: Path | None = None


def take_result(frames: Frames, loaded: LoadedProject) -> Built:
    """Return what a run found, without its writing anything."""
    project, frames = loaded.project, draw_borders(frames)
    tables = compose_tables(frames, loaded, texts=load_texts(project.language))
    found = {name: tables[name] if name in tables else getattr(frames, name) for name in _COLUMNS}
    sites = gpd.GeoDataFrame(found["sites"])
    found["sites"] = sites.set_geometry(sites.geometry.representative_point())
    return Built(project.title, project.language, project.reference_year, _clean(found))


def read_build(out: Path) -> Built:
    """Read what ``kansenkaart build`` wrote to folder `out`.

    Raises
    ------
    OutputError
        When there is no build, it was changed since, or it is of another version.
    """
    folder, manifest = read_manifest(out)
    settings = manifest.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    year = settings.get("reference_year")
    if not isinstance(year, int):
        raise refuse_manifest(folder / "manifest.json", "settings.reference_year")
    path = folder / _GEOPACKAGE
    _check_unchanged(path, manifest)
    there = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
    tables = {name: _read(path, name) for name in _COLUMNS if name in there or name != _ASKED}
    tables.setdefault(_ASKED, pd.DataFrame(columns=_COLUMNS[_ASKED]))
    language: Language = "en" if settings.get("language") == "en" else "nl"
    return Built(str(settings.get("title", "")), language, year, _clean(tables), path)


def _check_unchanged(path: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a GeoPackage that is not as the build left it: its numbers would be somebody else's."""
    outputs = manifest.get("outputs")
    entry = outputs.get(_GEOPACKAGE) if isinstance(outputs, dict) else None
    recorded = entry.get("content_sha256") if isinstance(entry, dict) else None
    if not path.is_file() or hash_content(path) != recorded:
        raise _refuse(path, Fault("atlas_changed", "It was changed or removed after the build.", {}))


def _refuse(path: Path, why: Fault) -> OutputError:
    message = (
        "{file} is not as a build left it. {error} Give the folder that 'kansenkaart build' wrote, or build it "
        "again."
    )
    return OutputError("built_map_unreadable", message, file=str(path), error=why)


def _read(path: Path, layer: str) -> pd.DataFrame:
    try:
        read: pd.DataFrame = read_layer(path, str(path), layer)
    except DataError as error:
        raise _refuse(path, error.faults[0]) from None
    missing = [name for name in _COLUMNS[layer] if name not in read]
    if missing:
        values = {"layer": layer, "columns": ", ".join(missing)}
        raise _refuse(path, Fault("built_map_lacks", "Layer {layer} lacks {columns}.", values))
    return read


def _clean(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    cleaned = {}
    for name, table in tables.items():
        flat = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
        rows = clean_frame(flat, f"atlas {name}", xml=True)[0]
        held = "geometry" in _COLUMNS[name]
        cleaned[name] = gpd.GeoDataFrame(rows, geometry=table["geometry"]) if held else rows
    return cleaned
