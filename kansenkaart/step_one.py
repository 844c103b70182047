"""Step 1 as it is asked for: sectors per area of a table, groups of places, and the streams by area and by chain."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from kansenkaart.clusters import (
    Asked,
    Clusters,
    Found,
    Near,
    find_area_view,
    find_areas,
    find_chain_view,
    find_clusters,
    find_site_clusters,
)
from kansenkaart.clusters.codes import find_unknown, tidy_sectors
from kansenkaart.clusters.country import remark_country
from kansenkaart.clusters.counts import count_places, merge_areas, read_counts
from kansenkaart.clusters.leave_out import BLANK, UNKNOWN, leave_out
from kansenkaart.errors import DataError
from kansenkaart.project import ClusterTable, LoadedProject
from kansenkaart.sources import SectorRows, add_merged, follow_areas, load_boundaries, read_sectors
from kansenkaart.tables import REGION_SECTORS, Frames, Remarks
from kansenkaart.tables.clusters import CLASSIFICATIONS, COUNTED
from kansenkaart.tables.site_clusters import THEMES
from kansenkaart.texts import Texts

_SHOWN = 5
# Digits of a group of SBI; classes have one or two more.
_GROUP_DIGITS = 3
# Code of all areas of the region together.
_REGION = "REGION"
_UNTHEMED = THEMES[-1]


def find_step_one(frames: Frames, loaded: LoadedProject, *, texts: Texts) -> Frames:
    """Return `frames` with those of step 1, as ``[clusters]`` of the project asks for them."""
    asked = loaded.project.clusters
    if asked is None:
        return frames
    found = Found(frames.sites, frames.flows, frames.matches, frames.gaps, frames.links)
    streams = loaded.catalogue.streams.items()
    themes = {name: stream.theme for name, stream in streams if stream.theme != _UNTHEMED}
    near = Near(asked.across_km * 1000, asked.least_places)
    groups, per_stream = find_site_clusters(found, themes, near, texts=texts)
    areas = find_areas(frames.sites, texts("tables.not_on_map"))
    ends = (frames.gaps, frames.matches, frames.links)
    frames = replace(
        frames,
        site_clusters=groups,
        cluster_streams=per_stream,
        area_view=find_area_view(areas, *ends),
        chain_view=find_chain_view(areas, *ends),
    )
    if asked.path is None:
        return frames
    municipalities = frames.municipalities
    codes = set(municipalities.loc[municipalities["in_region"], "municipality_code"])
    sectors = read_clusters(asked, loaded.folder / asked.path, texts=texts, region=codes)
    own = sectors.clusters["area_code"].isin(codes)
    findings = [frames.findings, sectors.findings]
    if not own.any():
        findings.append(_tell_elsewhere(sectors.clusters, Path(asked.path).name, texts))
    return replace(
        frames,
        clusters=(sectors.clusters[own] if own.any() else sectors.clusters).reset_index(drop=True),
        region_sectors=sectors.region,
        findings=pd.concat(findings, ignore_index=True),
    )


def _tell_elsewhere(clusters: pd.DataFrame, file: str, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS``: the areas are of another kind than municipalities, such as COROP, or of another region."""
    remarks = Remarks(texts, layer="clusters", file=file)
    told = clusters["area_code"].drop_duplicates()
    remarks.add("clusters_elsewhere", ", ".join(told[:_SHOWN]), {"count": len(told)})
    return remarks.frame()


