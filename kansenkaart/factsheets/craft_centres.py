"""``craft-centres``: who lives far from a recycling yard, second-hand shop or repair cafe, and where a centre helps.

A craft centre (circulair ambachtscentrum) is yard, shop and workshop at once, so it counts as each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.errors import DataError
from kansenkaart.factsheets.factsheet import (
    Layer,
    Mark,
    Region,
    Section,
    Told,
    bounds_of,
    tell_table,
)
from kansenkaart.factsheets.ways import Nearest, Ways, find_homes, find_nearest, read_xy
from kansenkaart.siting import choose_cover, choose_median
from kansenkaart.texts import Texts

_KEY = "craft-centres"
_TEXTS = "factsheets.craft_centres"
_CENTRE = "craft_centre"
# What a centre joins, with its look on the map.
_SERVICES: Mapping[str, Mark] = {"recycling_yard": "ink", "second_hand": "grey", "repair_cafe": "pale"}
_LEAST_MINUTES = 5.0
# What people bring: streams whose catalogue has a number per inhabitant.
_STREAMS = ("meubels_grofvuil", "textiel", "aeea")
_BOUNDS = ("low", "value", "high")


@dataclass(frozen=True)
class _After:
    """Minutes to a centre per home, before and (to each new one) after; how near to the best; how many all need."""

    now: FloatArray
    there: FloatArray
    gap: float
    needed: int
    needed_gap: float

    @property
    def best(self) -> FloatArray:
        """Minutes per home when the new ones are there."""
        return np.asarray(np.minimum(self.now, self.there.min(axis=1, initial=np.inf)))


def tell(region: Region) -> Told:
    """Return who lives far from what, where new centres take most minutes off, and what people bring to each place."""
    numbers, texts = region.numbers(_KEY), region.texts
    number = {str(name): bounds_of(numbers, str(name))["value"] for name in numbers.index}
    ways, limit = Ways(region, number["speed_kmh"], number["far_minutes"]), number["minutes"]
    homes, places = find_homes(region), _find_places(region)
    near = {one: find_nearest(homes, places[places["kind"].isin((one, _CENTRE))], ways) for one in _SERVICES}
    there = _add_catchments(places, homes, near, limit, region)
    chosen, after = _choose(homes, places, ways, number)
    new, areas = _describe(chosen, places, ways), _add_up(homes, near, limit, region)
    layers = (
        Layer(
            "craft_centres_areas", areas, "recycling_yard_min", "area", breaks=_break_minutes(areas, numbers)
        ),
        *_draw_services(there),
        Layer("craft_centres_new", new, "inhabitants", "circle", "ring"),
    )
    sections = (
        _tell_services(homes, places, near, bounds_of(numbers, "minutes"), ways),
        _tell_new(new, homes, after, number, region),
        _tell_areas(areas, limit, texts),
        _tell_places(there, limit, texts),
    )
    facts = [(texts(f"{_TEXTS}.inhabitants"), texts.count(int(homes["inhabitants"].sum())))]
    for one, (beyond, share) in _count_beyond(homes, near, limit).items():
        told = {
            "what": texts(f"kinds.{one}"),
            "minutes": texts.number(limit),
            "beyond": texts.count(beyond),
            "count": _count_known(places, one),
        }
        known = _tell_share(share, texts) if near[one].known else texts(f"{_TEXTS}.none_known")
        facts.append((texts(f"{_TEXTS}.beyond", **told), known))
    said = {"region": region.name, "minutes": texts.number(limit)}
    title, lead = (texts(f"{_TEXTS}.{part}", **said) for part in ("title", "lead"))
    return Told(title, lead, tuple(facts), layers, sections, numbers)


def _break_minutes(areas: gpd.GeoDataFrame, numbers: pd.DataFrame) -> tuple[float, ...]:
    """Classes of the map: the minutes that were asked about are among their bounds."""
    asked = {_LEAST_MINUTES, *bounds_of(numbers, "minutes").values()}
    highest = areas["recycling_yard_min"].max()
    if not highest > 0:
        return (0.0, max(asked))
    return (0.0, *sorted(one for one in asked if one < highest), float(np.ceil(highest / 5) * 5))


def _draw_services(there: gpd.GeoDataFrame) -> list[Layer]:
    """A layer of every kind that is there; a craft centre is drawn as a yard."""
    layers = []
    for service, mark in _SERVICES.items():
        kinds = (service, _CENTRE) if mark == "ink" else (service,)
        own = there[there["kind"].isin(kinds)].reset_index(drop=True)
        if len(own):
            layers.append(Layer(f"craft_centres_{service}", own, "inhabitants", "circle", mark))
    return layers


def _find_places(region: Region) -> gpd.GeoDataFrame:
    """Places that run, each at a point.

    Raises
    ------
    DataError
        When the project has none.
    """
    places = region.places(*_SERVICES, _CENTRE)
    if places.empty:
        message = "{region} has no place of kind {kinds}. Add a layer of them, such as one of recipe osm."
        kinds = ", ".join((*_SERVICES, _CENTRE))
        raise DataError("craft_centres_nothing", message, region=region.name, kinds=kinds)
    columns = [
        "site_id",
        "name",
        "kind",
        "municipality_code",
        "municipality",
        "source",
        "source_year",
        "geometry",
    ]
    told = places[columns].copy()
    return told.set_geometry(told.geometry.representative_point()).reset_index(drop=True)


def _per_inhabitant(region: Region) -> dict[str, dict[str, float]]:
    """Tonnes a year per inhabitant of every stream: low, value, high."""
    known = region.loaded.catalogue.kengetallen.values()
    return {
        one.stream: {bound: float(getattr(one, bound)) for bound in _BOUNDS}
        for one in known
        if one.stream in _STREAMS and one.driver == "inhabitants" and one.role == "supply"
    }


def _add_streams(frame: gpd.GeoDataFrame, region: Region) -> gpd.GeoDataFrame:
    """What the inhabitants of every row discard, in t a year: the middle, and from low to high."""
    told = frame.copy()
    for stream, each in _per_inhabitant(region).items():
        for bound in _BOUNDS:
            ending = "" if bound == "value" else f"_{bound}"
            told[f"{stream}{ending}"] = told["inhabitants"] * each[bound]
    return told


def _last(frame: gpd.GeoDataFrame, by: list[str]) -> gpd.GeoDataFrame:
    ordered: gpd.GeoDataFrame = frame[[*(name for name in frame if name != "geometry"), "geometry"]]
    return ordered.sort_values(by, ascending=[False, *[True] * (len(by) - 1)]).reset_index(drop=True)


def _add_catchments(
    places: gpd.GeoDataFrame, homes: pd.DataFrame, near: dict[str, Nearest], limit: float, region: Region
) -> gpd.GeoDataFrame:
    """People within the minutes asked for whom a place is the nearest of its kind, and what they discard.

    A craft centre is nearest of several kinds: the kind counts for which it serves most.
    """
    served = np.zeros(len(places))
    for one in near.values():
        counts = one.minutes <= limit
        most = np.bincount(
            one.place[counts], weights=homes["inhabitants"].to_numpy()[counts], minlength=len(places)
        )
        served = np.maximum(served, most)
    told = places.assign(inhabitants=served.astype(int))
    return _last(_add_streams(told, region), ["inhabitants", "site_id"])


def _choose(
    homes: pd.DataFrame, places: gpd.GeoDataFrame, ways: Ways, number: dict[str, float]
) -> tuple[gpd.GeoDataFrame, _After]:
    """New centres at postcodes, and what they change; who has no centre yet counts as far."""
    people = homes["inhabitants"].to_numpy(dtype=float)
    centres = places[places["kind"] == _CENTRE]
    now = np.minimum(find_nearest(homes, centres, ways).minutes, number["far_minutes"])
    minutes = ways.minutes(read_xy(homes), read_xy(homes))
    chosen = choose_median(people, minutes, now, round(number["new_places"]))
    far = now > number["minutes"]
    needed = choose_cover(minutes[far] <= number["minutes"])
    there = minutes[:, chosen.places]
    after = _After(now, there, chosen.gap, len(needed.places), needed.gap)
    new = homes.iloc[chosen.places].reset_index(drop=True)
    served = (there.argmin(axis=1)[:, None] == np.arange(len(new))) & (there <= number["minutes"])
    served &= there < now[:, None]
    new["name"] = new["place"] + " " + new["pc4"].astype("str")
    new["inhabitants"] = (people @ served).astype(int)
    geometry = gpd.points_from_xy(new["x_rd"], new["y_rd"], crs=places.crs)
    told = gpd.GeoDataFrame(new.drop(columns=["x_rd", "y_rd", "place", "pc4"]), geometry=geometry)
    return told, after


def _describe(new: gpd.GeoDataFrame, places: gpd.GeoDataFrame, ways: Ways) -> gpd.GeoDataFrame:
    """New centres with their municipality, what stands or is planned nearest, and what comes in."""
    region, told = ways.region, new.copy()
    named = region.municipalities().set_index("municipality_code")["municipality"]
    told.insert(1, "municipality", told["municipality_code"].map(named))
    sites = region.sites
    planned = sites[(sites["kind"] == _CENTRE) & (sites["status"] == "planned") & sites["in_region"]]
    planned = planned.set_geometry(planned.geometry.representative_point()).reset_index(drop=True)
    for column, others in (("grows_from", places), ("planned", planned)):
        near = find_nearest(told, others, ways)
        names = others["name"].reindex(near.place)
        told[column] = pd.Series(names.to_numpy(), index=told.index, dtype="str")
        told[f"{column}_min"] = np.where(np.isfinite(near.minutes), near.minutes, np.nan)
    return _last(_add_streams(told, region), ["inhabitants", "name"])


def _add_up(homes: pd.DataFrame, near: dict[str, Nearest], limit: float, region: Region) -> gpd.GeoDataFrame:
    """Every municipality, its inhabitants, how far they have to go and who too far; missing where that is not known."""
    told, codes = region.municipalities(), homes["municipality_code"]
    people = homes["inhabitants"].astype(float)
    told["inhabitants"] = told["municipality_code"].map(people.groupby(codes).sum()).fillna(0).astype(int)
    inhabitants = told["municipality_code"].map(people.groupby(codes).sum())
    for one, found in near.items():
        beyond, away = people.where(found.minutes > limit, 0.0), people * found.minutes
        if not found.known:
            beyond, away = people * np.nan, people * np.nan
        told[f"{one}_beyond"] = told["municipality_code"].map(beyond.groupby(codes).sum(min_count=1))
        told[f"{one}_beyond_pct"] = 100 * told[f"{one}_beyond"] / inhabitants
        mean = told["municipality_code"].map(away.groupby(codes).sum(min_count=1)) / inhabitants
        told[f"{one}_min"] = mean.where(np.isfinite(mean))
    return _last(told, ["inhabitants", "municipality_code"])


def _count_beyond(
    homes: pd.DataFrame, near: dict[str, Nearest], limit: float
) -> dict[str, tuple[int, float]]:
    """Inhabitants beyond `limit` of each service, and their share in percent."""
    people = homes["inhabitants"].to_numpy()
    beyond = {one: int(people[found.minutes > limit].sum()) for one, found in near.items()}
    return {one: (count, 100 * count / max(int(people.sum()), 1)) for one, count in beyond.items()}


def _count_known(places: gpd.GeoDataFrame, service: str) -> int:
    """How many places of `service` the layers have; a centre is each of them."""
    return int(places["kind"].isin((service, _CENTRE)).sum())


def _tell_share(share: float, texts: Texts) -> str:
    """A share in percent, whole, or less than one: what the layers know bears no decimals."""
    return "< 1 %" if 0 < share < 1 else f"{texts.number(round(share))} %"


def _tell_services(
    homes: pd.DataFrame,
    places: gpd.GeoDataFrame,
    near: dict[str, Nearest],
    limits: Mapping[str, float],
    ways: Ways,
) -> Section:
    texts, region = ways.region.texts, ways.region
    counted = {name: _count_beyond(homes, near, limits[name]) for name in _BOUNDS}
    shares = {
        name: {
            one: f"{texts.count(beyond)} ({_tell_share(share, texts)})"
            if near[one].known
            else texts(f"{_TEXTS}.none_known")
            for one, (beyond, share) in found.items()
        }
        for name, found in counted.items()
    }
    told = pd.DataFrame(
        {
            "what": [texts(f"kinds.{one}") for one in _SERVICES],
            "known": [_count_known(places, one) for one in _SERVICES],
            **{name: [shares[name][one] for one in _SERVICES] for name in _BOUNDS},
        }
    )
    with_yard = places.loc[places["kind"].isin(("recycling_yard", _CENTRE)), "municipality_code"]
    columns = {"what": texts(f"{_TEXTS}.what"), "known": texts(f"{_TEXTS}.known")} | {
        name: texts(f"{_TEXTS}.beyond_minutes", minutes=texts.number(limits[name])) for name in _BOUNDS
    }
    said = {
        "basis": ways.tell(),
        "with_yard": with_yard.nunique(),
        "municipalities": len(region.municipalities()),
    }
    return tell_table(f"{_TEXTS}.services", told, columns, texts, **said)


def _tell_new(
    new: gpd.GeoDataFrame, homes: pd.DataFrame, after: _After, number: dict[str, float], region: Region
) -> Section:
    texts, people = region.texts, homes["inhabitants"].to_numpy(dtype=float)
    columns = {
        "name": texts(f"{_TEXTS}.place"),
        "municipality": texts("factsheets.municipality"),
        "inhabitants": texts(f"{_TEXTS}.served", minutes=texts.number(number["minutes"])),
        "near": texts(f"{_TEXTS}.grows_from"),
        "plan": texts(f"{_TEXTS}.planned"),
        **{one: texts(f"{_TEXTS}.stream", stream=texts(f"streams.{one}")) for one in _STREAMS},
    }
    told = pd.DataFrame(new)
    for column, name in (("near", "grows_from"), ("plan", "planned")):
        pairs = zip(new[name], new[f"{name}_min"], strict=True)
        told[column] = [_tell_way(which, minutes, texts) for which, minutes in pairs]
    best, limit = after.best, number["minutes"]
    said = {
        "count": len(new),
        "far": texts.number(number["far_minutes"]),
        "before": texts.number(float(people @ after.now) / people.sum()),
        "after": texts.number(float(people @ best) / people.sum()),
        "beyond_before": texts.count(int(people[after.now > limit].sum())),
        "beyond_after": texts.count(int(people[best > limit].sum())),
        "minutes": texts.number(limit),
        "best": _tell_gap("best", after.gap, texts),
        "needed": after.needed,
        "fewest": _tell_gap("fewest", after.needed_gap, texts),
    }
    return tell_table(f"{_TEXTS}.new", told, columns, texts, **said)


def _tell_gap(name: str, gap: float, texts: Texts) -> str:
    """How far `name` may lie from the best there is; proven where it cannot."""
    if gap <= 0:
        return texts(f"{_TEXTS}.{name}")
    return texts(f"{_TEXTS}.{name}_within", gap=texts.number(100 * gap))


def _tell_way(name: object, minutes: float, texts: Texts) -> str:
    return f"{name} ({texts.number(minutes, 2)} min)" if isinstance(name, str) else "–"


def _tell_areas(areas: gpd.GeoDataFrame, limit: float, texts: Texts) -> Section:
    columns = {
        "municipality": texts("factsheets.municipality"),
        "inhabitants": texts(f"{_TEXTS}.inhabitants"),
    }
    columns |= {
        f"{one}_beyond_pct": texts(f"{_TEXTS}.pct", what=texts(f"kinds.{one}"), minutes=texts.number(limit))
        for one in _SERVICES
    }
    told = pd.DataFrame(areas).round({f"{one}_beyond_pct": 1 for one in _SERVICES})
    return tell_table(f"{_TEXTS}.areas", told, columns, texts)


def _tell_places(told: gpd.GeoDataFrame, limit: float, texts: Texts) -> Section:
    columns = {
        "name": texts(f"{_TEXTS}.place"),
        "what": texts(f"{_TEXTS}.what"),
        "municipality": texts("factsheets.municipality"),
        "inhabitants": texts(f"{_TEXTS}.served", minutes=texts.number(limit)),
        **{one: texts(f"{_TEXTS}.stream", stream=texts(f"streams.{one}")) for one in _STREAMS},
        "source": texts("factsheets.source"),
    }
    frame = pd.DataFrame(told).assign(what=[texts(f"kinds.{one}") for one in told["kind"]])
    return tell_table(f"{_TEXTS}.places", frame, columns, texts, minutes=texts.number(limit))
