"""What a room decided about pairs, and the names of the layers that bring it home."""

from kansenkaart.tables.table import Column, Table

# Layers of decisions.gpkg: `kansenkaart workshop merge` writes all of them, a build reads the first two.
DECISIONS_LAYER = "decisions"
ADDED_LAYER = "added_sites"
COMMENTS_LAYER = "comments"
BALLOTS_LAYER = "ballots"

# What the ballots say together of one pair; only the first two change a build.
DECIDED = ("confirmed", "rejected")
OUTCOMES = (*DECIDED, "conflict", "open")

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
