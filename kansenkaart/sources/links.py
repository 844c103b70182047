"""What runs already, is planned or stopped: link tables, tied to the sites they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import DataError
from kansenkaart.geo import RD, in_rd_bounds, near_rd
from kansenkaart.project import Layer, LinkLayer, LoadedProject
from kansenkaart.project.withheld import HIDDEN
from kansenkaart.sources.cells import find_notations, map_distinct, read_texts
from kansenkaart.sources.columns import Names, check_settings, read_column, rename_columns, translate_values
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import show_points
from kansenkaart.sources.raw import open_account
from kansenkaart.sources.read import read_asked
from kansenkaart.sources.remarks import reject_duplicates, remark_settings
from kansenkaart.sources.rows import (
    Choice,
    clean_ids,
    read_by_eye,
    read_choice,
    read_dates,
    read_ids,
    read_optional,
    read_years,
)
from kansenkaart.tables import LINKS
from kansenkaart.tables.links import LINK_STATUSES
from kansenkaart.texts import Texts
from kansenkaart.units import UNITS, conversion_factor, list_units

_COORDINATES = ("supply_x_rd", "supply_y_rd", "demand_x_rd", "demand_y_rd")
_COLUMNS = (
    *("id", "stream", "supply", "demand", "supply_name", "demand_name", "quantity", "unit", "status"),
    *("from_date", "until_date", "reason", "source", "source_year"),
    *_COORDINATES,
)
_NEEDED = ("stream",)
# Of a delivery that may or may not run nothing can be taken off.
_STATUS = Choice("status", LINK_STATUSES, words="link_status", default="running", needed=True)


_PER_YEAR = r"\s*(?:/|per)\s*(?:y|yr|jaar|j)$"


@dataclass(frozen=True)
class LinkRows:
    """What became of the rows of one link layer: columns of ``LINKS``, row of ``LAYERS``, and what was said."""

    frame: gpd.GeoDataFrame
    layer: dict[str, object]
    findings: LayerFindings


class _LinkNames(Names):
    """Column names of a link table."""

    def all(self) -> tuple[str, ...]:
        return _COLUMNS


def read_link_layer(
    asked: LinkLayer,
    loaded: LoadedProject,
    places: gpd.GeoDataFrame,
    *,
    texts: Texts,
    kept: Mapping[str, str],
) -> LinkRows:
    """Read one table of known deliveries.

    Parameters
    ----------
    asked
        Layer as the project file has it; its file has columns ``id, stream, supply, demand, supply_name,
        demand_name, quantity, unit, status, from_date, until_date, reason, source, year`` and optional
        ``supply_x_rd, supply_y_rd, demand_x_rd, demand_y_rd``.
    places
        Geometry per site id, and whether it is ``used`` (within the margin).
    kept
        Site id that is counted as another -> that one.

    Raises
    ------
    DataError, ProjectError
        When the table as a whole cannot be used.
    """
    names = _LinkNames({}, {}, {})
    given = Layer(name=asked.name, path=asked.path, rename=asked.rename, values=asked.values)
    check_settings(given, names, own=asked.rename)
    findings = LayerFindings(texts, layer=asked.name, file=asked.path)
    remark_settings(asked, findings)
    raw = read_asked(asked, loaded, findings)
    entry = open_account(
        asked.name, asked.path, loaded, digest=raw.digest, source=asked.source, year=asked.year
    )
    entry |= {"rows_read": len(raw.frame)}
    if not len(raw.frame):
        findings.remark(0, "layer_empty", severity="warning", value=asked.path)
        return LinkRows(_no_links(), entry | {"rows_used": 0, "rows_rejected": 0}, findings)
    rename = rename_year(asked.rename, raw.frame)
    layer = Layer(name=asked.name, path=asked.path, rename=rename, values=asked.values)
    cells = rename_columns(raw.frame, layer, names, findings, own=set(asked.rename))
    cells = _count_once(_with_unit(translate_values(cells, layer), asked), kept)
    _check_columns(cells, asked)
    if loaded.withheld is not None:
        from kansenkaart.sources.leave_out import leave_out_links  # noqa: PLC0415 - only an edition leaves out

        cells = leave_out_links(cells, layer, loaded.withheld, texts)
        entry |= {"rows_read": len(cells), "sha256": HIDDEN}
        if not len(cells):
            return LinkRows(_no_links(), entry | {"rows_used": 0, "rows_rejected": 0}, findings)
    frame = _read_links(cells, layer, entry, loaded.catalogue, findings)
    return _tie(frame, cells, places, entry, findings, loaded.project.reference_year)


def _no_links() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(LINKS.empty())


def rename_year(rename: dict[str, str], frame: pd.DataFrame) -> dict[str, str]:
    """Read ``year`` as the year of the source, unless the file or the project file says which column that is."""
    said = "source_year" in frame or "source_year" in rename.values() or "year" in rename
    return rename if said or "year" not in frame else rename | {"year": "source_year"}


def _check_columns(cells: pd.DataFrame, asked: LinkLayer) -> None:
    ends = [{"supply", "supply_name"}, {"demand", "demand_name"}]
    missing = [name for name in _NEEDED if name not in cells]
    missing += [" / ".join(sorted(end)) for end in ends if not end & set(cells.columns)]
    if missing:
        message = "{file}: link layer '{layer}' has no column {missing}. Name it in rename. Columns known: {allowed}."
        values = {"missing": ", ".join(missing), "allowed": ", ".join(_COLUMNS)}
        raise DataError("link_columns", message, file=asked.path, layer=asked.name, **values)


def _with_unit(cells: pd.DataFrame, asked: LinkLayer) -> pd.DataFrame:
    """Cells with the unit of the project file where a row states none."""
    if asked.unit is None:
        return cells
    own = read_texts(cells["unit"]) if "unit" in cells else pd.Series(None, cells.index, dtype=object)
    return cells.assign(unit=own.fillna(asked.unit))


def _count_once(cells: pd.DataFrame, kept: Mapping[str, str]) -> pd.DataFrame:
    """Name the place that counts where a link names the row of another layer that was left out for it."""
    ends = {
        role: read_texts(cells[role]).replace(dict(kept)) for role in ("supply", "demand") if role in cells
    }
    return cells.assign(**ends) if kept else cells


def _read_links(
    cells: pd.DataFrame, layer: Layer, entry: dict[str, object], catalogue: Catalogue, findings: LayerFindings
) -> pd.DataFrame:
    ids = read_ids(cells, layer, findings)
    reject_duplicates(ids, cells, findings)
    stream = read_choice(cells["stream"], Choice("stream", tuple(catalogue.streams), needed=True), findings)
    findings.reject_each(
        cells["stream"][stream.isna() & read_texts(cells["stream"]).isna()], "stream_missing", column="stream"
    )
    unit = stream.map({name: one.unit for name, one in catalogue.streams.items()}).astype("str")
    status = pd.Series("running", index=cells.index, dtype="str")
    if "status" in cells:
        status = read_choice(cells["status"], _STATUS, findings)
    frame = pd.DataFrame(
        {
            "link_id": layer.name + ":" + ids,
            "stream": stream,
            "quantity": read_amounts(cells, "quantity", unit, findings),
            "unit": unit,
            "status": status,
            "reason": read_optional(cells, "reason", findings),
            "source": read_optional(cells, "source", findings).fillna(str(entry["source"])),
            "source_year": read_years(cells, findings, default=int(str(entry["source_year"]))),
        }
    )
    for name in ("from_date", "until_date"):
        frame[name] = read_dates(cells[name], name, findings) if name in cells else None
    return frame


def _settle_status(frame: pd.DataFrame, year: int, findings: LayerFindings) -> pd.Series:
    """The status in `year`, here and nowhere else: what ended before it stopped, what begins after it is planned."""
    status = frame["status"]
    good = (status == "running") & ~findings.rejects(frame.index)
    for column, becomes in (("until_date", "stopped"), ("from_date", "planned")):
        dated = frame[column].astype("str").str.extract(r"(\d{4})", expand=False).astype(float)
        other = good & (dated < year if becomes == "stopped" else dated > year)
        findings.remark_each(frame[column][other], "link_not_now", severity="warning", column=column)
        status = status.mask(other & (status == "running"), becomes)
    return status


def read_amounts(cells: pd.DataFrame, column: str, wanted: pd.Series, findings: LayerFindings) -> pd.Series:
    """Quantity per year of a column in the stream's unit; a row may state its own unit."""
    if column not in cells:
        return pd.Series(np.nan, index=cells.index)
    numbers = read_column(cells[column], column, findings, elsewhere=find_notations(cells, [column]))
    quantity = pd.Series(numbers, index=cells.index)
    findings.reject_each(cells[column][quantity < 0], "negative", column=column)
    stated = read_optional(cells, "unit", findings).str.replace(_PER_YEAR, "", regex=True)
    stated = map_distinct(
        stated, lambda text: text if text in UNITS else load_words().find_unit(text) or text
    )
    pairs: dict[tuple[str, str], pd.Index] = dict(stated.groupby([stated, wanted]).groups)  # type: ignore[arg-type]
    for (unit, into), rows in pairs.items():
        allowed = list_units(into)
        if unit in allowed:
            quantity[rows] *= conversion_factor(unit, into)
        else:
            findings.reject_each(
                cells["unit"][rows], "unit_not_allowed", column="unit", allowed=", ".join(allowed)
            )
    return quantity


