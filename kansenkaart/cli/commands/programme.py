"""``kansenkaart programme``: the report of a year, and tables to start with."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from kansenkaart.cli.options import project_argument, quietness
from kansenkaart.cli.screen import progress_lines, say
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts

_FOLDER = "programma"


@click.command("programme")
@project_argument
@click.option("--year", type=click.IntRange(1990, 2100), help="The year that is reported.")
@click.option("--template", is_flag=True, help="Write tables to start with in the place of a report.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write to, made if needed; default: 'programma' beside the project file.",
)
@click.option("--overwrite", is_flag=True, help="Replace a report that stands there.")
@quietness
def programme_command(
    project: Path, year: int | None, folder: Path | None, *, template: bool, overwrite: bool, quiet: bool
) -> None:
    """Report a year of the programme: what was agreed, what came of it, and how far the targets are.

    [programme] of the project names three tables (CSV or workbook): actions, results and targets. The project is built
    for it and not written. The report goes from what was put in to what it is for: input, activities, output, outcome,
    impact; with a row per chance, municipality and target, and every row that could not be used with its reason.

    \b
    Examples:
      kansenkaart programme mijn-regio --template
      kansenkaart programme mijn-regio --year 2026
      kansenkaart programme mijn-regio --year 2026 -o verslag --overwrite
    """
    from kansenkaart.errors import UsageError
    from kansenkaart.exports import check_output_file
    from kansenkaart.pipeline import build
    from kansenkaart.programme import MapFrames, draw_up, read_programme, write_report, write_template
    from kansenkaart.safe_write import refuse_unwritable

    if template == (year is not None):
        message = (
            "Say which year with --year 2026, or ask for tables to start with by --template; one of both."
        )
        raise UsageError("programme_which", message)
    loaded = load_project(project)
    texts = load_texts(loaded.project.language)
    folder = folder or loaded.folder / _FOLDER
    for ending in (".html", ".xlsx") if year is not None and folder.is_dir() else ():
        file = folder / f"jaarbericht-{year}{ending}"
        check_output_file(file, (ending,), inputs=loaded.inputs, overwrite=overwrite)
    with progress_lines(texts, quiet=quiet) as progress:
        frames = build(loaded, progress=progress).frames
        found = MapFrames(frames.sites, frames.matches, frames.coalitions)
        if year is None:
            written = write_template(folder, found, texts=texts)
        else:
            read = read_programme(loaded, found.known, texts=texts)
            account = draw_up(found, read, loaded.catalogue, year=year, texts=texts)
            with refuse_unwritable(str(folder)):
                folder.mkdir(parents=True, exist_ok=True)
            written = write_report(folder, account, loaded.project.title, texts=texts)
    if not quiet:
        for file in written:
            say(texts, "cli.written", file=file)
        if year is None:
            say(texts, "cli.programme_next")
        elif len(account.findings):
            say(texts, "cli.programme_rows", count=len(account.findings))
