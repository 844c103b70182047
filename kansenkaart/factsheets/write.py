"""Writes what a factsheet told: a page that asks nothing of the network, and a GeoPackage with a QGIS theme."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.compose import Layer as Table
from kansenkaart.exports.geopackage.geopackage import clean_layer, fixed_date, write_styled
from kansenkaart.exports.qgis.layers import OVERVIEW, Group, ProjectLayer
from kansenkaart.exports.qgis.maplayer import draw_layer
from kansenkaart.exports.qgis.metadata import Metadata, find_extent
from kansenkaart.exports.qgis.project import begin_document, find_bounds, store_project
from kansenkaart.exports.qgis.themes import MapTheme, draw_themes, draw_tree
from kansenkaart.exports.report.markup import Markup, element, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.exports.styles.labels import Label
from kansenkaart.exports.styles.qml import Renderer, Rule, Style, write_document
from kansenkaart.exports.styles.symbols import draw_fill, draw_marker
from kansenkaart.factsheets.drawing import UNKNOWN, class_areas, draw_map, mark_colours
from kansenkaart.factsheets.factsheet import Layer, Region, Section, Told
from kansenkaart.safe_write import refuse_unwritable, replace_file

_NAMES_FROM_SCALE = 750_000
_TILE_SIGNS = 8
_GEOMETRIES = {"area": "MultiPolygon", "circle": "Point"}


def write_factsheet(folder: Path, name: str, told: Told, region: Region) -> None:
    """Write ``<name>.html`` and ``<name>.gpkg`` to `folder`, which exists.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    texts = region.texts
    page = write_page(
        "".join(_compose_page(told, region)), title=told.title, language=texts.language, style=load_style()
    )
    file = folder / f"{name}.html"
    with refuse_unwritable(file.name), replace_file(file) as aside:
        aside.path.write_text(page, encoding="utf-8", newline="\n")
    _write_package(folder / f"{name}.gpkg", told, region)


def _compose_page(told: Told, region: Region) -> list[Markup]:
    texts = region.texts
    tiles = [
        element("div", element("dt", name), element("dd", value, **_size(value)), class_="tile")
        for name, value in told.facts
    ]
    head = element(
        "header",
        element("p", region.name, class_="kicker"),
        element("h1", told.title),
        element("p", told.lead, class_="lead"),
        element("dl", *tiles, class_="tiles"),
    )
    drawn = element(
        "section",
        element("h2", texts("factsheets.map")),
        Markup(draw_map(told.layers, texts=texts)),
        class_="drawn",
    )
    return [head, drawn, *(_draw_section(one) for one in told.sections), _draw_numbers(told.numbers, region)]


def _size(value: str) -> dict[str, str]:
    """What is a sentence, or too long for a tile on a telephone, stands smaller than a figure with its unit."""
    return {"class_": "words"} if value.count(" ") > 2 or len(value) > _TILE_SIGNS else {}


def _draw_section(section: Section) -> Markup:
    parts = [element("h2", section.title), element("p", section.text)]
    if section.drawing:
        parts.append(element("div", Markup(section.drawing), class_="scroll"))
    if section.rows:
        numeric = frozenset(
            place
            for place in range(len(section.head))
            if any(row[place][:1].isdigit() for row in section.rows)
        )
        parts.append(table(section.head, section.rows, numeric=numeric, caption=section.title, name="told"))
    return element("section", *parts)


def _draw_numbers(numbers: pd.DataFrame, region: Region) -> Markup:
    """What was reckoned with, and where it comes from."""
    texts = region.texts
    head = tuple(
        texts(f"factsheets.{one}") for one in ("number", "low", "value", "high", "unit", "source", "evidence")
    )
    rows = [
        (
            f"{texts(f'factsheets.numbers.{name}')} ({name})",
            *(texts.number(float(row[bound])) for bound in ("low", "value", "high")),
            *(str(row["unit"]), f"{row['source']} ({row['year']})"),
            texts.find(f"tables.values.evidence.{row['evidence']}", str(row["evidence"])),
        )
        for name, row in numbers.iterrows()
    ]
    layers = region.loaded.project.layers
    used = "; ".join(f"{one.name}: {one.source} ({one.year})" for one in layers if one.source)
    return element(
        "section",
        element("h2", texts("factsheets.sources")),
        element("p", texts("factsheets.sources_text", layers=used)),
        table(head, rows, numeric=frozenset({1, 2, 3}), caption=texts("factsheets.sources"), name="told"),
    )


