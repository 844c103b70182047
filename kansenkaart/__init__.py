"""From GIS layers to a regionale kansenkaart: who can supply what to whom, and how sure that is.

The names below are loaded when first used, so that ``import kansenkaart`` costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kansenkaart.catalogue import Catalogue, load_catalogue
    from kansenkaart.errors import KansenkaartError
    from kansenkaart.maps.compose import draw_map
    from kansenkaart.matches import MatchResult, match
    from kansenkaart.pipeline import Result, build, write_outputs
    from kansenkaart.project import Project, load_project

# Before PROJ, of which pyproj, pyogrio and rasterio have one each, looks at it: with grids that it may fetch, places
# shift from one machine to the next.
os.environ["PROJ_NETWORK"] = "OFF"

__version__ = version("kansenkaart")

_HOMES = {
    "Catalogue": "kansenkaart.catalogue",
    "KansenkaartError": "kansenkaart.errors",
    "MatchResult": "kansenkaart.matches.match",
    "Project": "kansenkaart.project",
    "Result": "kansenkaart.pipeline",
    "build": "kansenkaart.pipeline",
    "draw_map": "kansenkaart.maps.compose",
    "load_catalogue": "kansenkaart.catalogue",
    "load_project": "kansenkaart.project",
    "match": "kansenkaart.matches.match",  # the function, not the file of the same name
    "write_outputs": "kansenkaart.pipeline",
}

__all__ = [
    "Catalogue",
    "KansenkaartError",
    "MatchResult",
    "Project",
    "Result",
    "__version__",
    "build",
    "draw_map",
    "load_catalogue",
    "load_project",
    "match",
    "write_outputs",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'kansenkaart' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
