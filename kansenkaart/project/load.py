"""Reads a project file and checks it against the catalogue and the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kansenkaart.catalogue import Catalogue, OwnNumber, apply_changes, load_catalogue
from kansenkaart.catalogue.changes import add_processors
from kansenkaart.catalogue.formulas import at_year
from kansenkaart.catalogue.workshop import add_workshop_kind
from kansenkaart.database import is_database
from kansenkaart.errors import KansenkaartError, ProjectError
from kansenkaart.project.checks import (
    check_databases,
    check_files,
    check_names,
    check_price_year,
    check_prices,
    check_processors,
    check_scenes,
    explain_profile,
    own_profiles,
    price_year,
    surrounding_files,
)
from kansenkaart.project.effects import check_effects
from kansenkaart.project.faults import explain_fault, is_echo
from kansenkaart.project.models import Project
from kansenkaart.project.read_toml import read_toml

FILE_NAME = "kansenkaart.toml"

# Times as dear as a pipe in the open field.
GROUND = "pipe_ground_factor"


@dataclass(frozen=True)
class LoadedProject:
    """A project with the folder its paths are relative to, and the catalogue with its changes applied."""

    project: Project
    path: Path
    catalogue: Catalogue

    @property
    def folder(self) -> Path:
        """Folder that holds the project file."""
        return self.path.parent

    @property
    def inputs(self) -> list[Path]:
        """The project folder and file, and every file the project reads: no output may take their place."""
        project = self.project
        named = [layer.path for layer in project.layers] + [layer.path for layer in project.links]
        named += [project.region.boundary] if project.region.boundary is not None else []
        named += [path for _, path in surrounding_files(project)]
        named += [project.workshop.decisions] if project.workshop.decisions is not None else []
        return [self.folder, self.path, *(self.folder / name for name in named if not is_database(name))]

    def changed(self, **settings: object) -> LoadedProject:
        """The same project with some top-level settings changed, checked again."""
        project = parse_project({**self.project.model_dump(), **settings}, str(self.path))
        return LoadedProject(project, self.path, self.catalogue)


def load_project(path: Path | str) -> LoadedProject:
    """Read and check a project file or the folder that holds it.

    Parameters
    ----------
    path
        ``kansenkaart.toml`` or its folder.

    Raises
    ------
    ProjectError
        With every fault at once: file, key, the value, what is allowed and what to do.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    project = parse_project(read_toml(file), str(file))
    catalogue = load_catalogue()
    if not (problems := check_price_year(project, catalogue, file)):
        catalogue = at_year(catalogue, price_year(project, catalogue))
    problems += check_names(project, catalogue, file) + check_prices(project, file)
    problems += check_processors(project, catalogue, file) + check_files(project, file)
    problems += check_effects(project, catalogue, file) + check_scenes(project, catalogue, file)
    problems += check_databases(project, file)
    if problems:
        raise _in_language(ProjectError.of(problems), project.language)
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
        faults = [fault for fault in error.errors() if not is_echo(fault)]
        problems = [explain_profile(fault, file) or explain_fault(fault, file) for fault in faults]
        raise _in_language(ProjectError.of(problems), raw.get("language")) from None


def _in_language(error: KansenkaartError, language: object) -> KansenkaartError:
    """The error, to be told in the language that the project asks for, as far as that can be told."""
    if language == "en":
        error.language = "en"
    return error


def project_schema() -> dict[str, Any]:
    """JSON schema of the project file, for editors that complete and check TOML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Project.model_json_schema()}