def read_clusters(
    table: ClusterTable, path: Path, *, texts: Texts, region: Collection[str] = frozenset()
) -> Clusters:
    """Find the clusters of `table`, which stands at `path`, and of the areas of `region` as a whole.

    Raises
    ------
    DataError
        When the table cannot be used.
    """
    columns = {ours: theirs for theirs, ours in table.rename.items()}
    given = read_sectors(
        path,
        columns=columns,
        recipe=table.recipe,
        sheet=table.table,
        texts=texts,
        classification=table.classification,
    )
    classification = _choose_classification(given, table, path.name)
    remarks = Remarks(texts, layer="clusters", file=path.name)
    for column, factor in given.scaled.items():
        remarks.add(
            "clusters_scaled", column, {"factor": texts.number(factor, 7)}, severity="note", column=column
        )
    given = _leave_out(_tidy(given, table, remarks), classification, remarks)
    boundaries = load_boundaries()
    read, followed = follow_areas(given, boundaries, file=path.name, texts=texts)
    if table.places:
        _refuse_counted(read.rows, path.name)
        _remark_short(read.rows, remarks)
        level = table.level or "section"
        rows = count_places(read.rows, level=level, remarks=remarks, classification=classification)
    else:
        rows = add_merged(read, given).rows
    counts = read_counts(rows, file=path.name, level=table.level, kind=table.areas)
    known = next((name for name in ("jobs", *COUNTED) if name in counts.measures), COUNTED[0])
    asked = Asked(
        table.counted or known,
        classification,
        table.weigh(),
        table.pseudo,
        table.least,
        read.names,
        read.letters,
    )
    found = find_clusters(counts, asked, file=path.name, texts=texts)
    remark_country(counts, asked.counted, boundaries.areas["municipality_code"], remarks)
    whole = REGION_SECTORS.empty()
    if counts.areas.index.isin(region).any():
        lacking = boundaries.name_each(sorted(set(region) - set(counts.areas.index)))
        if lacking:
            remarks.add(
                "clusters_region_lacks", lacking, {"count": len(set(region) - set(counts.areas.index))}
            )
        merged = merge_areas(counts, set(region), code=_REGION, name=texts("tables.project.region"))
        told = find_clusters(merged, asked, file=path.name, texts=texts).clusters
        whole = told[told["area_code"] == _REGION].reset_index(drop=True)
    findings = pd.concat([followed, remarks.frame(), found.findings], ignore_index=True)
    return Clusters(found.clusters, findings, whole)


def _tidy(given: SectorRows, table: ClusterTable, remarks: Remarks) -> SectorRows:
    """Return `given` with codes of areas and sectors in one spelling; ``written`` is what the file has."""
    written = given.rows["sector"]
    own = written.str.strip().map(table.values.get("sector", {})).astype("str")
    sector, mended = tidy_sectors(own.fillna(written))
    if mended:
        remarks.add("clusters_zeros_back", str(mended), {"count": mended})
    names = pd.Series(list(given.names), dtype="str")
    codes = given.rows["area_code"]
    coded = codes.str.fullmatch(r"[A-Za-z]{2}\d+").fillna(False).astype(bool)
    rows = given.rows.assign(sector=sector, written=written, area_code=codes.where(~coded, codes.str.upper()))
    return replace(
        given, rows=rows, names=dict(zip(tidy_sectors(names)[0], given.names.values(), strict=True))
    )


def _leave_out(given: SectorRows, classification: str, remarks: Remarks) -> SectorRows:
    """Return `given` without rows that name nothing, or a sector that there is not."""
    blank = given.rows[["area_code", "sector"]].isna().any(axis=1)
    rows = leave_out(given.rows, blank, BLANK, remarks)
    unknown = find_unknown(rows["sector"], classification, given.letters)
    why = replace(UNKNOWN, values={"classification": classification})
    return replace(given, rows=leave_out(rows, unknown, why, remarks))


def _refuse_counted(rows: pd.DataFrame, file: str) -> None:
    """Refuse a table of counts of which a row would count as one establishment."""
    counts = rows["establishments"].dropna() if "establishments" in rows else pd.Series(dtype="float64")
    if (counts != 1).any():
        message = (
            "{file} counts establishments itself (column establishments, row {row}: {value}), so a row is not one of "
            "them. Leave places (--places) out, or take that column out."
        )
        wrong = counts[counts != 1]
        raise DataError(
            "clusters_counted", message, file=file, row=wrong.index[0], value=f"{wrong.iloc[0]:.12g}"
        )


def _remark_short(places: pd.DataFrame, remarks: Remarks) -> None:
    """Three digits beside longer codes name no class: a spreadsheet may have taken the zero of a fourth."""
    digits = places["sector"].str.fullmatch(r"\d+").fillna(False).astype(bool)
    lengths = places["sector"].str.len().where(digits)
    short = lengths == _GROUP_DIGITS
    if short.any() and (lengths > _GROUP_DIGITS).any():
        shown = ", ".join(str(code) for code in sorted(places["sector"][short].unique())[:_SHOWN])
        remarks.add("clusters_short", shown, {"count": int(short.sum())})


def _choose_classification(read: SectorRows, table: ClusterTable, file: str) -> str:
    """What the file says, else what is asked; never another than the file says."""
    found = read.classification or table.classification
    if found not in CLASSIFICATIONS or table.classification not in (None, found):
        message = "{file}: say with classification by which the sectors are coded: {allowed}. The file says: {found}."
        raise DataError(
            "clusters_coded",
            message,
            file=file,
            allowed=", ".join(CLASSIFICATIONS),
            found=read.classification or "-",
        )
    return found
