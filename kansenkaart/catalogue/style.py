"""The one style definition that the map, its legend and the QGIS layers share."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from kansenkaart.catalogue.load import load_catalogue
from kansenkaart.catalogue.models import Style


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
