"""From chances to coalitions: who brings and fetches, what that is worth together and to each, and who is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import name_inputs, split_ids
from kansenkaart.coalitions.decided import FREE, add_words, find_kept, number_kept
from kansenkaart.coalitions.groups import NOWHERE, Bonds, find_bonds, find_groups
from kansenkaart.coalitions.rows import Book, Number, write_coalitions, write_flows, write_partners
from kansenkaart.coalitions.sharing import Shares, share_out
from kansenkaart.coalitions.value import Measure, draw_ranges
from kansenkaart.matches import Chosen
from kansenkaart.tables import COALITION_DECISIONS, COALITION_FLOWS, COALITION_PARTNERS, COALITIONS, Remarks
from kansenkaart.tables.decisions import COALITIONS_SAID
from kansenkaart.texts import Texts

# Two are a chance by themselves.
_LEAST_PARTNERS = 3
_GOOD, _OPEN = "kansrijk", "verkennen"
_MASS, _LOWEST_MATERIAL = "t", 8
_FLOW = ["site_id", "stream", "role"]


@dataclass(frozen=True)
class Found:
    """What step 3 found: frames ``SITES, MATCHES, GAPS, TORNADO``, and per stream what its matches are priced from.

    ``decided`` is frame ``COALITION_DECISIONS``: what a room said of coalitions.
    """

    sites: gpd.GeoDataFrame
    matches: pd.DataFrame
    gaps: pd.DataFrame
    tornado: pd.DataFrame
    chosen: Mapping[str, Chosen]
    decided: pd.DataFrame = field(default_factory=COALITION_DECISIONS.empty)


@dataclass(frozen=True)
class Coalitions:
    """Frames ``COALITIONS, COALITION_PARTNERS, COALITION_FLOWS``, and ``FINDINGS`` on what a room said of them."""

    coalitions: gpd.GeoDataFrame
    coalition_partners: pd.DataFrame
    coalition_flows: pd.DataFrame
    findings: pd.DataFrame


def find_coalitions(found: Found, catalogue: Catalogue, *, most_partners: int, texts: Texts) -> Coalitions:
    """Return the coalitions of chances that pay, may pay, or pay with existing support.

    What does not pay, and what another has, is in none; every chance is in at most one. A partner may be in several.
    What a room confirmed is kept as it is, whatever its size and whether it pays; the rest is grouped without it.

    Parameters
    ----------
    most_partners
        A larger group is cut.
    """
    remarks = Remarks(texts, layer=COALITIONS_SAID)
    paying = _pays(found.matches)
    kept = find_kept(found.decided, found.matches, paying, remarks)
    chances = _find_chances(found.matches, paying | found.matches["match_id"].isin(kept.of))
    sites = found.sites.assign(
        is_area=found.sites["kind"].map({n: k.area for n, k in catalogue.kinds.items()})
    )
    group = np.empty(0, dtype=np.int64)
    if len(chances):
        themes = {name: stream.theme for name, stream in catalogue.streams.items()}
        bonds = find_bonds(chances, sites, themes)
        group = _group(bonds, number_kept(chances, kept), most_partners)
    if (group == NOWHERE).all():
        add_words(COALITIONS.empty(), found.decided, remarks)
        empty = COALITIONS.empty(), COALITION_PARTNERS.empty(), COALITION_FLOWS.empty()
        return Coalitions(*empty, remarks.frame())
    order = np.flatnonzero(group != NOWHERE)
    order = order[np.argsort(group[order], kind="stable")]
    chances, bonds = chances.iloc[order].reset_index(drop=True), bonds.at(order)
    chances["coalition"] = pd.factorize(group[order])[0]
    # Of a pipe that a room cut, every part is an undertaking of its own.
    unit = pd.factorize(pd.MultiIndex.from_arrays([chances["coalition"], bonds.unit]))[0]
    chances["weight"] = _weigh(chances)
    chances = add_mass(chances, catalogue)
    members, ends = _find_members(chances)
    flows, moved = _find_flows(chances, ends, found)
    shares = share_out(chances, unit, ends, found.chosen)
    measures = _find_measures(chances, ends, shares, moved)
    ranges = draw_ranges(chances, found.chosen, measures)
    numbers = {name: _number(one, chances, ranges[name]) for name, one in measures.items()}
    inputs = name_inputs(found.tornado, found.sites, catalogue, texts)
    deciding = _find_deciding(chances, inputs)
    book = Book(
        chances,
        members,
        ends,
        shares,
        flows,
        numbers,
        deciding,
        sites,
        catalogue,
        texts,
        found.decided,
        kept.rows,
    )
    coalitions = write_coalitions(book, remarks)
    partners, flows = write_partners(book, coalitions), write_flows(book, coalitions)
    return Coalitions(coalitions.reset_index(drop=True), partners, flows, remarks.frame())


def _group(bonds: Bonds, kept: IntArray, most_partners: int) -> IntArray:
    """The group of every chance: as a room keeps it together, and of the rest as it hangs together."""
    group, free = kept.copy(), np.flatnonzero(kept == FREE)
    if len(free):
        rest = find_groups(bonds.at(free), least=_LEAST_PARTNERS, most=most_partners)
        group[free] = np.where(rest == NOWHERE, NOWHERE, rest + kept.max() + 1)
    return group


def _pays(matches: pd.DataFrame) -> pd.Series:
    return matches["chance_class"].isin((_GOOD, _OPEN)) | matches["pays_with_support"].astype(bool)


def _find_chances(matches: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    chances = pd.DataFrame(matches[kept].drop(columns="geometry"))
    return chances.sort_values("match_id", ignore_index=True)


def add_mass(chances: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Return `chances` with ``mass`` of what is weighed and on the ladder, and ``material`` that may replace new.

    What a chain passes on is the mass that came in, and counts once.
    """
    ladder = {name for name, stream in catalogue.streams.items() if not stream.cascade}
    counts = (chances["unit"] == _MASS) & chances["stream"].isin(ladder) & (chances["leg"] <= 1)
    rises = (chances["r_after"] < chances["r_now"]) & (chances["r_after"] <= _LOWEST_MATERIAL)
    mass = chances["quantity"].where(counts, 0.0)
    return chances.assign(mass=mass, material=mass.where(rises, 0.0))


