"""What the tests of writing share: a run written, compared with what stands in the schema."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import shapely
from pandas.testing import assert_frame_equal

from kansenkaart.database import parse_address
from kansenkaart.exports import write_postgis
from kansenkaart.exports.content.compose import compose_layers, compose_tables
from kansenkaart.exports.geopackage.geopackage import clean_layer, one_type
from kansenkaart.sources.read import read_file
from kansenkaart.texts import load_texts

KINDS = {"Point": "POINT", "LineString": "LINESTRING", "MultiPolygon": "MULTIPOLYGON"}


def write(run, database, **where):
    return write_postgis(parse_address(database.url(**where), where="--to"), run.frames, run.loaded)


# The layers of every run that was asked for; the run is kept beside them, so that no other gets its id.
_LAYERS = {}


def layers_of(run):
    """The layers that are written of a run, made once and only looked at."""
    if id(run) not in _LAYERS:
        tables = compose_tables(run.frames, run.loaded, texts=load_texts("nl"))
        _LAYERS[id(run)] = run, [clean_layer(layer) for layer in compose_layers(tables)]
    return _LAYERS[id(run)][1]


def tables_in(database, schema="kansenkaart"):
    rows = database.ask("SELECT tablename::text FROM pg_tables WHERE schemaname = %s", schema)
    return {name for (name,) in rows}


def styled(run):
    """The layers that have a style, the view of the months too."""
    return sorted([*(layer.name for layer in layers_of(run)), "months_map"])


def styles_in(database, table="kansenkaart.layer_styles"):
    """The layers a style is kept for, once per style."""
    return sorted(name for (name,) in database.ask(f"SELECT f_table_name::text FROM {table}"))


def compare(layer, raw):
    expected = pd.DataFrame(one_type(layer)).drop(columns="geometry", errors="ignore").reset_index(drop=True)
    got = raw.frame.reset_index(drop=True)
    assert got["fid"].tolist() == list(range(1, len(expected) + 1))
    assert_frame_equal(
        got.drop(columns="fid"),
        expected,
        check_dtype=False,
        check_exact=True,
        check_column_type=False,
        obj=layer.name,
    )
    assert (raw.geometry is None) == (layer.geometry_type is None)
    if raw.geometry is not None:
        assert raw.crs == "EPSG:28992" or not len(expected)
        given = one_type(layer).geometry.to_numpy()
        assert shapely.to_wkb(raw.geometry.to_numpy()).tolist() == shapely.to_wkb(given).tolist()


def smaller(run):
    """The same run with one match less."""
    frames = run.frames
    return replace(run, frames=replace(frames, matches=frames.matches.iloc[1:].reset_index(drop=True)))


def is_whole(run, database):
    """The schema holds `run`, with nothing beside it."""
    layers = layers_of(run)
    assert tables_in(database) == {layer.name for layer in layers} | {"layer_styles", "kansenkaart_run"}
    for layer in layers:
        compare(layer, read_file(None, file=database.url(), table=f"kansenkaart.{layer.name}"))
