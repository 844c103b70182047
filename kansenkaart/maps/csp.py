"""The page's own law: only the scripts and styles it was written with may run, and nothing may be fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from kansenkaart.errors import OutputError

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
