"""From solved streams to rows: matches with line and months, solves, ledgers, municipalities, what is to be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import DUST, ObjectArray
from kansenkaart.catalogue import Catalogue, Stream, find_best_rungs
from kansenkaart.geo import RD
from kansenkaart.matches.pairs.eligibility import Sides
from kansenkaart.matches.pairs.networks import Laying, draw_ways
from kansenkaart.matches.pairs.routes import PlacePairs, choose_surroundings, trace_routes
from kansenkaart.matches.price.economics import break_even_distance
from kansenkaart.matches.price.heat_pipe import name_trunks
from kansenkaart.matches.price.ways import overlap
from kansenkaart.matches.solve.problem import Problem
from kansenkaart.matches.solve.solution import Solution, StreamSolution, name_ways
from kansenkaart.matches.why.elsewhere import find_contracts, tell_given
from kansenkaart.project import Project, RankBy
from kansenkaart.tables import Remarks, Surroundings
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.pairs import OWN
from kansenkaart.texts import Texts

# What is told of what another has.
GIVEN = ("given_to", "given_until", "given_as", "given_why")


def write_rows(pairs: pd.DataFrame, problem: Problem, sides: Sides, *, drawn: bool = True) -> pd.DataFrame:
    """Pairs with ids, unit, ladder, trunk and, when `drawn`, their line; rows in the order given."""
    s, d = pairs["s"].to_numpy(), pairs["d"].to_numpy()
    stream = problem.stream
    frame: pd.DataFrame = pairs.reset_index(drop=True)
    frame["stream"], frame["unit"] = stream.id, stream.unit
    frame["supply_id"], frame["demand_id"] = sides[0].column("site_id")[s], sides[1].column("site_id")[d]
    frame["match_id"] = pd.Series(name_ways(problem, sides, pairs), index=frame.index, dtype="str")
    frame["decision"] = ["confirmed" if decided else None for decided in pairs["confirmed"]]
    networks = [network.id for network in problem.networks]
    frame["trunk_id"] = name_trunks(sides, pairs, networks) if stream.is_heat else None
    frame["round_id"] = _name_rounds(sides, frame)
    frame["overlap"] = (
        overlap(problem.supply[s], problem.demand[d]) if problem.supply.shape[1] > 1 else np.nan
    )
    frame["r_now"] = stream.r_now
    best = find_best_rungs(problem.rules)
    rungs = np.array(
        [(rule.r_after, best[stream.id, rule.supply_kind]) for rule in problem.rules], dtype=np.int64
    )
    frame[["r_after", "r_possible"]] = rungs.reshape(-1, 2)[frame["rule"].to_numpy(dtype=np.int64)]
    if not drawn:
        return frame
    lines = shapely.linestrings(np.stack([sides[0].xy[s], sides[1].xy[d]], axis=1))
    drawn_frame: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=lines, crs=RD)
    return drawn_frame


def _name_rounds(sides: Sides, pairs: pd.DataFrame) -> pd.Series:
    """Round of every pair that got something, where others of it did too."""
    heart = pd.Series(sides[0].column("site_id")[pairs["round"].to_numpy()], index=pairs.index).astype(str)
    name = heart + "|" + pairs["demand_id"].astype(str)
    carries = pairs["quantity"] > DUST
    shared = carries & (carries.groupby([pairs["round"], pairs["d"]]).transform("sum") > 1)
    return name.where(shared, None)


def write_candidates(result: StreamSolution) -> pd.DataFrame:
    """The pairs that were kept, at what they got or could reach."""
    kept = np.flatnonzero(result.pairs["kept"].to_numpy(dtype=bool))
    pairs = result.pairs.iloc[kept]
    size = np.where(pairs["chosen"], pairs["quantity"], result.problem.reach[kept])
    rows = write_rows(pairs.assign(quantity=size), result.problem, result.sides)
    return rows.assign(given=False, **dict.fromkeys(GIVEN))


def name_takers(
    rows: pd.DataFrame, links: pd.DataFrame, kinds: Mapping[str, str], catalogue: Catalogue
) -> pd.DataFrame:
    """Say who has now what these pairs could have, and until when; ``given_why`` as data.

    Parameters
    ----------
    links
        Running ones tell with whom; where none does, what the catalogue says of the kind of place.
    kinds
        Kind of every site.
    """
    contracts = find_contracts(links, "supply")
    found = [
        tell_given(contracts.get((stream, supply)), catalogue.taken.get((stream, kinds[supply])))
        for stream, supply in zip(rows["stream"], rows["supply_id"], strict=True)
    ]
    told = pd.DataFrame(found, index=rows.index, columns=GIVEN, dtype=object)
    return rows.assign(**{name: told[name].where(told[name].notna(), None) for name in GIVEN})


def spread_months(result: StreamSolution) -> pd.DataFrame:
    """One row per match and month; nothing for a stream that was matched by the year."""
    months = result.solved.months
    if months.shape[1] == 1:
        return pd.DataFrame()
    chosen = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool))
    rows = write_rows(result.pairs.iloc[chosen], result.problem, result.sides, drawn=False)
    count = months.shape[1]
    return pd.DataFrame(
        {
            "match_id": np.repeat(rows["match_id"].to_numpy(), count),
            "stream": result.problem.stream.id,
            "month": np.tile(np.arange(1, count + 1), len(chosen)),
            "quantity": months[chosen].ravel(),
            "from_store": result.solved.from_store[chosen].ravel(),
            "unit": result.problem.stream.unit,
        }
    )


def trace_matches(
    result: StreamSolution, known: Surroundings, catalogue: Catalogue, *, project: Project
) -> pd.DataFrame:
    """One row with its line per match that does not go straight."""
    basis = result.pairs["route_basis"].to_numpy() if len(result.pairs) else np.empty(0, dtype=object)
    rows = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool) & (basis != "straight"))
    if not len(rows):
        return pd.DataFrame()
    pairs = result.pairs.iloc[rows]
    chosen = choose_surroundings(result.problem.stream, project, known)
    via = pairs["network"].to_numpy() != OWN
    lines, along = np.full(len(pairs), None, dtype=object), np.zeros(len(pairs))
    lines[~via] = _trace_own(pairs[~via], result, chosen, catalogue)
    laying = Laying.of(result.problem.stream, catalogue, chosen)
    lines[via], along[via] = draw_ways(pairs[via], result.sides, laying)
    written = write_rows(pairs, result.problem, result.sides, drawn=False)
    names = [result.problem.networks[n].name if n != OWN else None for n in written["network"]]
    frame: pd.DataFrame = gpd.GeoDataFrame(
        {
            "match_id": written["match_id"],
            "stream": written["stream"],
            "basis": written["route_basis"],
            "length_m": written["route_m"] + along,
            "cost_length_m": written["cost_length_m"],
            "snap_m": written["snap_m"],
            "cost_eur": written["cost_eur_y"],
            "network": pd.Series(names, index=written.index, dtype="str"),
            "toll_eur_y": (written["toll_eur_unit"] * written["quantity"]).where(via),
            "own_cost_eur_y": written["own_cost_eur_y"],
        },
        geometry=lines,
        crs=RD,
    )
    return frame


def _trace_own(
    pairs: pd.DataFrame, result: StreamSolution, chosen: Surroundings, catalogue: Catalogue
) -> ObjectArray:
    """Lines of pairs that go by a pipe or truck of their own."""
    return trace_routes(
        PlacePairs(
            result.sides[0].xy,
            result.sides[1].xy,
            pairs["s"].to_numpy(),
            pairs["d"].to_numpy(),
            pairs["distance_m"].to_numpy(dtype=float),
        ),
        roads=chosen.roads,
        friction=chosen.friction,
        detour=catalogue.prices["detour_factor"].value,
        reach_m=result.problem.stream.hard_km * 1000.0,
    )


def reach_of(streams: Iterable[Stream]) -> dict[str, float]:
    """The distance beyond which nobody brings a stream, in m, by its id."""
    return {stream.id: stream.hard_km * 1000.0 for stream in streams}


def rank_matches(
    matches: pd.DataFrame, rank_by: Sequence[RankBy], reach_m: Mapping[str, float]
) -> pd.DataFrame:
    """Return `matches` with ``rank`` 1..n and sorted by it.

    Classes come in their order. Inside a class the first of `rank_by` that tells two chances apart decides; two
    figures count, more is not known. Money: what pays, what pays with support, what has no price, what costs money.
    Quantities are compared as a share of what their stream moves; of what has no price they count for what is left of
    `reach_m`, for that limit is all that is known of its worth. Ties: shorter distance, then ids.
    """
    parts = {name: part for key in rank_by for name, part in _rank_parts(matches, key, reach_m).items()}
    order = pd.DataFrame(
        {
            "tier": matches["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}),
            **parts,
            "distance_m": matches["distance_m"],
            "match_id": matches["match_id"],
        },
        index=matches.index,
    )
    ranked = matches.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    return ranked


def _rank_parts(matches: pd.DataFrame, key: RankBy, reach_m: Mapping[str, float]) -> dict[str, pd.Series]:
    """Columns to sort by, the least first."""
    if key == "net_eur":
        net = matches["net_eur_y"]
        helped = matches["pays_with_support"].fillna(False).astype(bool)
        tier = np.select([net > 0, helped, net.isna()], [0, 1, 2], default=3)
        return {"pays": pd.Series(tier, index=matches.index), "net_eur": -_two_figures(net)}
    if key == "co2":
        return {key: -_two_figures(matches["co2_avoided_t_y"].fillna(0.0))}
    if key == "r_gain":
        return {key: (matches["r_after"] - matches["r_now"]).clip(upper=0)}
    if key == "quantity":
        share = matches["quantity"] / matches.groupby("stream")["quantity"].transform("sum")
        left = 1.0 - matches["distance_m"] / matches["stream"].map(reach_m).astype(float)
        return {key: -_two_figures(share.where(matches["net_eur_y"].notna(), share * left.clip(lower=0.0)))}
    return {key: -_two_figures(matches["robustness"].fillna(1.0))}


def _two_figures(values: pd.Series) -> pd.Series:
    """Rounded to two significant figures; missing stays missing."""
    size = values.abs().where(values != 0.0, 1.0)
    step = 10.0 ** (np.floor(np.log10(size)) - 1.0)
    return pd.Series((values / step).round() * step, index=values.index)


def describe_solve(result: StreamSolution, catalogue: Catalogue) -> dict[str, object]:
    """Row of ``SOLVES`` for a stream."""
    problem, solved = result.problem, result.solved
    return {
        "stream": problem.stream.id,
        "unit": problem.stream.unit,
        "objective": problem.objective,
        "pairs": len(problem.pairs) if problem.far is None else problem.far.within_reach,
        "rounds": solved.rounds,
        "value": solved.objective_value,
        "value_unit": solved.objective_unit,
        "certified": solved.certified,
        "method": solved.method,
        "gap": solved.gap,
        "limit_hit": solved.limit_hit,
        "quantity": float(solved.quantity.sum()),
        "annual_quantity": np.nan if solved.annual_quantity is None else solved.annual_quantity,
        "break_even_km": _middle_break_even_km(result, catalogue),
        "nearest_share": solved.nearest_share,
        "greedy_share": solved.greedy_share,
    }


def _middle_break_even_km(result: StreamSolution, catalogue: Catalogue) -> float:
    """Distance up to which a match of middle size pays; of any pair of middle size where nothing matched."""
    problem = result.problem
    if not len(problem.pairs):
        return float("nan")
    chosen = result.pairs["chosen"].to_numpy(dtype=bool)
    size = np.where(chosen, result.solved.quantity, problem.reach)
    counted = np.flatnonzero(chosen if chosen.any() else size > DUST)
    if not len(counted):
        return float("nan")
    ordered = counted[np.argsort(size[counted], kind="stable")]
    middle = ordered[[len(ordered) // 2]]
    pair = result.pairs.iloc[middle]
    distance = break_even_distance(problem.stream, problem.rules, pair, size[middle], catalogue)
    return float(distance[0])


# Per side of a stream: what a total is called, and the column of the gaps that it adds up.
_SUMS = {
    "supply": {"supply": "value", "given": "delivered", "given_if_pays": "if_pays", "left": "remaining"},
    "demand": {
        "demand": "value", "received": "delivered", "received_if_pays": "if_pays", "short": "remaining",
        "contract": "under_contract",
    },
}  # fmt: skip
_M2_PER_HA = 10_000.0


def sum_municipalities(
    areas: gpd.GeoDataFrame, gaps: pd.DataFrame, sites: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return `areas` with their size and, per stream that has flows, nine totals in its unit per year.

    ``<stream>_supply = _given + _left`` and ``_demand = _received + _short + _contract`` of the places in the
    municipality, as it stands now: ``_contract`` is asked by who has contracts of a size nobody published;
    ``_given_if_pays`` and ``_received_if_pays`` are the parts of ``_left`` and ``_short`` that go once it pays.
    Missing, not zero, where no place with such a flow was read.
    """
    code = sites.set_index("site_id")["municipality_code"]
    parts = gaps.assign(municipality_code=code.loc[gaps["site_id"]].to_numpy())
    columns: dict[str, pd.Series] = {"area_ha": areas.set_index("municipality_code").area / _M2_PER_HA}
    for stream in gaps["stream"].unique():
        for role, names in _SUMS.items():
            own = parts[(parts["stream"] == stream) & (parts["role"] == role)].groupby("municipality_code")
            columns |= {f"{stream}_{name}": own[column].sum() for name, column in names.items()}
    told = pd.DataFrame(columns).reindex(areas["municipality_code"])
    # All at once: many columns added one by one leave the frame in pieces.
    return gpd.GeoDataFrame(pd.concat([areas, told.set_axis(areas.index)], axis=1), crs=areas.crs)


# A smaller distance from the best than this is not worth a remark.
_GAP_WORTH_SAYING = 1e-6


def remark_solves(solution: Solution, *, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS`` with one row per stream whose search was cut short or not proven best."""
    remarks = Remarks(texts)
    for stream, result in solution.streams.items():
        if result.solved.method == "in sequence":
            key = "solved_in_sequence"
        elif result.solved.limit_hit:
            key = "solve_limit_hit"
        elif result.solved.gap > _GAP_WORTH_SAYING:
            key = "solve_gap"
        elif not result.solved.certified:
            key = "solve_unproven"
        else:
            continue
        name = texts.find(f"streams.{stream}", stream)
        gap, pairs = texts.number(100.0 * result.solved.gap, 2), texts.number(len(result.pairs))
        remarks.add(key, name, {"stream": name, "gap": gap, "pairs": pairs})
    return remarks.frame()
