"""What the card of a business park tells."""

from __future__ import annotations

import geopandas as gpd
import shapely

from kansenkaart.maps.parks import note_parks
from kansenkaart.texts import load_texts


def _sites(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(columns["kind"])
    notes = {"status_note": columns.pop("status_note", [None] * count)}
    return gpd.GeoDataFrame(columns | notes, geometry=[shapely.Point(0, 0)] * count, crs="EPSG:28992")


def test_a_park_tells_its_land_quay_rail_and_category_and_nothing_that_is_not_known():
    sites = _sites(
        kind=["rwzi", "business_park", "business_park", "business_park"],
        gross_ha=[None, 260.0, None, None],
        net_ha=[None, 180.0, None, None],
        free_ha=[None, 0.0, None, 4.0],
        environmental_category=[None, 4.0, None, None],
        quay=[None, "yes", None, None],
        rail=[None, "no", None, None],
        status_note=["nieuw", None, None, "in aanleg"],
    )
    told = note_parks(sites, load_texts("nl"))["status_note"]
    first = "Bruto 260 ha; Netto 180 ha; Vrij 0 ha; Milieucategorie 4; Kade ja; Spoor nee"
    assert told.fillna("-").tolist() == ["nieuw", first, "-", "in aanleg; Vrij 4 ha"]
    assert note_parks(sites, load_texts("en"))["status_note"].iloc[1].startswith("Gross 260 ha; ")
