"""What a room decided about pairs, and the names of the layers that bring it home."""

from kansenkaart.tables.table import Column, Table

# Layers of decisions.gpkg: `kansenkaart workshop merge` writes all of them, a build reads the first three.
DECISIONS_LAYER = "decisions"
ADDED_LAYER = "added_sites"
COALITIONS_LAYER = "coalitions"
COMMENTS_LAYER = "comments"
BALLOTS_LAYER = "ballots"

# Name of the account of what was said of coalitions.
COALITIONS_SAID = f"workshop.{COALITIONS_LAYER}"

# What the ballots say together of one pair; only the first two change a build.
DECIDED = ("confirmed", "rejected")
OUTCOMES = (*DECIDED, "conflict", "open")
# A coalition is kept or not: what a room does not want it takes chances out of.
GROUP_OUTCOMES = ("confirmed", "conflict", "open")

# What a coalition is worth beside money, as a room scores it: little (1) to much (5).
VALUES = ("support", "space", "jobs", "surroundings", "security")
LEAST_SCORE, MOST_SCORE = 1, 5


def score_columns() -> tuple[Column, ...]:
    """One column per value: the mean of the tables that scored it; and how many tables scored any."""
    return (
        *(
            Column(f"score_{name}", "float", "Mean score of the tables (1-5).", nullable=True, minimum=1)
            for name in VALUES
        ),
        Column("scored_by", "int", "How many tables gave a score.", minimum=0),
    )


DECISIONS = Table(
    name="decisions",
    meaning="Pairs that a room confirmed or rejected, as far as their places still exist.",
    key=("stream", "supply_id", "demand_id"),
    columns=(
        Column("stream", "str", "Stream of the catalogue."),
        Column("supply_id", "str", "Site that supplies."),
        Column("demand_id", "str", "Site that takes."),
        Column("decision", "str", "What was decided.", allowed=DECIDED),
        Column("owner", "str", "Who sees to it, as the room wrote it.", nullable=True),
        Column("due", "str", "When it must be done: yyyy, yyyy-mm or yyyy-mm-dd.", nullable=True),
        Column("row", "int", "Row in decisions.gpkg, as a spreadsheet counts it."),
    ),
)

COALITION_DECISIONS = Table(
    name="coalition_decisions",
    meaning="Coalitions that a room confirmed, named or scored.",
    key=("coalition_id",),
    columns=(
        Column("coalition_id", "str", "The coalition on the map of the room."),
        Column(
            "name", "str", "What the room calls it; of one it did not confirm only if it did.", nullable=True
        ),
        Column("decision", "str", "Whether the next build keeps it as it is.", allowed=("confirmed", "open")),
        Column("match_ids", "str", "Its chances, separated by a semicolon.", nullable=True),
        *score_columns(),
        Column("row", "int", "Row in decisions.gpkg, as a spreadsheet counts it."),
    ),
)