def _write_package(path: Path, told: Told, region: Region) -> None:
    """All layers with their styles, and a project with a theme that shows them together."""
    texts, year = region.texts, region.loaded.project.reference_year
    tables = [clean_layer(Table(one.key, one.frame, _GEOMETRIES[one.shape])) for one in told.layers]
    styles = {one.key: _draw_style(one, region) for one in told.layers}
    said = {one.name: (texts(f"factsheets.{one.name}"), told.lead) for one in tables}
    with write_styled(path, tables, styles, said, year=year) as connection:
        document = _draw_project(told, tables, styles, region, path.name)
        store_project(connection, document, texts, date=fixed_date(year))


def _draw_style(layer: Layer, region: Region) -> Style:
    shared, texts = load_style(), region.texts
    columns = [str(name) for name in layer.frame if name != "geometry"]
    named = texts.section(f"columns.{layer.key}")
    aliases = {name: named.get(name, name) for name in columns}
    if layer.shape == "area":
        rules = tuple(
            Rule(
                one.label,
                "",
                (draw_fill(one.colour, shared.ink, width_mm=0.2, hatched=one.hatched),),
                bounds=(one.low, one.high),
            )
            for one in class_areas(layer, shared, texts)
        )
        return Style(
            "MultiPolygon",
            aliases,
            {},
            Renderer("graduatedSymbol", rules, f'coalesce("{layer.draw}", {UNKNOWN:g})'),
            display='"municipality"',
        )
    most = float(layer.frame[layer.draw].max()) if len(layer.frame) else 0.0
    size = f'1.5 + 7 * sqrt(coalesce("{layer.draw}", 0) / {most!r})' if most > 0 else ""
    fill, edge = mark_colours(layer, shared)
    marker = draw_marker(
        "circle", fill, edge, size_mm=3, size_expression=size, outline_mm=1.0 if layer.mark == "ring" else 0.3
    )
    return Style(
        "Point",
        aliases,
        {},
        Renderer("singleSymbol", (Rule(texts(f"factsheets.{layer.key}"), "", (marker,)),)),
        Label('"name"', shared.ink, shared.paper, _NAMES_FROM_SCALE, beside=True, bold=True, priority=7),
        display='"name"',
    )


def _draw_project(
    told: Told, tables: list[Table], styles: dict[str, Style], region: Region, file: str
) -> str:
    """The QGIS project of a factsheet: one group, one theme."""
    texts = region.texts
    layers = tuple(
        ProjectLayer(
            one.name,
            one.name,
            texts(f"factsheets.{one.name}"),
            styles[one.name],
            themes=frozenset({OVERVIEW}),
        )
        for one in reversed(tables)
    )
    groups = (Group(told.title, layers, expanded=True),)
    date = fixed_date(region.loaded.project.reference_year)
    root = begin_document(told.title, find_bounds(*(one.frame for one in told.layers)), date=date)
    root.append(draw_tree(groups, file))
    drawn = ET.SubElement(root, "projectlayers")
    by_name = {one.name: one for one in tables}
    drawn.extend(draw_layer(layer, file, _know(by_name[layer.table], told, region)) for layer in layers)
    root.append(draw_themes([MapTheme(OVERVIEW, told.title)], groups))
    return write_document(root)


def _know(layer: Table, told: Told, region: Region) -> Metadata:
    sources = tuple(dict.fromkeys(str(one) for one in told.numbers["source"]))
    return Metadata(
        identifier=f"kansenkaart:{layer.name}",
        title=region.texts(f"factsheets.{layer.name}"),
        abstract=told.lead,
        language={"nl": "NLD", "en": "ENG"}[region.texts.language],
        sources=sources,
        licences=(),
        keywords=(),
        year=region.loaded.project.reference_year,
        spatial=True,
        extent=find_extent(layer),
    )
