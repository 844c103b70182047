"""Reads a project file and checks it against the catalogue and the disk, and refuses what would have no effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue, OwnNumber, apply_changes, load_catalogue
from kansenkaart.catalogue.changes import add_processors, at_year, with_markets
from kansenkaart.catalogue.workshop import add_workshop_kind
from kansenkaart.errors import Fault, KansenkaartError, ProjectError
from kansenkaart.outward import is_database
from kansenkaart.project.check_foreseen import check_foreseen, check_scenario
from kansenkaart.project.checks import (
    check_databases,
    check_files,
    check_names,
    check_price_year,
    check_prices,
    check_processors,
    check_scenes,
    explain_profile,
    named_files,
    own_profiles,
    price_year,
)
from kansenkaart.project.faults import explain_fault, is_echo
from kansenkaart.project.layers import Friction
from kansenkaart.project.models import Project
from kansenkaart.project.overlay import fill_scenarios, lay_over
from kansenkaart.project.own_recipes import read_own_recipes
from kansenkaart.project.read_toml import read_toml
from kansenkaart.project.withheld import Edition, Withheld
from kansenkaart.project.written import shown

FILE_NAME = "kansenkaart.toml"

# Times as dear as a pipe in the open field.
GROUND = "pipe_ground_factor"


@dataclass(frozen=True)
class LoadedProject:
    """A project with the folder its paths are relative to, and the catalogue with its changes applied.

    ``scenario`` is the name of what was laid over it; empty: nothing.
    ``withheld`` says which rows are not read; an internal edition has none.
    """

    project: Project
    path: Path
    catalogue: Catalogue
    scenario: str = ""
    withheld: Withheld | None = None

    @property
    def edition(self) -> Edition:
        """Who may see it: internal has everything."""
        return "internal" if self.withheld is None else self.withheld.edition

    @property
    def folder(self) -> Path:
        """Folder that holds the project file."""
        return self.path.parent

    @property
    def inputs(self) -> list[Path]:
        """The project folder and file, and every file the project reads: no output may take their place."""
        named = [path for _, path in named_files(self.project)]
        return [self.folder, self.path, *(self.folder / name for name in named if not is_database(name))]

    def changed(self, **settings: object) -> LoadedProject:
        """The same project with some top-level settings changed, checked again."""
        project = parse_project({**self.project.model_dump(), **settings}, str(self.path))
        return replace(self, project=project)


def load_project(path: Path | str, *, scenario: str = "") -> LoadedProject:
    """Read and check a project file or the folder that holds it, with all its scenarios.

    Parameters
    ----------
    path
        ``kansenkaart.toml`` or its folder.
    scenario
        Name of the scenario to lay over it; empty: the project as it stands.

    Raises
    ------
    ProjectError
        With every fault at once: file, key, the value, what is allowed and what to do.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    raw = read_toml(file)
    if "scenarios" in raw:
        raw = fill_scenarios(raw)
    base = complete_project(parse_project(raw, str(file)), file)
    faults: list[Fault] = []
    loaded = {"": base}
    for name in base.project.scenarios:
        overlay = lay_over(raw, name)
        try:
            loaded[name] = replace(
                complete_project(parse_project(overlay.raw, str(file)), file), scenario=name
            )
        except ProjectError as error:
            faults += [overlay.place(fault) for fault in error.faults]
        else:
            faults += check_scenario(base.project, loaded[name].project, name, file)
    if scenario not in loaded and scenario not in base.project.scenarios:
        faults.append(_no_scenario(scenario, base.project, file))
    if faults:
        raise _in_language(ProjectError.of(faults), base.project.language)
    return loaded[scenario]


def _no_scenario(name: str, project: Project, file: Path) -> Fault:
    message = "{file} has no scenario '{name}'. {hint}"
    values = {"file": str(file), "name": name, "hint": suggest(name, sorted(project.scenarios))}
    return Fault("project_no_scenario", message, values)


