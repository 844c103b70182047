"""Reads a project file and checks it against the catalogue and the disk."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kansenkaart.catalogue import Catalogue, apply_changes, load_catalogue
from kansenkaart.catalogue.processors import add_processors
from kansenkaart.catalogue.workshop import add_workshop_kind
from kansenkaart.database import is_database
from kansenkaart.errors import KansenkaartError, Problem, ProjectError
from kansenkaart.project.checks import (
    check_databases,
    check_files,
    check_names,
    check_prices,
    check_processors,
    check_scenes,
    explain_profile,
    own_profiles,
    surrounding_files,
)
from kansenkaart.project.effects import check_effects
from kansenkaart.project.faults import explain_fault, is_echo
from kansenkaart.project.input_files import is_there
from kansenkaart.project.models import Project
from kansenkaart.project.written import shown
from kansenkaart.reasons import find_reason, name_reason

FILE_NAME = "kansenkaart.toml"

# Python tells where a fault is only in words.
_PLACE = re.compile(r"at line (\d+), column (\d+)")
# No project needs half as many; what reads the project follows every level on the stack.
_DEEPEST = 32
_LARGEST_MB = 20
_OF_BACKSLASH = ("Unescaped", "Invalid hex value", "Escaped character")


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
    problems = check_names(project, catalogue, file) + check_prices(project, file)
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


def read_toml(file: Path) -> dict[str, Any]:
    """Read `file`; raises ``ProjectError`` when it is absent, no text or no TOML."""
    try:
        _refuse_unfit(file)
        text = file.read_bytes().decode("utf-8").removeprefix("\ufeff")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        message = (
            "{file} does not exist. Make one with 'kansenkaart new FOLDER', or name another folder or file."
        )
        raise ProjectError("project_missing", message, file=str(file)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "{file}: line {line} is not text in UTF-8. Save the file as UTF-8."
        raise ProjectError("project_not_utf8", message, file=str(file), line=line) from None
    except OSError as error:
        raise _unreadable(file, find_reason(error)) from None
    try:
        read = tomllib.loads(text)
        _refuse_nested(read)
    except (ValueError, RecursionError) as error:  # also a number or a nesting beyond what Python reads
        raise _no_toml(error, text, str(file)) from None
    path = next((path for path in _paths(read) if any(ord(letter) < ord(" ") for letter in path)), None)
    if path is not None:
        # \t and \n of C:\temp\nieuw.gpkg are a tab and a new line: no fault of TOML, and no file either
        lines = text.split("\n")
        line = next((number for number, one in enumerate(lines, start=1) if "\\" in one and "path" in one), 1)
        raise _backslash(str(file), line, shown(lines[line - 1].strip()))
    return read


def _refuse_unfit(file: Path) -> None:
    """Refuse what would never end, or is no text that somebody wrote."""
    if file.exists() and not file.is_dir() and not is_there(file):
        raise _unreadable(file, name_reason("reason_no_file"))
    if is_there(file) and file.stat().st_size > _LARGEST_MB * 1_000_000:
        raise _unreadable(file, name_reason("reason_large", allowed=_LARGEST_MB))


def _unreadable(file: Path, reason: Problem) -> ProjectError:
    message = "{file} cannot be opened: {error}. Is it a file, and may you read it?"
    return ProjectError("project_unreadable", message, file=str(file), error=reason)


def _no_toml(error: Exception, text: str, file: str) -> ProjectError:
    lines = text.rstrip("\n").split("\n")
    place = _PLACE.search(str(error))
    if place is None and "end of document" not in str(error):
        message = (
            "{file} holds a number of thousands of digits, or brackets too deep in each other. Take it out."
        )
        return ProjectError("project_toml_beyond", message, file=file)
    line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
    there = shown(lines[min(line, len(lines)) - 1].strip())
    values: dict[str, object] = {"file": file, "line": line, "column": column, "text": there}
    if "\\" in there and str(error).startswith(_OF_BACKSLASH):
        return _backslash(file, line, there)
    if str(error).startswith("Cannot"):
        message = (
            "{file}, line {line}: {text} gives a key or table that stands in the file already. Keep one."
        )
        return ProjectError("project_toml_twice", message, **values)
    message = (
        "{file}, line {line}, character {column}: {text} is no TOML. Text stands between quotes, a list between [ and "
        "], a number has a point before its decimals."
    )
    return ProjectError("project_toml", message, **values)


def _refuse_nested(read: dict[str, Any]) -> None:
    level: list[Any] = [read]
    for _ in range(_DEEPEST):
        inner = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in inner if isinstance(one, dict | list)]
    if level:
        raise RecursionError


def _paths(value: object) -> Iterator[str]:
    """Every text under a key `path`, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value["path"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _paths(one)


def _backslash(file: str, line: int, text: str) -> ProjectError:
    message = (
        "{file}, line {line}: {text} holds a backslash, and between double quotes that means something else. Write a "
        "path with / instead, or put it between single quotes."
    )
    return ProjectError("project_toml_backslash", message, file=file, line=line, text=text)
