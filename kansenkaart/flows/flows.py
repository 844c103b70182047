"""From sites to flows: theoretical, covered by the place itself, committed, and what is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.arrays import ObjectArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.models import Taken
from kansenkaart.flows.gross import calibrate_flows, estimate_gross, grow_flows
from kansenkaart.flows.lacking import say_lacking
from kansenkaart.flows.net import (
    add_made,
    find_committed,
    find_committed_months,
    find_homeless,
    find_running_unknown,
    find_unknown_links,
    keep_respected,
)
from kansenkaart.flows.season import add_months
from kansenkaart.project import Project
from kansenkaart.project.written import shown
from kansenkaart.tables import FINDINGS, FLOWS, Remarks
from kansenkaart.tables.reasons import InBoth, Said, tell
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Estimated:
    """The flows, the sum of each by its id as data, and what was remarked while estimating them."""

    flows: pd.DataFrame
    formulas: Mapping[str, Said]
    findings: pd.DataFrame


class _Formulas(Mapping[str, Said]):
    """The sum of each flow by its id; a register has millions, and they are looked up by who draws a map alone."""

    def __init__(self, flow_ids: pd.Series, formulas: pd.Series) -> None:
        self._flow_ids, self._formulas = flow_ids, formulas

    @cached_property
    def _by_id(self) -> dict[str, Said]:
        return dict(zip(self._flow_ids, self._formulas, strict=True))

    def __getitem__(self, flow_id: str) -> Said:
        return self._by_id[flow_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._flow_ids)

    def __len__(self) -> int:
        return len(self._flow_ids)


class Findings(Remarks):
    """Collects remarks; a place is named by its id and name, for it no longer has a row number."""

    def add_run(
        self, key: str, *, layer: str = "project", value: str | None = None, **values: object
    ) -> None:
        """Remark on the run as a whole."""
        self.add(key, value or self.texts.find(f"findings.{key}", key, **values)[:80], values, layer=layer)

    def add_site(
        self, site: pd.Series, key: str, *, severity: str, column: str | None = None, **values: object
    ) -> None:
        """Remark on one place; `site` is a row of ``SITES`` indexed by its id."""
        told = f"{site.name} {site['name']}"
        self.add(key, told, values, severity=severity, layer=str(site["layer"]), column=column)

    def add_sites(self, sites: gpd.GeoDataFrame, key: str, *, severity: str, **values: pd.Series) -> None:
        """Remark on each of `sites`, with its own of each of `values`."""
        told = sites["site_id"].astype("str") + " " + sites["name"].astype("str")
        self.add_each(told, sites["layer"].astype("str"), key, severity=severity, values=values)


def streams_in_use(catalogue: Catalogue, project: Project) -> tuple[str, ...]:
    """Streams the project asks for, in the catalogue's order; all when it names none."""
    return tuple(stream for stream in catalogue.streams if not project.streams or stream in project.streams)


def estimate_flows(
    sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame, catalogue: Catalogue, *, project: Project, texts: Texts
) -> Estimated:
    """One flow per site, stream and role.

    Parameters
    ----------
    sites, links
        Frames ``SITES`` and ``LINKS``.
    catalogue
        With the project's own numbers applied.

    Returns
    -------
    Estimated
        Frame ``FLOWS`` (``value`` is free: what the layer states as free, else theoretical - covered - committed,
        never below zero; zero for a place that does not take part) and frame ``FINDINGS`` with every remark, such as
        a zero that means unknown.
    """
    remarks = Findings(texts)
    closed = sites["status"] == "closed"
    alive = sites[~closed] if closed.any() else sites  # no copy of a whole register
    remarks.add_sites(sites[closed], "site_closed", severity="note")
    flows = _gross(alive, streams_in_use(catalogue, project), catalogue, texts)
    if flows.empty:
        _remark_idle(alive, catalogue, project, remarks, severity="warning")
        return Estimated(FLOWS.empty(), {}, remarks.frame())
    flows, unmet = calibrate_flows(flows, sites, project.control_totals)
    for total in unmet:
        quantity = texts.number(total.quantity)
        remarks.add_run("control_total_unmet", stream=total.stream, quantity=quantity, source=total.source)
    flows, idle_growth = grow_flows(flows, sites, project.growth)
    for growth in idle_growth:
        remarks.add_run("growth_without_flow", value=shown(growth.model_dump(exclude_none=True)))
    flows["covered"] = _with_delivered(flows, alive, catalogue)
    known, links = links, keep_respected(links, project)
    flows["committed"] = find_committed(flows, links)
    flows["running_unknown"] = find_running_unknown(flows, links)
    _remark(flows, alive, catalogue, remarks)
    # isin looks at a million texts one by one
    idle = alive[pd.Index(flows["site_id"].unique()).get_indexer(pd.Index(alive["site_id"])) < 0]
    _remark_idle(idle, catalogue, project, remarks, severity="note")
    _remark_links(flows, known, remarks)
    flows = _free(flows, alive.set_index("site_id"), catalogue, project)
    flows = add_made(flows, alive, links, catalogue, project=project, texts=texts)
    taken = find_committed_months(flows, links, sites, catalogue=catalogue)
    flows = add_months(flows, taken, catalogue=catalogue)
    formulas = _Formulas(flows["flow_id"], flows["formula"])
    # many flows share a formula: each is told once
    told = {number: tell(one, texts) for number, one in {id(one): one for one in flows["formula"]}.items()}
    flows["formula"] = pd.Series([told[id(one)] for one in flows["formula"]], index=flows.index, dtype="str")
    flows = _in_order(flows, catalogue)
    flows = FLOWS.conform(flows)  # the frame before is gone by now: a register is held as seldom as can be
    findings = remarks.frame()
    FLOWS.check(flows)
    FINDINGS.check(findings)
    return Estimated(flows, formulas, findings)


