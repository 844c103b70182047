"""Streams in one model: chains, accounts, couplings, stores and lots, as arrays for HiGHS."""
