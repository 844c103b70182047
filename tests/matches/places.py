"""Places that give and take, as short rows for ``make_sites``: heat along y = 480 km, greens along y = 500 km."""

from __future__ import annotations

from kansenkaart.catalogue import Catalogue, OwnNumber, apply_changes, load_catalogue

HEAT = "restwarmte_ht"
X, Y = 110_000.0, 480_000.0

Row = dict[str, object]


def source(site_id: str = "bron:1", dx: float = 0.0, gj: float = 200_000.0, **more: object) -> Row:
    """Return a factory that has heat of 90 degrees, `dx` metres east."""
    row = {"site_id": site_id, "kind": "industry", "x": X + dx, "y": Y, "supply_restwarmte_ht_gj_y": gj}
    return {**row, "supply_temperature_c": 90.0, **more}


def taker(site_id: str = "kas:1", dx: float = 3000.0, gj: float = 150_000.0, **more: object) -> Row:
    """Return a greenhouse that asks for heat of 60 degrees, `dx` metres east."""
    row = {"site_id": site_id, "kind": "greenhouse", "x": X + dx, "y": Y, "demand_restwarmte_ht_gj_y": gj}
    return {**row, "demand_temperature_c": 60.0, **more}


def town(site_id: str = "g:1", x: float = 110_000, gft: float = 1000.0, **more: object) -> Row:
    """Return a municipality that collects green waste of which no contract has hold."""
    return {
        "site_id": site_id,
        "kind": "municipality",
        "x": x,
        "y": 500_000,
        "supply_gft_t_y": gft,
        "free_supply_gft_t_y": gft,
        **more,
    }


def digester(site_id: str = "v:1", x: float = 112_000, gft: float = 800.0, **more: object) -> Row:
    """Return a digester that takes green waste."""
    row = {"site_id": site_id, "kind": "digester", "x": x, "y": 500_000, "feed": "gft"}
    return {**row, "demand_gft_t_y": gft, **more}


def fields(site_id: str = "a:1", x: float = 115_000, ha: float = 1000.0, **more: object) -> Row:
    """Return arable land, which takes compost."""
    return {"site_id": site_id, "kind": "arable_area", "x": x, "y": 500_000, "arable_ha": ha, **more}


def dear(eur_gj: float = 25.0) -> Catalogue:
    """Return the catalogue with a fixed, good price for heat."""
    price = OwnNumber(low=eur_gj, value=eur_gj, high=eur_gj)
    return apply_changes(load_catalogue(), kengetallen={}, prices={"avoided_heat_glass": price}, streams={})
