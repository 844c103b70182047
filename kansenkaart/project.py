"""The project file ``kansenkaart.toml``: one frozen model; an unknown key is refused, not ignored."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kansenkaart.catalogue import Catalogue, OwnNumber, apply_changes, load_catalogue
from kansenkaart.errors import Problem, ProjectError
from kansenkaart.texts import Language

FILE_NAME = "kansenkaart.toml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Region(_Frozen):
    """Which municipalities the map is about, and how far beyond the border partners are read."""

    province: str | None = Field(
        None, description="Name of a province, e.g. 'Noord-Holland', or 'Nederland'."
    )
    municipalities: tuple[str, ...] = Field((), description="CBS codes, e.g. ['GM0363', 'GM0358'].")
    boundary: str | None = Field(None, description="Own layer with the region's outline (any CRS).")
    margin_km: float | None = Field(
        None,
        ge=0,
        description="Rand: partners this far beyond the border count. Default: largest reach, at most 50.",
    )

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        chosen = [self.province is not None, bool(self.municipalities), self.boundary is not None]
        if sum(chosen) != 1:
            raise ValueError("give exactly one of province, municipalities and boundary")
        return self


class Layer(_Frozen):
    """A file with places."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="Short name; the first part of every site id.")
    path: str = Field(description="File, relative to the project file.")
    table: str | None = Field(None, description="Layer of a GeoPackage or sheet of a workbook.")
    recipe: str | None = Field(None, description="A known file: see 'kansenkaart catalogue recipes'.")
    kind: str | None = Field(None, description="Kind of every row; leave out when a column 'kind' says so.")
    crs: str | None = Field(None, description="CRS of the coordinates where the file does not say.")
    delimiter: str | None = Field(None, description="Of a CSV; found by itself when left out.")
    encoding: str | None = Field(None, description="Of a CSV; utf-8, then cp1252 when left out.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Our column -> its code -> ours."
    )
    units: dict[str, str] = Field(default_factory=dict, description="Our column -> unit it is written in.")
    zero_is_unknown: tuple[str, ...] = Field((), description="Columns in which 0 means: nobody knows.")
    location_precision_m: float | None = Field(
        None, ge=0, description="How far a place may lie from its point."
    )
    placement: Literal["point", "polygon", "address", "municipality"] | None = Field(
        None,
        description="What the coordinates are; 'municipality' places a row in the middle of its municipality.",
    )
    source: str | None = Field(None, description="Who publishes it; a column 'source' goes before.")
    year: int | None = Field(None, ge=1990, le=2100, description="Year of the figures; a column goes before.")
    licence: str | None = Field(None, description="Licence of the layer.")


