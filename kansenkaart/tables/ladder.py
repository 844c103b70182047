"""Where what comes free stands on the R-ladder now, and how far it could rise: anywhere, and within reach."""

from kansenkaart.tables.table import Column, Table

# How the rung of now is known: of the reported treatment, or what is usual for the stream.
LADDER_BASES = ("treatment", "usual", "below", "unknown")

_RUNG = "R0-R9 of Potting and others (PBL 2017)"

LADDER = Table(
    name="ladder",
    meaning="One row per supply of the region and rung where it is now: what could rise on the R-ladder anywhere, and "
    "what rises by the chances of this run. Energy, CO2 and water are used in a cascade and have no row.",
    key=("flow_id", "now_basis"),
    columns=(
        Column("flow_id", "str", "Supply: <site_id>|<stream>|supply."),
        Column("site_id", "str", "Its place."),
        Column("name", "str", "Name of the place."),
        Column("municipality", "str", "Municipality of the place.", nullable=True),
        Column("stream", "str", "Stream of the catalogue."),
        Column("unit", "str", "Unit of the stream; quantities are per year."),
        Column("quantity", "float", "Free quantity that is there now.", minimum=0),
        Column(
            "now_basis",
            "str",
            "treatment: of reported treatment codes; usual: where the stream usually goes; below: landfill or "
            "destruction, under the ladder; unknown: it went to storage or sorting, and nobody told where after that.",
            allowed=LADDER_BASES,
        ),
        Column("r_now", "int", f"Rung now, {_RUNG}.", nullable=True, minimum=0),
        Column("pbl_now", "str", "The same as R1-R6 of PBL (ICER 2023).", nullable=True),
        Column(
            "r_possible",
            "int",
            f"Highest rung that places of any kind could bring it to, {_RUNG}.",
            nullable=True,
        ),
        Column("pbl_possible", "str", "The same as R1-R6 of PBL.", nullable=True),
        Column("possible", "float", "What could rise, wherever and however full that place is.", minimum=0),
        Column("r_reached", "int", f"Highest rung that its chances bring it to, {_RUNG}.", nullable=True),
        Column("pbl_reached", "str", "The same as R1-R6 of PBL.", nullable=True),
        Column(
            "within_reach",
            "float",
            "What its chances raise: takers within reach, with free capacity, kansrijk or verkennen.",
            minimum=0,
        ),
    ),
)
