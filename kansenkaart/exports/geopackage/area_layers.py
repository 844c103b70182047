"""The table of the public edition for QGIS: a polygon per municipality with the class of every stream and role."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.geopackage.plain_layers import write_plain_layers
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_fill, draw_unknown
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.tables.area_classes import PARTS
from kansenkaart.texts import Texts, load_texts

_PALEST, _BORDER_MM = 0.2, 0.2


def write_area_layers(path: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``municipal_classes``, a column per stream and role with the class of its total, and ``area_classes``.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    texts, classes = load_texts(loaded.project.language), frames.area_classes
    totals = classes[(classes["part"] == PARTS[0]) & (classes["level"] == "municipality")]
    named = totals.assign(side=totals["stream"] + "_" + totals["role"])
    wide = named.pivot(index="area_code", columns="side", values="label").reset_index()
    land = frames.municipalities[["municipality_code", "municipality", "geometry"]]
    joined = land.merge(wide, left_on="municipality_code", right_on="area_code").drop(columns="area_code")
    told = named[named["shown"] == "class"].groupby("side")["area_code"].nunique()
    drawn = None
    if len(told):
        side = str(told.idxmax())
        drawn = _draw_classes(named[named["side"] == side], side, texts)
    ordered = [*(name for name in joined if name != "geometry"), "geometry"]
    write_plain_layers(
        path,
        {"municipal_classes": gpd.GeoDataFrame(joined[ordered]), "area_classes": classes},
        texts=texts,
        renderers={"municipal_classes": drawn},
    )


def _draw_classes(totals: pd.DataFrame, side: str, texts: Texts) -> Renderer:
    """The side that most municipalities have a class of; darker where there is more, hatched where it is secret."""
    style = load_style()
    known = totals[totals["shown"] == "class"].drop_duplicates("from_value").sort_values("from_value")
    labels = [str(label) for label in known["label"]]
    steps = max(len(labels) - 1, 1)
    rules = [
        Rule(
            label,
            label,
            (
                draw_fill(
                    mix(style.accent, style.paper, _PALEST + (1 - _PALEST) * number / steps),
                    style.border,
                    width_mm=_BORDER_MM,
                ),
            ),
        )
        for number, label in enumerate(labels)
    ]
    secret = texts("editions.secret")
    rules.append(Rule(secret, secret, draw_unknown(style)))
    return Renderer("categorizedSymbol", tuple(rules), side)
