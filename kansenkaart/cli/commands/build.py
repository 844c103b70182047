"""``kansenkaart build``: layers in, map and GeoPackage out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import rich_click as click

from kansenkaart.cli.closing import Closing, show_closing
from kansenkaart.cli.edition import show_edition
from kansenkaart.cli.options import loudness, project_argument
from kansenkaart.cli.screen import (
    progress_lines,
    show_fault,
    show_findings,
    show_summary,
    stdout,
)
from kansenkaart.crew import Crew, check_scheduler
from kansenkaart.database import Address, parse_address
from kansenkaart.errors import Fault, UsageError
from kansenkaart.outward import cut_path
from kansenkaart.project import LoadedProject, load_project
from kansenkaart.project.check_foreseen import ALL
from kansenkaart.project.withheld import EDITIONS, Edition, refuse_several
from kansenkaart.texts import Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.compare.builds import Build
    from kansenkaart.pipeline import Reader, Result

OUT_NAME = "uit"
# Beside it, never in it.
_EDITION_OUT = {"public": f"{OUT_NAME}-openbaar", "partner": f"{OUT_NAME}-partner"}

SOLVERS = ("highspy", "kansenkaart.matches.transport.simplex")

# A project of so many layers draws for seconds.
_MANY_LAYERS = 5

# Layers of so many bytes together have at most a hundred thousand rows or so.
_SMALL_BYTES = 10_000_000


@click.command("build")
@project_argument
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write; default: 'uit' in the project, 'uit-openbaar' and 'uit-partner' for an edition.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Also replace a folder with changed or strange files; it is kept as OUT.vorige.",
)
@click.option(
    "--scenario",
    metavar="NAME",
    help="Build the project with [scenarios.NAME] laid over it, default of OUT 'uit-NAME'; or all: the project and "
    "every scenario, in one map with a choice.",
)
@click.option(
    "--draws", type=click.IntRange(0, 10_000), help="Draws for the certainty of a chance; 0 is off."
)
@click.option(
    "--csv",
    type=click.Choice(["plain", "excel-nl"]),
    help="Form of the CSV files; excel-nl opens in a Dutch Excel with a double click. Default: [exports] csv.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler (tcp://host:port) that takes the draws; default: all cores of this machine.",
)
@click.option(
    "--to",
    "to",
    metavar="ADDRESS",
    help="Also write the layers to PostGIS: postgresql://user@host/database?schema=kansenkaart. "
    "Password: PGPASSWORD or .pgpass.",
)
@click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    default="internal",
    show_default=True,
    help="Who may see it. public: no confidential place in any file, their totals per municipality in classes. "
    "partner: the public places and those of --partner.",
)
@click.option(
    "--partner",
    "partners",
    metavar="ID",
    multiple=True,
    help="Site id (<layer>:<id>) of whom a partners' edition is for. Repeat it for those who may see each other.",
)
@loudness
def build_command(
    project: Path,
    out: Path | None,
    *,
    overwrite: bool,
    scenario: str | None,
    draws: int | None,
    csv: str | None,
    scheduler: str | None,
    to: str | None,
    edition: Edition,
    partners: tuple[str, ...],
    verbose: bool,
    quiet: bool,
) -> None:
    """Build the map, the GeoPackage, the tables, the rasters and the quality report of a project.

    PROJECT is a folder with kansenkaart.toml, or that file; default: this folder.

    \b
    Examples:
      kansenkaart build data/noord-holland
      kansenkaart build mijn-regio -o uit --overwrite
      kansenkaart build mijn-regio --draws 1000 -v
      kansenkaart build mijn-regio --csv excel-nl
      kansenkaart build mijn-regio --scenario 2030
      kansenkaart build mijn-regio --scenario all
      kansenkaart build mijn-regio --draws 5000 --scheduler tcp://10.0.0.5:8786
      kansenkaart build mijn-regio --edition public
      kansenkaart build mijn-regio --edition partner --partner bedrijven:12 --partner kassen:7
      kansenkaart build mijn-regio -o uit --to "postgresql://planner@gis.provincie.nl/gis?schema=kansenkaart"
    """
    _check_edition(edition, partners, scenario=scenario, to=to)
    loaded, *others = _load(project, scenario or "", draws=draws, csv=csv)
    name = _EDITION_OUT.get(edition, OUT_NAME)
    out = out or loaded.folder / (f"{name}-{scenario}" if scenario and scenario != ALL else name)
    address = parse_address(to, where="--to") if to is not None else None
    order = _Order(loaded, others, out, overwrite, edition, partners, address)
    texts = load_texts(loaded.project.language)
    with _hold_text(loaded), progress_lines(texts, quiet=quiet) as progress, Crew(scheduler) as crew:
        if _is_large(loaded):
            # The solvers, too, are loaded there while this process reads the layers.
            crew.call_in("kansenkaart.pipeline", "kansenkaart.maps.compose", *SOLVERS)
        order.check(scheduler)
        previous = _read_previous(out)
        made = order.carry_out(progress, crew)
    for remark in made.remarks:
        show_fault(remark, texts)
    if not quiet:
        _show(order, made, previous, texts, verbose=verbose)


class _Made(NamedTuple):
    """What was built, what of it others may see, where it stands, and what a database had to say."""

    internal: Result
    result: Result
    folder: Path
    remarks: list[Fault]


@dataclass(frozen=True)
class _Order:
    """What the command line asks for: of which project and scenarios, to where and for whom."""

    loaded: LoadedProject
    others: list[LoadedProject]
    out: Path
    overwrite: bool
    edition: Edition
    partners: tuple[str, ...]
    address: Address | None

    def check(self, scheduler: str | None) -> None:
        """Raise before the work what would stop it at its end."""
        from kansenkaart.exports import check_edition_folder, check_output_folder, check_postgis

        check_edition_folder(self.out, self.edition)
        check_output_folder(self.out, overwrite=self.overwrite, keep=self.loaded.inputs)
        if scheduler is not None:
            check_scheduler(scheduler)
        if self.address is not None:
            check_postgis(self.address)

    def carry_out(self, progress: Callable[[str, str], None], crew: Crew) -> _Made:
        """Build and write all of it."""
        # Heavy: only when something is built.
        from kansenkaart.pipeline import build, build_edition, write_database, write_outputs

        read = _choose_reader(self.others)
        internal = result = build(self.loaded, progress=progress, crew=crew, read=read)
        if self.edition != "internal":
            result = build_edition(internal, self.edition, self.partners, progress=progress, crew=crew)
        scenarios = [build(one, progress=progress, crew=crew, read=read) for one in self.others]
        folder = write_outputs(
            result, self.out, scenarios=scenarios, overwrite=self.overwrite, progress=progress, crew=crew
        )
        remarks = [] if self.address is None else write_database(result, self.address, progress=progress)
        return _Made(internal, result, folder, remarks)


def _show(order: _Order, made: _Made, previous: Build | None, texts: Texts, *, verbose: bool) -> None:
    _show_result(made.result, texts, verbose=verbose)
    _show_since(previous, made.result, texts)
    if order.edition != "internal":
        show_edition(made.internal, made.result, order.partners, texts)
    _show_written(made.folder, order.address, texts)
    if verbose:
        _show_timings(made.folder)


def _check_edition(
    edition: Edition, partners: tuple[str, ...], *, scenario: str | None, to: str | None
) -> None:
    """Refuse what would do nothing, or more than was meant.

    Raises
    ------
    UsageError
        When a partners' edition is for nobody, partners are named for another, or an edition would go to a database
        or hold several scenarios.
    """
    if edition == "partner" and not partners:
        message = (
            "--edition partner: for whom? Name a place with --partner, and repeat it for those who may see each "
            "other."
        )
        raise UsageError("edition_no_partner", message)
    if edition != "partner" and partners:
        message = "--partner {partner} goes with --edition partner; it means nothing for --edition {edition}."
        raise UsageError("edition_partner_only", message, partner=partners[0], edition=edition)
    if edition != "internal" and to is not None:
        message = (
            "--to does not go with --edition {edition}: an edition goes to a folder only, of which every file is "
            "looked through. Leave --to out."
        )
        raise UsageError("edition_postgis", message, edition=edition)
    if scenario == ALL:
        refuse_several(edition)


@contextmanager
def _hold_text(loaded: LoadedProject) -> Iterator[None]:
    """Let tables hold text as Python does where all layers are small: an eighth less to do. Arrow's takes less room."""
    layers = [loaded.folder / layer.path for layer in loaded.project.layers]
    small = all(layer.is_file() for layer in layers)  # no database, nor a folder of files
    if small and sum(layer.stat().st_size for layer in layers) < _SMALL_BYTES:
        with pd.option_context("mode.string_storage", "python"):
            yield
    else:
        yield