def complete_project(project: Project, file: Path) -> LoadedProject:
    """Check a project against the catalogue and the disk, and apply its changes to the catalogue.

    Parameters
    ----------
    file
        Project file: paths that are not absolute are relative to its folder; named in errors, not read.

    Raises
    ------
    ProjectError
        With every fault at once: file, key, the value, what is allowed and what to do.
    """
    catalogue = load_catalogue()
    if not (faults := check_price_year(project, catalogue, file)):
        catalogue = at_year(catalogue, price_year(project, catalogue))
    if any(layer.recipe is not None for layer in project.layers):
        own_recipes, wrong = read_own_recipes(project, catalogue, file)
        catalogue = replace(catalogue, recipes={**catalogue.recipes, **own_recipes})
        faults += wrong
    faults += check_names(project, catalogue, file) + check_prices(project, file)
    faults += check_processors(project, catalogue, file) + check_files(project, file)
    faults += check_effects(project, catalogue, file) + check_scenes(project, catalogue, file)
    if project.growth or project.closed or project.planned:
        faults += check_foreseen(project, catalogue, file)
    faults += check_databases(project, file)
    if faults:
        raise _in_language(ProjectError.of(faults), project.language)
    reach = {
        stream: settings.model_dump(include={"hard_km", "soft_km"}, exclude_none=True)
        for stream, settings in project.stream.items()
    }
    own = {
        part: {name: number.dated(project.reference_year) for name, number in getattr(project, part).items()}
        for part in ("kengetallen", "prices")
    }
    if project.ground == "urban":
        own["prices"] = {GROUND: _dear_ground(catalogue), **own["prices"]}
    changed = apply_changes(
        catalogue,
        kengetallen=own["kengetallen"],
        prices=own["prices"],
        streams=reach,
        profiles=own_profiles(project),
    )
    markets = {
        stream: settings.elsewhere if settings.sold_elsewhere else None
        for stream, settings in project.stream.items()
        if settings.elsewhere is not None or not settings.sold_elsewhere
    }
    changed = with_markets(changed, markets, year=project.reference_year)
    changed = add_processors(changed, project.processors, year=project.reference_year)
    if project.workshop.decisions is not None:
        changed = add_workshop_kind(changed)
    return LoadedProject(project, file, changed)


def _dear_ground(catalogue: Catalogue) -> OwnNumber:
    """The factor of a town for what is laid in the ground."""
    town = catalogue.prices["pipe_urban_factor"]
    return OwnNumber(low=town.low, value=town.value, high=town.high, source=town.source, year=town.year)


def parse_project(raw: Mapping[str, Any], file: str) -> Project:
    """Turn the content of a project file into the model; `file` is only named in errors."""
    try:
        return Project.model_validate(raw)
    except ValidationError as error:
        told = [found for found in error.errors() if not is_echo(found)]
        faults = [explain_profile(found, file) or explain_fault(found, file) for found in told]
        raise _in_language(ProjectError.of(faults), raw.get("language")) from None


def _in_language(error: KansenkaartError, language: object) -> KansenkaartError:
    """The error, to be told in the language that the project asks for, as far as that can be told."""
    if language == "en":
        error.language = "en"
    return error


