"""Fetches registers over the network, when it is asked to and never else: whole, or with a clear failure."""