def _read_previous(out: Path) -> Build | None:
    """The build that stands in `out` now; a first build has none, and need not load what reads it."""
    if not out.is_dir():
        return None
    from kansenkaart.compare.builds import read_previous

    return read_previous(out)


def _show_since(previous: Build | None, result: Result, texts: Texts) -> None:
    """What changed since the build that stood there; nothing where nothing did."""
    if previous is None:
        return
    from kansenkaart.compare.builds import tell_since

    for line in tell_since(previous, result.frames, texts):
        stdout().print(line, markup=False)


def _choose_reader(scenarios: list[LoadedProject]) -> Reader:
    """Who reads the layers: with scenarios each once, as far as they are the same."""
    from kansenkaart.sources import read_sources
    from kansenkaart.sources.shared import SharedReader

    return SharedReader().read if scenarios else read_sources


def _is_large(loaded: LoadedProject) -> bool:
    """Whether so much is to be drawn that others help from the start: they are a core-second in coming up."""
    return loaded.project.draws > 0 and len(loaded.project.layers) >= _MANY_LAYERS


def _load(project: Path, scenario: str, *, draws: int | None, csv: str | None) -> list[LoadedProject]:
    """The project, with what the command line says instead of it; all: and every scenario of it."""
    loaded = [load_project(project, scenario="" if scenario == ALL else scenario)]
    if scenario == ALL:
        loaded += [load_project(project, scenario=name) for name in loaded[0].project.scenarios]
    if draws is not None:
        loaded = [one.changed(draws=draws) for one in loaded]
    if csv is not None:
        loaded = [one.changed(exports={"csv": csv}) for one in loaded]
    return loaded


def _show_result(result: Result, texts: Texts, *, verbose: bool) -> None:
    """What was found, what was odd about the layers, and what they lack."""
    frames, loaded = result.frames, result.loaded
    show_summary(frames, texts)
    show_findings(frames.findings, texts, verbose=verbose)
    account = Closing(
        frames.layers, frames.sites, frames.links, frames.flows, frames.findings, loaded.catalogue
    )
    show_closing(account, texts, loaded.project)


def _show_written(folder: Path, address: Address | None, texts: Texts) -> None:
    """Where everything stands and what it is for; rasters only where something is left."""
    from kansenkaart.outputs import OUTPUTS

    shown = Path(cut_path(str(folder)))
    for output in OUTPUTS:
        if (folder / output.name).exists():
            stdout().print(f"  {shown / output.name}", markup=False)
            stdout().print(f"      {texts(f'outputs.{output.key}')}", markup=False)
    if address is not None:
        stdout().print(f"  {address.shown}, {address.schema}", markup=False)


def _show_timings(folder: Path) -> None:
    from kansenkaart.exports import read_manifest

    for step, seconds in read_manifest(folder)[1]["timings"].items():
        stdout().print(f"  {step}: {seconds:.1f} s", markup=False)
