"""The account of a year: what was agreed against what came of it, per chance, per municipality and against targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import split_ids
from kansenkaart.coalitions.coalitions import add_mass
from kansenkaart.programme.read import Read
from kansenkaart.tables import FINDINGS, Remarks
from kansenkaart.tables.sites import EXAMPLE
from kansenkaart.texts import Texts

_AMOUNTS = ("quantity", "co2_t", "material_t")
# What follows the quantity of a chance.
_PER_UNIT = ("co2_t", "material_t", "net_eur")


@dataclass(frozen=True)
class MapFrames:
    """What the map says: frames ``SITES, MATCHES`` and ``COALITIONS``."""

    sites: gpd.GeoDataFrame
    matches: pd.DataFrame
    coalitions: pd.DataFrame

    @property
    def known(self) -> set[str]:
        """Ids of chances and coalitions."""
        return {*self.matches["match_id"], *self.coalitions["coalition_id"]}

    def chances_of(self, about: str) -> list[str]:
        """The chances of a coalition, or the chance itself."""
        own = self.coalitions.loc[self.coalitions["coalition_id"] == about, "match_ids"]
        return split_ids(own.iloc[0], set(self.matches["match_id"])) if len(own) else [about]


@dataclass(frozen=True)
class YearAccount:
    """The account of a year.

    Attributes
    ----------
    chances
        One row per chance of the programme: what was agreed (``promised_*``) and what came (``realised_*``).
    years
        Per year what came of it.
    municipalities
        The same per municipality, half to who brings and half to who fetches.
    actions, targets
        As they were read, with names; targets with what is needed and what came.
    showcases
        Examples of circular business in the layers, by municipality and name.
    findings
        Rows that were rejected or need a look.
    """

    year: int
    chances: pd.DataFrame
    years: pd.DataFrame
    municipalities: pd.DataFrame
    actions: pd.DataFrame
    targets: pd.DataFrame
    showcases: pd.DataFrame
    findings: pd.DataFrame


def draw_up(found: MapFrames, read: Read, catalogue: Catalogue, *, year: int, texts: Texts) -> YearAccount:
    """Return the account of `year`.

    A chance is part of the programme when an action or a result is about it or its coalition. What is agreed counts
    from the year of its first action that says when; CO2 and material follow the quantity.
    """
    remarks = Remarks(texts, layer="programme.results")
    per_unit = _find_per_unit(found.matches, catalogue)
    delivered = pd.DataFrame(_divide(found, read.results, remarks), columns=["match_id", "year", "quantity"])
    delivered = delivered.groupby(["match_id", "year"])[["quantity"]].sum().reset_index()
    each = per_unit[list(_PER_UNIT)].reindex(delivered["match_id"]).set_axis(delivered.index)
    delivered[list(_PER_UNIT)] = each.mul(delivered["quantity"], axis=0)
    chances = _tell_chances(found, read, per_unit, delivered, year)
    sums = _sum_years(delivered, read.results)
    findings = [one for one in (read.findings, remarks.frame()) if len(one)]
    return YearAccount(
        year,
        chances,
        sums.sort_values("year", ignore_index=True),
        _tell_municipalities(found.sites, chances),
        _tell_actions(found, read.actions),
        _tell_targets(read.targets, sums, year),
        _list_showcases(found.sites, catalogue),
        pd.concat(findings, ignore_index=True) if findings else FINDINGS.empty(),
    )


def _find_per_unit(matches: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """By ``match_id``: the chance, and the CO2 and new material that a unit of it avoids, and what it leaves."""
    known = add_mass(pd.DataFrame(matches.drop(columns="geometry")), catalogue).set_index("match_id")
    quantity = known["quantity"].where(known["quantity"] > 0)
    return known.assign(
        co2_t=known["co2_avoided_t_y"] / quantity,
        material_t=known["material"] / quantity,
        net_eur=known["net_eur_y"] / quantity,
    )


def _sum_years(delivered: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Per year what came, in every measure of a target; missing where nothing is known of any."""
    sums = delivered.groupby("year")[list(_PER_UNIT)].sum(min_count=1)
    came = delivered[delivered["quantity"] > 0].groupby("year")["match_id"].nunique()
    jobs = results.groupby("year")["jobs"].sum(min_count=1)
    told = sums.assign(
        chances=came.reindex(sums.index, fill_value=0).astype(float), jobs=jobs.reindex(sums.index)
    )
    return told.reset_index()


def _divide(found: MapFrames, results: pd.DataFrame, remarks: Remarks) -> Iterator[tuple[str, int, float]]:
    """What came of every chance; of a coalition of one stream in parts as agreed, of more nobody can tell."""
    matches = found.matches.set_index("match_id")
    for row in results.to_dict("records"):
        ids = found.chances_of(row["about"])
        own = matches.loc[[one for one in ids if one in matches.index]]
        if own["stream"].nunique() != 1 or not own["quantity"].sum() > 0:
            remarks.add("programme_streams", str(row["about"]), {"year": row["year"]}, severity="rejected")
            continue
        parts = row["quantity"] * own["quantity"] / own["quantity"].sum()
        yield from ((str(one), int(row["year"]), float(part)) for one, part in parts.items())


