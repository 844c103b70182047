"""From files to the layers of a project file: what was proposed as TOML, with what speaks for it as comments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.words import Words
from kansenkaart.geo import lie_on_earth, to_rd
from kansenkaart.outward import make_plain
from kansenkaart.project.written import quote, write_key
from kansenkaart.sources.look import Look
from kansenkaart.sources.municipality import LabelGrid
from kansenkaart.sources.propose import Proposal, find_unknown
from kansenkaart.sources.region import Boundaries
from kansenkaart.texts import Texts, fold_word


@dataclass(frozen=True)
class Named:
    """A table of a file, with the name that it gets in the project.

    Parameters
    ----------
    path
        File as the user named it.
    alone
        Whether it is the only table of its file.
    """

    name: str
    path: Path
    look: Look
    alone: bool


@dataclass(frozen=True)
class Draft:
    """A table and what is proposed for it."""

    named: Named
    proposal: Proposal


def name_tables(found: Iterable[tuple[Path, Look]]) -> list[Named]:
    """Give every table a name of its own: that of the table where a file has several, else that of the file."""
    several = list(found)
    named: list[Named] = []
    for path, look in several:
        alone = sum(other == path for other, _ in several) == 1
        text = path.stem if alone or look.table is None else look.table
        name = stem = fold_word(text) or "laag"
        number = 2
        while any(one.name == name for one in named):
            name, number = f"{stem}_{number}", number + 1
        named.append(Named(name, path, look, alone))
    return named


def find_province(drafts: Iterable[Draft], boundaries: Boundaries) -> str | None:
    """Return the province in which most places lie."""
    areas = boundaries.areas
    grid = LabelGrid(areas)
    provinces = areas["province"].to_numpy()
    found: list[pd.Series] = []
    for draft in drafts:
        raw = draft.proposal.look.raw
        if raw.geometry is not None and raw.crs is not None:
            shapes = raw.geometry[~(shapely.is_missing(raw.geometry.to_numpy()) | raw.geometry.is_empty)]
            points = to_rd(gpd.GeoDataFrame(geometry=shapes.set_crs(raw.crs, allow_override=True))).geometry
            placed = points[lie_on_earth(points.to_numpy())].representative_point()
            inside = grid.find_areas(placed.x.to_numpy(), placed.y.to_numpy())
            found.append(pd.Series(provinces[inside.area[inside.distance_m == 0]]))
        known = dict(zip(areas["municipality_code"], provinces, strict=True))
        ways = (("municipality_code", boundaries.find_code), ("municipality", boundaries.find_by_name))
        for ours, find in ways if raw.geometry is None else ():
            if ours in draft.proposal.origin:
                cells = raw.frame[draft.proposal.origin[ours]].dropna().astype(str)
                found.append(cells.map(find).map(known).dropna())
    counts = pd.concat(found).value_counts() if found else pd.Series([], dtype="int64")
    return str(counts.index[0]) if len(counts) else None


def write_layers(
    drafts: Iterable[Draft], folder: Path, catalogue: Catalogue, words: Words, texts: Texts
) -> str:
    """Write ``[[layers]]`` and ``[[links]]`` of the tables that are one, and a comment about each that is none."""
    ordered = sorted(drafts, key=lambda draft: ("places", "links", "none").index(draft.proposal.role))
    return "\n".join(_write_table(draft, folder, catalogue, words, texts) for draft in ordered)


def _write_table(draft: Draft, folder: Path, catalogue: Catalogue, words: Words, texts: Texts) -> str:
    proposal = draft.proposal
    said = [one.tell(texts) for one in proposal.why]
    if proposal.role == "none":
        table = f" ({proposal.look.table})" if proposal.look.table else ""
        return _comment(f"{proposal.look.file}{table}: {texts('look.role_none', reason=said[0])}")
    lines = [_comment(line) for line in said]
    lines += ["[[layers]]" if proposal.role == "places" else "[[links]]", f"name = {_toml(draft.named.name)}"]
    lines.append(f"path = {_toml(relative(draft.named.path, folder))}")
    if not draft.named.alone:
        lines.append(f"table = {_toml(proposal.look.table)}")
    lines += [f"{key} = {_toml(value)}" for key, value in proposal.settings.items()]
    for doubt in proposal.doubts:
        question = doubt.said.tell(texts)
        lines.append(
            _comment(texts("look.assumed", question=question, path=doubt.path, default=doubt.default))
        )
    unknown = _list_unknown(proposal, catalogue, words)
    if unknown:
        lines.append(_comment(f"values = {_toml(unknown)}"))
    recipe = catalogue.recipes.get(str(proposal.settings.get("recipe")))
    if recipe is None or not recipe.publisher:  # what a file is called would hide who is known to publish it
        lines.append(f"source = {_toml(draft.named.path.name)}" + f"  # {texts('look.fill_source')}")
    if "year" not in proposal.settings and "source_year" not in proposal.origin:
        lines.append(f"# year = 2024  # {texts('look.fill_year')}")
    if proposal.role == "places" and (recipe is None or not recipe.licence):
        lines.append(f'# licence = "CC BY 4.0"  # {texts("look.fill_licence")}')
    return "\n".join([*lines, ""])


def _list_unknown(proposal: Proposal, catalogue: Catalogue, words: Words) -> dict[str, dict[str, str]]:
    """Words that nobody knows, with a place to say what they mean."""
    own = {"status": "link_status"} if proposal.role == "links" else {}
    found = {
        ours: find_unknown(proposal.look, own.get(ours, ours), column, catalogue, words)
        for ours, column in proposal.origin.items()
        if "recipe" not in proposal.settings
    }
    return {ours: dict.fromkeys(several, "…") for ours, several in found.items() if several}


def relative(path: Path, folder: Path) -> str:
    """`path` as the project file in `folder` names it."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _comment(text: str) -> str:
    return "\n".join(f"# {make_plain(line)}" for line in text.splitlines())


def _toml(value: object) -> str:
    """Return `value` as it stands in a project file."""
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{write_key(str(name))} = {_toml(one)}" for name, one in value.items()) + " }"
        )
    return str(value) if isinstance(value, int) else quote(str(value))
