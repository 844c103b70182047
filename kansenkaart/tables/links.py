"""What runs already, what is planned and what stopped: known supply from one place to another."""

from kansenkaart.tables.table import Column, Table

LINK_STATUSES = ("running", "planned", "stopped")

LINKS = Table(
    name="links",
    meaning="One row per known delivery; running ones are subtracted on both sides before matching.",
    key=("link_id",),
    geometry="geometry",
    columns=(
        Column("link_id", "str", "Stable id: <layer>:<id in the source>."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("supply_id", "str", "Site that supplies, when it is in the sites.", nullable=True),
        Column("demand_id", "str", "Site that takes, when it is in the sites.", nullable=True),
        Column("supply_name", "str", "Name of the supplier."),
        Column("demand_name", "str", "Name of the taker."),
        Column(
            "quantity",
            "float",
            "Quantity per year in the stream's unit; empty when not published.",
            "",
            True,
            (),
            0,
        ),
        Column("unit", "str", "Unit of the stream."),
        Column(
            "status",
            "str",
            "Running, planned or stopped in the reference year, by its dates where it has them.",
            allowed=LINK_STATUSES,
        ),
        Column("from_date", "str", "Since when.", nullable=True),
        Column("until_date", "str", "Until when, or when it stopped.", nullable=True),
        Column("reason", "str", "Why it stopped, or what is known about it.", nullable=True),
        Column("source", "str", "Where this is published."),
        Column("source_year", "int", "Year of the source."),
        Column(
            "geometry",
            "geometry",
            "Line from supplier to taker, RD New; empty when a place is unknown.",
            "m",
            True,
        ),
    ),
)
