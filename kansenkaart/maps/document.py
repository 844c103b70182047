"""The page around the data: one file with its style and scripts packed, sealed so that it fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from html.parser import HTMLParser
from importlib.resources import files

from branca.element import Element, Figure

from kansenkaart.errors import OutputError
from kansenkaart.maps.block import pack

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

_URL = re.compile(r"url\(['\"]?(?P<path>images/[\w.-]+)['\"]?\)")
_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
_SOURCE_MAP = re.compile(r"^\s*(//[#@]|/\*[#@]) sourceMappingURL=.*$", re.MULTILINE)

# What the page writes itself; the data block has a type, and a text of the data holds no tag.
_CODE = re.compile(r"<(?P<tag>style|script)>(?P<text>.*?)</(?P=tag)>\n?", re.DOTALL)
_END = "</body>"


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
        The page, whose only open script is the one that unpacks; and what it unpacks, as (tag, text), in order.
    """
    code = [(found["tag"], found["text"]) for found in _CODE.finditer(html)]
    block = pack(json.dumps(code, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
    boot = escape_script(read_asset("boot.js"))
    tags = f'<script type="application/octet-stream" id="kk-code">{block}</script>\n<script>\n{boot}</script>'
    return _CODE.sub("", html).replace(_END, f"{tags}\n{_END}"), code
