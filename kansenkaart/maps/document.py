"""The page around the map: put together from plain texts, because folium's own frame runs data as templates."""

from __future__ import annotations

from html import escape

from branca.element import Element, Figure

from kansenkaart.maps.csp import PLACE


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
