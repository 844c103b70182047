"""The places: businesses, waste-water plants, greenhouses, municipalities that collect, data centres."""

from typing import get_args

from kansenkaart.allowed import Placement
from kansenkaart.tables.table import Column, Table

STATUSES = ("active", "planned", "suspended", "closed")
HOME = "NL"
COUNTRIES = (HOME, "BE", "DE", "FR", "LU")
# Attribute of the catalogue: whom to ask for at a place, as a role.
CONTACT = "contact_role"
# Attributes of the catalogue: what an example of circular business tells of itself.
EXAMPLE = ("activity", "example_theme", "example_rung", "website")
PLACEMENTS: tuple[str, ...] = get_args(Placement)

SITES = Table(
    name="sites",
    meaning="One row per place, with the drivers a kengetal can use as further columns.",
    key=("site_id",),
    geometry="geometry",
    open_ended=True,
    columns=(
        Column("site_id", "str", "Stable id: <layer>:<id in the source>."),
        Column("name", "str", "Name as the source gives it."),
        Column("kind", "str", "Kind of place, from the catalogue."),
        Column("layer", "str", "Layer of the project file this row came from."),
        Column("sbi", "str", "SBI 2008 code.", nullable=True),
        Column("municipality_code", "str", "CBS code GMxxxx.", nullable=True),
        Column(
            "municipality",
            "str",
            "Municipality the place lies in; abroad the region and country.",
            nullable=True,
        ),
        Column("province", "str", "Province the place lies in; abroad the region.", nullable=True),
        Column("country", "str", "Country the place lies in.", nullable=True, allowed=COUNTRIES),
        Column("nuts", "str", "NUTS code of the region abroad; empty in the Netherlands.", nullable=True),
        Column(
            "municipality_distance_m",
            "float",
            "0 inside; else distance to the nearest municipality.",
            "m",
            True,
        ),
        Column("in_region", "bool", "Whether the place lies in the region (else in its margin)."),
        Column("status", "str", "Whether it runs.", allowed=STATUSES),
        Column("status_date", "str", "Date or year the status was known.", nullable=True),
        Column(
            "status_note",
            "str",
            "Why it is planned, suspended or closed; what a room asks of a place it added.",
            nullable=True,
        ),
        Column("placement", "str", "What the geometry is.", allowed=PLACEMENTS),
        Column(
            "location_precision_m",
            "float",
            "How far the true place may lie from the geometry.",
            "m",
            minimum=0,
        ),
        Column("source", "str", "Where the row comes from."),
        Column("source_year", "int", "Year the figures hold for."),
        Column("licence", "str", "Licence of the source.", nullable=True),
        Column("confidential", "bool", "The source forbids naming this place to third parties."),
        Column("geometry", "geometry", "Point or polygon in RD New.", "m"),
    ),
)
