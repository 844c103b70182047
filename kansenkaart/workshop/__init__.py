"""What a room answered, brought home: ballots in, ``decisions.gpkg`` out."""

from kansenkaart.workshop.ballots import Ballot, read_ballot
from kansenkaart.workshop.built_map import BuiltMap, open_built_map
from kansenkaart.workshop.check_ballot import check_ballot
from kansenkaart.workshop.decisions import write_decisions
from kansenkaart.workshop.merge import Merged, merge_ballots
from kansenkaart.workshop.rounds import add_round

__all__ = [
    "Ballot",
    "BuiltMap",
    "Merged",
    "add_round",
    "check_ballot",
    "merge_ballots",
    "open_built_map",
    "read_ballot",
    "write_decisions",
]
