"""A service with a layer, and a proxy before it that can be made to fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.download.servers import PAGE, Proxy, geoapi, proxied


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch) -> None:
    """A tenth of a page: what becomes of many pages shows with few rows."""
    monkeypatch.setattr("kansenkaart.download.pages.PAGE", PAGE)


@pytest.fixture(scope="module")
def features(tmp_path_factory) -> Iterator[str]:
    with geoapi(tmp_path_factory.mktemp("geoapi")) as address:
        yield address


@pytest.fixture
def proxy(features) -> Iterator[Proxy]:
    with proxied(features) as before:
        yield before
