"""Hubs: where a processor that is missing would stand best, what it takes from whom, and what it gives back."""

from kansenkaart.tables.table import Column, Table

JUDGED_BY = ("money", "distance")
WAYS = ("takes", "returns")


def _ends(name: str, meaning: str, unit: str, *, nullable: bool = False) -> tuple[Column, ...]:
    """A number with its low and high end."""
    return (
        Column(f"{name}_low", "float", "Its low end.", unit, nullable=nullable),
        Column(name, "float", meaning, unit, nullable=nullable),
        Column(f"{name}_high", "float", "Its high end.", unit, nullable=nullable),
    )


HUBS = Table(
    name="hubs",
    meaning="One row per hub that was chosen: where it stands best, what it takes, and what that costs.",
    key=("hub_id",),
    geometry="geometry",
    columns=(
        Column("hub_id", "str", "<name in the project>-<number>, what takes most first."),
        Column("hub", "str", "Its name in the project."),
        Column("stream", "str", "Stream it takes."),
        Column("kind", "str", "Kind of place it would be."),
        Column("site_id", "str", "Place where it stands best."),
        Column("name", "str", "Name of that place."),
        Column("municipality", "str", "Municipality of that place.", nullable=True),
        Column("spots", "int", "Out of how many places it was chosen.", minimum=1),
        Column("givers", "int", "How many places bring.", minimum=1),
        *_ends("quantity", "What it takes per year.", ""),
        Column("unit", "str", "Unit of the stream, per year."),
        Column(
            "left_out",
            "float",
            "What of the stream no hub takes: out of reach, over capacity or at a loss.",
            minimum=0,
        ),
        Column("mean_km", "float", "Mean drive to it, straight x detour factor.", "km", minimum=0),
        Column("unit_km_y", "float", "Quantity x drive per year.", "", minimum=0),
        *_ends("transport_eur_unit", "What loading and driving costs per unit.", "EUR"),
        *_ends(
            "fixed_eur_y",
            "What it costs per year whatever comes in, as the project says.",
            "EUR",
            nullable=True,
        ),
        *_ends(
            "net_eur_y",
            "What its takers avoid less transport, the source and fixed cost; missing without a price.",
            "EUR",
            nullable=True,
        ),
        *_ends(
            "break_even",
            "Quantity per year from which it pays; missing where none is enough.",
            "",
            nullable=True,
        ),
        Column("judged_by", "str", "What was made best: net value, or the least driving.", allowed=JUDGED_BY),
        Column(
            "gap", "float", "How far at most from the best there is (0 is proven, 0.01 is 1 %).", minimum=0
        ),
        Column("geometry", "geometry", "Where it stands, RD New.", "m"),
    ),
)

HUB_FLOWS = Table(
    name="hub_flows",
    meaning="One row per hub and place that brings, and per stream that it makes of that.",
    key=("hub_id", "way", "stream", "site_id"),
    columns=(
        Column("hub_id", "str", "The hub."),
        Column("way", "str", "What comes in or what it makes.", allowed=WAYS),
        Column("site_id", "str", "Who brings; of what it makes the place where it stands."),
        Column("name", "str", "Name of that place."),
        Column("stream", "str", "Stream of the catalogue."),
        *_ends("quantity", "How much per year.", ""),
        Column("unit", "str", "Unit of the stream, per year."),
        Column("km", "float", "Drive to the hub, straight x detour factor.", "km", nullable=True, minimum=0),
    ),
)