def _tell_chances(
    found: MapFrames, read: Read, per_unit: pd.DataFrame, delivered: pd.DataFrame, year: int
) -> pd.DataFrame:
    names = found.sites.set_index("site_id")["name"]
    first = _find_first(found, read.actions)
    ids = sorted({*first, *delivered["match_id"]} & set(per_unit.index))
    own = per_unit.loc[ids]
    counts = np.array([not first.get(one) or int(str(first[one])[:4]) <= year for one in ids], dtype=bool)
    came = delivered[delivered["year"] == year].set_index("match_id")
    told = pd.DataFrame(
        {
            "chance": own["supply_id"].map(names) + " → " + own["demand_id"].map(names),
            "stream": own["stream"],
            "from_date": [first.get(one) for one in ids],
            "unit": own["unit"],
        },
        index=own.index,
    )
    promised = {
        "quantity": own["quantity"],
        "co2_t": own["co2_avoided_t_y"],
        "material_t": own["material"],
    }
    for name in _AMOUNTS:
        told[f"promised_{name}"] = promised[name].where(counts, 0.0)
        told[f"realised_{name}"] = came[name].reindex(own.index) if name in came else np.nan
    told["share"] = told["realised_quantity"] / told["promised_quantity"].where(told["promised_quantity"] > 0)
    told[["supply_id", "demand_id"]] = own[["supply_id", "demand_id"]]
    return told.rename_axis("match_id").reset_index()


def _find_first(found: MapFrames, actions: pd.DataFrame) -> dict[str, str | None]:
    """Per chance of the programme the first day that an action of it names; none where none does."""
    first: dict[str, str | None] = {}
    for row in actions[actions["status"] != "stopped"].to_dict("records"):
        due = row["due"] if isinstance(row["due"], str) else None
        for one in found.chances_of(row["about"]):
            days = [day for day in (first.get(one), due) if day is not None]
            first[one] = min(days) if days else None
    return first


def _tell_municipalities(sites: gpd.GeoDataFrame, chances: pd.DataFrame) -> pd.DataFrame:
    """CO2 and material per municipality, half of every chance to each end; missing where nothing is known of any."""
    towns = sites.set_index("site_id")["municipality"]
    amounts = [f"{kind}_{name}" for kind in ("promised", "realised") for name in ("co2_t", "material_t")]
    halves = [
        chances[amounts].mul(0.5).assign(municipality=chances[side].map(towns), match_id=chances["match_id"])
        for side in ("supply_id", "demand_id")
    ]
    both = pd.concat(halves, ignore_index=True)
    by = both.assign(municipality=both["municipality"].fillna("–")).groupby("municipality")
    told = by[amounts].sum(min_count=1)
    told.insert(0, "chances", by["match_id"].nunique())
    return told.reset_index()


def _tell_actions(found: MapFrames, actions: pd.DataFrame) -> pd.DataFrame:
    names = found.sites.set_index("site_id")["name"]
    matches = found.matches.set_index("match_id")
    pairs = matches["supply_id"].map(names) + " → " + matches["demand_id"].map(names)
    called = pd.concat([pairs, found.coalitions.set_index("coalition_id")["coalition"]])
    return actions.assign(name=actions["about"].map(called)).sort_values(["due", "id"], ignore_index=True)


def _tell_targets(targets: pd.DataFrame, sums: pd.DataFrame, year: int) -> pd.DataFrame:
    """With what must be less in the end (``needed``), by a straight line in `year`, and what came in it."""
    needed = targets["target"].fillna(targets["baseline"] * targets["less_percent"] / 100)
    span = (targets["target_year"] - targets["baseline_year"]).clip(lower=1)
    part = ((year - targets["baseline_year"]) / span).clip(0, 1).astype(float)
    came = sums[sums["year"] == year]
    realised = [float(came[one].sum(min_count=1)) for one in targets["measure"]]
    return targets.assign(
        needed=needed, on_line=needed * part, realised=pd.Series(realised, targets.index, dtype=float)
    )


def _list_showcases(sites: gpd.GeoDataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Places of the region that only show how it is done, with what each tells of itself and where that comes from."""
    kinds = [name for name, kind in catalogue.kinds.items() if kind.shown_only]
    own = sites[sites["kind"].isin(kinds) & sites["in_region"] & (sites["status"] == "active")]
    columns = ["name", "municipality", *EXAMPLE, "source", "source_year"]
    return pd.DataFrame(own).reindex(columns=columns).sort_values(["municipality", "name"], ignore_index=True)