def _tie(
    frame: pd.DataFrame,
    cells: pd.DataFrame,
    places: gpd.GeoDataFrame,
    entry: dict[str, object],
    findings: LayerFindings,
    year: int,
) -> LinkRows:
    """Tie both ends to sites; a link with both ends beyond the margin is counted and left out."""
    ends = {role: _find_end(cells, role, places, findings) for role in ("supply", "demand")}
    for role, end in ends.items():
        frame[f"{role}_id"], frame[f"{role}_name"] = end["site_id"], end["name"]
    itself = frame["supply_id"].notna() & (frame["supply_id"] == frame["demand_id"])
    findings.reject_each(frame["supply_id"][itself], "link_to_itself", column="demand")
    beyond = ends["supply"]["beyond"] & ends["demand"]["beyond"]
    known = ends["supply"]["point"].notna() & ends["demand"]["point"].notna()
    lines = np.full(len(frame), None, dtype=object)
    for place in np.flatnonzero(known).tolist():
        lines[place] = shapely.LineString(
            [ends["supply"]["point"].iloc[place], ends["demand"]["point"].iloc[place]]
        )
    frame["status"] = _settle_status(frame, year, findings)
    good = ~findings.rejects(frame.index)
    kept = good & ~beyond.to_numpy(dtype=bool)
    entry |= {
        "rows_used": int(kept.sum()),
        "rows_rejected": len(findings.rejected),
        "rows_outside": int((good & ~kept).sum()),
    }
    if entry["rows_outside"]:
        findings.remark(
            0, "rows_outside", severity="note", value=entry["rows_outside"], count=entry["rows_outside"]
        )
    linked = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(lines, index=frame.index, crs=RD))[kept]
    return LinkRows(gpd.GeoDataFrame(LINKS.conform(linked)), entry, findings)


