"""A page as PDF: typeset by Typst, with text that stays text, its fonts inside, and tags for who reads by ear."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kansenkaart.atlas.sheet import Sheet
from kansenkaart.catalogue import load_style
from kansenkaart.errors import OutputError

if TYPE_CHECKING:
    import typst

_FONTS = "font_source_sans_pro"
_COLOURS = ("ink", "paper", "land", "accent", "border")


def check_pdf() -> None:
    """See, before the work is done, whether a PDF can be made.

    Raises
    ------
    OutputError
        When the packages of the extra ``pdf`` are not there.
    """
    if find_spec("typst") is None or find_spec(_FONTS) is None:
        message = (
            'A PDF needs the packages typst and font-source-sans-pro: pip install "kansenkaart[pdf]". With --no-pdf '
            "only the page to print is written."
        )
        raise OutputError("pdf_extra", message)


def draw_pdf(sheet: Sheet, *, title: str, language: str, year: int) -> tuple[bytes, bool]:
    """Return `sheet` as PDF, and whether it may be called accessible (PDF/UA-1, ISO 14289-1).

    The same sheet gives the same bytes: its date is the reference year. Names are data to the typesetter, never
    markup; it reads no file.
    """
    import typst  # noqa: PLC0415 - comes with an extra

    said = {"sheet": asdict(sheet), "title": title, "language": language, "colours": _read_colours()}
    template = (files("kansenkaart") / "atlas" / "sheet.typ").read_bytes()

    def typeset(standard: Literal["ua-1", "1.7"]) -> bytes:
        return typst.compile(
            template,
            font_paths=_read_fonts(),
            sys_inputs={"said": json.dumps(said, ensure_ascii=False)},
            pdf_standards=standard,
            timestamp=dt.datetime(year, 1, 1, tzinfo=dt.UTC),
        )

    try:
        return typeset("ua-1"), True
    except typst.TypstError:  # of a name in a script that no font at hand has, that cannot be said
        return typeset("1.7"), False


def _read_colours() -> dict[str, str]:
    style = load_style()
    return {name: getattr(style, name) for name in _COLOURS}


@cache
def _read_fonts() -> typst.Fonts:
    """The fonts of the extra and those inside Typst, never those of the machine: the same page everywhere."""
    import typst  # noqa: PLC0415 - comes with an extra

    found = find_spec(_FONTS)
    folder = Path(str(found.origin)).parent / "files" if found else Path()
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])
