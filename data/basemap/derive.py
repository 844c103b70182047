"""Derive the base map of the package from the open layers named in ``data/README.md``.

``python data/basemap/derive.py LAYERS WORLD AIRPORTS``: the folder with ``basemap/`` and ``boundaries/``,
``countries-10m.json`` of the npm package world-atlas, and ``airports.csv`` of the PyPI package airportsdata. The same
layers give the same bytes.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CATALOGUE = Path(__file__).parents[2] / "kansenkaart" / "catalogue"
RD = 28992

# Coordinates are whole tens of metres, as in the map.
STEP_M = 10.0

# Fine: what a municipality is read at. Coarse: what lies far from the region.
FINE_M = 25.0
COARSE_M = 200.0
BORDER_M = 40.0

# What the world beyond the layers is drawn within, RD metres: the widest screen around the country.
FRAME = (-420_000.0, 40_000.0, 720_000.0, 900_000.0)
AROUND_DEGREES = (-6.0, 47.0, 17.0, 58.0)
LAYERS_END = (-60_000.0, 240_000.0, 340_000.0, 693_000.0)

SMALLEST_POND_KM2 = 0.3
SLIVER_M = 200.0
CAPITALS = frozenset(
    ("Amsterdam", "Groningen", "Leeuwarden", "Assen", "Zwolle", "Lelystad", "Arnhem", "Utrecht", "Haarlem", "Den Haag",
     "Middelburg", "'s-Hertogenbosch", "Maastricht")
)  # fmt: skip

# Ports that people navigate by, and the docks of NWB-Vaarwegen whose middle is their place.
PORTS = {
    "Haven Amsterdam": ("Amerikahaven", "Westhaven", "Afrikahaven"),
    "Haven IJmuiden": ("Haringhaven", "Vissershaven te IJmuiden"),
    "Haven Rotterdam, Europoort": ("Dintelhaven", "Beneluxhaven"),
    "Maasvlakte": ("Europahaven", "Yangtzehaven", "Mississippihaven"),
    "Botlek": ("3e Petroleumhaven", "Chemiehaven"),
    "Waalhaven": ("Waalhaven, centrale vaargeul",),
    "Haven Moerdijk": ("Centrale Insteekhaven in het Industriegebied Moerdijk",),
    "Haven Vlissingen": ("Van Cittershaven", "Sloehaven"),
    "Haven Terneuzen": ("Braakmanhaven",),
    "Haven Delfzijl": ("Zeehavenkanaal Delfzijl", "Oosterhornhaven"),
    "Eemshaven": ("Eemshaven Doekegat",),
    "Haven Den Helder": ("Koopvaardersbinnenhaven",),
    "Haven Bergen op Zoom": ("Theodorushaven te Bergen op Zoom",),
    "Beatrixhaven Maastricht": ("Beatrixhaven te Maastricht",),
    "Haven Venlo": ("Industriehaven te Venlo",),
    "Haven Lauwersoog": ("Vissershaven te Lauwersoog",),
    "Haven Kampen": ("Zuiderzeehaven",),
    "Haven Urk": ("IJsselmeer, Haven van Urk",),
}
AIRPORTS = {
    "EHAM": "Schiphol", "EHRD": "Rotterdam The Hague Airport", "EHEH": "Eindhoven Airport",
    "EHGG": "Groningen Airport Eelde", "EHBK": "Maastricht Aachen Airport", "EHLE": "Lelystad Airport",
}  # fmt: skip

# Names on the water; of a lake the middle, of a river the middle of its longest piece.
LAKES = {
    "IJsselmeer": 1, "Markermeer": 1, "Waddenzee": 1, "Oosterschelde": 2, "Grevelingenmeer": 3,
    "Westerschelde en Noordzeekust": 2, "Haringvliet": 3, "Hollands Diep": 3, "Noordzeekanaal": 2, "Veerse Meer": 4,
    "Lauwersmeer": 4, "Ketelmeer, Vossemeer": 4, "Eems-Dollard": 3, "Tjeukemeer": 4, "Krammer-Volkerak": 4,
}  # fmt: skip
CANALS = {
    "Amsterdam-Rijnkanaal": 2, "Noordhollandsch Kanaal": 3, "Waal": 2, "Neder-Rijn": 3, "Lek": 3, "Maas": 2,
    "Geldersche IJssel": 2, "Julianakanaal": 4, "Wilhelminakanaal": 4, "Zuid-Willemsvaart": 4, "Van Harinxmakanaal": 4,
    "Eemskanaal": 4, "Kanaal Gent-Terneuzen": 3, "Kanaal door Zuid-Beveland": 4, "Vecht": 4, "Oude Rijn": 4,
    "Overijsselsche Vecht": 4, "Van Starkenborghkanaal": 4, "Hoogeveensche Vaart": 4, "Nieuwe Waterweg": 3,
    "Nieuwe Merwede": 4, "Bergsche Maas": 4, "Oude Maas": 4, "Hollandsche IJssel": 4,
}  # fmt: skip
# Of some the name that is in use.
IN_USE = {"Geldersche IJssel": "IJssel", "Noordhollandsch Kanaal": "Noordhollands Kanaal"}


def main(layers: Path, world: Path, airports: Path) -> None:
    """Write all files; the folder of the catalogue must be there."""
    folder = CATALOGUE / "basemap"
    folder.mkdir(exist_ok=True)
    borders = read_municipalities(layers / "boundaries" / "gemeenten_2023_2026_rd.gpkg")
    named = borders.rename(columns={"municipality_code": "name"}).assign(**{"class": 1})
    write_shapes(folder / "municipalities.csv", named, fine_m=0.0, coarse_m=None)
    source = layers / "basemap"
    write_shapes(folder / "land.csv", _land(source, borders, world), fine_m=None)
    write_shapes(folder / "borders.csv", _borders(borders, world), fine_m=0.0)
    write_shapes(folder / "built_up.csv", _built_up(source))
    write_shapes(folder / "water.csv", _water(source))
    write_shapes(folder / "waterways.csv", _waterways(source))
    write_shapes(folder / "railways.csv", _railways(source))
    write_shapes(folder / "roads.csv", _roads(source))
    write_names(folder / "names.csv", [*_towns(source, layers), *_hubs(source, airports), *_waters(source)])


def read_municipalities(path: Path) -> gpd.GeoDataFrame:
    """Municipalities of the package, with the finer border."""
    known = gpd.read_file(CATALOGUE / "boundaries" / "gemeenten_2023.geojson")
    fine = gpd.read_file(path).set_index("statcode").geometry.reindex(known["municipality_code"])
    known.geometry = shapely.coverage_simplify(fine.to_numpy(), BORDER_M)
    return known


def read_world(path: Path) -> gpd.GeoDataFrame:
    """Countries of Natural Earth 10m (TopoJSON) around the Netherlands, RD."""
    topology = json.loads(path.read_text("utf-8"))
    scale, move = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + move for arc in topology["arcs"]]

    def ring(numbers: Sequence[int]) -> np.ndarray:
        pieces = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])

    rows = []
    for one in topology["objects"]["countries"]["geometries"]:
        polygons = [one["arcs"]] if one["type"] == "Polygon" else one.get("arcs", [])
        outer = [[ring(numbers) for numbers in rings] for rings in polygons]
        shapes = [shapely.Polygon(first, holes) for first, *holes in outer if len(first) > 3]
        near = [shapely.clip_by_rect(shape.buffer(0), *AROUND_DEGREES) for shape in shapes]
        rows += [(one["properties"]["name"], part) for part in near if not part.is_empty]
    return gpd.GeoDataFrame(rows, columns=["name", "geometry"], crs=4326).to_crs(RD)


def _land(source: Path, borders: gpd.GeoDataFrame, world: Path) -> gpd.GeoDataFrame:
    """All land in one: what is finer within the layers, Natural Earth beyond them; seams closed, so without slivers."""
    near = gpd.read_file(source / "buurlanden_ne10m_rd.gpkg")
    far = read_world(world)
    beyond = shapely.difference(
        shapely.union_all(far.loc[far["name"] != "Netherlands", "geometry"]),
        shapely.box(*LAYERS_END).buffer(-500),
    )
    shape = shapely.union_all([*borders.geometry.buffer(30), *near.geometry.buffer(250), beyond])
    closed = shape.buffer(600, join_style="mitre").buffer(-600, join_style="mitre")
    # What closing took from bays and estuaries of our own coast is given back.
    inner = shapely.union_all(borders.geometry.buffer(2_500)).difference(
        shapely.union_all(near.geometry.buffer(900))
    )
    kept = shapely.clip_by_rect(shapely.union_all([closed.difference(inner), shape]), *FRAME)
    whole = [_without_slivers(part) for part in shapely.get_parts(kept)]
    return _frame([{"name": ""}], [shapely.union_all(whole)])


def _without_slivers(land: shapely.Polygon) -> shapely.Polygon:
    """Long thin holes are where two sources do not meet."""
    holes = [ring for ring in land.interiors if shapely.Polygon(ring).area > SLIVER_M * ring.length]
    return shapely.Polygon(land.exterior, holes)


def _borders(borders: gpd.GeoDataFrame, world: Path) -> gpd.GeoDataFrame:
    """Where two countries meet; and, of the second class, two provinces of one."""
    provinces = borders.dissolve("province").geometry
    inside = [
        shapely.intersection(one.boundary, other.boundary)
        for n, one in enumerate(provinces)
        for other in provinces.iloc[n + 1 :]
    ]
    far = read_world(world).dissolve("name").geometry
    country = shapely.union_all(provinces)
    rest = [shapely.difference(shape, country.buffer(3_000)) for shape in far.drop("Netherlands")]
    beyond = [
        shapely.intersection(one.boundary, other.buffer(800))
        for n, one in enumerate(rest)
        for other in rest[n + 1 :]
    ]
    land = shapely.union_all(far.drop("Netherlands").to_list()).buffer(3_000)
    own = shapely.intersection(country.boundary, land)
    return _frame(
        [{"class": 1}, {"class": 1}, {"class": 2}],
        [_only_lines([own]), _only_lines(beyond), _only_lines(inside)],
    )


def _built_up(source: Path) -> gpd.GeoDataFrame:
    """Built-up areas: class 1 dense or large (seen from afar), 2 the rest."""
    areas = gpd.read_file(source / "bebouwd_gebied_benadering_rd.gpkg")
    # Neighbourhoods lie beside each other: together they are a town.
    town = shapely.get_parts(shapely.union_all(areas.geometry.buffer(20)).buffer(-20))
    town = town[shapely.area(town) > 1e5]
    large = np.where(shapely.area(town) > 2.5e6, 1, 2)
    return gpd.GeoDataFrame({"class": large}, geometry=town, crs=RD)


def _water(source: Path) -> gpd.GeoDataFrame:
    areas = gpd.read_file(source / "water_vlakken_rd.gpkg")
    kept = areas[(areas["soort"] != "zee") & (areas["km2"] > SMALLEST_POND_KM2)]
    return kept[["geometry"]].assign(**{"class": 1})


def _waterways(source: Path) -> gpd.GeoDataFrame:
    """Class 1 main, 2 others for goods, 3 small; routes over open water are left out."""
    lines = gpd.read_file(source / "vaarwegen_nwb_2017_rd.gpkg")
    lines = lines[lines["rang"] < 4]
    open_water = shapely.union_all(gpd.read_file(source / "water_vlakken_rd.gpkg").geometry.buffer(-60))
    merged = [
        (rank, part)
        for rank, group in lines.groupby("rang")
        for part in shapely.get_parts(
            shapely.line_merge(shapely.union_all(group.geometry).difference(open_water))
        )
    ]
    rivers = gpd.read_file(source / "rivieren_ne10m_rd.gpkg")
    abroad = rivers.geometry.difference(shapely.union_all(lines.geometry.buffer(4_000)))
    merged += [(1, part) for part in shapely.get_parts(abroad[rivers["scalerank"] <= 6])]
    kept = [(rank, part) for rank, part in merged if rank < 3 or part.length > 400]
    return gpd.GeoDataFrame(
        {"class": [rank for rank, _ in kept]}, geometry=[part for _, part in kept], crs=RD
    )


def _railways(source: Path) -> gpd.GeoDataFrame:
    lines = gpd.read_file(source / "spoorlijnen_prorail_rd.gpkg")
    parts = shapely.get_parts(shapely.line_merge(shapely.union_all(lines[lines["rang"] <= 2].geometry)))
    return gpd.GeoDataFrame({"class": np.ones(len(parts), dtype=int)}, geometry=parts, crs=RD)


def _roads(source: Path) -> gpd.GeoDataFrame:
    """Class 1 motorways, 2 main roads, with their number."""
    lines = gpd.read_file(source / "snelwegen_ndw_benadering_rd.gpkg")
    return lines.assign(**{"class": np.where(lines["weg"].str.startswith("A"), 1, 2)})[
        ["class", "weg", "geometry"]
    ].rename(columns={"weg": "name"})


def _towns(source: Path, layers: Path) -> Iterable[dict[str, Any]]:
    places = gpd.read_file(source / "plaatsnamen_geonames_rd.gpkg")
    people = pd.read_csv(layers / "boundaries" / "gemeenten_2023_2026_kerncijfers.csv")
    people = people.set_index("statcode")["inwoners"]
    for row in places[~places["wijk"]].itertuples():
        count, rank = float(row.inwoners_gn), int(row.rang)
        if row.pop_verdacht:
            same = row.naam == row.statnaam
            count = min(count, float(people.get(row.statcode, count))) if same else 0.0
        if row.land == "NL" and row.naam in CAPITALS:
            rank = max(1, rank - 1)
        yield {
            "kind": "town" if row.land == "NL" else "abroad", "rank": rank, "size": int(count), "name": row.naam,
            "x": row.geometry.x, "y": row.geometry.y,
        }  # fmt: skip


def _hubs(source: Path, airports: Path) -> Iterable[dict[str, Any]]:
    docks = gpd.read_file(source / "vaarwegen_nwb_2017_rd.gpkg").set_index("naam").geometry
    for name, parts in PORTS.items():
        middle = shapely.union_all([docks[part] for part in parts]).centroid
        rank = (
            2 if name in ("Haven Amsterdam", "Haven Rotterdam, Europoort", "Maasvlakte", "Eemshaven") else 4
        )
        yield {"kind": "port", "rank": rank, "size": 0, "name": name, "x": middle.x, "y": middle.y}
    with airports.open(encoding="utf-8", newline="") as file:
        known = {row[0]: row for row in csv.reader(file)}
    for code, name in AIRPORTS.items():
        point = gpd.GeoSeries.from_xy([float(known[code][8])], [float(known[code][7])], crs=4326).to_crs(RD)[
            0
        ]
        rank = 1 if code == "EHAM" else 3
        yield {"kind": "airport", "rank": rank, "size": 0, "name": name, "x": point.x, "y": point.y}


def _waters(source: Path) -> Iterable[dict[str, Any]]:
    lakes = gpd.read_file(source / "water_vlakken_rd.gpkg").set_index("naam").geometry
    for name, rank in LAKES.items():
        spot = shapely.maximum_inscribed_circle(lakes[name]).coords[0]
        short = name.split(",")[0].split(" en ")[0]
        yield {"kind": "water", "rank": rank, "size": 0, "name": short, "x": spot[0], "y": spot[1]}
    lines = gpd.read_file(source / "vaarwegen_nwb_2017_rd.gpkg")
    for name, rank in CANALS.items():
        found = lines[lines["naam"] == name]
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(found.geometry)))
        longest = parts[np.argmax(shapely.length(parts))]
        spot = longest.interpolate(0.5, normalized=True)
        yield {
            "kind": "water",
            "rank": rank,
            "size": 0,
            "name": IN_USE.get(name, name),
            "x": spot.x,
            "y": spot.y,
        }


def _frame(rows: list[dict[str, Any]], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame([{"class": 1, **row} for row in rows], geometry=shapes, crs=RD)


def _only_lines(shapes: Iterable[shapely.Geometry]) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(np.array([*shapes], dtype=object)))
    lines = parts[shapely.get_type_id(parts) == 1]
    return shapely.multilinestrings(shapely.get_parts(shapely.line_merge(shapely.union_all(lines))))


def write_shapes(
    path: Path, layer: gpd.GeoDataFrame, *, fine_m: float | None = FINE_M, coarse_m: float | None = COARSE_M
) -> None:
    """One row per line or polygon: class, name, box, and its rings fine and coarse, as steps of ten metres."""
    rows = []
    for row in layer.rename(columns={"class": "rank_class"}).explode(ignore_index=True).itertuples():
        shape = row.geometry
        coarse = [] if coarse_m is None else _rings(shape.simplify(coarse_m))
        fine = [] if fine_m is None else _rings(shape.simplify(fine_m))
        if coarse or fine:
            box = [round(value / STEP_M) for value in shape.bounds]
            name = getattr(row, "name", "") or ""
            rows.append([row.rank_class, name, *box, _write(fine), _write(coarse)])
    # In strips from west to east: what lies together stays together.
    rows.sort(key=lambda one: (int(one[0]), one[2] // 2_000, one[3], one[2], one[6], one[7]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class", "name", "west", "south", "east", "north", "fine", "coarse"])
        writer.writerows(rows)


def _rings(shape: shapely.Geometry) -> list[np.ndarray]:
    """Whole steps, none twice in a row; what comes to nothing is left out."""
    parts = shapely.get_parts(shape)
    lines = shapely.get_rings(parts) if shapely.get_dimensions(shape) == 2 else parts
    least = 4 if shapely.get_dimensions(shape) == 2 else 2
    found = []
    for line in lines:
        steps = np.rint(shapely.get_coordinates(line) / STEP_M).astype(int)
        if not len(steps):
            continue
        steps = steps[np.concatenate([[True], (np.diff(steps, axis=0) != 0).any(axis=1)])]
        if len(steps) >= least:
            found.append(steps)
    return found


def _write(rings: list[np.ndarray]) -> str:
    """``x y dx dy ...; ...``: every ring from its own first point."""
    return ";".join(
        " ".join(str(value) for value in np.concatenate([ring[:1], np.diff(ring, axis=0)]).ravel())
        for ring in rings
    )


def write_names(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Names from the most to the least important."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "rank", "name", "x", "y"])
        for row in sorted(rows, key=lambda one: (one["rank"], -one["size"], one["name"])):
            spot = [round(row[axis] / STEP_M) for axis in "xy"]
            writer.writerow([row["kind"], row["rank"], row["name"], *spot])


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