def _find_end(
    cells: pd.DataFrame, role: str, places: gpd.GeoDataFrame, findings: LayerFindings
) -> pd.DataFrame:
    """Site, name and point of one end of every link."""
    ids = (
        clean_ids(cells[role], role, findings)
        if role in cells
        else pd.Series(None, index=cells.index, dtype="str")
    )
    names = read_optional(cells, f"{role}_name", findings).fillna(ids)
    findings.reject_each(ids[names.isna()].fillna(""), "link_end_missing", column=role)
    ids = _find_by_name(ids, names, role, places, findings)
    known = ids.isin(places.index)
    used = ids.isin(places.index[places["used"]])
    point = _read_end_points(cells, role, findings)
    point[known] = shapely.point_on_surface(places.geometry[ids[known]].to_numpy())
    strange = ids.notna() & ~known
    strange &= ~_remark_spelled(ids[strange], role, places.index, findings).reindex(
        ids.index, fill_value=False
    )
    findings.remark_each(ids[strange & point.isna()], "link_place_unknown", severity="warning", column=role)
    findings.remark_each(ids[strange & point.notna()], "link_place_elsewhere", severity="note", column=role)
    return pd.DataFrame({"site_id": ids.where(used), "name": names, "beyond": known & ~used, "point": point})


def _find_by_name(
    ids: pd.Series, names: pd.Series, role: str, places: gpd.GeoDataFrame, findings: LayerFindings
) -> pd.Series:
    """Ids; where they are of no place, the id of the only place that has that id in its layer, or is called so."""
    found = ids.copy()
    bare = places.index.to_series().str.extract("(?s):(.*)", expand=False).fillna("").astype("str")
    called = read_by_eye(places["name"].astype("str"))
    for asked, known in ((ids, bare), (_seen(ids), called), (_seen(names), called)):
        once = known[~known.duplicated(keep=False)]
        several = set(known[known.duplicated()])
        left = asked.notna() & ~found.isin(places.index)
        tied = asked[left].map(pd.Series(once.index, index=once.to_numpy(), dtype="str")).dropna()
        found[tied.index] = tied
        findings.remark_each(
            names[left & asked.isin(several)], "link_place_several", severity="warning", column=role
        )
    changed = found.isin(places.index) & (found != ids).fillna(True)
    findings.remark_each(
        names[changed], "link_place_named", severity="repaired", column=role, other=found[changed]
    )
    return found


