"""``kansenkaart download``: registers over the network, for the area of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import geopandas as gpd
import rich_click as click

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.options import quietness
from kansenkaart.cli.screen import progress_lines, say, show_fault
from kansenkaart.download.pages import Box, LayerRequest
from kansenkaart.errors import DataError, Fault, UsageError
from kansenkaart.geo import RD, WGS84
from kansenkaart.project import LoadedProject
from kansenkaart.project.add_background import add_background
from kansenkaart.project.load import FILE_NAME, parse_project
from kansenkaart.project.own_recipes import read_own_recipes
from kansenkaart.project.read_toml import read_toml
from kansenkaart.sources.answers import KEPT, read_answers
from kansenkaart.sources.read import EXTENSIONS
from kansenkaart.texts import load_texts

if TYPE_CHECKING:
    from kansenkaart.catalogue import Recipe

FOLDER = "bronnen"
# Beside recipes: the addresses of the rows, by the service of the project; and all that may lie behind the map.
ADDRESSES = "addresses"
BACKGROUND = "background"
Told = Callable[[str, Mapping[str, object]], None]


@click.command("download")
@click.argument("project", type=click.Path(path_type=Path))
@click.argument("recipes", nargs=-1, metavar="[RECIPE]...")
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="RECIPE=URL",
    help="Another address of a recipe's service.",
)
@click.option(
    "--ca", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with own certificates."
)
@click.option(
    "--max-mb",
    type=click.IntRange(min=1),
    default=20_000,
    show_default=True,
    help="No file or layer is larger.",
)
@quietness
def download_command(
    project: Path,
    recipes: tuple[str, ...],
    services: tuple[str, ...],
    ca: Path | None,
    max_mb: int,
    quiet: bool,
) -> None:
    """Fetch registers for the area of PROJECT and its margin, into its folder 'bronnen'; a build stays offline.

    Without RECIPE those that its layers name, and the addresses of their rows where [addresses] names a service; of one
    that no program may fetch is told where to ask for it. 'background' is all that may lie behind the map: what came is
    written below the project file, as [[background]]. What came in part is kept, and the same command goes on from
    there; what did not change is not fetched again, where the service can tell. Beside each file stands a receipt.

    \b
    Examples:
      kansenkaart download mijn-regio top10nl_kassen bag
      kansenkaart download mijn-regio nwb --service nwb=https://geo.provincie.nl/ogc
      kansenkaart download mijn-regio addresses
      kansenkaart download mijn-regio background
    """
    file = project / FILE_NAME if project.is_dir() else project
    # its layers need not be there yet: they are what is fetched
    loaded = LoadedProject(parse_project(read_toml(file), str(file)), file, load_catalogue())
    texts = load_texts(loaded.project.language)
    service = None if loaded.project.addresses is None else loaded.project.addresses.endpoint
    asked, by_hand = _list_asked(loaded, recipes, services, places=service is not None)
    for fault in by_hand:
        show_fault(fault, texts)
    folder = loaded.folder / FOLDER
    folder.mkdir(exist_ok=True)
    try:
        from kansenkaart.download.client import Client, Patience
        from kansenkaart.download.fetch import fetch
    except ModuleNotFoundError as error:
        message = "'kansenkaart download' needs {module}: pip install \"kansenkaart[download]\"."
        raise DataError("download_extra", message, module=error.name) from None
    failed: list[Fault] = []
    behind: dict[Path, Recipe] = {}
    known = _list_known(loaded)
    with progress_lines(texts, quiet=quiet) as show:

        def tell(key: str, values: Mapping[str, object]) -> None:
            show("download", texts(f"download.{key}", **values))

        with Client(Patience(most_mb=max_mb), told=tell, ca=ca) as client:
            for name, one in asked.items():
                try:
                    fetched = fetch(one, folder / name.removesuffix(".toml"), client, told=tell)
                except DataError as error:
                    failed += error.faults
                    continue
                if known[name].use == BACKGROUND:
                    behind[fetched.path] = known[name]
                if not quiet:
                    key = "unchanged" if fetched.unchanged else "fetched"
                    say(texts, f"download.{key}", name=name, path=fetched.path, count=fetched.rows)
        if service is not None and (not recipes or ADDRESSES in recipes):
            try:
                _ask_addresses(loaded, service, ca, tell, quiet=quiet)
            except DataError as error:
                failed += error.faults
        titles = {name: texts(f"background.{name}") for name, one in known.items() if one.use == BACKGROUND}
        added = add_background(file, loaded.project, behind, titles)
        if added and not quiet:
            say(texts, "download.behind", titles=", ".join(added), path=file)
        if failed:
            raise DataError.of(failed)


def _list_known(loaded: LoadedProject) -> dict[str, Recipe]:
    """All recipes, those of the project among them; of one that cannot be read `_list_asked` tells."""
    own, _ = read_own_recipes(loaded.project, loaded.catalogue, loaded.path)
    return {**loaded.catalogue.recipes, **own}


def _ask_addresses(loaded: LoadedProject, service: str, ca: Path | None, tell: Told, *, quiet: bool) -> None:
    """Ask the service of the project, and nobody else, where the rows lie that no table places."""
    from kansenkaart.download.client import Client
    from kansenkaart.download.geocode import ask_addresses
    from kansenkaart.sources.sources import list_unasked

    kept = loaded.folder / KEPT
    questions = sorted(list_unasked(loaded, progress=lambda _: None), key=astuple)
    with Client(told=tell, ca=ca, stays=True) as client:
        ask_addresses(questions, service, kept, client, told=tell)
    if not quiet:
        answers = read_answers(kept)
        placed = sum(one.x is not None for one in answers.values())
        texts = load_texts(loaded.project.language)
        say(texts, "download.addresses", path=kept, count=len(answers), placed=placed)


def _list_asked(
    loaded: LoadedProject, recipes: tuple[str, ...], services: tuple[str, ...], *, places: bool
) -> tuple[dict[str, LayerRequest], list[Fault]]:
    """What is asked per recipe, and where to ask for what nobody may just fetch: a fault where it was named."""
    own, faults = read_own_recipes(loaded.project, loaded.catalogue, loaded.path)
    known = {**loaded.catalogue.recipes, **own}
    named = recipes or tuple(dict.fromkeys(one.recipe for one in loaded.project.layers if one.recipe))
    behind = [name for name, one in known.items() if one.use == BACKGROUND and one.look]
    if BACKGROUND in named:
        named = tuple(
            dict.fromkeys(one for name in named for one in (behind if name == BACKGROUND else [name]))
        )
    addresses = dict(_split(one, named) for one in services)
    asked: dict[str, LayerRequest] = {}
    by_hand: list[Fault] = []
    box = _find_box(loaded)
    for name in named:
        if name == ADDRESSES and places:
            continue
        if name not in known:
            values = {"name": name, "hint": suggest(name, known)}
            faults.append(Fault("download_recipe", "There is no recipe '{name}'. {hint}", values))
            continue
        way = next((one for one in known[name].fetch if one.protocol != "request"), None)
        if way is None or (way.protocol == "file" and Path(way.url).suffix not in (*EXTENSIONS, ".zip")):
            by_hand.append(_by_hand(name, known[name]))
            continue
        asked[name] = LayerRequest(way.protocol, addresses.get(name, way.url), way.layer, *box, way.filter)
    if not named and not places:
        faults.append(
            Fault("download_nothing", "Name a recipe, such as top10nl_kassen: no layer names one.", {})
        )
    if (recipes and BACKGROUND not in recipes) or not (asked or places):
        faults += by_hand
    if faults:
        raise DataError.of(faults)
    return asked, by_hand


def _find_box(loaded: LoadedProject) -> tuple[Box, Box]:
    """West, south, east and north of the region with its margin, in degrees and in RD New."""
    from kansenkaart.sources.region import load_boundaries, read_region

    region = read_region(loaded, load_boundaries())
    west, south, east, north = region.outline.buffer(region.margin_m).bounds
    corners = gpd.GeoSeries(
        gpd.points_from_xy([west, west, east, east], [south, north, south, north]), crs=RD
    )
    degrees = corners.to_crs(WGS84).total_bounds.tolist()
    return (degrees[0], degrees[1], degrees[2], degrees[3]), (west, south, east, north)


def _split(text: str, named: tuple[str, ...]) -> tuple[str, str]:
    """Recipe and address; of a recipe that is not fetched now an address would do nothing."""
    name, mark, url = text.partition("=")
    if mark and name not in named:
        message = "--service: '{name}' is not fetched now. Allowed: {allowed}."
        raise UsageError("service_recipe", message, name=name, allowed=", ".join(named) or "-")
    if not mark or not url.startswith(("http://", "https://")) or not _names_host(url):
        message = "--service: '{given}' is no RECIPE=https://..., such as bag=https://api.pdok.nl/lv/bag."
        raise UsageError("service_form", message, given=text)
    return name, url


def _names_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:  # a bracket that is not closed
        return False


def _by_hand(name: str, recipe: Recipe) -> Fault:
    ways = "; ".join(f"{one.url} {one.note}".strip() for one in recipe.fetch) or "-"
    message = "'{name}' cannot be fetched by a program. Get it by hand: {ways}."
    return Fault("download_by_hand", message, {"name": name, "ways": ways})
