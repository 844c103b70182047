"""``kansenkaart factsheet``: a question many regions have, answered from a project."""

from __future__ import annotations

import math
from pathlib import Path

import rich_click as click

from kansenkaart.cli.options import project_argument, quietness
from kansenkaart.cli.screen import progress_lines, say
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts

# As kansenkaart.factsheets.FACTSHEETS, which is loaded when a factsheet is asked for.
_FACTSHEETS = ("phosphate", "rwzi-2030", "craft-centres", "business-parks")


@click.command("factsheet")
@click.argument("name", type=click.Choice(_FACTSHEETS))
@project_argument
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write to; made if needed.",
)
@click.option(
    "--set",
    "own",
    metavar="NAME=NUMBER",
    multiple=True,
    help="A number of your own in the place of one at the end of the page. May be given more than once.",
)
@click.option("--overwrite", is_flag=True, help="Replace a page and a package that stand there.")
@quietness
def factsheet_command(
    name: str, project: Path, folder: Path, own: tuple[str, ...], *, overwrite: bool, quiet: bool
) -> None:
    """Answer a question that many regions have: a page with a map, a GeoPackage with layers and a QGIS theme.

    phosphate: where phosphorus comes free and where it is asked, per municipality and along its chain. rwzi-2030: what
    every waste-water plant can give as nutrient, energy and water factory, to whom, and whose sludge it treats.
    craft-centres: who lives far from a recycling yard, second-hand shop or repair cafe, and where a centre helps most.
    business-parks: free land, flows and partners of every park, and where a hub could stand.

    \b
    Examples:
      kansenkaart factsheet phosphate data/noord-holland -o uit/fosfaat
      kansenkaart factsheet rwzi-2030 mijn-regio -o uit/rwzi
      kansenkaart factsheet craft-centres data/noord-holland/ambachtscentra.toml -o uit/ambacht --set minutes=10
      kansenkaart factsheet business-parks data/noord-holland/bedrijventerreinen.toml -o uit/terreinen
    """
    from kansenkaart.exports import check_output_file
    from kansenkaart.factsheets import Region, tell_factsheet, write_factsheet
    from kansenkaart.flows import estimate_flows
    from kansenkaart.safe_write import refuse_unwritable
    from kansenkaart.sources import read_sources

    chosen = _read_own(own)
    loaded = load_project(project)
    texts = load_texts(loaded.project.language)
    with progress_lines(texts, quiet=quiet) as progress:
        for ending in (".html", ".gpkg") if folder.is_dir() else ():
            check_output_file(
                folder / f"{name}{ending}", (ending,), inputs=loaded.inputs, overwrite=overwrite
            )
        sources = read_sources(loaded, progress=lambda what: progress("sources", what))
        progress("flows", "")
        flows = estimate_flows(
            sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=texts
        ).flows
        region = Region(sources, flows, loaded, texts, chosen)
        told = tell_factsheet(name, region)
        progress("write", f"{name}.html")
        with refuse_unwritable(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            write_factsheet(folder, name, told, region)
    if not quiet:
        for ending in ("html", "gpkg"):
            say(texts, "cli.written", file=folder / f"{name}.{ending}")


def _read_own(given: tuple[str, ...]) -> dict[str, float]:
    """Numbers of the user's own by their id, the last where one is given twice."""
    from kansenkaart.errors import UsageError

    read = {}
    for one in given:
        name, _, number = one.partition("=")
        try:
            value = float(number.replace(",", "."))
        except ValueError:
            value = math.nan
        if not name.strip() or not 0 < value < math.inf:
            message = "--set {given}: write a name, = and a number above 0, such as speed_kmh=30."
            raise UsageError("factsheet_set", message, given=one)
        read[name.strip()] = value
    return read