def _seen(texts: pd.Series) -> pd.Series:
    """Texts as the eye takes them; missing stays missing."""
    seen = texts.copy()
    seen[texts.notna()] = read_by_eye(texts[texts.notna()].astype("str"))
    return seen


def _remark_spelled(ids: pd.Series, role: str, places: pd.Index, findings: LayerFindings) -> pd.Series:
    """Name the place whose id reads like one that is not there (nothing is tied by a guess); tell for which ids."""
    known = pd.Series(places.astype("str"))
    meant = pd.Series(known.to_numpy(), index=read_by_eye(known)).groupby(level=0).first()
    other = read_by_eye(ids).map(meant)
    near = other.notna()
    findings.remark_each(ids[near], "link_place_alike", severity="warning", column=role, other=other[near])
    return near


def _read_end_points(cells: pd.DataFrame, role: str, findings: LayerFindings) -> pd.Series:
    points = pd.Series([None] * len(cells), index=cells.index, dtype=object)
    x_name, y_name = f"{role}_x_rd", f"{role}_y_rd"
    if x_name not in cells or y_name not in cells:
        return points
    x, y = (
        read_column(cells[name], name, findings, elsewhere=set(), settled="thousands")
        for name in (x_name, y_name)
    )
    given = ~np.isnan(x) & ~np.isnan(y)
    inside = near_rd(x, y)
    swapped = in_rd_bounds(y, x)
    for key, mask in (("coordinates_swapped", swapped), ("outside_netherlands", ~swapped)):
        wrong = given & ~inside & mask
        findings.reject_each(show_points(cells.index[wrong], x[wrong], y[wrong]), key, column=x_name)
    known = given & inside
    points[known] = shapely.points(x[known], y[known])
    return points
