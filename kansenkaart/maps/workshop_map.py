"""The workshop map as a ``folium.Map``: shows itself in a notebook, takes folium layers, saves as one sealed file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, cast

import folium
from branca.element import Element, Figure
from folium.template import Template

from kansenkaart.errors import OutputError
from kansenkaart.maps.block import pack
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write import replace_file

ONLINE_HOST = "https://service.pdok.nl"
ONLINE_TILES = ONLINE_HOST + "/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png"

_URL = re.compile(r"url\(['\"]?(?P<path>images/[\w.-]+)['\"]?\)")
_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
_SOURCE_MAP = re.compile(r"^\s*(//[#@]|/\*[#@]) sourceMappingURL=.*$", re.MULTILINE)

# What the page writes itself; the data block has a type, and a text of the data holds no tag.
_CODE = re.compile(r"<(?P<tag>style|script)>(?P<text>.*?)</(?P=tag)>\n?", re.DOTALL)
_END = "</body>"

# Where the policy is put: the first thing in the head, so that it holds for all that follows.
PLACE = "<!--policy-->"

_FETCHED = {
    "link": "href",
    "script": "src",
    "img": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
}
_REMOTE_STYLE = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)(?P<url>[^)'\"]+)", re.IGNORECASE)
_NOT_RUN = {"application/octet-stream", "application/json"}


class WorkshopMap(folium.Map):
    """The chances of a region on a map that needs no network.

    Parameters
    ----------
    data
        The data block of ``kansenkaart.maps.block``.
    language, title
        Of the page.
    notices
        What the page says when its script cannot run: (no script, browser too old), as HTML-escaped texts.
    centre
        (latitude, longitude) the map opens at, for folium's own use.
    online_background
        Whether the PDOK background is offered; it is asked for after a click only.
    scenarios
        By name, packed blocks of what differs from `data`.
    """

    # Constant: the data never goes through a template. The variable is what folium's layers add themselves to.
    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = kansenkaart.open();{% endmacro %}"
    )

    def __init__(
        self,
        data: str,
        *,
        language: str,
        title: str,
        notices: tuple[str, str],
        centre: tuple[float, float],
        online_background: bool = False,
        scenarios: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(location=centre, tiles=None)
        # Lists of this map alone: folium's own are shared by all maps, and name ten files on four hosts.
        self.default_js = []
        self.default_css = []
        self._id = "kansenkaart"
        self._online = online_background
        others = (
            f'<script type="application/octet-stream" id="kk-scenario-{escape(name)}">{block}</script>'
            for name, block in scenarios.items()
        )
        self._parts = {
            "data": data,
            "no-script": notices[0],
            "too-old": notices[1],
            "scenarios": "".join(others),
        }
        Page(language=language, title=title).add_child(self)

    def render(self, **kwargs: Any) -> Any:
        """Put Leaflet, the style, the page and the data into the frame; then the layers a user added."""
        page = cast(Figure, self.get_root())
        added = bool(self._children)
        boot = escape_script(read_asset("boot.js"))
        page.header.add_child(Raw(f'<script id="kk-boot">{boot}</script>'), name="kansenkaart_boot")
        style = read_leaflet_style(images=added) + read_asset("page.css")
        page.header.add_child(Raw(f"<style>{style}</style>"), name="kansenkaart_style")
        page.header.add_child(
            Raw(f"<script>{read_leaflet_script(images=added)}</script>"), name="kansenkaart_leaflet"
        )
        page.header.add_child(
            Raw(f"<script>{escape_script(read_asset('page.js'))}</script>"), name="kansenkaart_script"
        )
        if added:
            page.header.add_child(
                Raw(f"<script>{read_asset('folium.js')}</script>"), name="kansenkaart_folium"
            )
        body = read_asset("page.html")
        for name, text in self._parts.items():
            body = body.replace(f"<!--{name}-->", text)
        page.html.add_child(Raw(body), name="kansenkaart_page")
        return super().render(**kwargs)  # type: ignore[no-untyped-call]

    def html(self) -> str:
        """The page as it is saved: sealed by a policy, without network.

        Raises
        ------
        OutputError
            When a layer was added that fetches something.
        """
        refuse_remote([address for child in self._children.values() for address in _addresses(child)])
        html = self.get_root().render()
        packed: list[tuple[str, str]] = []
        # Layers that a user added write scripts that ask for the map as soon as they are read.
        if not self._children:
            html, packed = pack_code(html)
        return seal_page(html, image_host=ONLINE_HOST if self._online else None, packed=packed)

    def save(self, outfile: str | bytes | Path | BinaryIO, close_file: bool = True, **_: Any) -> None:
        """Write the page to `outfile`, aside first and then renamed: a half-written map never stands there.

        Parameters
        ----------
        outfile
            A path, or a file opened for bytes as folium allows.
        close_file
            Whether an opened file is closed afterwards.

        Raises
        ------
        OutputError
            When a layer was added that fetches something, the file cannot be written, or another run writes it.
        """
        html = self.html().encode("utf-8")
        if not isinstance(outfile, str | bytes | Path):
            outfile.write(html)
            if close_file:
                outfile.close()
            return
        path = Path(outfile.decode() if isinstance(outfile, bytes) else outfile)
        try:
            with replace_file(path) as aside:
                aside.path.write_bytes(html)
        except OSError as error:
            message = (
                "{file} cannot be written: {error}. Choose another folder, or close the program that uses it."
            )
            raise OutputError("map_unwritable", message, file=str(path), error=find_reason(error)) from None


def _addresses(element: Element) -> list[str]:
    """Addresses a folium layer, or one inside it, would fetch: tiles and pictures."""
    own = [getattr(element, name, None) for name in ("tiles", "url")]
    found = [text for text in own if isinstance(text, str) and text and not text.startswith("data:")]
    return found + [address for child in element._children.values() for address in _addresses(child)]


class Raw(Element):
    """A piece of the page that is written as it is: branca would compile it as a Jinja template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: object) -> str:
        """The piece itself."""
        return self._text