class LinkLayer(_Frozen):
    """A table with what already runs, is planned or stopped."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="Short name; the first part of every link id.")
    path: str = Field(description="CSV or xlsx, relative to the project file.")
    table: str | None = Field(None, description="Sheet of a workbook.")
    delimiter: str | None = Field(None, description="Of a CSV; found by itself when left out.")
    encoding: str | None = Field(None, description="Of a CSV; utf-8, then cp1252 when left out.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    source: str | None = Field(None, description="Who publishes it; a column 'source' goes before.")
    year: int | None = Field(None, ge=1990, le=2100, description="Year of the source; a column goes before.")


class ControlTotal(_Frozen):
    """A published total that the estimated flows of some places must add up to."""

    stream: str = Field(description="Stream of the catalogue.")
    role: Literal["supply", "demand"] = Field(description="Which side the total is about.")
    quantity: float = Field(gt=0, description="Per year in the stream's unit.")
    municipalities: tuple[str, ...] = Field((), description="CBS codes it holds for; empty is the region.")
    kinds: tuple[str, ...] = Field((), description="Kinds it holds for; empty is all.")
    source: str = Field(description="Who published the total.")
    year: int = Field(ge=1990, le=2100, description="Year of the total.")


class StreamSettings(_Frozen):
    """What this project wants otherwise for one stream."""

    hard_km: float | None = Field(None, gt=0, description="No match beyond this.")
    soft_km: float | None = Field(None, gt=0, description="Where no price is known: doubtful from here.")
    objective: Literal["net_eur", "quantity", "co2"] | None = Field(
        None, description="What is maximised. Default: net_eur where a price exists, else quantity."
    )


class Weights(_Frozen):
    """What makes a chance rank high; shares are taken of their sum."""

    net_eur: float = Field(0.3, ge=0, description="Net value per year.")
    co2: float = Field(0.3, ge=0, description="CO2 avoided per year.")
    quantity: float = Field(0.1, ge=0, description="Quantity, compared within a stream.")
    certainty: float = Field(0.2, ge=0, description="Class and share of draws in which the chance stands.")
    r_gain: float = Field(0.1, ge=0, description="Rungs won on the R-ladder.")

    @model_validator(mode="after")
    def _some(self) -> Self:
        total = sum((self.net_eur, self.co2, self.quantity, self.certainty, self.r_gain))
        if not 0 < total < inf:
            raise ValueError("at least one weight must be above 0, and their sum finite")
        return self


class Project(_Frozen):
    """A whole project file."""

    title: str = Field(min_length=1, description="Title on the map.")
    question: str = Field("", description="The question the map answers, one sentence under the title.")
    language: Language = Field("nl", description="Language of everything a build writes: nl or en.")
    region: Region = Field(description="Which area the map is about.")
    layers: tuple[Layer, ...] = Field(min_length=1, description="[[layers]]: files with places.")
    links: tuple[LinkLayer, ...] = Field((), description="[[links]]: what runs, is planned or stopped.")
    control_totals: tuple[ControlTotal, ...] = Field((), description="[[control_totals]]: published totals.")
    streams: tuple[str, ...] = Field(
        (), description="Streams to match; empty is every stream of the catalogue."
    )
    stream: dict[str, StreamSettings] = Field(default_factory=dict, description="[stream.<id>] settings.")
    kengetallen: dict[str, OwnNumber] = Field(
        default_factory=dict, description="[kengetallen.<id>] own numbers."
    )
    prices: dict[str, OwnNumber] = Field(
        default_factory=dict, description="[prices.<id>] own prices and factors."
    )
    weights: Weights = Field(Weights(), description="What makes a chance rank high.")
    include_planned: bool = Field(False, description="Let planned sites take part.")
    stale_after_years: int = Field(
        3, ge=0, le=200, description="A status older than this gets 'controleren'."
    )
    reference_year: int = Field(
        ge=1990, le=2100, description="Year the map speaks of; statuses are judged against it."
    )
    draws: int = Field(200, ge=0, le=10_000, description="Draws for the certainty of a chance; 0 is off.")
    seed: int = Field(2018, ge=0, lt=2**32, description="Seed of the draws: same seed, same map.")
    online_background: bool = Field(False, description="Offer the PDOK background, after a click.")


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
        return [self.folder, self.path, *(self.folder / name for name in named)]

    def changed(self, **settings: object) -> LoadedProject:
        """The same project with some top-level settings changed, checked again."""
        project = Project.model_validate({**self.project.model_dump(), **settings})
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
    project = parse_project(_read(file), str(file))
    catalogue = load_catalogue()
    problems = _check_names(project, catalogue, file) + _check_prices(project, file)
    problems += _check_files(project, file)
    if problems:
        raise ProjectError.of(problems)
    reach = {
        stream: settings.model_dump(include={"hard_km", "soft_km"}, exclude_none=True)
        for stream, settings in project.stream.items()
    }
    own = {
        part: {name: number.dated(project.reference_year) for name, number in getattr(project, part).items()}
        for part in ("kengetallen", "prices")
    }
    changed = apply_changes(catalogue, kengetallen=own["kengetallen"], prices=own["prices"], streams=reach)
    return LoadedProject(project, file, changed)


def parse_project(raw: Mapping[str, Any], file: str) -> Project:
    """Turn the content of a project file into the model; `file` is only named in errors."""
    try:
        return Project.model_validate(raw)
    except ValidationError as error:
        raise ProjectError.of([_explain(fault, file) for fault in error.errors()]) from None


def project_schema() -> dict[str, Any]:
    """JSON schema of the project file, for editors that complete and check TOML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Project.model_json_schema()}


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = (
            "{file} does not exist. Make one with 'kansenkaart new FOLDER', or name another folder or file."
        )
        raise ProjectError("project_missing", message, file=str(file)) from None
    except (OSError, UnicodeDecodeError) as error:
        message = "{file} cannot be read: {error}. It must be a text file in UTF-8."
        raise ProjectError("project_unreadable", message, file=str(file), error=str(error)) from None
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # also a number or a nesting beyond what Python reads
        message = "{file} is not valid TOML: {error}. Text stands between quotes, a list between [ ]."
        raise ProjectError("project_toml", message, file=str(file), error=str(error)) from None


