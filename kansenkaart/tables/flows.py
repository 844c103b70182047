"""How much each place can supply or needs, per stream: theoretical, and free after what already runs."""

from typing import get_args

from kansenkaart.allowed import Role
from kansenkaart.tables.table import Column, Table

ROLES: tuple[str, ...] = get_args(Role)
BASES = ("measured", "derived", "permit", "lma", "estimated", "made", "workshop")
MONTHS = tuple(range(1, 13))

# Free quantity per month, in the order of the year.
MONTH_COLUMNS = tuple(f"free_{month:02d}" for month in MONTHS)

FLOWS = Table(
    name="flows",
    meaning="One row per site, stream and role, in the stream's unit per year.",
    key=("flow_id",),
    columns=(
        Column("flow_id", "str", "<site_id>|<stream>|<role>."),
        Column("site_id", "str", "Site the flow belongs to."),
        Column("stream", "str", "Stream of the catalogue."),
        Column("role", "str", "Supply or demand.", allowed=ROLES),
        Column("unit", "str", "Unit of the stream; quantities are per year."),
        Column("theoretical", "float", "Measured quantity, or driver x kengetal.", minimum=0),
        Column("covered", "float", "Used or met by the place itself (own use, own source).", minimum=0),
        Column("committed", "float", "Already delivered under a running link.", minimum=0),
        Column(
            "given_away",
            "float",
            "What another has now of a supply: under a contract, or because such a place is taken to have sold it.",
            minimum=0,
        ),
        Column("low", "float", "Free quantity, low end of the range.", minimum=0),
        Column("value", "float", "Free quantity: what matching may use.", minimum=0),
        Column("high", "float", "Free quantity, high end of the range.", minimum=0),
        Column("basis", "str", "Where the theoretical quantity comes from.", allowed=BASES),
        Column("running_unknown", "bool", "A delivery runs here whose quantity nobody published."),
        Column("kengetal_id", "str", "Kengetal used, when estimated.", nullable=True),
        Column(
            "engineering_estimate",
            "bool",
            "The kengetal is an engineering estimate without a published source.",
        ),
        Column("formula", "str", "The sum in words, with numbers, in the project's language."),
        Column("temperature_c", "float", "Temperature supplied or needed.", "C", nullable=True),
        Column("profile", "str", "Key of the month profile."),
        *(
            Column(name, "float", f"Free quantity in month {month}; the twelve add up to value.", minimum=0)
            for month, name in zip(MONTHS, MONTH_COLUMNS, strict=True)
        ),
        Column(
            "made_from",
            "str",
            "Stream this flow is made from by the place itself; its value then is its own free part plus what "
            "the matches bring in x the yield.",
            nullable=True,
        ),
        Column("source", "str", "Source of the number."),
        Column("source_year", "int", "Year of the number."),
    ),
)