class Page(Figure):
    """The frame of a map: language, title and a viewport that can be zoomed; no template sees a text of the data."""

    def __init__(self, *, language: str, title: str) -> None:
        super().__init__(height="720px")
        self._language = language
        self._page_title = title

    def render(self, **kwargs: object) -> str:
        """The whole page, without a policy (a notebook's frame has its own)."""
        for child in self._children.values():
            child.render(**kwargs)
        return "\n".join(
            [
                "<!DOCTYPE html>",
                f'<html lang="{escape(self._language)}">',
                "<head>",
                '<meta charset="utf-8">',
                PLACE,
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(self._page_title)}</title>",
                self.header.render(**kwargs),
                "</head>",
                "<body>",
                self.html.render(**kwargs),
                f"<script>{self.script.render(**kwargs)}</script>",
                "</body>",
                "</html>",
                "",
            ]
        )


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


def read_asset(name: str) -> str:
    """Text of a file in ``assets``."""
    return (files("kansenkaart.maps") / "assets" / name).read_text(encoding="utf-8")


def pack_code(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Move the styles and scripts of `html` into a block that the page unpacks when it opens.

    Returns
    -------
    tuple
        The page, whose only open script unpacks (``boot.js``); and what it unpacks, as (tag, text), in order.
    """
    code = [(found["tag"], found["text"]) for found in _CODE.finditer(html)]
    block = _pack_text(json.dumps(code, ensure_ascii=False, separators=(",", ":")))
    tag = f'<script type="application/octet-stream" id="kk-code">{block}</script>'
    return _CODE.sub("", html).replace(_END, f"{tag}\n{_END}"), code


@lru_cache(maxsize=1)
def _pack_text(text: str) -> str:
    """Packed as a block; the code of the next map of a process is mostly the same."""
    return pack(text.encode("utf-8"))


@dataclass
class _Found(HTMLParser):
    """Scripts, styles and fetched files of a page."""

    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    _inside: str = ""
    _text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get(_FETCHED.get(tag, ""))
        if address and not address.startswith(("data:", "#")):
            self.fetched.append(address)
        if tag == "style" or (tag == "script" and values.get("type") not in _NOT_RUN):
            self._inside, self._text = tag, []

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            (self.scripts if tag == "script" else self.styles).append("".join(self._text))
            self._inside = ""


def seal_page(html: str, *, image_host: str | None = None, packed: Sequence[tuple[str, str]] = ()) -> str:
    """Write the policy into `html`: hashes of every script and style, no network.

    Parameters
    ----------
    html
        A page with ``PLACE`` in its head.
    image_host
        The one host whose images may be shown, for the online background; None allows none.
    packed
        Styles and scripts that the page unpacks and puts in its head itself, as (tag, text).

    Raises
    ------
    OutputError
        When the page asks for a file: a file that is mailed or put on a stick must hold everything.
    """
    found = _Found()
    found.feed(html)
    found.close()
    for tag, text in packed:
        (found.scripts if tag == "script" else found.styles).append(text)
    for style in found.styles:
        found.fetched += [match["url"] or match.group() for match in _REMOTE_STYLE.finditer(style)]
    refuse_remote(found.fetched)
    images = f"data: {image_host}" if image_host else "data:"
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashes(found.scripts)}",
            f"style-src {_hashes(found.styles)}",
            f"img-src {images}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return html.replace(PLACE, f'<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def refuse_remote(addresses: list[str]) -> None:
    """Raise ``OutputError`` when something on the map would be fetched."""
    if not addresses:
        return
    message = (
        "The map cannot be saved: it asks for {addresses}, and a saved map must work without network. "
        "Remove that layer, or show the map in the notebook only."
    )
    shown = ", ".join(sorted(set(addresses))[:3])
    raise OutputError("map_remote", message, addresses=shown)


def _hashes(texts: list[str]) -> str:
    found = {
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in texts
    }
    return " ".join(f"'sha256-{value}'" for value in sorted(found)) or "'none'"