def _in_order(flows: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """By stream as the catalogue has them, supply first, then by place; those of a register mostly are already."""
    order = flows[["stream", "role", "site_id"]].reset_index(drop=True)
    order["stream"] = order["stream"].map({stream: number for number, stream in enumerate(catalogue.streams)})
    order["role"] = order["role"].map({"supply": 0, "demand": 1})
    rows = order.sort_values(["stream", "role", "site_id"]).index.to_numpy()
    return flows if (rows == np.arange(len(rows))).all() else flows.iloc[rows]


def _gross(
    sites: gpd.GeoDataFrame, streams: Iterable[str], catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    """Flows of `streams`, before anything is taken off them."""
    parts = [
        _gross_of(sites, stream, role, catalogue=catalogue, texts=texts)
        for stream in streams
        for role in ("supply", "demand")
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame()
    # column by column: a register is held as seldom as can be
    whole: dict[str, pd.Series] = {}
    for name in map(str, list(parts[0])):
        taken: list[pd.Series] = [part.pop(name) for part in parts]
        whole[name] = pd.concat(taken, ignore_index=True)
    return pd.DataFrame(whole, copy=False)


def _gross_of(
    sites: gpd.GeoDataFrame, stream_id: str, role: str, *, catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    stream = catalogue.streams[stream_id]
    gross = estimate_gross(sites, stream, role, catalogue=catalogue, texts=texts)
    if gross.empty:
        return gross
    gross["site_id"] = sites.loc[gross.index, "site_id"]
    gross = gross.sort_values("site_id")
    gross["stream"], gross["role"], gross["unit"] = stream_id, role, stream.unit
    gross["flow_id"] = gross["site_id"] + f"|{stream_id}|{role}"
    for prefix in ("covered", "free"):
        column = stream.column(role, origin=prefix)
        gross[prefix] = sites.loc[gross.index, column].to_numpy(dtype=float) if column in sites else np.nan
    return gross


def _with_delivered(flows: pd.DataFrame, sites: gpd.GeoDataFrame, catalogue: Catalogue) -> pd.Series:
    """What a place uses itself, with what the rest of its plant delivers where a kengetal counts the whole plant."""
    whole = flows["kengetal_id"].map({one.id: one.less_delivered for one in catalogue.kengetallen.values()})
    if "plant" not in sites or not whole.eq(True).any():
        return flows["covered"]
    plant = flows["site_id"].map(sites.set_index("site_id")["plant"])
    rest = flows[~whole.eq(True)].groupby([plant, "stream", "role"])["theoretical"].sum()
    keys = pd.MultiIndex.from_arrays([plant, flows["stream"], flows["role"]])
    delivered = pd.Series(rest.reindex(keys).fillna(0.0).to_numpy(dtype=float), index=flows.index)
    return flows["covered"].where(~whole.eq(True), flows["covered"].fillna(0.0) + delivered)


def _free(flows: pd.DataFrame, place: pd.DataFrame, catalogue: Catalogue, project: Project) -> pd.DataFrame:
    """Fill low, value and high with what is free, and ``given_away`` with what another has.

    Nothing is free at a place that does not take part, of what its kind is taken to have sold, and where it delivers a
    quantity that nobody published; unless, in the last two cases, the layer states what is free.
    """
    at = place[["kind", "status"]].loc[flows["site_id"]]
    used = flows["covered"].fillna(0.0) + flows["committed"]
    supply = (flows["role"] == "supply").to_numpy()
    taken = np.array(
        [
            catalogue.taken.get(key) if project.existing == "respect" else None
            for key in zip(flows["stream"].tolist(), at["kind"].tolist(), strict=True)
        ],
        dtype=object,
    )
    absent = at["status"].isin(["suspended"] if project.include_planned else ["suspended", "planned"])
    stated = flows["free"].notna()
    given = supply & ((taken != None) | flows["running_unknown"].to_numpy(dtype=bool)) & ~stated  # noqa: E711
    _say_given(flows, np.flatnonzero(given), taken)
    zero = given | absent.to_numpy(dtype=bool)
    gross = {"low": flows["low"], "value": flows["theoretical"], "high": flows["high"]}
    for name, quantity in gross.items():
        left = (quantity - used).clip(lower=0.0)
        spread = np.where(flows["theoretical"] > 0, quantity / flows["theoretical"].replace(0.0, np.nan), 1.0)
        left = left.where(~stated, flows["free"] * np.nan_to_num(spread, nan=1.0))
        flows[name] = left.where(~zero, 0.0)
    # Where a delivery of unknown size runs, nothing may be left: the low end says so.
    flows["low"] = flows["low"].where(~flows["running_unknown"], 0.0)
    flows["covered"] = flows["covered"].fillna(0.0)
    most = (flows["theoretical"] - flows["covered"]).clip(lower=0.0)
    gone = np.minimum(most, np.where(given, most, flows["committed"]))
    flows["given_away"] = np.where(supply & ~absent.to_numpy(dtype=bool), gone, 0.0)
    return flows


def _say_given(flows: pd.DataFrame, given: npt.NDArray[np.intp], taken: ObjectArray) -> None:
    """Let the sum of what is given away end in why nothing of it is free."""
    told = flows["formula"].to_numpy(dtype=object, copy=True)
    for row in given.tolist():
        one: Taken | None = taken[row]
        if one is None:
            told[row] = Said("formula_running_unknown", {"formula": told[row]})
        else:
            values = {"formula": told[row], "why": InBoth(one.note, one.note_en)}
            told[row] = Said(f"formula_{one.way}", values)
    flows["formula"] = pd.Series(told, index=flows.index, dtype=object)


def _remark(flows: pd.DataFrame, sites: gpd.GeoDataFrame, catalogue: Catalogue, remarks: Findings) -> None:
    """Say what a reader of the numbers must know of the places."""
    of_flow = sites.set_index("site_id")
    ample = flows["theoretical"] * 1.001
    for key, rows in (
        ("zero_is_unknown", flows["zero_unknown"]),
        ("more_used_than_there_is", flows["covered"].fillna(0.0) + flows["committed"] > ample),
        ("free_above_theoretical", flows["free"] > ample),
    ):
        for site_id, stream in flows.loc[rows.to_numpy(dtype=bool), ["site_id", "stream"]].to_numpy():
            remarks.add_site(of_flow.loc[site_id], key, column=stream, severity="warning")
    stated = flows[(flows["basis"] != "estimated") & (flows["role"] == "supply") & flows["free"].isna()]
    left = (
        stated["theoretical"] - stated["covered"].fillna(0.0) - stated["committed"]
        > stated["theoretical"] * 1e-3
    )
    for site_id, stream in stated.loc[left, ["site_id", "stream"]].to_numpy():
        if (stream, of_flow.at[site_id, "kind"]) in catalogue.taken:
            remarks.add_site(of_flow.loc[site_id], "taken_as_sold", column=stream, severity="warning")


def _remark_idle(
    sites: gpd.GeoDataFrame, catalogue: Catalogue, project: Project, remarks: Findings, *, severity: str
) -> None:
    """Say of every place without a flow what it lacks; one that only shows how it is done lacks nothing."""
    shown_only = [name for name, kind in catalogue.kinds.items() if kind.shown_only]
    sites = sites[~sites["kind"].isin(shown_only)]
    if sites.empty:
        return
    lacking = say_lacking(sites, streams_in_use(catalogue, project), catalogue, texts=remarks.texts)
    remarks.add_sites(sites[lacking == ""], "site_without_flow", severity=severity)
    remarks.add_sites(sites[lacking != ""], "site_lacks", severity=severity, lacking=lacking[lacking != ""])


def _remark_links(flows: pd.DataFrame, links: pd.DataFrame, remarks: Findings) -> None:
    """Say which links could not be subtracted: no quantity, or nothing to subtract from."""
    if links.empty:
        return
    unknown = find_unknown_links(links)
    for link_id, supplier, taker in unknown[["link_id", "supply_name", "demand_name"]].to_numpy():
        layer = link_id.split(":")[0]
        remarks.add_run("link_without_quantity", layer=layer, value=f"{supplier} → {taker}")
    for link_id, site_id, stream in find_homeless(flows, links)[["link_id", "site_id", "stream"]].to_numpy():
        remarks.add_run(
            "link_without_flow", layer=link_id.split(":")[0], value=f"{link_id}: {site_id}", stream=stream
        )
