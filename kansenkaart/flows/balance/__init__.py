"""Balances of material flows: reconciled by weighted least squares, with what cannot be known and what contradicts."""

from kansenkaart.flows.balance.balances import Balances, balance_flows

__all__ = ["Balances", "balance_flows"]
