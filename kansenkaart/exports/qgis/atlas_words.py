"""Expressions of QGIS that write what a page of the atlas says, in figures as ``kansenkaart atlas`` writes them."""

from __future__ import annotations

from kansenkaart.exports.qgis.forms import OF_A_MUNICIPALITY
from kansenkaart.exports.styles.qml import quote_value
from kansenkaart.texts import UNKNOWN, Texts


def tell_number(value: str, texts: Texts, digits: int = 3) -> str:
    """Return the expression that writes `value` as ``Texts.number`` does: figures, groups, true minus.

    QGIS rounds a half away from 0; of two halves the even one is taken here, as Python does.
    """
    sign = "," if texts.language == "nl" else r"\\."
    even = "@y - floor(@y) > 0.5 OR (@y - floor(@y) = 0.5 AND abs(floor(@y)) % 2 = 1)"
    rounded = f"with_variable('y', @x * 10 ^ @d, (floor(@y) + if({even}, 1, 0)) / 10 ^ @d)"
    plain = f"format_number({rounded}, max(0, @d), '{texts.language}')"
    trimmed = rf"regexp_replace({plain}, '({sign}[0-9]*[1-9])0+$|{sign}0+$', '\\1')"
    signed = f"replace({trimmed}, '-', '−')"
    some = f"if(@x = 0, '0', with_variable('d', {digits - 1} - floor(log10(abs(@x))), {signed}))"
    return f"with_variable('x', {value}, if(@x IS NULL, {quote_value(UNKNOWN)}, {some}))"


def tell_count(value: str, texts: Texts) -> str:
    """Return the expression that writes a count in full."""
    return f"format_number({value}, 0, '{texts.language}')"


def tell_own(column: str, texts: Texts, digits: int = 3) -> str:
    """Return the expression that writes the number in `column` of a row."""
    return tell_number(f'"{column}"', texts, digits)


def tell_unit() -> str:
    """Return the expression for the unit of a row as a reader sees it (``write_unit``)."""
    return "replace(\"unit\", map('m3', 'm³', 'm2', 'm²'))"


def tell_amount(column: str, texts: Texts) -> str:
    """Return the expression for the quantity in `column` of a row with its unit."""
    return f"{tell_own(column, texts)} || ' ' || {tell_unit()}"


def cut(text: str, most: int) -> str:
    """Return the expression for `text`, an expression, on one line and in at most so many letters."""
    shorter = f"if(length(@t) > {most}, substr(@t, 1, {most - 1}) || '…', @t)"
    return rf"with_variable('t', regexp_replace({text}, '\\s+', ' '), {shorter})"


def gather_own(kind: str, value: str, *, order: str = "") -> str:
    """Return the expression for an aggregate of the chances of the municipality of the page, as `gather` does.

    The file gives the rows of the relation alone; `gather` reads every row of its layer.
    """
    ordered = f", order_by:={order}" if order else ""
    rows = f"relation:={quote_value(OF_A_MUNICIPALITY)}, aggregate:='{kind}', expression:={value}{ordered}"
    return f"if(@atlas_feature IS NULL, NULL, relation_aggregate({rows}))"


def gather(layer: str, kind: str, value: str, only: str, *, order: str = "") -> str:
    """Return the expression for an aggregate of the rows of a layer, by its id, for which `only` holds.

    Nothing without an atlas: QGIS works out every text when it opens a project, too.
    """
    ordered = f", order_by:={order}" if order else ""
    rows = f"layer:='{layer}', aggregate:='{kind}', expression:={value}, filter:=({only}){ordered}"
    return f"if(@atlas_feature IS NULL, NULL, aggregate({rows}))"
