"""STEP 3: who can supply what to whom - exact, explained and with its certainty."""

from kansenkaart.matches.match import MatchResult, match
from kansenkaart.matches.matches import Chosen, Matched, find_matches
from kansenkaart.matches.solve.solution import MatchInputs, Solution, solve_streams

__all__ = [
    "Chosen",
    "MatchInputs",
    "MatchResult",
    "Matched",
    "Solution",
    "find_matches",
    "match",
    "solve_streams",
]
