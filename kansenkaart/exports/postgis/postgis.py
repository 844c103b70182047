"""The layers in a schema of PostGIS: one transaction, and readers see the old run until the new one is whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd

from kansenkaart.database import Address, load_driver, lost_or_refused, open_database, say_error
from kansenkaart.errors import Fault, OutputError
from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.content.compose import Layer, compose_layers, compose_tables
from kansenkaart.exports.folder.manifest import find_manifest_id
from kansenkaart.exports.geopackage.geopackage import clean_layer, describe_layer
from kansenkaart.exports.styles.layer_styles import draw_styles
from kansenkaart.exports.styles.months import draw_months
from kansenkaart.exports.styles.qml import Style
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.database.connect import Session

# How long to wait for someone who saves a style.
_PATIENCE = "SET LOCAL lock_timeout = '10s'"


def check_postgis(address: Address) -> None:
    """See, before a long run, whether a schema can be written: it is tried and undone.

    Raises
    ------
    UsageError, DataError, OutputError
        As ``write_postgis``.
    """
    with open_database(address) as connection, lost_or_refused(address, address.schema):
        # psycopg is optional: nothing that needs it is loaded before it was found
        from kansenkaart.exports.postgis.schema import open_target  # noqa: PLC0415 - needs psycopg, which is optional
        from kansenkaart.exports.postgis.tables import write_table  # noqa: PLC0415 - needs psycopg, which is optional

        target = open_target(connection, address)
        write_table(connection, target, Layer("kansenkaart_proef", gpd.GeoDataFrame(geometry=[]), "Point"))
        connection.rollback()


def write_postgis(address: Address, frames: Frames, loaded: LoadedProject) -> list[Fault]:
    """Write all layers, their QGIS styles and comments to a schema; the earlier run in it is replaced.

    Parameters
    ----------
    address
        Database and schema.
    frames
        The checked frames of a run; RD New (EPSG:28992), metres.
    loaded
        Project and catalogue.

    Returns
    -------
    list of Fault
        What to know: that QGIS will not find the styles by itself.

    Raises
    ------
    UsageError
        Without psycopg.
    DataError
        When the server cannot be reached.
    OutputError
        When the schema holds tables of others, PostGIS or rights are missing, someone holds a table, another run
        writes, or the connection is lost. Nothing is changed then, but for ``database_unsure``.
    """
    texts = load_texts(loaded.project.language)
    layers = [clean_layer(layer) for layer in compose_layers(compose_tables(frames, loaded, texts=texts))]
    with open_database(address) as connection:
        remarks = _write(connection, address, layers, frames, loaded)
        _keep(connection, address)
    return remarks


def _write(
    connection: Session,
    address: Address,
    layers: list[Layer],
    frames: Frames,
    loaded: LoadedProject,
) -> list[Fault]:
    """Write everything within the transaction of `connection`."""
    from kansenkaart.exports.postgis.months import write_months_view  # noqa: PLC0415 - needs psycopg, which is optional
    from kansenkaart.exports.postgis.schema import (  # noqa: PLC0415 - needs psycopg, which is optional
        ASIDE,
        MONTHS,
        RUN,
        STYLES,
        find_readers,
        let_read,
        open_target,
        replace_tables,
        write_run,
    )
    from kansenkaart.exports.postgis.styles import write_style_rows  # noqa: PLC0415 - needs psycopg, which is optional
    from kansenkaart.exports.postgis.tables import write_comments, write_table  # noqa: PLC0415 - needs psycopg, which is optional

    texts = load_texts(loaded.project.language)
    styles = draw_styles(layers, loaded, texts=texts)
    by_name = {layer.name: layer for layer in layers}
    names, months = [*by_name], by_name["match_months"]
    styles[MONTHS] = _draw_months(styles, months, loaded, texts)
    with lost_or_refused(address, address.schema):
        connection.execute(_PATIENCE)
        target = open_target(connection, address)
    for layer in layers:
        with lost_or_refused(address, f"{address.schema}.{layer.name}"):
            write_table(connection, target, layer)
            about = f"{texts(f'tables.{layer.name}.title')}. {describe_layer(layer, frames, loaded, texts)}"
            write_comments(connection, target, layer.name + ASIDE, about, styles[layer.name].aliases)
    with lost_or_refused(address, f"{address.schema}.{STYLES}"):
        remarks = write_style_rows(connection, target, styles)
    with lost_or_refused(address, address.schema):
        write_run(connection, target, _describe_run(frames, loaded), [*names, MONTHS, RUN, STYLES])
        write_comments(connection, target, RUN, texts("tables.run"), texts.section("columns.run"))
        # last, for from here readers wait
        readers = find_readers(connection, target)
        replace_tables(connection, target, names)
        about, named = texts("tables.project.months"), styles[MONTHS].aliases
        write_months_view(connection, target, months, loaded.project.reference_year, about=about, named=named)
        let_read(connection, target, readers, [*names, MONTHS])
    return remarks


def _draw_months(styles: dict[str, Style], months: Layer, loaded: LoadedProject, texts: Texts) -> Style:
    """As in the project of the GeoPackage; the period is two columns here."""
    drawn = draw_months(styles, months.frame, loaded, texts)
    moments = {name: texts(f"tables.project.{name}") for name in ("month_begin", "month_end")}
    return replace(drawn, period=None, aliases={**drawn.aliases, **moments})


def _describe_run(frames: Frames, loaded: LoadedProject) -> dict[str, object]:
    return {
        "manifest_id": find_manifest_id(frames, loaded),
        "title": clean_text(loaded.project.title),
        "reference_year": loaded.project.reference_year,
    }


def _keep(connection: Session, address: Address) -> None:
    """End the transaction; only here nobody can say whether a lost connection changed something."""
    try:
        connection.commit()
    except load_driver(address).OperationalError as error:
        message = (
            "The connection with {database} was lost at the very end: {error}. The schema '{schema}' holds either the "
            "whole new run or the whole old one; {schema}.kansenkaart_run says which. Run again to be sure."
        )
        values = {"database": address.shown, "schema": address.schema, "error": say_error(error)}
        raise OutputError("database_unsure", message, **values) from None
