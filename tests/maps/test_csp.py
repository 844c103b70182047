"""A saved page may run what it was written with, and fetch nothing."""

from __future__ import annotations

import base64
import hashlib

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.maps.workshop_map import (
    PLACE,
    escape_script,
    read_leaflet_script,
    read_leaflet_style,
    seal_page,
)


def make_page(head: str = "", body: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{PLACE}{head}</head><body>{body}</body></html>"


def hash_of(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_every_script_and_style_is_named_by_its_hash_and_data_is_not() -> None:
    page = seal_page(
        make_page(
            "<style>a{}</style><script>let é = 1 && '<b>';</script>",
            '<script type="application/octet-stream">QQ</script>',
        )
    )
    assert hash_of("a{}") in page
    assert hash_of("let é = 1 && '<b>';") in page
    assert hash_of("QQ") not in page
    assert "default-src 'none'" in page
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_what_a_page_unpacks_is_named_and_looked_through_too() -> None:
    page = seal_page(make_page(), packed=[("style", "b{}"), ("script", "run()")])
    assert f"style-src 'sha256-{hash_of('b{}')}'" in page
    assert f"script-src 'sha256-{hash_of('run()')}'" in page
    with pytest.raises(OutputError, match="without network"):
        seal_page(make_page(), packed=[("style", "a{background:url(https://example.org/a.png)}")])


def test_the_policy_names_one_host_only_when_asked() -> None:
    assert "https:" not in seal_page(make_page())
    assert "img-src data: https://service.pdok.nl;" in seal_page(
        make_page(), image_host="https://service.pdok.nl"
    )


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<img src="plaatje.png">',
        '<iframe src="https://example.org"></iframe>',
        "<style>@import 'x.css';</style>",
        "<style>a{background:url(https://example.org/a.png)}</style>",
    ],
)
def test_a_page_that_fetches_is_refused(part: str) -> None:
    with pytest.raises(OutputError, match="without network"):
        seal_page(make_page(part))


def test_data_uris_are_allowed() -> None:
    assert seal_page(
        make_page(
            '<style>a{background:url(data:image/png;base64,AA)}</style><img src="data:image/png;base64,AA">'
        )
    )


def test_leaflet_is_whole_and_asks_for_nothing() -> None:
    script, style = read_leaflet_script(), read_leaflet_style()
    assert "sourceMappingURL" not in script + style
    assert "</script" not in script.lower()
    assert "url(images/" not in style
    assert style.count("url(data:image/png;base64,") >= 3
    assert "L.Icon.Default.mergeOptions" in script


def test_escaped_scripts_cannot_close_their_tag() -> None:
    assert "</script" not in escape_script("const a = '</SCRIPT>'; // <!-- ").lower()
    assert "<!--" not in escape_script("<!-- x")
