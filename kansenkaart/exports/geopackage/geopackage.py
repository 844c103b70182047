"""The GeoPackage: every layer with its style, the same bytes for the same run, and never half written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pyogrio.errors
import shapely

from kansenkaart import __version__
from kansenkaart.errors import OutputError
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.compose import Layer, compose_layers, compose_tables
from kansenkaart.exports.geopackage.schema import write_schema
from kansenkaart.exports.qgis.layers import Content
from kansenkaart.exports.qgis.metadata import find_metadata, write_metadata
from kansenkaart.exports.qgis.project import write_project
from kansenkaart.exports.styles.layer_styles import draw_styles, write_styles
from kansenkaart.exports.styles.qml import Style
from kansenkaart.project import LoadedProject
from kansenkaart.safe_write import Aside, Keep, refuse_unwritable, replace_file
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts, load_texts

# QGIS 3.22 (Debian 12) and ArcGIS read 1.3; GDAL would write 1.4 by itself.
_GPKG_VERSION = "1.3"

# What is written aside is thrown away when anything fails: no journal to go back with, no waiting for the disk.
_ASIDE = {"OGR_SQLITE_JOURNAL": "OFF", "OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_CACHE": "256"}


def write_geopackage(path: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write all layers and their QGIS styles to `path`; an older file is replaced only when the new one is whole.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    frames
        The checked frames of a run; RD New (EPSG:28992), metres.
    loaded
        Project and catalogue.

    Raises
    ------
    OutputError
        When the file cannot be written; what stood there is untouched.
    """
    texts = load_texts(loaded.project.language)
    layers = [clean_layer(layer) for layer in compose_layers(compose_tables(frames, loaded, texts=texts))]
    described = {layer.name: describe_layer(layer, frames, loaded, texts) for layer in layers}
    said = {layer.name: (texts(f"tables.{layer.name}.title"), described[layer.name]) for layer in layers}
    by_name = {layer.name: layer.frame for layer in layers}
    content = Content(by_name, draw_styles(layers, loaded, texts=texts), loaded, texts, frames.layers)
    known = find_metadata(layers, frames, loaded, described, texts=texts)
    year = loaded.project.reference_year
    with write_styled(path, layers, content.styles, said, year=year) as connection:
        write_metadata(connection, known, fixed_date(year))
        write_project(connection, content, known, file=path.name, date=fixed_date(year))


@contextmanager
def write_styled(
    path: Path,
    layers: Iterable[Layer],
    styles: Mapping[str, Style],
    said: Mapping[str, tuple[str, str]],
    *,
    year: int,
) -> Iterator[sqlite3.Connection]:
    """Write layers, how QGIS shows them and what their columns and codes mean to `path`; yields it for what comes more.

    Parameters
    ----------
    layers
        Cleaned; the later ones lie above the others.
    styles, said
        By name of a layer; title and description.
    year
        That files carry instead of the clock's.

    Raises
    ------
    OutputError
        When the file cannot be written; what stood there is untouched.
    """
    with write_aside(path) as aside:
        with at_fixed_date(year):
            for layer in layers:
                title, describe = said[layer.name]
                write_layer(aside.path, layer, title=title, describe=describe)
        with closing(sqlite3.connect(aside.path)) as connection, connection:
            write_styles(connection, dict(styles), fixed_date(year))
            write_schema(
                connection,
                {name: style.aliases for name, style in styles.items()},
                {name: style.labels for name, style in styles.items()},
            )
            yield connection


@contextmanager
def write_aside(path: Path, *, keep: Keep = lambda _new: False) -> Iterator[Aside]:
    """Give a GeoPackage to write; it takes the place of `path` once it is whole. `keep` as in ``replace_file``.

    Raises
    ------
    OutputError
        When the file cannot be written, or is open elsewhere; what stood there is untouched.
    """

    def keep_whole(new: Path) -> bool:
        settle_edits(path)
        return keep(new)

    drivers = (sqlite3.Error, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
    with refuse_unwritable(path.name, *drivers), replace_file(path, keep=keep_whole) as aside:
        settle_edits(path)
        yield aside


def settle_edits(path: Path) -> None:
    """Put what SQLite keeps beside `path` into it; refuse a file that is being edited.

    The latest edits of QGIS stand in ``-wal``. The file renamed without it would lose them, and the new file would be
    read with them in it.

    Raises
    ------
    OutputError
        ``output_open``.
    """
    ahead, journal = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    # a journal is never taken back here: one that was forged names a third file, which SQLite deletes
    undone = journal.is_file() and journal.read_bytes()[:8].strip(b"\x00") != b""
    if ahead.exists() and not undone:
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as own,
        ):
            own.execute("PRAGMA busy_timeout = 0")
            own.execute("PRAGMA journal_mode = DELETE")
    if ahead.exists() or undone:
        message = "{file} is open in another program, with edits beside it. Save and close it there (QGIS); run again."
        raise OutputError("output_open", message, file=path.name)


def fixed_date(reference_year: int) -> str:
    """Date that files carry instead of the clock, so that the same run gives the same bytes."""
    return f"{reference_year}-01-01T00:00:00.000Z"


@contextmanager
def at_fixed_date(reference_year: int) -> Iterator[None]:
    """Let GDAL write ``fixed_date`` instead of the time of the clock, and write a file aside without delay."""
    options = {"OGR_CURRENT_DATE": fixed_date(reference_year), **_ASIDE}
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def clean_layer(layer: Layer) -> Layer:
    """The layer with texts that can be stored."""
    cleaned, _ = clean_frame(layer.frame, layer.name)
    return Layer(layer.name, cleaned, layer.geometry_type)


def write_layer(path: Path, layer: Layer, *, title: str, describe: str) -> None:
    """Add one layer to the GeoPackage at `path`."""
    options = {"IDENTIFIER": title, "DESCRIPTION": describe}
    if layer.geometry_type is not None:
        options |= {"GEOMETRY_NAME": "geom", "SPATIAL_INDEX": "YES"}
    pyogrio.write_dataframe(
        one_type(layer),
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_type=layer.geometry_type,
        layer_options=options,
        dataset_options={"VERSION": _GPKG_VERSION},
        use_arrow=True,  # whole columns at once: a third of the time
    )


def describe_layer(layer: Layer, frames: Frames, loaded: LoadedProject, texts: Texts) -> str:
    """What a layer holds, its sources and the version that made it, in one text."""
    sources = sorted({f"{row.source} ({row.source_year})" for row in frames.layers.itertuples()})
    return texts(
        "tables.description",
        meaning=texts(f"tables.{layer.name}.meaning"),
        sources="; ".join(sources) or "–",
        year=loaded.project.reference_year,
        version=__version__,
    )


def one_type(layer: Layer) -> Any:
    """The layer's frame with every geometry of its one type (a polygon becomes a multipolygon of one)."""
    if layer.geometry_type != "MultiPolygon" or not isinstance(layer.frame, gpd.GeoDataFrame):
        return layer.frame
    shapes = [
        shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape
        for shape in layer.frame.geometry
    ]
    crs = layer.frame.crs
    return gpd.GeoDataFrame(layer.frame).set_geometry(gpd.GeoSeries(shapes, index=layer.frame.index, crs=crs))
