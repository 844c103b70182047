"""STEP 3: who can supply what to whom - exact, explained and with its certainty."""

from kansenkaart.matches.match import MatchResult, match
from kansenkaart.matches.matches import Matched, find_matches

__all__ = ["MatchResult", "Matched", "find_matches", "match"]
