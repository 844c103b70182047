"""Coalitions: who could do it together, what that is worth to each, and who is missing."""
