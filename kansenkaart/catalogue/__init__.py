"""What is known, as data: streams, kinds of places, kengetallen, prices, pairs, recipes and style."""

from kansenkaart.catalogue.changes import apply_changes, with_price
from kansenkaart.catalogue.legend import Style, load_style, mix
from kansenkaart.catalogue.load import load_catalogue, read_catalogue
from kansenkaart.catalogue.models import (
    Attribute,
    Catalogue,
    Driver,
    Instrument,
    Kengetal,
    Kind,
    LedgerEntry,
    Market,
    Pair,
    Price,
    Processor,
    Profile,
    Range,
    Stream,
    find_best_rungs,
)
from kansenkaart.catalogue.own_numbers import OwnMarket, OwnNumber
from kansenkaart.catalogue.recipe import Condition, Published, Recipe

__all__ = [
    "Attribute",
    "Catalogue",
    "Condition",
    "Driver",
    "Instrument",
    "Kengetal",
    "Kind",
    "LedgerEntry",
    "Market",
    "OwnMarket",
    "OwnNumber",
    "Pair",
    "Price",
    "Processor",
    "Profile",
    "Published",
    "Range",
    "Recipe",
    "Stream",
    "Style",
    "apply_changes",
    "find_best_rungs",
    "load_catalogue",
    "load_style",
    "mix",
    "read_catalogue",
    "with_price",
]
