"""What QGIS tells of a layer (Properties > Metadata, much like ISO 19115): per table of the file, and in the project.

``QgsOgrProvider::loadMetadata`` (seen in 3.22) reads it from ``gpkg_metadata`` under the URI of QGIS's own format.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd

from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.qgis.crs import add_crs
from kansenkaart.exports.styles.qml import clean, write_document
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

_LANGUAGES = {"nl": "NLD", "en": "ENG"}
_STANDARD = "http://mrcc.com/qgis.dtd"
_SPECIFICATION = "http://www.geopackage.org/spec120/#extension_metadata"

# GeoPackage 1.3, annex F.8; tables as in C.5 and C.6.
_TABLES = """
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT ''
);
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
)
"""
_EXTENSION = "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')"
_DOCUMENT = "INSERT INTO gpkg_metadata VALUES (?, 'dataset', ?, 'text/xml', ?)"
_REFERENCE = "INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, ?, NULL)"


@dataclass(frozen=True)
class Metadata:
    """What is known of a layer beside its rows.

    Attributes
    ----------
    sources, licences
        As the layers of the project state them.
    year
        The year the map speaks of.
    extent
        x min, y min, x max, y max in RD New; none for a table or a layer without rows.
    """

    identifier: str
    title: str
    abstract: str
    language: str
    sources: tuple[str, ...]
    licences: tuple[str, ...]
    keywords: tuple[str, ...]
    year: int
    spatial: bool
    extent: tuple[float, float, float, float] | None


def find_metadata(
    layers: list[Layer], frames: Frames, loaded: LoadedProject, describe: Mapping[str, str], *, texts: Texts
) -> dict[str, Metadata]:
    """Return per layer what is known of it; `describe` gives the text that stands in ``gpkg_contents`` too."""
    rows = frames.layers
    sources = sorted({f"{one.source} ({one.source_year})" for one in rows.itertuples()})
    licences = sorted(set(frames.sites["licence"].dropna()))
    return {
        layer.name: Metadata(
            identifier=f"kansenkaart:{layer.name}",
            title=texts(f"tables.{layer.name}.title"),
            abstract=describe[layer.name],
            language=_LANGUAGES[texts.language],
            sources=tuple(sources),
            licences=tuple(licences),
            keywords=_keywords(layer.frame, loaded, texts),
            year=loaded.project.reference_year,
            spatial=layer.geometry_type is not None,
            extent=find_extent(layer),
        )
        for layer in layers
    }


def find_extent(layer: Layer) -> tuple[float, float, float, float] | None:
    """Return x min, y min, x max, y max; none where nothing can be drawn."""
    if layer.geometry_type is None or not isinstance(layer.frame, gpd.GeoDataFrame):
        return None
    bounds = [float(one) for one in layer.frame.total_bounds]
    return None if any(one != one for one in bounds) else (bounds[0], bounds[1], bounds[2], bounds[3])


def _keywords(frame: pd.DataFrame, loaded: LoadedProject, texts: Texts) -> tuple[str, ...]:
    used = set(frame["stream"].dropna().unique()) if "stream" in frame else set()
    return tuple(texts.find(f"streams.{one}", one) for one in loaded.catalogue.streams if one in used)


def draw_metadata(tag: str, known: Metadata) -> ET.Element:
    """Return `known` as an element `tag` of QGIS (``QgsLayerMetadata::writeMetadataXml``)."""
    root = ET.Element(tag)
    _add(root, "identifier", known.identifier)
    _add(root, "parentidentifier", "kansenkaart")
    _add(root, "language", known.language)
    _add(root, "type", "dataset")
    _add(root, "title", known.title)
    _add(root, "abstract", known.abstract)
    if known.keywords:
        holder = ET.SubElement(root, "keywords", vocabulary="kansenkaart")
        for keyword in known.keywords:
            _add(holder, "keyword", keyword)
    ET.SubElement(root, "links")
    for source in known.sources:
        _add(root, "history", source)
    for licence in known.licences:
        _add(root, "license", licence)
    if known.spatial:
        add_crs(ET.SubElement(root, "crs"))
    root.append(_extent(known))
    return root


def _extent(known: Metadata) -> ET.Element:
    root = ET.Element("extent")
    if known.extent is not None:
        names = ("minx", "miny", "maxx", "maxy")
        bounds = {name: f"{value:.3f}" for name, value in zip(names, known.extent, strict=True)}
        ET.SubElement(root, "spatial", {**bounds, "minz": "0", "maxz": "0", "dimensions": "2", "crs": RD})
    period = ET.SubElement(ET.SubElement(root, "temporal"), "period")
    _add(period, "start", f"{known.year}-01-01T00:00:00Z")
    _add(period, "end", f"{known.year}-12-31T00:00:00Z")
    return root


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = clean(text)


def write_metadata(connection: sqlite3.Connection, known: Mapping[str, Metadata], date: str) -> None:
    """Write `known` per table to the GeoPackage behind `connection`, dated `date`."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for table in ("gpkg_metadata", "gpkg_metadata_reference"):
        connection.execute(_EXTENSION, (table, _SPECIFICATION))
    for number, (name, one) in enumerate(known.items(), start=1):
        document = write_document(draw_metadata("qgis", one))
        connection.execute(_DOCUMENT, (number, _STANDARD, document))
        connection.execute(_REFERENCE, (name, date, number))
