"""Balances of material flows: reconciled by weighted least squares, with what cannot be known and what contradicts."""

from kansenkaart.flows.balance.areas import find_area_balances, find_items
from kansenkaart.flows.balance.balances import Balances, balance_flows
from kansenkaart.flows.balance.given import SD_PER_RANGE, frame_given
from kansenkaart.flows.balance.regional import Known, gather_rows

__all__ = [
    "SD_PER_RANGE",
    "Balances",
    "Known",
    "balance_flows",
    "find_area_balances",
    "find_items",
    "frame_given",
    "gather_rows",
]
