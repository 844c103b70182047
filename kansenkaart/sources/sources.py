"""All layers of a project, read and checked: what the other steps build on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from kansenkaart.errors import DataError, Fault, KansenkaartError
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject
from kansenkaart.sources.addresses import read_addresses
from kansenkaart.sources.answers import Question
from kansenkaart.sources.doubles import Merged, merge_doubles
from kansenkaart.sources.links import LinkRows, read_link_layer
from kansenkaart.sources.networks import ReadNetworks, read_networks
from kansenkaart.sources.overrides import read_overrides
from kansenkaart.sources.read_background import ReadBackground, draw_parks, read_background
from kansenkaart.sources.read_coalitions import read_coalition_decisions
from kansenkaart.sources.read_decisions import ReadDecisions, read_added_sites, read_decisions
from kansenkaart.sources.read_friction import ReadFriction, read_friction
from kansenkaart.sources.read_roads import ReadRoads, judge_sites, read_roads
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.sources.sites import Known, LayerRows, read_places
from kansenkaart.sources.turns import turn_places
from kansenkaart.tables import (
    AREAS,
    COALITION_DECISIONS,
    DECISIONS,
    FINDINGS,
    LAYERS,
    LINKS,
    SITES,
    Backdrop,
    Remarks,
    Surroundings,
)
from kansenkaart.texts import load_texts

_REASONS_SHOWN = 5
# So many places make a register, of which the reading takes gigabytes.
_REGISTER = 100_000


@dataclass(frozen=True)
class Sources:
    """What was read: places, known deliveries, municipal areas, and the account of it.

    Parameters
    ----------
    sites, links, areas
        Frames ``SITES`` (in the order of layers and rows), ``LINKS`` and ``AREAS``.
    surroundings
        Roads and friction, where the project gives them.
    layers, findings
        Frames ``LAYERS`` and ``FINDINGS``.
    decisions
        Frame ``DECISIONS``: pairs that a room confirmed or rejected.
    coalition_decisions
        Frame ``COALITION_DECISIONS``: what it said of coalitions.
    background
        What lies behind the map.
    """

    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    surroundings: Surroundings
    layers: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame
    coalition_decisions: pd.DataFrame
    background: tuple[Backdrop, ...] = ()


def read_sources(loaded: LoadedProject, *, progress: Callable[[str], None]) -> Sources:
    """Read every layer of a project, as it is in the reference year by what the project foresees.

    Parameters and errors as those of ``read_today``.
    """
    sources = turn_sources(read_today(loaded, progress=progress), loaded)
    if len(sources.sites) > _REGISTER:
        from kansenkaart.sources.give_back import give_back  # noqa: PLC0415 - others have nothing

        give_back()
    return sources


def read_today(loaded: LoadedProject, *, progress: Callable[[str], None]) -> Sources:
    """Read every layer of a project, before anything closes or opens.

    Parameters
    ----------
    loaded
        Project with its catalogue.
    progress
        Called with the name of each layer before it is read.

    Raises
    ------
    DataError
        With every fault of every layer at once; or when no row of any layer can be used.
    """
    texts = load_texts(loaded.project.language)
    boundaries = load_boundaries()
    # without a region no layer can be judged: its faults come first, alone
    known = Known(loaded, boundaries, read_region(loaded, boundaries), texts)
    known, faults = _read_own_tables(known)
    read: list[LayerRows] = []
    for layer in loaded.project.layers:
        progress(layer.name)
        try:
            read.append(read_places(layer, known))
        except KansenkaartError as error:
            faults += error.faults
    if known.overrides is not None:
        known.overrides.close()
    alone = len(read) < 2
    merged = Merged(read, {}) if alone else merge_doubles(read, loaded.project, loaded.catalogue, texts)
    read = merged.layers
    decided = _read_workshop(read, known, faults, progress)
    places = _list_places(read)
    links: list[LinkRows] = []
    for link_layer in loaded.project.links:
        progress(link_layer.name)
        try:
            links.append(read_link_layer(link_layer, loaded, places, texts=texts, kept=merged.kept))
        except KansenkaartError as error:
            faults += error.faults
    ground = _read_ground(known, faults, progress)
    faults = faults or _check_any(read, loaded)
    if faults:
        raise DataError.of(faults)
    return _check(_join(read, links, ground, decided, known))


def turn_sources(sources: Sources, loaded: LoadedProject) -> Sources:
    """Return what was read as it is in the reference year by what the project foresees.

    Raises
    ------
    DataError
        When it names a place or delivery that was not read.
    """
    project = loaded.project
    if not (project.closed or project.planned or project.growth):
        return sources
    turned = turn_places(sources.sites, sources.links, loaded, load_texts(project.language))
    findings = pd.concat([sources.findings, turned.findings], ignore_index=True)
    found = replace(sources, sites=turned.sites, links=turned.links, findings=FINDINGS.conform(findings))
    return _check(found)


def list_unasked(loaded: LoadedProject, *, progress: Callable[[str], None]) -> set[Question]:
    """Addresses in the layers that are there which neither the table of addresses nor an earlier answer places.

    Raises
    ------
    DataError
        When the table of addresses cannot be read; a layer that cannot is left to the build to tell.
    """
    texts, boundaries = load_texts(loaded.project.language), load_boundaries()
    known, faults = _read_own_tables(Known(loaded, boundaries, read_region(loaded, boundaries), texts))
    if faults:
        raise DataError.of(faults)
    for layer in loaded.project.layers:
        progress(layer.name)
        with suppress(KansenkaartError):
            read_places(layer, known)
    return set() if known.addresses is None else known.addresses.unasked


def _read_own_tables(known: Known) -> tuple[Known, list[Fault]]:
    """What is known, with the corrections and addresses of the project, and what is wrong with their tables."""
    project = known.loaded.project
    faults: list[Fault] = []
    try:
        if project.overrides is not None:
            own = read_overrides(project.overrides, known.loaded, known.names, known.texts)
            known = replace(known, overrides=own)
    except KansenkaartError as error:
        faults += error.faults
    try:
        if project.addresses is not None:
            known = replace(known, addresses=read_addresses(project.addresses, known.loaded, known.texts))
    except KansenkaartError as error:
        faults += error.faults
    return known, faults


def _read_workshop(
    read: list[LayerRows], known: Known, faults: list[Fault], progress: Callable[[str], None]
) -> _Decided:
    """Add the firms that a room added to `read`, and read its decisions; faults are added to `faults`."""
    if known.loaded.project.workshop.decisions is None:
        return _Decided()
    progress("workshop")
    try:
        read.append(read_added_sites(known))
        pairs = read_decisions(known, {str(one) for rows in read for one in rows.frame["site_id"]})
        return _Decided(pairs, read_coalition_decisions(known))
    except KansenkaartError as error:
        faults += error.faults
    return _Decided()


@dataclass(frozen=True)
class _Decided:
    """What a room said of pairs and of coalitions, where there was one."""

    pairs: ReadDecisions | None = None
    coalitions: ReadDecisions | None = None

    @property
    def read(self) -> list[ReadDecisions]:
        """Those that are there."""
        return [one for one in (self.pairs, self.coalitions) if one is not None]


@dataclass(frozen=True)
class _Ground:
    """What routes are found on, as it was read."""

    roads: ReadRoads | None
    friction: ReadFriction | None
    networks: tuple[ReadNetworks, ...]
    background: tuple[ReadBackground, ...]

    @property
    def accounts(self) -> list[dict[str, object]]:
        """Rows of ``LAYERS``."""
        roads = [read.layer for read in self.networks] + [read.account for read in self.background]
        roads += [] if self.roads is None else [self.roads.account]
        return roads + ([] if self.friction is None else list(self.friction.accounts))


def _read_ground(known: Known, faults: list[Fault], progress: Callable[[str], None]) -> _Ground:
    """Read roads, friction, networks and background where the project gives them; faults are added to `faults`."""
    project, loaded = known.loaded.project, known.loaded
    roads: ReadRoads | None = None
    friction: ReadFriction | None = None
    try:
        if project.roads is not None:
            progress("roads")
            roads = read_roads(project.roads, loaded, known.region, known.texts)
    except KansenkaartError as error:
        faults += error.faults
    try:
        if project.friction is not None:
            progress("friction")
            friction = read_friction(project.friction, loaded, known.region, known.texts)
    except KansenkaartError as error:
        faults += error.faults
    networks: list[ReadNetworks] = []
    for asked in project.networks:
        progress(asked.name)
        try:
            networks.append(read_networks(asked, loaded, known.region, known.texts))
        except KansenkaartError as error:
            faults += error.faults
    behind: list[ReadBackground] = []
    for number, layer in enumerate(project.background, start=1):
        progress(layer.title)
        try:
            behind.append(read_background(layer, number, loaded, known.region, known.texts))
        except KansenkaartError as error:
            faults += error.faults
    return _Ground(roads, friction, tuple(networks), tuple(behind))


def _list_places(read: list[LayerRows]) -> gpd.GeoDataFrame:
    """Name and geometry of every place by site id, and whether it lies within the margin."""
    inside = [
        rows.frame.set_index("site_id")[["name", "geometry"]].assign(used=True)
        for rows in read
        if len(rows.frame)
    ]
    outside = [rows.outside.assign(used=False) for rows in read if len(rows.outside)]
    if not inside and not outside:
        empty = {"name": pd.Series([], dtype="str"), "used": pd.Series([], dtype=bool)}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=RD), index=pd.Index([], dtype="str"))
    return gpd.GeoDataFrame(pd.concat([*inside, *outside]), geometry="geometry", crs=RD)


def _check_any(read: list[LayerRows], loaded: LoadedProject) -> list[Fault]:
    """No row at all is no map: say why."""
    if any(len(rows.frame) for rows in read):
        return []
    values: dict[str, object] = {"file": str(loaded.path)}
    if not any(rows.layer["rows_read"] for rows in read):
        values["layers"] = ", ".join(layer.path for layer in loaded.project.layers)
        message = (
            "{file}: no layer holds a single row ({layers}). Fill the layers, or check paths and tables."
        )
        return [Fault("all_layers_empty", message, values)]
    values["rejected"] = sum(len(rows.findings.rejected) for rows in read)
    values["outside"] = sum(len(rows.outside) for rows in read)
    reasons = [reason for rows in read for reason in rows.findings.reasons(_REASONS_SHOWN)]
    values["reasons"] = " ".join(reasons[:_REASONS_SHOWN]) or "-"
    message = (
        "{file}: no row of any layer can be used: {rejected} rejected, {outside} outside the region and its margin. "
        "First reasons: {reasons}"
    )
    return [Fault("no_rows_left", message, values)]


def _join(
    read: list[LayerRows],
    links: list[LinkRows],
    ground: _Ground,
    decided: _Decided,
    known: Known,
) -> Sources:
    quantities = sorted({name for rows in read for name in rows.quantities})
    words = sorted({name for rows in read for name in rows.words})
    parts = [_complete(rows.frame, quantities, words) for rows in read if len(rows.frame)]
    sites = SITES.conform(gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)))
    frames = [part.frame for part in links if len(part.frame)]
    linked = LINKS.conform(pd.concat(frames, ignore_index=True)) if frames else LINKS.empty()
    read_all: list[LayerRows | LinkRows] = [*read, *links]
    said = [rows.findings.frame() for rows in read_all]
    said += [one.findings.frame() for one in decided.read]
    own = [one for one in (known.overrides, known.addresses) if one is not None]
    said += [one.findings.frame() for one in own]
    if ground.roads is not None:
        judge_sites(ground.roads, sites)
        said.append(ground.roads.findings.frame())
    if ground.friction is not None:
        said += [findings.frame() for findings in ground.friction.findings]
    said += [one.findings.frame() for one in ground.networks]
    said += [one.findings.frame() for one in ground.background]
    if not known.loaded.project.links:
        said.append(_remark_no_links(known))
    said = [frame for frame in said if len(frame)]
    findings = FINDINGS.conform(pd.concat(said, ignore_index=True)) if said else FINDINGS.empty()
    accounts = [rows.layer for rows in read_all] + ground.accounts
    accounts += [account for rows in read for account in rows.rasters]
    accounts += [one.account for one in decided.read]
    accounts += [] if known.overrides is None else [known.overrides.account]
    accounts += [] if known.addresses is None else known.addresses.accounts
    layers = LAYERS.conform(pd.DataFrame(accounts))
    surroundings = Surroundings(
        None if ground.roads is None else ground.roads.roads,
        None if ground.friction is None else ground.friction.friction,
        tuple(network for one in ground.networks for network in one.networks),
    )
    return Sources(
        gpd.GeoDataFrame(sites),
        gpd.GeoDataFrame(linked),
        known.region.areas,
        surroundings,
        layers,
        findings,
        DECISIONS.empty() if decided.pairs is None else decided.pairs.frame,
        COALITION_DECISIONS.empty() if decided.coalitions is None else decided.coalitions.frame,
        _list_behind(sites, ground, known),
    )


def _list_behind(sites: gpd.GeoDataFrame, ground: _Ground, known: Known) -> tuple[Backdrop, ...]:
    """What lies behind the map; business parks among the places do too, where no layer draws them already."""
    behind = tuple(one.backdrop for one in ground.background)
    there = sites[(sites["kind"] == "business_park") & (sites["status"] != "closed")]
    if there.empty or any(one.look == "park" for one in behind):
        return behind
    parks = draw_parks(there.geometry, known.region, known.texts)
    return behind if parks is None else (*behind, parks)


def _complete(frame: gpd.GeoDataFrame, quantities: list[str], words: list[str]) -> gpd.GeoDataFrame:
    """Give `frame` every column the other layers have, so that dtypes stay what they are."""
    fixed = SITES.conform(frame[[name for name in SITES.names() if name in frame]])
    for name in quantities:
        fixed[name] = frame[name].to_numpy(dtype=float) if name in frame else float("nan")
    for name in words:
        values = frame[name].to_numpy() if name in frame else [None] * len(frame)
        fixed[name] = pd.Series(values, index=fixed.index, dtype="str")
    return gpd.GeoDataFrame(fixed)


def _remark_no_links(known: Known) -> pd.DataFrame:
    remarks = Remarks(known.texts, file=known.loaded.path.name)
    remarks.add("links_unknown", None)
    return remarks.frame()


def _check(sources: Sources) -> Sources:
    """Check every frame, and that no row went missing."""
    SITES.check(sources.sites)
    LINKS.check(sources.links)
    AREAS.check(sources.areas)
    LAYERS.check(sources.layers)
    FINDINGS.check(sources.findings)
    DECISIONS.check(sources.decisions)
    COALITION_DECISIONS.check(sources.coalition_decisions)
    layers = sources.layers
    parts = ["rows_used", "rows_rejected", "rows_outside", "rows_left_out"]
    lost = layers["rows_read"] - layers[parts].sum(axis=1)
    if (lost != 0).any():
        names = ", ".join(layers.loc[lost != 0, "layer"])
        raise AssertionError(
            f"rows read are not rows used + rejected + outside + left out in layer {names}: a fault in the program"
        )
    return sources