def project_schema() -> dict[str, Any]:
    """JSON schema of the project file, for editors that complete and check TOML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Project.model_json_schema()}


# More mass out than in comes from water or an additive, and half as much again is the most that is plausible.
MOST_MASS = 1.5


def check_effects(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """Settings without effect, and yields that make mass of nothing.

    Parameters
    ----------
    project, catalogue
        Names that do not exist are passed over: they are told elsewhere.
    file
        Named in the faults.
    """
    name = str(file)
    return [
        *_check_stores(project, catalogue, name),
        *_check_lots(project, name),
        *_check_means(project, catalogue, name),
        *_check_cell(project, name),
        *_check_yields(project, catalogue, name),
        *_check_coupling(project, catalogue, name),
        *_check_rasters(project, name),
    ]


def _check_stores(project: Project, catalogue: Catalogue, file: str) -> Iterator[Fault]:
    for stream, settings in project.stream.items():
        if settings.storage_efficiency is None or stream not in catalogue.streams:
            continue
        values = {
            "file": file,
            "key": f"stream.{stream}.storage_efficiency",
            "value": shown(settings.storage_efficiency),
            "stream": stream,
        }
        if not catalogue.streams[stream].seasonal:
            allowed = ", ".join(sorted(one for one, known in catalogue.streams.items() if known.seasonal))
            message = (
                "{file}: '{key}' = {value} has no effect: {stream} is not matched month by month, so there is nothing "
                "to store. A store is possible for: {allowed}. Leave it out."
            )
            yield Fault("project_store_stream", message, {**values, "allowed": allowed})
        elif not project.method.season:
            message = (
                "{file}: '{key}' = {value} has no effect with method.season = false: a store carries over months. "
                "Leave it out, or set season = true."
            )
            yield Fault("project_store_season", message, values)


def _check_lots(project: Project, file: str) -> Iterator[Fault]:
    if project.method.lots:
        return
    for stream, settings in project.stream.items():
        for name in ("min_lot", "storage_months"):
            if value := getattr(settings, name):
                message = (
                    "{file}: '{key}' = {value} has no effect with method.lots = false. Leave it out, or set "
                    "lots = true."
                )
                values = {"file": file, "key": f"stream.{stream}.{name}", "value": shown(value)}
                yield Fault("project_lot_off", message, values)


def _check_means(project: Project, catalogue: Catalogue, file: str) -> Iterator[Fault]:
    """Streams that are sent along a way they do not go."""
    known = catalogue.streams
    if project.roads is not None:
        for stream in project.roads.streams:
            if stream in known and known[stream].mode == "pipe":
                message = (
                    "{file}: 'roads.streams' names {value}, which goes by pipe and follows no road. Leave it out; a "
                    "pipe follows [friction]. By road go: {allowed}."
                )
                allowed = ", ".join(sorted(one for one in known if known[one].mode != "pipe"))
                values = {"file": file, "value": shown(stream), "allowed": allowed}
                yield Fault("project_roads_pipe", message, values)
    for number, network in enumerate(project.networks, start=1):
        if (
            network.stream is not None
            and network.stream in known
            and "pipe" not in known[network.stream].mode
        ):
            message = (
                "{file}: '{key}' is {value}, which goes by truck; a network is a pipe. Leave the layer out. By pipe "
                "go: {allowed}."
            )
            allowed = ", ".join(sorted(one for one in known if "pipe" in known[one].mode))
            values = {"file": file, "key": f"networks[{number}].stream", "value": shown(network.stream)}
            yield Fault("project_network_truck", message, {**values, "allowed": allowed})
    if project.friction is not None:
        for stream in project.friction.streams:
            if stream in known and "pipe" not in known[stream].mode:
                message = (
                    "{file}: 'friction.streams' names {value}, which goes by truck; friction is the cost of a pipe. "
                    "Leave it out; trucks follow [roads]. By pipe go: {allowed}."
                )
                allowed = ", ".join(sorted(one for one in known if "pipe" in known[one].mode))
                values = {"file": file, "value": shown(stream), "allowed": allowed}
                yield Fault("project_friction_truck", message, values)


def _check_cell(project: Project, file: str) -> Iterator[Fault]:
    friction = project.friction
    usual = Friction.model_fields["cell_m"].default
    if friction is not None and friction.path is not None and friction.cell_m != usual:
        message = (
            "{file}: 'friction.cell_m' = {value} has no effect with friction.path: the GeoTIFF has cells of its own. "
            "Leave it out, or give [[friction.layers]] instead of path."
        )
        yield Fault("project_cell_raster", message, {"file": file, "value": shown(friction.cell_m)})


def _check_yields(project: Project, catalogue: Catalogue, file: str) -> Iterator[Fault]:
    for number, one in enumerate(project.processors, start=1):
        streams = [catalogue.streams.get(stream) for stream in (one.takes, one.makes)]
        if any(stream is None or stream.unit != "t" for stream in streams) or one.high <= MOST_MASS:
            continue
        part = next(part for part in ("low", "value", "high") if getattr(one, part) > MOST_MASS)
        message = (
            "{file}: '{key}' = {value}: a tonne of {takes} cannot become {value} t of {makes}; allowed: at most "
            "{most} t per t. The yield is what is made per unit taken: is it the other way round?"
        )
        values = {
            "file": file,
            "key": f"processors[{number}].{part}",
            "value": shown(getattr(one, part)),
            "takes": one.takes,
            "makes": one.makes,
            "most": f"{MOST_MASS:g}",
        }
        yield Fault("project_yield", message, values)


def _check_coupling(project: Project, catalogue: Catalogue, file: str) -> Iterator[Fault]:
    """Heat only with CO2, in a project that has one of them only."""
    used = project.streams or tuple(catalogue.streams)
    if project.method.coupling != "required":
        return
    missing = [names for part in ("co2", "heat") if not set(used) & set(names := catalogue.coupled(part))]
    if not missing:
        return
    absent = " / ".join(missing[0])
    message = (
        "{file}: 'method.coupling' = {value} has no effect: 'streams' holds no {absent}, and the coupling is of heat "
        'with CO2 to the same greenhouse. Add it to streams, or set coupling = "off".'
    )
    yield Fault(
        "project_coupling_absent", message, {"file": file, "value": shown("required"), "absent": absent}
    )


# How many cells long the radius of a raster's kernel may be: fewer make blots, more take minutes.
CELLS_IN_RADIUS = (2, 50)


def _check_rasters(project: Project, file: str) -> Iterator[Fault]:
    rasters, usual = project.rasters, type(project.rasters)()
    for name in ("cell_m", "radius_km", "streams"):
        value = getattr(rasters, name)
        if not rasters.write and value != getattr(usual, name):
            message = (
                "{file}: '{key}' = {value} has no effect with rasters.write = false. Leave it out, or set "
                "write = true."
            )
            values = {"file": file, "key": f"rasters.{name}", "value": shown(value)}
            yield Fault("project_raster_off", message, values)
    fewest, most = CELLS_IN_RADIUS
    if (
        not rasters.cell_m
        or not rasters.radius_km
        or fewest <= rasters.radius_km * 1000.0 / rasters.cell_m <= most
    ):
        return
    message = (
        "{file}: 'rasters.cell_m' = {value} does not fit rasters.radius_km = {radius}: the radius must be {fewest} to "
        "{most} cells long. Allowed: {least} to {largest} m; or leave cell_m out, then one that fits is chosen."
    )
    yield Fault(
        "project_raster_cell",
        message,
        {
            "file": file,
            "value": shown(rasters.cell_m),
            "radius": shown(rasters.radius_km),
            "fewest": fewest,
            "most": most,
            "least": f"{max(100.0, rasters.radius_km * 1000.0 / most):g}",
            "largest": f"{min(10_000.0, rasters.radius_km * 1000.0 / fewest):g}",
        },
    )