def _weigh(chances: pd.DataFrame) -> FloatArray:
    """What part every chance is of what its coalition moves, every stream as much: per coalition 1 together."""
    moved = chances.groupby(["coalition", "stream"])["quantity"].transform("sum")
    streams = chances.groupby("coalition")["stream"].transform("nunique")
    return (chances["quantity"] / moved / streams).to_numpy(dtype=float)


def _find_members(chances: pd.DataFrame) -> tuple[pd.DataFrame, IntArray]:
    """Members (``coalition, site_id``), and their numbers at both ends of every chance."""
    both = pd.concat(
        [
            chances[["coalition", side]].set_axis(["coalition", "site_id"], axis=1)
            for side in ("supply_id", "demand_id")
        ],
        ignore_index=True,
    )
    keys = pd.MultiIndex.from_frame(both)
    members = keys.unique().sort_values()
    ends = members.get_indexer(keys).reshape(2, -1).T
    return members.to_frame(index=False), ends.astype(np.int64)


def _find_flows(chances: pd.DataFrame, ends: IntArray, found: Found) -> tuple[pd.DataFrame, csr_array]:
    """What every member brings and fetches per stream, and has left; and what of it every chance moves.

    One row per coalition, site, stream and role, with the number of its ``member``.
    """
    sides = [
        chances[["coalition", side, "stream", "unit", "quantity"]]
        .rename(columns={side: "site_id"})
        .assign(role=role, chance=np.arange(len(chances)), member=ends[:, end])
        for end, (side, role) in enumerate((("supply_id", "supply"), ("demand_id", "demand")))
    ]
    flows = pd.concat(sides, ignore_index=True)
    flows["row"] = flows.groupby(["coalition", *_FLOW], sort=True).ngroup()
    gaps = found.gaps.set_index(_FLOW)
    left = (gaps["remaining"] - gaps["if_pays"]).clip(lower=0.0)
    known = flows.drop_duplicates("row").sort_values("row").set_index("row")
    known["quantity"] = flows.groupby("row")["quantity"].sum()
    known["left"] = left.reindex(pd.MultiIndex.from_frame(known[_FLOW])).fillna(0.0).to_numpy()
    at = flows["row"].to_numpy(), flows["chance"].to_numpy()
    return known, _spread(*at, flows["quantity"].to_numpy(dtype=float), (len(known), len(chances)))


def _find_measures(
    chances: pd.DataFrame, ends: IntArray, shares: Shares, moved: csr_array
) -> dict[str, Measure]:
    """What adds up over chances, for coalitions, for partners, and for what each brings and fetches."""
    count = len(chances)
    whole = _spread(chances["coalition"].to_numpy(), np.arange(count), np.ones(count))
    halves = _spread(ends.ravel(), np.repeat(np.arange(count), 2), np.full(2 * count, 0.5))
    material = chances["material"].to_numpy(dtype=float)
    return {
        "net_eur_y": Measure(whole * shares.in_play, "eur"),
        "fair_eur_y": Measure(shares.shares, "eur"),
        "co2_t_y": Measure(whole, "co2"),
        "partner_co2_t_y": Measure(halves, "co2"),
        "material_t_y": Measure(whole * material, "quantity"),
        "partner_material_t_y": Measure(halves * material, "quantity"),
        "quantity": Measure(moved, "quantity"),
    }


def _spread(
    rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int] | None = None
) -> csr_array:
    return csr_array(coo_array((values, (rows, columns)), shape=shape))


def _number(measure: Measure, chances: pd.DataFrame, ends: FloatArray) -> Number:
    """The sums as they are, beside their percentiles."""
    each = {"eur": "net_eur_y", "co2": "co2_avoided_t_y"}
    base = chances[each[measure.of]].fillna(0.0) if measure.of in each else pd.Series(1.0, chances.index)
    value = np.asarray(measure.weights @ base.to_numpy(dtype=float))
    # What no chance adds to is surely 0, not unknown.
    known = np.where(np.isnan(ends), 0.0, ends)
    return Number(known[:, 0], value, known[:, 1])


def _find_deciding(chances: pd.DataFrame, inputs: Mapping[str, str]) -> dict[int, str]:
    """Per coalition the uncertain number that decides most of its chances, in words."""
    known = chances.dropna(subset="decided_by")
    first = {ids: next(iter(split_ids(ids, inputs.keys())), ids) for ids in known["decided_by"].unique()}
    counts = (
        known["decided_by"].map(first).groupby(known["coalition"]).value_counts().reset_index(name="count")
    )
    ordered = counts.sort_values(["coalition", "count", "decided_by"], ascending=[True, False, True])
    leading = ordered.drop_duplicates("coalition").set_index("coalition")["decided_by"]
    return {int(str(number)): inputs.get(name, name) for number, name in leading.items()}
