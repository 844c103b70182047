"""Step 1: which sectors are strong in which area, how sure that is, and how they score by the five criteria."""

import math

import pandas as pd

from kansenkaart.tables.table import Column, Table

# The five criteria of Noord-Holland (2017), as measures of a table.
MEASURES = ("establishments", "jobs", "value_eur", "materials_t", "residuals_t")
# What a location quotient can be of.
COUNTED = ("establishments", "jobs")
CLASSIFICATIONS = ("SBI 2008", "SBI 2025")
# Classes of a location quotient, ratios around 1 (as far from as much again as to as much less), each with the part of
# the colour of the house in its own.
QUOTIENT_CLASSES = (
    ("less", 0.0, 0.8, 0.05),
    ("same", 0.8, 1.25, 0.2),
    ("more", 1.25, 2.0, 0.45),
    ("much", 2.0, 4.0, 0.72),
    ("most", 4.0, math.inf, 1.0),
)
# More than this nobody chooses from; the table has all sectors.
MOST_SECTORS = 25
# Tables whose layout is known.
RECIPES = ("cbs_85039ned", "cbs_83582ned")

CLUSTERS = Table(
    name="clusters",
    meaning="One row per area and sector: how strong the sector is there, and its score by the five criteria.",
    key=("area_code", "sector"),
    columns=(
        Column("area_code", "str", "Code of the area, such as GM0363 or CR23."),
        Column("area", "str", "Name of the area.", nullable=True),
        Column("sector", "str", "Code of the sector."),
        Column("sector_name", "str", "Name of the sector.", nullable=True),
        Column("classification", "str", "Classification of the codes.", allowed=CLASSIFICATIONS),
        Column("level", "str", "Level of the codes: section (also groups of sections), or how many digits."),
        Column("counted", "str", "What the location quotient counts.", allowed=COUNTED),
        Column(
            "count",
            "float",
            "How many the area has; empty: secret or unknown, which is not 0.",
            nullable=True,
            minimum=0,
        ),
        Column("area_total", "float", "How many the area has in all sectors.", minimum=0),
        Column(
            "area_complete", "bool", "Whether that total was stated, or no sector of the area is missing."
        ),
        Column("national", "float", "How many the country has of the sector, the area included.", minimum=0),
        Column(
            "location_quotient",
            "float",
            "Share of the sector in the area, per its share in the country.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "shrunk",
            "float",
            "The same, drawn towards 1 as far as the numbers are small.",
            nullable=True,
            minimum=0,
        ),
        Column("shrunk_low", "float", "5 % end of its interval.", nullable=True, minimum=0),
        Column("shrunk_high", "float", "95 % end of its interval.", nullable=True, minimum=0),
        Column("large_enough", "bool", "Whether the count reaches the minimum to be ranked."),
        Column(
            "rank",
            "int",
            "Place in the area by the logarithm of the shrunk quotient, of what is large enough.",
            nullable=True,
            minimum=1,
        ),
        *(
            Column(
                f"pct_{name}",
                "float",
                "Percentile rank of the criterion within the area.",
                nullable=True,
                minimum=0,
            )
            for name in MEASURES
        ),
        Column(
            "score",
            "float",
            "Weighted mean of the percentile ranks that are known, from 0 to 100.",
            nullable=True,
            minimum=0,
        ),
        Column("coverage", "float", "Share of the weights whose criterion is known.", minimum=0),
        Column(
            "stability",
            "float",
            "Share of 1,000 draws of the weights in which it is among the ten highest of its area, of fewer than 20 "
            "sectors the highest half; empty with one criterion, for no weight changes an order then.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "always_include",
            "bool",
            "Waste, waste water, own terrain and civil works: on no criterion high, and never left out.",
        ),
    ),
)

REGION_SECTORS = Table(
    name="region_sectors",
    meaning="One row per sector: how strong it is in the region as a whole, from the municipalities where it is known.",
    key=CLUSTERS.key,
    columns=CLUSTERS.columns,
)


def order_sectors(clusters: pd.DataFrame) -> list[str]:
    """Sectors by how far they stand out in the area where they are strongest, by the low end of the interval."""
    ranked = clusters.dropna(subset="rank")
    highest = ranked.groupby("sector", sort=True)["shrunk_low"].max()
    return [str(one) for one in highest.sort_values(ascending=False, kind="stable").index]
