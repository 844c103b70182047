"""Leaflet itself, from the XStatic-Leaflet package: inlined, so that the page asks the network for nothing."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from importlib.resources import files

_URL = re.compile(r"url\(['\"]?(?P<path>images/[\w.-]+)['\"]?\)")
_SOURCE_MAP = re.compile(r"^\s*(//[#@]|/\*[#@]) sourceMappingURL=.*$", re.MULTILINE)


@cache
def read_leaflet_script() -> str:
    """Leaflet's script, with its marker images as data URIs and nothing that could end a script tag early."""
    script = _SOURCE_MAP.sub("", _read("leaflet.js"))
    icons = {
        "iconUrl": _data_uri("images/marker-icon.png"),
        "iconRetinaUrl": _data_uri("images/marker-icon-2x.png"),
        "shadowUrl": _data_uri("images/marker-shadow.png"),
    }
    script += f"\nL.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({json.dumps(icons)});\n"
    return escape_script(script)


@cache
def read_leaflet_style() -> str:
    """Leaflet's style sheet with its images as data URIs."""
    return _URL.sub(lambda found: f"url({_data_uri(found['path'])})", _read("leaflet.css"))


def escape_script(script: str) -> str:
    """Return `script` so that it cannot close, or comment out, the script tag it stands in."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _read(name: str) -> str:
    return (files("xstatic.pkg.leaflet") / "data" / name).read_text(encoding="utf-8")


def _data_uri(path: str) -> str:
    image = (files("xstatic.pkg.leaflet") / "data" / path).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}"
