"""Writes the pages: all in one HTML to print, and a PDF of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kansenkaart.atlas.built import Built
from kansenkaart.atlas.pdf import draw_pdf
from kansenkaart.atlas.sheet import PageTable, Sheet
from kansenkaart.catalogue import load_style
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.safe_write import refuse_unwritable, replace_file
from kansenkaart.texts import fold_word, load_texts

PAGE = "atlas.html"


def name_file(sheet: Sheet) -> str:
    """Return how the PDF of `sheet` is called: by name and code, in letters that every disk can hold."""
    return f"{'-'.join(filter(None, (fold_word(sheet.name), fold_word(sheet.code))))}.pdf"


def write_atlas(
    folder: Path,
    sheets: Sequence[Sheet],
    built: Built,
    *,
    pdf: bool,
    progress: Callable[[str], None] = lambda _name: None,
) -> list[str]:
    """Write ``atlas.html`` and, with `pdf`, a PDF per sheet to `folder`, which exists.

    Returns
    -------
    list of str
        Names of the municipalities whose PDF cannot be called accessible: a name has letters that no font has.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    texts = load_texts(built.language)
    title = texts("atlas.title", title=built.title)
    progress(PAGE)
    body = join(_draw(sheet) for sheet in sheets)
    page = write_page(body, title=title, language=built.language, style=load_style())
    _write(folder / PAGE, page.encode())
    unheard = []
    for sheet in sheets if pdf else ():
        progress(name_file(sheet))
        named = texts("atlas.sheet_title", name=sheet.name, title=built.title)
        data, accessible = draw_pdf(sheet, title=named, language=built.language, year=built.year)
        _write(folder / name_file(sheet), data)
        if not accessible:
            unheard.append(sheet.name)
    return unheard


def _write(path: Path, data: bytes) -> None:
    with refuse_unwritable(path.name), replace_file(path) as aside:
        aside.path.write_bytes(data)


def _draw(sheet: Sheet) -> Markup:
    head = element(
        "header",
        element("p", sheet.kicker, class_="kicker"),
        element("h1", sheet.name),
        element("p", sheet.headline, class_="headline"),
    )
    beside = element("div", _draw_grid(sheet.figures), _draw_grid(sheet.coalitions))
    pair = element("div", element("div", Markup(sheet.drawn), class_="drawn"), beside, class_="pair")
    legend = element("div", Markup(sheet.legend), class_="scroll legend")
    notes = [element("p", one, class_="facts") for one in (sheet.note, sheet.sources)]
    grids = [_draw_grid(one) for one in sheet.grids]
    return element("article", head, pair, legend, *grids, *notes, class_="sheet atlas")


def _draw_grid(grid: PageTable) -> Markup:
    if not grid.rows:
        return element("section", element("h2", grid.title), element("p", grid.empty))
    drawn = table(grid.head, grid.rows, numeric=frozenset(grid.numeric), caption=grid.title, name=grid.key)
    return element("section", element("h2", grid.title), drawn)
