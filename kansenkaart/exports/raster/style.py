"""How QGIS draws a raster of densities: classes in tints of the stream's colour, nothing where there is nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.styles.qml import VERSION, clean, write_document
from kansenkaart.texts import Texts

# Upper ends of the classes as parts of the highest density: each 2.5 times the one before, as densities are skewed.
_PARTS = (1 / 40, 1 / 16, 1 / 6, 1 / 2.5)
_TINTS = (0.14, 0.32, 0.52, 0.75, 1.0)
_OPACITY = "0.85"


@dataclass(frozen=True)
class DensityClass:
    """One entry of the legend: what lies above the entry before it and at most at `most` (None: no end)."""

    most: float | None
    label: str
    colour: str


def find_classes(largest: float, colour: str, *, paper: str, unit: str, texts: Texts) -> list[DensityClass]:
    """Return the classes from low to high.

    Parameters
    ----------
    largest
        Highest density, above 0.
    colour, paper
        Of the stream, and what its tints are mixed with; #rrggbb.
    unit
        As a reader sees it behind a number.
    """
    ends = [_two_figures(largest * part) for part in _PARTS]
    tints = [mix(colour, paper, part) for part in _TINTS]
    words = [texts.number(end) for end in ends]
    labels = [
        texts("tables.rasters.to", most=words[0], unit=unit),
        *(
            texts("tables.rasters.between", least=least, most=most, unit=unit)
            for least, most in pairwise(words)
        ),
        texts("tables.rasters.above", least=words[-1], unit=unit),
    ]
    return [DensityClass(*one) for one in zip([*ends, None], labels, tints, strict=True)]


def write_raster_qml(classes: Sequence[DensityClass], *, nothing: str) -> str:
    """Return the QML for a raster with `classes`; cells of 0 are clear and called `nothing`."""
    root = ET.Element("qgis", version=VERSION, styleCategories="Symbology")
    pipe = ET.SubElement(root, "pipe")
    ends = [one.most for one in classes if one.most is not None]
    limits = {"classificationMin": "0", "classificationMax": repr(ends[-1])}
    renderer = ET.SubElement(
        pipe,
        "rasterrenderer",
        {"type": "singlebandpseudocolor", "band": "1", "opacity": _OPACITY, "alphaBand": "-1", **limits},
    )
    ET.SubElement(renderer, "rasterTransparency")
    shader = ET.SubElement(ET.SubElement(renderer, "rastershader"), "colorrampshader")
    # QGIS gives a cell the colour of the first item that is at least its value.
    for name, value in (
        ("colorRampType", "DISCRETE"),
        ("classificationMode", "1"),
        ("clip", "0"),
        ("minimumValue", "0"),
        ("maximumValue", repr(ends[-1])),
    ):
        shader.set(name, value)
    _add_item(shader, "0", nothing, classes[0].colour, alpha="0")
    for one in classes:
        _add_item(shader, "inf" if one.most is None else repr(one.most), one.label, one.colour, alpha="255")
    ET.indent(root, " ")
    return write_document(root)


def _add_item(shader: ET.Element, value: str, label: str, colour: str, *, alpha: str) -> None:
    words = clean(label)
    ET.SubElement(shader, "item", value=value, label=words, color=colour, alpha=alpha)


def _two_figures(value: float) -> float:
    """`value` as it reads in a legend."""
    return round(value, 1 - math.floor(math.log10(value)))
