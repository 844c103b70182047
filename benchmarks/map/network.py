"""What the peers fetch from the internet, answered from packages on this machine: here nothing outside is reached."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

# The versions folium asks for; the rest (bootstrap, fonts, icons) styles markers and boxes that these maps do not
# have, and is answered empty: that saves the peers the loading of it, and their map starts and works.
_PACKAGES = {
    "leaflet.js": ("xstatic.pkg.leaflet", "text/javascript"),
    "leaflet.css": ("xstatic.pkg.leaflet", "text/css"),
    "jquery-3.7.1.min.js": ("xstatic.pkg.jquery", "text/javascript"),
}


def check_packages() -> None:
    """Raise ``ModuleNotFoundError`` when a package is missing: a peer's page would wait for its script for ever."""
    for package, _ in _PACKAGES.values():
        files(package)


def answer(route: Any, sizes: dict[str, int]) -> None:
    """Fulfil one request; `sizes` gets the bytes per address."""
    address = route.request.url
    name = address.rsplit("/", 1)[-1]
    package, kind = _PACKAGES.get(name, ("", "text/css" if name.endswith("css") else "text/javascript"))
    stored = "jquery.min.js" if name.startswith("jquery") else name
    body = (files(package) / "data" / stored).read_bytes() if package else b""
    sizes[address] = len(body)
    route.fulfill(status=200, content_type=kind, body=body)