def _explain(fault: Mapping[str, Any], file: str) -> Problem:
    where = [part for part in fault["loc"] if part != "[key]"]
    key = _key_path(where)
    if fault["type"] == "extra_forbidden":
        allowed = sorted(_allowed_keys(where[:-1]))
        near = get_close_matches(str(where[-1]), allowed, n=1)
        hint = near[0] if near else ""
        message = "{file}: unknown key '{key}'. Allowed here: {allowed}."
        if hint:
            message += " Did you mean '{hint}'?"
        name = "project_unknown_key_hint" if hint else "project_unknown_key"
        return Problem(name, message, {"file": file, "key": key, "allowed": ", ".join(allowed), "hint": hint})
    if fault["type"] == "missing":
        message = "{file}: key '{key}' is missing. Add it; 'kansenkaart new' shows an example."
        return Problem("project_missing_key", message, {"file": file, "key": key})
    message = "{file}: '{key}' = {value} is not allowed: {what}."
    values = {
        "file": file,
        "key": key,
        "value": _shown(fault.get("input")),
        "what": _plain(str(fault["msg"])),
    }
    return Problem("project_value", message, values)


def _key_path(where: list[Any]) -> str:
    path = ""
    for part in where:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _allowed_keys(where: list[Any]) -> set[str]:
    model: Any = Project
    for part in where:
        if isinstance(part, int) or not hasattr(model, "model_fields") or part not in model.model_fields:
            continue
        model = _MODELS.get(str(part), model)
    return set(model.model_fields)


_MODELS: dict[str, type[_Frozen]] = {
    "region": Region,
    "layers": Layer,
    "links": LinkLayer,
    "control_totals": ControlTotal,
    "stream": StreamSettings,
    "weights": Weights,
}


def _plain(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists in lists
        text = type(value).__name__
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


_LONGEST_SHOWN = 80


def _check_names(project: Project, catalogue: Catalogue, file: Path) -> list[Problem]:
    """Names that must exist in the catalogue, and names that must not stand twice."""
    asked: list[tuple[str, str, Iterable[str]]] = []
    asked += [("streams", stream, catalogue.streams) for stream in project.streams]
    asked += [(f"stream.{stream}", stream, catalogue.streams) for stream in project.stream]
    asked += [(f"kengetallen.{name}", name, catalogue.kengetallen) for name in project.kengetallen]
    asked += [(f"prices.{name}", name, catalogue.prices) for name in project.prices]
    for number, total in enumerate(project.control_totals, start=1):
        asked.append((f"control_totals[{number}].stream", total.stream, catalogue.streams))
        asked += [(f"control_totals[{number}].kinds", kind, catalogue.kinds) for kind in total.kinds]
    for number, layer in enumerate(project.layers, start=1):
        if layer.kind is not None:
            asked.append((f"layers[{number}].kind", layer.kind, catalogue.kinds))
        if layer.recipe is not None:
            asked.append((f"layers[{number}].recipe", layer.recipe, catalogue.recipes))
    problems = [
        _unknown_name(file, key, name, allowed) for key, name, allowed in asked if name not in allowed
    ]
    names = [layer.name for layer in project.layers] + [layer.name for layer in project.links]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = (
            "{file}: two layers are called '{name}'. Give each its own name: it is the start of every id."
        )
        problems.append(Problem("project_double_layer", message, {"file": str(file), "name": name}))
    return problems


def _unknown_name(file: Path, key: str, name: str, allowed: Iterable[str]) -> Problem:
    options = sorted(allowed)
    near = get_close_matches(name, options, n=3) or options
    message = "{file}: '{key}' names '{name}', which does not exist. Nearest: {allowed}. See 'kansenkaart catalogue'."
    values = {"file": str(file), "key": key, "name": name, "allowed": ", ".join(near)}
    return Problem("project_unknown_name", message, values)


# Divided by, or a size or a length that cannot be nothing.
_ABOVE_ZERO = ("full_load_hours", "pipe_max_mw", "detour_factor", "annuity")


def _check_prices(project: Project, file: Path) -> list[Problem]:
    """Own prices that must be above 0."""
    return [
        Problem(
            "project_value",
            "{file}: '{key}' = {value} is not allowed: {what}.",
            {
                "file": str(file),
                "key": f"prices.{name}.low",
                "value": _shown(project.prices[name].low),
                "what": "input should be greater than 0",
            },
        )
        for name in _ABOVE_ZERO
        if name in project.prices and project.prices[name].low <= 0
    ]


def _check_files(project: Project, file: Path) -> list[Problem]:
    """Files that the project names and that are not there."""
    paths = [(f"layers[{number}].path", layer.path) for number, layer in enumerate(project.layers, start=1)]
    paths += [(f"links[{number}].path", layer.path) for number, layer in enumerate(project.links, start=1)]
    if project.region.boundary is not None:
        paths.append(("region.boundary", project.region.boundary))
    message = "{file}: '{key}' names {path}, which does not exist below {folder}. Mind spelling and capitals."
    return [
        Problem(
            "layer_missing",
            message,
            {"file": str(file), "key": key, "path": path, "folder": str(file.parent)},
        )
        for key, path in paths
        if not (file.parent / path).is_file()
    ]
