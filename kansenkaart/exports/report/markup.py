"""HTML of escaped parts: the only way by which text reaches a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from kansenkaart.exports.content.clean import clean_text


class Markup(str):
    """Text that is HTML already; any other text is escaped when it is put in an element."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str) -> Markup:
    """Return ``<tag ...>children</tag>`` with every child and attribute escaped, except children that are ``Markup``.

    An attribute's trailing underscore is dropped (``class_``), other underscores become hyphens.
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(clean_text(value, xml=True), quote=True)}"'
        for name, value in attributes.items()
    )
    return Markup(f"<{tag}{named}>{join(children)}</{tag}>")


def join(children: Iterable[str]) -> Markup:
    """Return `children` one after the other, each escaped unless it is ``Markup``."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(clean_text(child, xml=True), quote=True)
            for child in children
        )
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: frozenset[int], caption: str, name: str
) -> Markup:
    """Return a table of class `name` that scrolls by itself on a narrow screen; columns in `numeric` align right."""
    heads = join(
        element("th", text, scope="col", **({"class_": "n"} if place in numeric else {}))
        for place, text in enumerate(head)
    )
    body = join(
        element(
            "tr",
            *(
                element("td", cell, **({"class_": "n"} if place in numeric else {}))
                for place, cell in enumerate(row)
            ),
        )
        for row in rows
    )
    content = join(
        [element("caption", caption), element("thead", element("tr", heads)), element("tbody", body)]
    )
    return element(
        "div",
        element("table", content, class_=name),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )
