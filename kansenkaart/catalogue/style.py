"""Reads the one style definition that the map, its legend and the QGIS layers share."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from kansenkaart.catalogue.models import Style


@cache
def load_style() -> Style:
    """Return the style of ``style.toml``; read once.

    Raises
    ------
    pydantic.ValidationError
        When a colour or key in the file is wrong; the message names it.
    """
    text = (files("kansenkaart.catalogue") / "style.toml").read_text(encoding="utf-8")
    return Style.model_validate(tomllib.loads(text))
