"""The rows of the three frames: a coalition, its partners, and what each brings and fetches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.coalitions.decided import add_words
from kansenkaart.coalitions.missing import collect, find_missing
from kansenkaart.coalitions.roles import (
    StepGrounds,
    find_form,
    find_outlines,
    find_scales,
    name_coalition,
    tell_next,
    tell_stream,
)
from kansenkaart.coalitions.sharing import Shares
from kansenkaart.geo import RD
from kansenkaart.tables import COALITION_FLOWS, COALITION_PARTNERS, COALITIONS, Remarks
from kansenkaart.texts import Texts
from kansenkaart.units import write_unit

_GOOD = "kansrijk"


class Number(NamedTuple):
    """A number per row with its 10th and 90th percentile."""

    p10: FloatArray
    value: FloatArray
    p90: FloatArray


@dataclass(frozen=True)
class Book:
    """All that the frames are written from.

    Attributes
    ----------
    chances
        Rows of ``MATCHES`` with ``coalition`` (number from 0), ``weight, mass`` and ``material``.
    members
        ``coalition, site_id``, by coalition; ``ends`` are positions in it, int64[chances, 2].
    flows
        What every member brings and fetches, and has left.
    numbers
        Sums with their ranges, by coalition, member or flow.
    deciding
        Per coalition the uncertain number that decides most of its chances, in words; missing where none does.
    decided, kept
        Frame ``COALITION_DECISIONS``, and of it the rows of the coalitions that are kept, by their number.
    """

    chances: pd.DataFrame
    members: pd.DataFrame
    ends: IntArray
    shares: Shares
    flows: pd.DataFrame
    numbers: Mapping[str, Number]
    deciding: Mapping[int, str]
    sites: gpd.GeoDataFrame
    catalogue: Catalogue
    texts: Texts
    decided: pd.DataFrame
    kept: pd.DataFrame

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """The sites of all partners by id, at a point."""
        used = self.sites.set_index("site_id").loc[self.members["site_id"].unique()]
        return gpd.GeoDataFrame(used.set_geometry(used.geometry.representative_point()))

    @cached_property
    def partners(self) -> pd.DataFrame:
        """Members with what their place says, chances, and what falls without them."""
        said = ["name", "kind", "municipality", "municipality_code", "province", "country"]
        told = self.members.join(pd.DataFrame(self.places)[said], on="site_id")
        # What a municipality counts are the jobs of all its firms.
        own = (
            self.places["jobs"].mask(self.places["is_area"])
            if "jobs" in self.places
            else pd.Series(dtype=float)
        )
        told["jobs"] = told["site_id"].map(own).astype(float)
        told["chances"] = np.bincount(self.ends.ravel(), minlength=len(told))
        told["falls_share"] = np.clip(self.shares.falls_share, 0.0, 1.0)
        return told.assign(falls_eur_y=self.shares.falls_eur)

    @cached_property
    def ordered(self) -> pd.DataFrame:
        """Partners per coalition: of most chances first, then without whom most falls, then by id."""
        share = self.partners["falls_share"].round(9)
        keys, up = ["coalition", "chances", "falls_share", "site_id"], [True, False, False, True]
        return self.partners.assign(falls_share=share).sort_values(keys, ascending=up, kind="stable")

    @cached_property
    def streams(self) -> pd.Series:
        """Per coalition its streams, that of most chances first, then what comes earlier in a chain, then by id."""
        counts = self.chances.groupby(["coalition", "stream"])["leg"].agg(["size", "min"]).reset_index()
        ordered = counts.sort_values(
            ["coalition", "size", "min", "stream"], ascending=[True, False, True, True]
        )
        return pd.Series(collect(ordered["coalition"], ordered["stream"]))

    def range(self, name: str, column: str) -> dict[str, FloatArray]:
        """The three columns of a number."""
        low, value, high = self.numbers[name]
        return {f"{column}_p10": low, column: value, f"{column}_p90": high}

    def unknown(self, column: str) -> pd.Series:
        """Which coalitions have no chance of which `column` is known."""
        return ~self.chances[column].notna().groupby(self.chances["coalition"]).any()


def write_coalitions(book: Book, remarks: Remarks) -> gpd.GeoDataFrame:
    """Return frame ``COALITIONS``, indexed by the number of the coalition: what is worth most first."""
    frame = pd.concat([_count(book), _name(book), _tell_sides(book.flows), _tell_shares(book)], axis=1)
    frame["scale_level"] = find_scales(book.partners)
    frame["geometry"] = find_outlines(book.members, book.places)
    for name in ("net_eur_y", "co2_t_y", "material_t_y"):
        frame = frame.assign(**book.range(name, name))
    for name, column in (("net_eur_y", "net_eur_y"), ("co2_t_y", "co2_avoided_t_y")):
        frame = _blank(frame, book.unknown(column), name)
    frame["term_net_eur"] = frame["net_eur_y"].where(frame["cost_eur_y"].notna())
    frame["term_net_eur"] /= book.catalogue.prices["annuity"].value
    frame = frame.join(find_missing(book.flows, book.places, book.sites, book.catalogue, texts=book.texts))
    piped = [any(book.catalogue.streams[one].mode == "pipe" for one in own) for own in book.streams]
    forms = [find_form(row, piped=pipe) for row, pipe in zip(frame.itertuples(), piped, strict=True)]
    frame["form"], frame["form_rule"] = zip(*forms, strict=True)
    frame["next_step"] = [
        tell_next(StepGrounds.of(row, book.deciding.get(number)), book.texts)
        for number, row in enumerate(frame.sort_index().itertuples())
    ]
    keys, up = ["net_eur_y", "chances", "coalition_id"], [False, False, True]
    frame = frame.sort_values(keys, ascending=up, kind="stable")
    frame = add_words(frame, book.decided, remarks)
    frame["coalition"] = _tell_apart(frame["coalition"], frame["named"])
    told = COALITIONS.conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=RD))
    return gpd.GeoDataFrame(told.set_axis(frame.index))


def write_partners(book: Book, coalitions: pd.DataFrame) -> pd.DataFrame:
    """Return frame ``COALITION_PARTNERS`` in the order of the coalitions, who takes part in most first."""
    told = book.partners.assign(
        **book.range("fair_eur_y", "fair_eur_y"),
        **book.range("partner_co2_t_y", "co2_t_y"),
        **book.range("partner_material_t_y", "material_t_y"),
        **_tell_roles(book),
        **_sum_sides(book),
    )
    told["payment_eur_y"] = told["fair_eur_y"] - (told["avoids_eur_y"] - told["bears_eur_y"])
    no_price, no_co2 = (told["coalition"].map(book.unknown(one)) for one in ("net_eur_y", "co2_avoided_t_y"))
    told = _blank(_blank(told, no_price, "fair_eur_y"), no_co2, "co2_t_y")
    money = ["falls_eur_y", "avoids_eur_y", "bears_eur_y", "payment_eur_y"]
    told[money] = told[money].mask(no_price)
    return COALITION_PARTNERS.conform(_follow(told.loc[book.ordered.index], coalitions))


def write_flows(book: Book, coalitions: pd.DataFrame) -> pd.DataFrame:
    """Return frame ``COALITION_FLOWS`` in the order of the coalitions."""
    told = book.flows.assign(**book.range("quantity", "quantity"))
    told["name"] = told["site_id"].map(book.places["name"])
    return COALITION_FLOWS.conform(_follow(told, coalitions))


def _follow(rows: pd.DataFrame, coalitions: pd.DataFrame) -> pd.DataFrame:
    """Rows with the id and name of their coalition, in its order."""
    names = coalitions[["coalition_id", "coalition"]]
    joined = rows.rename(columns={"coalition": "number"}).join(names, on="number")
    place = pd.Series(np.arange(len(coalitions)), index=coalitions.index)
    return joined.iloc[np.argsort(joined["number"].map(place).to_numpy(), kind="stable")]


def _blank(frame: pd.DataFrame, where: pd.Series, name: str) -> pd.DataFrame:
    """With nothing known of a number where no chance has it."""
    columns = [f"{name}_p10", name, f"{name}_p90"]
    frame[columns] = frame[columns].mask(where)
    return frame


def _count(book: Book) -> pd.DataFrame:
    """What is counted and added up over chances."""
    own, by = book.chances, book.chances["coalition"]
    others = own.assign(given=own[["support_needed_eur_y", "support_given_eur_y"]].min(axis=1))
    lacking = others.where(~pd.Series(book.shares.in_play, index=own.index))
    rungs = own["mass"] * (own["r_now"] - own["r_after"]).astype(float)
    mass = own.groupby(by)["mass"].sum()
    costs = own["cost_eur_y"].where(book.shares.in_play).groupby(by).sum(min_count=1)
    open_rows = own[own["net_eur_y"].isna()].drop_duplicates(["coalition", "stream"])
    unpriced = collect(*(open_rows.sort_values("stream")[name] for name in ("coalition", "stream")))
    jobs = book.partners["jobs"].groupby(book.partners["coalition"])
    return pd.DataFrame(
        {
            "partners": book.members.groupby("coalition").size(),
            "unpriced": pd.Series(
                {number: "|".join(names) for number, names in unpriced.items()}, dtype="str"
            ),
            "jobs": jobs.sum(min_count=1),
            "jobs_known": jobs.count(),
            "chances": own.groupby(by).size(),
            "kansrijk": own["chance_class"].eq(_GOOD).groupby(by).sum(),
            "with_support": own["pays_with_support"].astype(bool).groupby(by).sum(),
            "match_ids": pd.Series(collect(by, own["match_id"])).map(BETWEEN.join),
            "cost_eur_y": costs,
            "term_cost_eur": costs / book.catalogue.prices["annuity"].value,
            "priced": own["net_eur_y"].notna().groupby(by).sum(),
            "r_gain": rungs.groupby(by).sum() / mass.where(mass > 0),
            "support_needed_eur_y": lacking["support_needed_eur_y"].groupby(by).sum(),
            "support_given_eur_y": lacking["given"].groupby(by).sum(),
        }
    )


def _name(book: Book) -> pd.DataFrame:
    """Heart, streams, id and name."""
    heart = book.ordered.drop_duplicates("coalition").set_index("coalition")
    place = heart["municipality"].fillna(heart["name"])
    told = pd.DataFrame(
        {
            "heart_id": heart["site_id"],
            "municipality": heart["municipality"],
            "stream": book.streams.str[0],
            "streams": book.streams.map("|".join),
            "coalition": [
                name_coalition(str(where), own, book.texts)
                for where, own in zip(place, book.streams, strict=True)
            ],
        }
    )
    told["coalition_id"] = _find_ids(told, book.ordered, book.kept["coalition_id"])
    return told


def _find_ids(told: pd.DataFrame, ordered: pd.DataFrame, kept: pd.Series) -> pd.Series:
    """Main stream and heart; where a larger coalition has these, with the first partner that tells it apart.

    What a room keeps has the id it had.
    """
    ids = dict[object, str](kept)
    taken = set(kept)
    partners = pd.Series(collect(ordered["coalition"], ordered["site_id"]))
    firsts = told["stream"] + "@" + told["heart_id"]
    new = partners[~partners.index.isin(kept.index)]
    for number in new.map(len).sort_values(ascending=False, kind="stable").index:
        first = firsts[number]
        others = partners[number][1:]
        options = chain((first,), (f"{first}+{site}" for site in others), (f"{first}+{n}" for n in count(2)))
        ids[number] = next(one for one in options if one not in taken)
        taken.add(ids[number])
    return pd.Series(ids)


def _tell_apart(names: pd.Series, given: pd.Series) -> pd.Series:
    """A number behind a name that stands there already; what a room named stays as it is."""
    number = names.groupby([names, given]).cumcount() + 1 + (~given & names.isin(names[given]))
    return names.where(given | (number == 1), names + " (" + number.astype(str) + ")")


def _tell_sides(flows: pd.DataFrame) -> pd.DataFrame:
    """How even supply and demand are, and how much of both meets inside; mean over streams."""
    keys = [flows["coalition"], flows["stream"]]
    moved = flows["quantity"].where(flows["role"] == "supply", 0.0).groupby(keys).sum()
    whole = flows["quantity"] + flows["left"]
    supply, demand = (
        whole.where(flows["role"] == role, 0.0).groupby(keys).sum() for role in ("supply", "demand")
    )
    both = pd.DataFrame({"supply": supply, "demand": demand})
    return pd.DataFrame(
        {
            "balance": (both.min(axis=1) / both.max(axis=1)).groupby(level=0).mean(),
            "complementary": (moved / (supply + demand - moved)).groupby(level=0).mean(),
        }
    )


def _tell_shares(book: Book) -> pd.DataFrame:
    """Dependence, and whether the fair split holds."""
    keys, up = ["coalition", "falls_share", "site_id"], [True, False, True]
    worst = book.ordered.sort_values(keys, ascending=up, kind="stable").drop_duplicates("coalition")
    told = worst.set_index("coalition")[["site_id", "falls_share"]]
    told.columns = ["largest_id", "largest_share"]
    site_ids = book.members["site_id"].to_numpy()
    split, groups, excess = zip(*book.shares.cores, strict=True)
    return told.assign(
        split=split,
        core_group=pd.Series(
            [BETWEEN.join(site_ids[group]) or None for group in groups], told.index, dtype=object
        ),
        core_excess_eur_y=excess,
        split_error_eur_y=book.shares.errors,
    )


def _tell_roles(book: Book) -> dict[str, pd.Series]:
    """What every member brings and fetches, in words; missing where it does not."""
    flows = book.flows.sort_values(
        ["coalition", "site_id", "quantity"], ascending=[True, True, False], kind="stable"
    )
    names = {stream: tell_stream(stream, book.texts) for stream in flows["stream"].unique()}
    said = [
        f"{book.texts.number(quantity)} {write_unit(unit)} {names[stream]}"
        for quantity, unit, stream in zip(
            *(flows[name].to_numpy().tolist() for name in ("quantity", "unit", "stream")), strict=True
        )
    ]
    told = dict[str, pd.Series]()
    for name, role in (("brings", "supply"), ("fetches", "demand")):
        own = flows["role"] == role
        each = collect(flows.loc[own, "member"], pd.Series(said, flows.index)[own])
        told[name] = pd.Series(each).map("; ".join).reindex(book.members.index)
    return told


def _sum_sides(book: Book) -> dict[str, FloatArray]:
    """What every member avoids as a taker and bears as a supplier, before anybody pays anybody."""
    played, count = book.shares.in_play, len(book.members)
    return {
        name: np.asarray(
            np.bincount(
                book.ends[:, end],
                np.where(played, book.chances[column].fillna(0.0).to_numpy(dtype=float), 0.0),
                minlength=count,
            ),
            dtype=np.float64,
        )
        for name, end, column in (("avoids_eur_y", 1, "benefit_eur_y"), ("bears_eur_y", 0, "cost_eur_y"))
    }
