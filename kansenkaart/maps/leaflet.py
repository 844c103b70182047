"""Leaflet itself, from the XStatic-Leaflet package: inlined, so that the page asks the network for nothing."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from importlib.resources import files

_URL = re.compile(r"url\(['\"]?(?P<path>images/[\w.-]+)['\"]?\)")
_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
_SOURCE_MAP = re.compile(r"^\s*(//[#@]|/\*[#@]) sourceMappingURL=.*$", re.MULTILINE)


@cache
def read_leaflet_script(*, images: bool = True) -> str:
    """Leaflet's script, with its marker images as data URIs and nothing that could end a script tag early.

    Parameters
    ----------
    images
        False leaves out the pictures of Leaflet's own markers, for a page that has none.
    """
    script = _SOURCE_MAP.sub("", _read("leaflet.js"))
    if not images:
        return escape_script(script)
    icons = {
        "iconUrl": _data_uri("images/marker-icon.png"),
        "iconRetinaUrl": _data_uri("images/marker-icon-2x.png"),
        "shadowUrl": _data_uri("images/marker-shadow.png"),
    }
    script += f"\nL.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({json.dumps(icons)});\n"
    return escape_script(script)


@cache
def read_leaflet_style(*, images: bool = True) -> str:
    """Leaflet's style sheet with its images as data URIs; or none of them, for a page without its controls."""

    def replace(found: re.Match[str]) -> str:
        return f"url({_data_uri(found['path'])})" if images else "none"

    return _URL.sub(replace, _NOTE.sub("", _read("leaflet.css")))


def escape_script(script: str) -> str:
    """Return `script` so that it cannot close, or comment out, the script tag it stands in."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _read(name: str) -> str:
    return (files("xstatic.pkg.leaflet") / "data" / name).read_text(encoding="utf-8")


def _data_uri(path: str) -> str:
    image = (files("xstatic.pkg.leaflet") / "data" / path).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}"
