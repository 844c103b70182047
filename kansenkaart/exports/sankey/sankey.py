"""Writes the Sankey diagrams of a balance: SVG that needs nothing beside it, the same as PNG, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.errors import OutputError
from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.sankey.diagram import Diagram, Link, Node, compose_diagrams, find_through
from kansenkaart.exports.sankey.layout import FONT, LETTER, LINE, MARGIN, Layout, Ribbon, lay_out
from kansenkaart.safe_write import refuse_unwritable, replace_file
from kansenkaart.texts import Texts

SANKEY_ENDINGS = (".svg", ".json", ".png")

_HEAD = 58.0
_TITLE = 18
_DIGITS = 4
# The usual ones of Windows, macOS and Linux: what draws pixels knows no family "sans-serif" of its own.
_FAMILIES = "Arial, Helvetica, Liberation Sans, DejaVu Sans, Noto Sans, sans-serif"
# Twice as fine as on a screen: for paper and slides.
_PNG_ZOOM = 2.0
_GAP_COLOUR = "#9a3705"
_FONT_PROBE = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" font-family="{_FAMILIES}">'
    '<text y="15">{}</text></svg>'
)
_HATCH = (
    f'<defs><pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<path d="M0 0V6" stroke="{_GAP_COLOUR}" stroke-width="3"/></pattern></defs>'
)


def write_sankey(path: Path, frames: Mapping[str, pd.DataFrame], *, texts: Texts) -> None:
    """Write a diagram per region and layer to `path`, below each other.

    Parameters
    ----------
    path
        ``.svg``, ``.png`` or ``.json``.
    frames
        ``balances``, ``balance_processes`` and ``balance_tests`` by name.

    Raises
    ------
    OutputError
        When the file cannot be written, or a PNG cannot be drawn: ``png_extra``, ``png_font``.
    """
    diagrams = list(compose_diagrams(frames["balances"], frames["balance_processes"]))
    if path.suffix.lower() == ".json":
        told = [asdict(diagram) for diagram in diagrams]
        text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    else:
        tests = frames["balance_tests"]
        verdicts = {
            (region, layer): verdict
            for region, layers, verdict in tests[["region", "layers", "verdict"]].itertuples(index=False)
            for layer in layers.split("; ")
        }
        text = draw_svg(diagrams, verdicts, texts=texts)
    text = clean_text(text, xml=True)
    data = draw_png(text, file=path.name) if path.suffix.lower() == ".png" else text.encode()
    with refuse_unwritable(path.name), replace_file(path) as aside:
        aside.path.write_bytes(data)


def draw_png(svg: str, *, file: str) -> bytes:
    """Return `svg` as PNG.

    Raises
    ------
    OutputError
        ``png_extra`` where the library is not there, ``png_font`` where this machine has no font: without one a
        diagram would come out without a word.
    """
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 - comes with an extra
    except ModuleNotFoundError:
        message = (
            '{file}: a PNG needs the package resvg-py: pip install "kansenkaart[png]". An .svg needs nothing.'
        )
        raise OutputError("png_extra", message, file=file) from None
    letter, nothing = (bytes(svg_to_bytes(svg_string=_FONT_PROBE.format(text))) for text in ("x", ""))
    if letter == nothing:
        message = (
            "{file}: this machine has none of the fonts {fonts}. Install one (Debian and Ubuntu: apt-get install "
            "fonts-dejavu-core), or write an .svg."
        )
        raise OutputError("png_font", message, file=file, fonts=_FAMILIES)
    return bytes(svg_to_bytes(svg_string=svg, zoom=_PNG_ZOOM))


def draw_svg(diagrams: Iterable[Diagram], verdicts: Mapping[tuple[str, str], str], *, texts: Texts) -> str:
    """Return one SVG of all `diagrams`; `verdicts` per region and layer."""
    parts: list[str] = []
    left, width, y = 0.0, 0.0, 0.0
    for diagram in diagrams:
        layout = _lay_out(diagram, texts)
        verdict = verdicts.get((diagram.region, diagram.layer), "untested")
        parts.append(f'<g transform="translate(0 {y:.1f})">')
        parts += _draw(diagram, layout, verdict, texts)
        parts.append("</g>")
        y += _HEAD + layout.height + len(layout.unlabelled) * LINE
        left, width = (
            min(left, layout.left),
            max(width, layout.width, _widest(diagram, layout, verdict, texts)),
        )
    style = load_style()
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.0f} 0 {width - left:.0f} {y:.0f}" '
        f'width="{width - left:.0f}" height="{y:.0f}" role="img" '
        f'font-family="{_FAMILIES}" font-size="{FONT:.0f}" fill="{style.ink}">'
        f"<title>{escape(texts('tables.sankey.title'))}</title>"
        f'<rect x="{left:.0f}" width="100%" height="100%" fill="{style.paper}"/>'
    )
    return head + _HATCH + "\n".join(parts) + "</svg>\n"


def _lay_out(diagram: Diagram, texts: Texts) -> Layout:
    through = find_through(diagram)
    lines = {node.id: _node_lines(node, through[node.id], diagram, texts) for node in diagram.nodes}
    link_lines = {
        link.flow: f"{_called(link, texts)} {_amount(link.quantity, diagram.unit, texts)}"
        for link in diagram.links
    }
    return lay_out(diagram, lines, link_lines)


def _node_lines(node: Node, through: float, diagram: Diagram, texts: Texts) -> tuple[str, ...]:
    own = [link for link in diagram.links if node.id in (link.source, link.target)]
    unknown = any(link.quantity is None for link in own)
    amount = _amount(None if unknown else through, diagram.unit, texts)
    if node.kind != "process" and own[0].sd is not None:
        amount += f" ± {texts.number(own[0].sd, 2)}"
    if node.kind != "process" and own[0].below_zero:
        return _called(own[0], texts), amount
    if not node.gap:
        return node.name, amount
    return node.name, f"{amount}; {texts('tables.sankey.gap', gap=texts.number(node.gap, 3))}"


def _amount(quantity: float | None, unit: str, texts: Texts) -> str:
    return "?" if quantity is None else f"{texts.number(quantity, _DIGITS)} {unit}"


def _title(diagram: Diagram) -> str:
    return f"{diagram.region}: {diagram.layer} ({diagram.unit})"


def _head(verdict: str, texts: Texts) -> str:
    return texts("tables.sankey.head", verdict=texts(f"tables.values.verdict.{verdict}"))


def _beside(link: Link, diagram: Diagram, texts: Texts) -> str:
    """A flow that found no room for its words on its band: told below the diagram."""
    return f"{_called(link, texts)}: {_amount(link.quantity, diagram.unit, texts)}"


def _called(link: Link, texts: Texts) -> str:
    return texts("tables.sankey.below_zero", name=link.flow) if link.below_zero else link.flow


def _widest(diagram: Diagram, layout: Layout, verdict: str, texts: Texts) -> float:
    """How far the words above and below a diagram reach."""
    lines = [_head(verdict, texts), *(_beside(link, diagram, texts) for link in layout.unlabelled)]
    reach = max(len(_title(diagram)) * _TITLE, max(map(len, lines)) * FONT)
    return 2 * MARGIN + LETTER * reach


def _draw(diagram: Diagram, layout: Layout, verdict: str, texts: Texts) -> Iterator[str]:
    style = load_style()
    yield _text(MARGIN, 26.0, _title(diagram), size=_TITLE, bold=True)
    yield _text(MARGIN, 46.0, _head(verdict, texts))
    yield f'<g transform="translate(0 {_HEAD:.0f})">'
    for ribbon in layout.ribbons:
        yield _draw_ribbon(ribbon, diagram.unit, style.accent, texts)
    for node in diagram.nodes:
        box = layout.nodes[node.id]
        colour = style.ink if node.kind == "process" else style.links["running"].colour
        yield (
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" fill="{colour}"/>'
        )
        if node.gap:
            height = min(max(abs(node.gap) * layout.scale, 2.0), box.height)
            bottom = box.y + box.height - height
            yield (
                f'<rect class="gap" x="{box.x:.1f}" y="{bottom:.1f}" width="{box.width:.1f}" height="{height:.1f}" '
                f'fill="url(#gap)" stroke="{_GAP_COLOUR}">'
                f"<title>{escape(_tell_gap(node, diagram.unit, texts))}</title></rect>"
            )
    for label in layout.labels:
        for number, line in enumerate(label.lines):
            yield _text(label.box.x, label.box.y + (number + 0.78) * LINE, line, halo=style.paper)
    for number, link in enumerate(layout.unlabelled):
        yield _text(MARGIN, layout.height + number * LINE, _beside(link, diagram, texts))
    yield "</g>"


def _draw_ribbon(ribbon: Ribbon, unit: str, colour: str, texts: Texts) -> str:
    """A band of the width of its quantity; one that cannot be known is a dashed line."""
    link = ribbon.link
    told = escape(f"{_called(link, texts)}: {_amount(link.quantity, unit, texts)}")
    bend, half = ribbon.bend, ribbon.width / 2
    x0, x1, y0, y1 = ribbon.x0, ribbon.x1, ribbon.y0 + half, ribbon.y1 + half
    if ribbon.lane is None:
        path = f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    else:
        lane = ribbon.lane
        path = (
            f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x0 + bend:.1f} {lane:.1f} {x0:.1f} {lane:.1f}"
            f"H{x1:.1f}C{x1 - bend:.1f} {lane:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        )
    look = 'stroke-width="1" stroke-dasharray="4 3"'
    if link.quantity is not None:
        look = f'stroke-width="{max(ribbon.width, 0.5):.2f}" stroke-opacity="0.35"'
    return f'<path class="flow" d="{path}" fill="none" stroke="{colour}" {look}><title>{told}</title></path>'


def _tell_gap(node: Node, unit: str, texts: Texts) -> str:
    sd = texts.number(node.gap_sd, 2)
    return texts("tables.sankey.gap_of", name=node.name, gap=texts.number(node.gap, 3), sd=sd, unit=unit)


def _text(x: float, y: float, text: str, *, size: int = 0, bold: bool = False, halo: str = "") -> str:
    look = f' font-size="{size}"' if size else ""
    look += ' font-weight="bold"' if bold else ""
    look += f' paint-order="stroke" stroke="{halo}" stroke-width="3" stroke-opacity="0.85"' if halo else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{look}>{escape(text)}</text>'
