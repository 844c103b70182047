"""``kansenkaart compare``: what changed between two projects or two builds, and which input made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from kansenkaart.cli.options import quietness, result_options
from kansenkaart.cli.screen import progress_lines, say, stdout
from kansenkaart.errors import UsageError
from kansenkaart.project import FILE_NAME, LoadedProject, load_project
from kansenkaart.texts import Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.compare.compared import Compared

_ENDINGS = (".xlsx", ".csv", ".html", ".gpkg")
_MANIFEST = "manifest.json"
_MOST_SHOWN = 40
# Both projects, and eleven inputs each in and each out.
_MOST_RUNS = 24


@click.command("compare")
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="[B]", type=click.Path(path_type=Path), required=False)
@click.option("--scenario", metavar="NAME", help="Instead of B: A with its [scenarios.NAME] laid over it.")
@click.option(
    "--most-runs",
    type=click.IntRange(2, 1_000),
    default=_MOST_RUNS,
    help="Run at most so often, A and B included; default: 24.",
)
@click.option(
    "--draws",
    type=click.IntRange(0, 10_000),
    help="Draws per run, instead of those of the projects; 0 is off, and quickest.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say every change; else the first 40.")
@result_options(".xlsx, .csv (the changes), .html (to print) or .gpkg (layer changes)")
@quietness
def compare_command(
    before: Path,
    after: Path | None,
    *,
    scenario: str | None,
    outputs: tuple[Path, ...],
    overwrite: bool,
    most_runs: int,
    draws: int | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Say which chances came, went, grew, shrank or changed class between A and B, and which input made it.

    A and B are projects (a folder with kansenkaart.toml, or that file); B may be a copy of A with something changed.
    The inputs that differ (layers, deliveries, kengetallen, prices, years, settings, decisions) are swapped from A to B
    one at a time and run: what makes a change by itself is its cause, else what makes it together; 'not explained' is
    possible. With --scenario B is A with a scenario of its own laid over it. Where A and B are both a folder that
    'kansenkaart build' wrote, it is said what changed, not why.

    \b
    Examples:
      kansenkaart compare mijn-regio-2024 mijn-regio
      kansenkaart compare mijn-regio mijn-regio-met-nieuw-net -o veranderd.xlsx -o veranderd.html -o veranderd.gpkg
      kansenkaart compare mijn-regio --scenario net-2030
      kansenkaart compare uit-2024 uit-2025 -o veranderd.csv
    """
    from kansenkaart.exports import check_output_file

    if (after is None) == (scenario is None):
        message = "Give what to compare A with: either B, or --scenario NAME for a scenario of A."
        raise UsageError("compare_with", message)
    after = before if after is None else after
    inputs = [one / FILE_NAME if one.is_dir() else one for one in (before, after)]
    for output in outputs:
        check_output_file(output, _ENDINGS, inputs=inputs, overwrite=overwrite)
    if _is_build(before) or _is_build(after):
        compared = _compare_builds(before, after, scenario)
    else:
        loaded = _load(before, draws), _load(after, draws, scenario or "")
        compared = _compare_projects(*loaded, most_runs=most_runs, quiet=quiet)
    texts = load_texts(compared.language)
    with progress_lines(texts, quiet=quiet) as progress:
        for output in outputs:
            progress("write", output.name)
            _write(output, compared, texts)
    if not quiet:
        _show(compared, texts, most=len(compared.changes) if verbose else _MOST_SHOWN)
        for output in outputs:
            say(texts, "cli.written", file=output)


def _is_build(path: Path) -> bool:
    """Whether it is a folder of outputs, and no project."""
    if path.is_dir():
        return (path / _MANIFEST).is_file() and not (path / FILE_NAME).is_file()
    return path.name == _MANIFEST


def _compare_builds(before: Path, after: Path, scenario: str | None) -> Compared:
    if not (_is_build(before) and _is_build(after)) or scenario is not None:
        message = (
            "{before} and {after} cannot be compared: one is a folder of outputs and the other a project. Give two "
            "projects (or one with --scenario), for the causes, or two folders that 'kansenkaart build' wrote."
        )
        told = f"--scenario {scenario}" if scenario is not None else str(after)
        raise UsageError("compare_mixed", message, before=str(before), after=told)
    from kansenkaart.compare.builds import compare_builds, read_build

    return compare_builds(read_build(before), read_build(after))


def _compare_projects(
    before: LoadedProject, after: LoadedProject, *, most_runs: int, quiet: bool
) -> Compared:
    from kansenkaart.compare.compare import compare_projects

    with progress_lines(load_texts(after.project.language), quiet=quiet) as progress:
        return compare_projects(before, after, progress=progress, most_runs=most_runs)


def _load(path: Path, draws: int | None, scenario: str = "") -> LoadedProject:
    loaded = load_project(path, scenario=scenario)
    return loaded if draws is None else loaded.changed(draws=draws)


def _write(output: Path, compared: Compared, texts: Texts) -> None:
    from kansenkaart.compare.summary import tell_all
    from kansenkaart.exports import write_change_sheet, write_changes, write_result

    frames = compared.frames
    if output.suffix.lower() == ".gpkg":
        write_changes(output, frames, texts=texts)
    elif output.suffix.lower() == ".html":
        write_change_sheet(
            output, frames, titles=compared.titles, said=tell_all(compared, texts), texts=texts
        )
    else:
        tables = {**frames, "changes": compared.changes.drop(columns="geometry")}
        write_result(output, tables, texts=texts)


def _show(compared: Compared, texts: Texts, *, most: int) -> None:
    """What was compared, the inputs that differ, and a sentence per change."""
    from kansenkaart.compare.summary import tell_all, tell_inputs

    console = stdout()
    for line in (*tell_all(compared, texts), *tell_inputs(compared, texts)):
        console.print(line, markup=False)
    for said in compared.changes["said"].head(most):
        console.print(f"  {said}", markup=False)
    more = len(compared.changes) - most
    if more > 0:
        console.print(texts("compare.unsaid", count=texts.count(more)), markup=False)
