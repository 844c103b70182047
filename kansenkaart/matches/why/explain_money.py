"""What the money of a pair rests on: what the taker avoids, the ground, what lacks and who gives it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kansenkaart.catalogue import Catalogue, Instrument, Pair
from kansenkaart.matches.price.economics import name_instruments, split_instruments
from kansenkaart.matches.why.explain_lines import Case, line
from kansenkaart.tables.reasons import Number, Said, Value, tell
from kansenkaart.texts import Texts

# What only a grower avoids: his own boiler and his own CHP.
GLASS = "avoided_heat_glass"


def tell_money(case: Case, catalogue: Catalogue, texts: Texts) -> Iterator[str]:
    """Lines about a pair of which it is known what it brings."""
    if np.isnan(case.row["net_eur_y"]):
        return
    rule = case.result.problem.rules[int(case.row["rule"])]
    yield line(texts, "avoided", tell(_avoided(rule, case.unit, catalogue), texts))
    if "pipe" in case.result.problem.stream.mode:
        factor = catalogue.prices["pipe_ground_factor"].value
        key = "ground_field" if factor == 1 else "ground_dear"
        shown = catalogue.prices["pipe_urban_factor"].value if factor == 1 else factor
        yield line(texts, "ground", tell(Said(key, {"factor": Number(shown)}), texts))
    if case.row["support_needed_eur_y"] > 0:
        yield line(texts, "support", tell(_support(case, rule, catalogue), texts))


def _avoided(rule: Pair, unit: str, catalogue: Catalogue) -> Said:
    assert rule.benefit is not None
    prices = catalogue.prices
    price = prices[rule.benefit]
    values: dict[str, Value] = {"value": Number(price.value), "unit": unit, "year": price.year}
    if rule.benefit != GLASS or not price.formula:
        return Said("avoided", values)
    missed = prices["boiler_co2_lost_eur_gj"].value
    values |= {
        "share": Number(100.0 * prices["chp_share"].value, 2),
        "boiler": Number(prices["boiler_heat_glass_eur_gj"].value - missed),
        "chp": Number(prices["chp_heat_glass_eur_gj"].value),
    }
    return Said("avoided_glass", values)


def _support(case: Case, rule: Pair, catalogue: Catalogue) -> Said:
    """What lacks, who gives how much of it, and whose amount nobody can tell here."""
    row = case.row
    needed, given = float(row["support_needed_eur_y"]), float(row["support_given_eur_y"])
    ids = split_instruments(row["support_from"])
    untold = [one for one in catalogue.instruments if one.part == "none" and one.is_for(rule)]
    values: dict[str, Value] = {
        "needed": Number(needed, 2),
        "each": Number(float(row["support_needed_eur_unit"]), 2),
        "unit": case.unit,
        "given": Number(given, 2),
        "rest": Number(max(needed - given, 0.0), 2),
        "instruments": name_instruments(ids, catalogue),
        "untold": _untold(untold, catalogue),
    }
    if not ids:
        return Said("support_none", values)
    return Said("support_enough" if row["pays_with_support"] else "support_short", values)


def _untold(instruments: list[Instrument], catalogue: Catalogue) -> Value:
    if not instruments:
        return ""
    return Said(
        "support_untold", {"instruments": name_instruments([one.id for one in instruments], catalogue)}
    )
