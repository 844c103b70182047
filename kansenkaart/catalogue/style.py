"""The one style definition that the map, its legend and the QGIS layers share."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from kansenkaart.catalogue.load import load_catalogue
from kansenkaart.catalogue.models import LineStyle


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClassStyle(_Frozen):
    """How sure a chance looks: strength of the colour and whether the line is filled."""

    opacity: float = Field(ge=0, le=1)
    outline_only: bool = False
    width_factor: float = Field(gt=0)


class Glyph(_Frozen):
    """The drawing of a kind of place: an SVG path in a box of -1 to 1, and the marker of QGIS that comes nearest."""

    path: str
    marker: str


class Style(_Frozen):
    """The one style definition: the map, the legend and QGIS read the same."""

    streams: Mapping[str, LineStyle]
    classes: Mapping[str, ClassStyle]
    kinds: Mapping[str, str]
    glyphs: Mapping[str, Glyph]
    links: Mapping[str, LineStyle]
    land: str
    water: str
    border: str
    ink: str
    paper: str
    accent: str


@cache
def load_style() -> Style:
    """Return the style of ``style.toml``, with the lines of the streams and the glyphs of the kinds; read once.

    Raises
    ------
    pydantic.ValidationError
        When a colour or key in the file is wrong; the message names it.
    """
    text = (files("kansenkaart.catalogue") / "style.toml").read_text(encoding="utf-8")
    catalogue = load_catalogue()
    lines = {stream.id: stream.style for stream in catalogue.streams.values()}
    glyphs = {kind.id: kind.glyph for kind in catalogue.kinds.values()}
    return Style.model_validate({**tomllib.loads(text), "streams": lines, "kinds": glyphs})
