"""Fetching one layer from a service of a test, without patience."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansenkaart.download.client import Client, Patience
from kansenkaart.download.fetch import Fetched, fetch
from kansenkaart.download.pages import LayerRequest
from kansenkaart.errors import KansenkaartError

BOX = (4.0, 52.0, 5.5, 53.0)
RD_BOX = (100_000.0, 480_000.0, 140_000.0, 540_000.0)
QUICK = Patience(tries=4, first_wait_s=0.0, longest_wait_s=0.0, apart_s=0.0, timeout_s=30.0)


def fetch_layer(
    url: str,
    folder: Path,
    *,
    protocol: str = "ogcapi",
    layer: str = "gebouw_vlak",
    patience: Patience = QUICK,
) -> tuple[Fetched, list[str]]:
    told: list[str] = []
    asked = LayerRequest(protocol, url, layer, BOX, RD_BOX)  # type: ignore[arg-type]
    with Client(patience, told=lambda key, _values: told.append(key)) as client:
        return fetch(asked, folder / "laag", client, told=lambda key, _values: told.append(key)), told


def refuse(url: str, folder: Path, match: str, **settings) -> None:
    with pytest.raises(KansenkaartError, match=match):
        fetch_layer(url, folder, **settings)
    assert not (folder / "laag.gpkg").exists()
