"""Lines about the rules that decide whether a pair may exist at all, and about what its money rests on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue, Instrument, Pair
from kansenkaart.catalogue.legend import name_instruments, split_instruments
from kansenkaart.matches.pairs.eligibility import needs_place
from kansenkaart.matches.why.explain_lines import Case, line
from kansenkaart.tables.reasons import InBoth, Length, Listed, Number, Said, Value, apart, tell
from kansenkaart.texts import Texts


def tell_rules(case: Case, texts: Texts) -> Iterator[str]:
    """One line per rule, in the order the run applies them."""
    for _, link in case.links.iterrows():
        yield line(texts, "known", _link(link, case.unit, texts))
    if case.rules.broken["rejected"][0]:
        yield line(texts, "workshop", texts("reasons.workshop_rejected"), holds=False)
    elif case.pair >= 0 and case.result.problem.confirmed[case.pair]:
        yield line(texts, "workshop", texts("reasons.workshop_confirmed"), holds=True)
    yield _kinds(case, texts)
    for n, role in enumerate(("supply", "demand")):
        yield line(texts, role, _free(case, n, texts), holds=_has(case, n))
    yield _distance(case, texts)
    if case.result.problem.stream.temperature_rule:
        yield _temperature(case, texts)
    if needs_place(case.result.problem.stream):
        vague = bool(case.rules.broken["place_unknown"][0])
        yield line(texts, "place", texts(f"reasons.place_{'vague' if vague else 'known'}"), holds=not vague)
    outside = bool(case.rules.broken["outside_region"][0])
    yield line(texts, "region", texts(f"reasons.region_{'none' if outside else 'some'}"), holds=not outside)
    if not case.broken and all(_has(case, n) for n in (0, 1)):
        yield _route(case, texts)


def _has(case: Case, side: int) -> bool:
    """Whether an end has, or could make, something."""
    if case.values[side] > 0:
        return True
    return side == 0 and float(case.result.problem.could_supply[case.s]) > 0


def _link(link: pd.Series, unit: str, texts: Texts) -> str:
    quantity = texts.number(None if pd.isna(link["quantity"]) else float(link["quantity"]))
    since = texts.number(None) if pd.isna(link["from_date"]) else str(link["from_date"])
    said = texts(
        "reasons.known_delivery",
        supply=str(link["supply_name"]),
        demand=str(link["demand_name"]),
        status=texts(f"tables.values.status.{link['status']}"),
        quantity=quantity,
        unit=unit,
        since=since,
        source=str(link["source"]),
        year=int(link["source_year"]),
    )
    return said if pd.isna(link["reason"]) else f"{said} {link['reason']}"


def _kinds(case: Case, texts: Texts) -> str:
    kinds = [
        texts.find(f"kinds.{kind}", kind)
        for kind in (
            str(case.result.sides[0].column("kind")[case.s]),
            str(case.result.sides[1].column("kind")[case.d]),
        )
    ]
    rule = int(case.rules.rule[0])
    if rule < 0:
        return line(texts, "kinds", _no_rule(case, kinds, texts), holds=False)
    pair = case.result.problem.rules[rule]
    said = texts(
        "reasons.kinds_known",
        giver=kinds[0],
        taker=kinds[1],
        r_now=case.result.problem.stream.r_now,
        r_after=pair.r_after,
    )
    return line(texts, "kinds", said, holds=True)


def _no_rule(case: Case, kinds: list[str], texts: Texts) -> str:
    """That the catalogue knows no such pair, or only of another crop."""
    ends = tuple(
        str(side.column("kind")[at]) for side, at in zip(case.result.sides, (case.s, case.d), strict=True)
    )
    known = [one for one in case.result.problem.rules if (one.supply_kind, one.demand_kind) == ends]
    if not known:
        return texts("reasons.kinds_unknown", giver=kinds[0], taker=kinds[1])
    needed, crop = (
        texts(f"tables.values.crop.{one}")
        for one in (known[0].supply_crop, case.result.sides[0].column("crop")[case.s])
    )
    return texts("reasons.kinds_wrong_crop", giver=kinds[0], taker=kinds[1], needed=needed, crop=crop)


def _free(case: Case, side: int, texts: Texts) -> str:
    """What an end has: theoretical, used, free - and its status where that keeps it out."""
    at = (case.s, case.d)[side]
    flow = case.result.sides[side].flows.iloc[at]
    numbers = {
        name: texts.number(float(flow[name])) for name in ("theoretical", "covered", "committed", "value")
    }
    status = texts(f"tables.values.status.{case.result.sides[side].column('status')[at]}")
    return texts("reasons.free", **numbers, unit=case.unit, status=status, place=case.names[side])


def _distance(case: Case, texts: Texts) -> str:
    km, limit = apart(case.rules.distance_m[0] / 1000.0, case.result.problem.stream.hard_km)
    far = bool(case.rules.broken["too_far"][0])
    beyond = case.pair >= 0 and case.rules.distance_m[0] / 1000.0 > case.result.problem.stream.hard_km
    said = tell(
        Said("distance_via" if beyond else "distance", {"distance": Length(*km), "limit": Length(*limit)}),
        texts,
    )
    return line(texts, "distance", said, holds=not far)


def _temperature(case: Case, texts: Texts) -> str:
    given, needed = float(case.rules.supply_c[0]), float(case.rules.needed_c[0])
    known = not np.isnan(given + needed)
    numbers = apart(given, needed) if known else (Number(given), Number(needed))
    said = tell(Said("temperature", {"supply_c": numbers[0], "needed_c": numbers[1]}), texts)
    return line(texts, "temperature", said, holds=not bool(case.rules.broken["too_cold"][0]))


def _route(case: Case, texts: Texts) -> str:
    if case.pair < 0:
        return line(texts, "route", texts("reasons.route_none"), holds=False)
    basis = str(case.row["route_basis"])
    length = texts.length(float(case.row["route_m"]) / 1000.0)
    key = f"route_{basis}" if basis in ("road", "friction", "network") else "route_straight"
    return line(texts, "route", texts(f"reasons.{key}", length=length), holds=True)


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
    meant = [one for one in catalogue.instruments if one.is_for(rule)]
    values: dict[str, Value] = {
        "needed": Number(needed, 2),
        "each": Number(float(row["support_needed_eur_unit"]), 2),
        "unit": case.unit,
        "given": Number(given, 2),
        "rest": Number(max(needed - given, 0.0), 2),
        "instruments": name_instruments(ids, catalogue),
        "plant": _plant([one for one in meant if one.part == "plant"]),
        "untold": _untold([one for one in meant if one.part == "none"], catalogue),
    }
    if not ids:
        return Said("support_none", values)
    return Said("support_enough" if row["pays_with_support"] else "support_short", values)


def _plant(instruments: list[Instrument]) -> Value:
    """What a plant gets of what it invests itself, which is no cost of this chance."""
    if not instruments:
        return ""
    shares = (
        Said(
            "support_share",
            {"name": InBoth(one.nl, one.en)}
            | {end: Number(100.0 * getattr(one, end), 2) for end in ("low", "high")},
        )
        for one in instruments
    )
    return Said("support_plant", {"shares": Listed(tuple(shares))})


def _untold(instruments: list[Instrument], catalogue: Catalogue) -> Value:
    if not instruments:
        return ""
    return Said(
        "support_untold", {"instruments": name_instruments([one.id for one in instruments], catalogue)}
    )
