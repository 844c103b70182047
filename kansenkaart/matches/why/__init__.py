"""Why: reasons of matches and gaps, and the explanation of any pair."""
