"""``kansenkaart atlas``: a page per municipality of what a build found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from kansenkaart.cli.options import quietness
from kansenkaart.cli.screen import progress_lines, say
from kansenkaart.errors import OutputError
from kansenkaart.texts import Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.atlas import Built, Sheet

_FOLDER = "atlas"


@click.command("atlas")
@click.argument("source", type=click.Path(path_type=Path), default=Path(), metavar="[REGION_OR_BUILD]")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write to, made if needed; default: 'atlas' beside what is read.",
)
@click.option("--municipality", metavar="NAME", help="Only the page of this one, by name or CBS code.")
@click.option("--no-pdf", is_flag=True, help="Only the page to print; needs no extra package.")
@click.option("--overwrite", is_flag=True, help="Replace pages that stand there.")
@quietness
def atlas_command(
    source: Path, folder: Path | None, municipality: str | None, *, no_pdf: bool, overwrite: bool, quiet: bool
) -> None:
    """Make an atlas: an A4 per municipality with map, chances, totals, shortages and coalitions.

    REGION_OR_BUILD is the folder that 'kansenkaart build' wrote, which is only read, or a project: that is built for
    the atlas and not written. All pages stand in atlas.html, to print from a browser; each is a PDF too.

    \b
    Examples:
      kansenkaart atlas data/noord-holland/uit
      kansenkaart atlas mijn-regio -o atlas --no-pdf
      kansenkaart atlas mijn-regio/uit -o atlas --municipality Haarlemmermeer --overwrite
    """
    from kansenkaart.atlas import PAGE, check_pdf, choose_sheets, name_file, write_atlas
    from kansenkaart.exports import check_output_file
    from kansenkaart.safe_write import refuse_unwritable

    if not no_pdf:
        check_pdf()
    texts = load_texts("nl")
    with progress_lines(texts, quiet=quiet) as progress:
        built, beside = _find(source, progress)
        texts = load_texts(built.language)
        sheets = choose_sheets(built, municipality)
        folder = folder or beside / _FOLDER
        _refuse_build(folder, built)
        files = [PAGE, *(name_file(sheet) for sheet in ([] if no_pdf else sheets))]
        for name in files if folder.is_dir() else ():
            check_output_file(folder / name, (Path(name).suffix,), inputs=[], overwrite=overwrite)
        with refuse_unwritable(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
        unheard = write_atlas(
            folder, sheets, built, pdf=not no_pdf, progress=lambda name: progress("write", name)
        )
    _show(folder, sheets, unheard, texts, pdf=not no_pdf, quiet=quiet)


def _find(source: Path, progress: Callable[[str, str], None]) -> tuple[Built, Path]:
    """What was built, and the folder beside which the atlas stands: that of the project."""
    from kansenkaart.atlas import read_build, take_result
    from kansenkaart.project import load_project

    manifest = source if source.suffix == ".json" else source / "manifest.json"
    if manifest.is_file():
        return read_build(source), manifest.resolve().parent.parent
    loaded = load_project(source)
    from kansenkaart.pipeline import build

    result = build(loaded, progress=progress)
    return take_result(result.frames, loaded), loaded.folder


def _refuse_build(folder: Path, built: Built) -> None:
    """A build's own folder holds nothing else: the next build would not replace it."""
    if built.file is not None and folder.resolve().is_relative_to(built.file.parent.resolve()):
        message = (
            "{folder} is the folder of the build, or in it; the next build would refuse to replace that. Name another "
            "folder with -o."
        )
        raise OutputError("atlas_in_build", message, folder=str(folder))


def _show(
    folder: Path, sheets: list[Sheet], unheard: list[str], texts: Texts, *, pdf: bool, quiet: bool
) -> None:
    from kansenkaart.atlas import PAGE

    if unheard:  # said also when quiet: who sends such a PDF must know
        say(texts, "cli.atlas_unheard", names=", ".join(unheard))
    if not quiet:
        say(texts, "cli.written", file=folder / PAGE)
        if pdf:
            say(texts, "cli.atlas_pdf", count=len(sheets), folder=folder)
