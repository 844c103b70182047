"""What was solved per stream, how well, and what simpler ways would have given."""

from kansenkaart.tables.table import Column, Table

OBJECTIVES = ("net_eur", "quantity", "co2", "r_gain")
METHODS = (
    "network simplex",
    "linear program",
    "mixed-integer program",
    "column generation",
    "heuristic",
    "in sequence",
)

SOLVES = Table(
    name="solves",
    meaning="One row per stream that had flows: the objective, its certificate and the comparison.",
    key=("stream",),
    columns=(
        Column("stream", "str", "Stream of the catalogue."),
        Column("unit", "str", "Unit of the quantities, per year."),
        Column("objective", "str", "What was maximised.", allowed=OBJECTIVES),
        Column("pairs", "int", "Eligible pairs within reach."),
        Column("rounds", "int", "How often the allocation was repeated with prices at the size pairs got."),
        Column("value", "float", "What the first tier with pairs reaches: EUR, t CO2 or quantity per year."),
        Column("value_unit", "str", "Unit of that value."),
        Column("certified", "bool", "Whether primal = dual in integers over all pairs."),
        Column("method", "str", "How it was solved.", allowed=METHODS),
        Column(
            "gap",
            "float",
            "How far from the best possible it may be, as a share of it; empty when nobody knows.",
            nullable=True,
            minimum=0,
        ),
        Column("limit_hit", "bool", "Whether a time or size limit ended the search."),
        Column("quantity", "float", "Quantity matched per year."),
        Column(
            "annual_quantity",
            "float",
            "What the yearly totals alone would match, where the run went month by month.",
            minimum=0,
            nullable=True,
        ),
        Column(
            "break_even_km",
            "float",
            "Straight distance up to which a pair of middle size pays.",
            "km",
            nullable=True,
            minimum=0,
        ),
        Column(
            "nearest_share",
            "float",
            "Objective of 'each its nearest', as a share of this one.",
            nullable=True,
        ),
        Column(
            "greedy_share", "float", "Objective of 'best pair first', as a share of this one.", nullable=True
        ),
    ),
)
