"""The same chances as a page, made by kansenkaart and by its peers. Every maker returns what the browser must know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from regions import make_loaded

# Decimals of a degree the peers get: a decimetre. They would write fifteen, and a file half as large again.
_GRID_DEGREES = 1e-6
_ORANGE = "#c4541c"


def kansenkaart(frames: Any, path: Path) -> str:
    """Write everything a run can show: chances, places, months, routes, chains, what decides and the background."""
    from kansenkaart.maps.compose import draw_map

    loaded = make_loaded()
    draw_map(frames, loaded, manifest_id="0123456789ab").save(path)
    return "kansenkaart.page.map"


def folium_geojson(frames: Any, path: Path) -> str:
    """Write ``folium.GeoJson``: a layer per stream and one of places, on canvas, with tooltips and popups."""
    import folium

    page = folium.Map(tiles=None, prefer_canvas=True)
    for stream, rows in _lines(frames):
        fields = [name for name in rows.columns if name != "geometry"]
        folium.GeoJson(
            rows,
            name=stream,
            style_function=lambda _: {"color": _ORANGE, "weight": 2},
            tooltip=folium.GeoJsonTooltip(fields),
            popup=folium.GeoJsonPopup(fields),
        ).add_to(page)
    folium.GeoJson(
        _places(frames),
        name="places",
        marker=folium.CircleMarker(radius=4, color=_ORANGE),
        tooltip=folium.GeoJsonTooltip(["name", "kind", "municipality"]),
    ).add_to(page)
    return _finish(page, path)


def geopandas_explore(frames: Any, path: Path) -> str:
    """Write ``GeoDataFrame.explore``: the same layers, all columns as tooltip and popup, on canvas."""
    page = None
    for stream, rows in _lines(frames):
        page = rows.explore(
            m=page, name=stream, color=_ORANGE, popup=True, tiles=None, legend=False, prefer_canvas=True
        )
    _places(frames).explore(m=page, name="places", color=_ORANGE, marker_kwds={"radius": 4})
    return _finish(page, path)


def _finish(page: Any, path: Path) -> str:
    import folium

    folium.LayerControl(collapsed=False).add_to(page)
    page.fit_bounds(page.get_bounds())
    page.save(path)
    return str(page.get_name())


def _lines(frames: Any) -> list[tuple[str, gpd.GeoDataFrame]]:
    """Chances per stream with what a reader of the map needs, in degrees."""
    names = frames.sites.set_index("site_id")["name"]
    matches = frames.matches
    rows = gpd.GeoDataFrame(
        {
            "stream": matches["stream"],
            "supply": matches["supply_id"].map(names),
            "demand": matches["demand_id"].map(names),
            "chance": matches["chance_class"],
            "unit": matches["unit"],
            **{
                name: matches[name].round(1)
                for name in ("quantity", "distance_m", "net_eur_y", "co2_avoided_t_y")
            },
            "reason": matches["reason"],
        },
        geometry=_degrees(matches),
        crs="EPSG:4326",
    )
    return [(str(stream), own.reset_index(drop=True)) for stream, own in rows.groupby("stream")]


def _places(frames: Any) -> gpd.GeoDataFrame:
    columns = frames.sites[["name", "kind", "municipality"]]
    return gpd.GeoDataFrame(columns, geometry=_degrees(frames.sites), crs="EPSG:4326")


def _degrees(frame: gpd.GeoDataFrame) -> Any:
    geometry = frame.geometry.to_crs("EPSG:4326").to_numpy()
    return shapely.set_precision(geometry, _GRID_DEGREES, mode="pointwise")
