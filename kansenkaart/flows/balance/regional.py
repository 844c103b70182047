"""The balance of every stream of a region as rows: what the build knows, beside what was observed.

Per stream two processes: what comes free is gathered, and divided over treatment, use, export and what nobody takes.
Every item is one flow, so that an observed total can be held against the sum of the estimates. Of which municipality
the parts of a row are goes with it, for ``areas.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.flows.balance.given import SD_PER_RANGE, frame_given
from kansenkaart.flows.balance.observed import TOLD, read_seen
from kansenkaart.tables.balances import GIVEN_NUMBERS
from kansenkaart.texts import Texts

_SPREADS = {
    "permit": "spread_permit",
    "lma": "spread_lma",
    "workshop": "spread_workshop",
    "measured": "spread_measured",
}
_STATED = tuple(_SPREADS)
# Parts of a row of the balance: where, from where if it came from another place in the region, and how sure.
PARTS = ("region", "flow", "item", "kind", "area_code", "from_code", "value", "sd", "share")
Row = dict[str, object]


@dataclass(frozen=True)
class Known:
    """What a build knows of its region: frames ``SITES``, ``FLOWS`` and ``LINKS``."""

    sites: pd.DataFrame
    flows: pd.DataFrame
    links: pd.DataFrame


@dataclass(frozen=True)
class Gathered:
    """Rows as ``balance_flows`` takes them, and their ``PARTS``; what was observed per municipality, with its sd.

    ``potential``: per stream what could be made or taken beside what there is today.
    """

    rows: pd.DataFrame
    parts: pd.DataFrame
    seen: pd.DataFrame
    potential: Mapping[str, float]


def gather_rows(
    known: Known,
    observed: pd.DataFrame,
    streams: Iterable[str],
    catalogue: Catalogue,
    *,
    texts: Texts,
    file: str,
) -> Gathered:
    """Return the rows of every stream; a stream is a region of its own, called by its id.

    Parameters
    ----------
    observed
        Column ``layer`` holds the stream, ``flow`` the item, ``kind`` a kind of place or nothing, ``area_code`` a
        municipality or nothing, ``row`` the row of the file; rows of what the build knows are counted below 0.
    file
        Name of the file of what was observed, for faults.
    """
    seen = read_seen(observed[observed["area_code"].notna()], catalogue, file)
    rows: list[Row] = []
    parts: list[Row] = []
    potential: dict[str, float] = {}
    for stream in streams:
        whole = observed[(observed["layer"] == stream) & observed["area_code"].isna()]
        one = _Stream(stream, known, whole, seen[seen["layer"] == stream], catalogue, texts)
        rows += one.rows()
        parts += one.parts
        potential[stream] = one.potential
    told = frame_given(rows, "row")
    made = -pd.Series(np.arange(1, len(told) + 1), index=told.index)
    told.index = pd.Index(told.pop("row").fillna(made).astype(int), name=None)
    return Gathered(told, pd.DataFrame(parts, columns=list(PARTS)), seen, potential)


# What is read of places, flows and links: the many groups they are cut into stay narrow.
_PLACE = ("kind", "in_region", "status", "municipality_code", "municipality")
_FLOW = (
    *("site_id", "role", "theoretical", "committed", "given_away", "covered", "basis", "kengetal_id"),
    *("running_unknown", "source", "source_year"),
)
_LINK = ("supply_id", "demand_id", "status", "quantity", "source", "source_year")


class _Stream:
    """The balance of one stream."""

    def __init__(
        self,
        stream: str,
        known: Known,
        observed: pd.DataFrame,
        seen: pd.DataFrame,
        catalogue: Catalogue,
        texts: Texts,
    ) -> None:
        self._stream, self._catalogue, self._texts = stream, catalogue, texts
        self.parts: list[Row] = []
        self._seen = seen
        self._observed = {(row["flow"], row["kind"]): row for row in observed.to_dict("records")}
        self._unit = catalogue.streams[stream].unit
        self._rules = _name_rules(catalogue, stream, texts)
        place = pd.DataFrame(known.sites)[["site_id", *_PLACE]].set_index("site_id")
        flows = known.flows.loc[known.flows["stream"] == stream, list(_FLOW)]
        at = place.loc[flows["site_id"]].set_index(flows.index)
        here = at["in_region"] & ((at["status"] == "active") | (flows["committed"] > 0))
        flows = flows[here & (flows["role"] == "supply")]
        today = _made_today(flows, at["kind"].loc[flows.index], catalogue)
        self.potential = float((flows["theoretical"] - today["theoretical"]).clip(lower=0.0).sum())
        supply = today[today["theoretical"] > 0]
        self._supply = self._complete(supply, at, _read_stated(known.sites, catalogue.streams[stream]))
        links = pd.DataFrame(known.links).loc[known.links["stream"] == stream, list(_LINK)]
        links = links[(links["status"] == "running") & links["quantity"].notna()]
        self._links = links.assign(
            giver=_whereabouts(links["supply_id"], place),
            taker=_whereabouts(links["demand_id"], place),
            giver_code=links["supply_id"].map(place["municipality_code"]),
            taker_code=links["demand_id"].map(place["municipality_code"]),
            taker_kind=links["demand_id"].map(place["kind"]),
        )

    def _complete(self, supply: pd.DataFrame, at: pd.DataFrame, stated: pd.Series) -> pd.DataFrame:
        """Add to flows their kind, their spread, what another is taken to have already, and what they err with.

        The spread is as ``_read_stated`` has it where a layer says one.
        What is taken for sold errs with what it is a part of: with its kengetal, else with all of its kind.
        """
        kinds = at.loc[supply.index, "kind"].to_numpy()
        told = supply.assign(
            kind=kinds,
            area_code=at.loc[supply.index, "municipality_code"],
            area=at.loc[supply.index, "municipality"],
            rel=[self._spread(row, stated) for row in supply.to_dict("records")],
            sold=(supply["given_away"] - supply["committed"]).clip(lower=0.0),
        )
        names = zip(kinds, told["basis"], strict=True)
        called = [
            f"{self._texts(f'kinds.{kind}')}, {self._texts(f'tables.values.basis.{basis}')}"
            for kind, basis in names
        ]
        err = pd.Series(called, index=told.index, dtype="str")
        part = told["sold"].groupby([told["kind"], told["basis"]]).transform("sum") > 0
        together = told["kengetal_id"].fillna(err.where(part))
        held = pd.MultiIndex.from_frame(self._seen[["kind", "area_code"]])
        seen = pd.MultiIndex.from_frame(told[["kind", "area_code"]]).isin(held)
        # held against its own total, an estimate errs by itself: the rest of its kengetal does not go along
        own = told["kengetal_id"].fillna(err) + ", " + told["area"].astype(str)
        return told.assign(together=together.where(~seen, own), seen=seen)

    def rows(self) -> list[Row]:
        """All rows; nothing where the region has neither supply nor an observed quantity."""
        inside, outside = self._name("gathered"), self._texts.find(f"streams.{self._stream}", self._stream)
        made = list(self._origins(inside))
        if not made and ("production", None) not in self._observed:
            return []
        rows = [*made, self._item("production", inside if made else None, outside)]
        ends = {"treatment": list(self._treated()), "use": list(self._used())}
        for item, parts in ends.items():
            if parts or (item, None) in self._observed:
                rows += [*parts, self._item(item, outside, self._item_name(item) if parts else None)]
        brought = self._links[self._links["giver"].eq("outside") & self._links["taker"].eq("inside")]
        sent = self._links[self._links["giver"].eq("inside") & self._links["taker"].eq("outside")]
        for item, links, begin, end in (("import", brought, None, outside), ("export", sent, outside, None)):
            self._split_links(self._item_name(item), item, links)
            if len(links) or (item, None) in self._observed:
                rows.append(self._item(item, begin, end, self._sum_links(links)))
        if ("stock", None) in self._observed:
            rows.append(self._item("stock", outside, None) | {"entry": "stock"})
        return [*rows, self._item("loss", outside, None)]

    def _origins(self, end: str) -> Iterator[Row]:
        """What comes free per kind of place; and what runs from who is not on the map."""
        for kind, rows in self._supply.groupby("kind", sort=True):
            several = rows.groupby(["basis", "kengetal_id"], dropna=False).ngroups > 1
            yield from self._held_per_area(str(kind), rows[rows["seen"]], end)
            parts = []
            for _, part in rows[~rows["seen"]].groupby(["basis", "kengetal_id"], dropna=False, sort=True):
                name = self._called(str(kind), part if several else None)
                self._split_flows(name, "production", part)
                parts.append(self._sum_flows(part) | {"flow": name})
            yield from self._held(("production", str(kind)), parts, end)
        unplaced = self._links[self._links["giver"].eq("unknown") & self._links["taker"].eq("inside")]
        if len(unplaced):
            self._split_links(self._name("from_unplaced"), "production", unplaced)
            yield self._row(self._name("from_unplaced"), None, end) | self._sum_links(unplaced)

    def _held(self, key: tuple[str, str], parts: list[Row], end: str) -> Iterator[Row]:
        """Parts of a kind, gathered in a process of its own where their sum was observed."""
        label = self._texts(f"kinds.{key[1]}")
        process = label if key in self._observed else end
        for part in parts:
            yield self._row(str(part["flow"]), None, process) | part
        if process != end:
            yield self._row(self._name("observed", kind=label), label, end) | self._see(key)

    def _held_per_area(self, kind: str, flows: pd.DataFrame, end: str) -> Iterator[Row]:
        """Estimates of the municipalities of which a total was observed, each held against its own."""
        label = self._texts(f"kinds.{kind}")
        together, observed = (self._name(key, kind=label) for key in ("seen", "observed_areas"))
        totals = self._seen[self._seen["kind"] == kind].set_index("area_code")
        parts = flows.groupby(["area_code", "basis", "kengetal_id"], dropna=False, sort=True)
        for code, own in groupby(parts, key=lambda part: part[0][0]):
            for _, part in own:
                process = f"{label}, {part['area'].iloc[0]}"
                name = self._called(kind, part)
                self._split_flows(name, "production", part)
                yield self._row(name, None, process) | self._sum_flows(part) | {"part_of": together}
            seen = totals.loc[str(code)]
            row = {name: seen[name] for name in (*TOLD, *GIVEN_NUMBERS) if pd.notna(seen[name])}
            flow = self._name("observed", kind=process)
            yield self._row(flow, process, end) | row | {"part_of": observed}

    def _treated(self) -> Iterator[Row]:
        yield from self._delivered(treats=True)

    def _used(self) -> Iterator[Row]:
        """Deliveries to who uses it, own use, and what is taken by who is not known."""
        begin = self._item_name("use")
        yield from self._delivered(treats=False)
        given, supply = self._links[self._links["giver"].eq("inside")], self._supply
        unplaced = given[given["taker"].eq("unknown")]
        if len(unplaced):
            self._split_links(self._name("to_unplaced"), "use", unplaced)
            yield self._row(self._name("to_unplaced"), begin, None) | self._sum_links(unplaced)
        own = supply.assign(theoretical=supply["covered"])
        if own["theoretical"].sum() > 0:
            self._split_flows(self._name("own_use"), "use", own)
            yield self._row(self._name("own_use"), begin, None) | self._sum_flows(own, shared=False)
        sold = supply.assign(theoretical=supply["sold"])
        for _, part in sold[sold["theoretical"] > 0].groupby("together", sort=True):
            name = self._name("sold", what=self._called(str(part["kind"].iloc[0]), part))
            self._split_flows(name, "use", part)
            seen = {"part_of": self._name("sold_seen")} if part["seen"].iloc[0] else {}
            yield self._row(name, begin, None) | self._sum_flows(part) | {"basis": "estimated"} | seen

    def _delivered(self, *, treats: bool) -> Iterator[Row]:
        """Running deliveries to places in the region, by the kind that takes them."""
        taken = self._links[self._links["taker"].eq("inside")]
        goods = not self._catalogue.streams[self._stream].is_heat  # who treats waste uses heat
        for kind, links in taken.groupby("taker_kind", sort=True):
            if (self._catalogue.kinds[str(kind)].treats and goods) == treats:
                begin = self._item_name("treatment" if treats else "use")
                name = self._name("delivered", kind=self._texts(f"kinds.{kind}"))
                self._split_links(name, "treatment" if treats else "use", links)
                yield self._row(name, begin, None) | self._sum_links(links)

    def _item(self, item: str, begin: str | None, end: str | None, known: Row | None = None) -> Row:
        """The one flow of an item: observed where it was, else what is known, else for the balance to find."""
        row = self._row(self._item_name(item), begin, end)
        return row | ((known or {}) if (item, None) not in self._observed else self._see((item, None)))

    def _row(self, flow: str, begin: str | None, end: str | None) -> Row:
        ends = {"from_process": begin, "to_process": end}
        return {
            "region": self._stream,
            "layer": self._stream,
            "entry": "flow",
            "flow": flow,
            **ends,
            "unit": self._unit,
        }

    def _see(self, key: tuple[str, str | None]) -> Row:
        row = self._observed[key]
        return {name: row[name] for name in (*TOLD, *GIVEN_NUMBERS) if pd.notna(row[name])}

    def _sum_flows(self, flows: pd.DataFrame, *, shared: bool = True) -> Row:
        """Flows with one kengetal err together: their spread adds up in full; stated ones err each by itself."""
        kengetal = flows["together"].iloc[0] if shared else None
        spread = flows["theoretical"] * flows["rel"]
        together = isinstance(kengetal, str)
        stated = flows["basis"].isin(_STATED).all()
        return {
            "value": float(flows["theoretical"].sum()),
            "sd": float(spread.sum() if together or not shared else np.sqrt((spread**2).sum())),
            "basis": "measured" if stated and shared else "estimated",
            "kengetal": kengetal if together else None,
            "source": _tell_sources(flows["source"]),
            "source_year": float(flows["source_year"].max()),
        }

    def _sum_links(self, links: pd.DataFrame) -> Row:
        if links.empty:
            return {}
        spread = links["quantity"] * self._rel_of("spread_measured")
        return {
            "value": float(links["quantity"].sum()),
            "sd": float(np.sqrt((spread**2).sum())),
            "basis": "measured",
            "source": _tell_sources(links["source"]),
            "source_year": float(links["source_year"].max()),
        }

    def _split_flows(self, flow: str, item: str, flows: pd.DataFrame) -> None:
        """Note what each municipality has in a row; its share of an adjustment is that of least squares."""
        spread = (flows["theoretical"] * flows["rel"]).to_numpy()
        apart = item == "production" and not isinstance(flows["together"].iloc[0], str)
        place, codes = pd.factorize(flows["area_code"], sort=True)
        values = np.bincount(place, flows["theoretical"], len(codes))
        weights = np.bincount(place, spread**2 if apart else spread, len(codes))
        total, kind = weights.sum(), flows["kind"].iloc[0]
        for code, value, weight in zip(codes, values, weights, strict=True):
            self._note(
                {"flow": flow, "item": item, "kind": kind, "area_code": code, "from_code": code}
                | {"value": value, "sd": np.sqrt(weight) if apart else weight}
                | {"share": weight / total if total else 0.0}
            )

    def _split_links(self, flow: str, item: str, links: pd.DataFrame) -> None:
        """Note per delivery where it is taken or given, and from where in the region it comes."""
        rel = self._rel_of("spread_measured")
        total = (links["quantity"] ** 2).sum()
        # an observed total says nothing of where: what it is more than the deliveries has no place
        fixed = (item, None) in self._observed and item in ("import", "export")
        for row in links.to_dict("records"):
            code = row["taker_code"] if row["taker"] == "inside" else row["giver_code"]
            origin = code if "outside" in (row["giver"], row["taker"]) else row["giver_code"]
            quantity = row["quantity"]
            self._note(
                {"flow": flow, "item": item, "area_code": origin if item == "production" else code}
                | {"from_code": origin, "value": quantity, "sd": quantity * rel}
                | {"share": 0.0 if fixed or not total else quantity**2 / total}
            )

    def _note(self, part: Row) -> None:
        self.parts.append({"region": self._stream, **part})

    def _spread(self, flow: Mapping[Hashable, Any], stated: pd.Series) -> float:
        """Standard deviation of a flow per unit: of its kengetal, else as the layer states it, else of its basis."""
        kengetal = self._catalogue.kengetallen.get(str(flow["kengetal_id"]))
        if kengetal is not None and kengetal.value > 0:
            return (kengetal.high - kengetal.low) / kengetal.value * SD_PER_RANGE
        basis = self._catalogue.prices[_SPREADS.get(str(flow["basis"]), "spread_derived")]
        # an end that the layer leaves out is that of the basis, as in the flow itself
        low, high = (
            float(stated.get((bound, flow["site_id"]), getattr(basis, bound))) for bound in ("low", "high")
        )
        return (max(high, 1.0) - min(low, 1.0)) * SD_PER_RANGE

    def _rel_of(self, key: str) -> float:
        spread = self._catalogue.prices[key]
        return float((spread.high - spread.low) * SD_PER_RANGE)

    def _called(self, kind: str, part: pd.DataFrame | None) -> str:
        label = self._texts(f"kinds.{kind}")
        if part is None:
            return label
        kengetal, basis = part["kengetal_id"].iloc[0], str(part["basis"].iloc[0])
        where = f", {part['area'].iloc[0]}" if part["seen"].iloc[0] else ""
        if isinstance(kengetal, str):
            return f"{label}, {self._rules.get((kind, kengetal), kengetal)}{where}"
        return f"{label}, {self._texts(f'tables.values.basis.{basis}')}{where}"

    def _item_name(self, item: str) -> str:
        return self._texts(f"tables.values.item.{item}")

    def _name(self, key: str, **values: object) -> str:
        return self._texts(f"tables.regional.{key}", **values)


def _made_today(supply: pd.DataFrame, kinds: pd.Series, catalogue: Catalogue) -> pd.DataFrame:
    """Supply as there is of it today: of what could be made or taken only what is given or used.

    Of what nobody takes until something is built, nothing is taken for sold either: only a delivery says that it runs,
    and one of which nobody published how much says that all of it does.
    """
    rules = catalogue.kengetallen.values()
    built = pd.MultiIndex.from_tuples([(one.id, kind) for one in rules for kind in one.once_built])
    once = pd.MultiIndex.from_arrays([supply["kengetal_id"], kinds]).isin(built) & ~supply["running_unknown"]
    # what the rest of its plant delivers is no use of its own
    whole = supply["kengetal_id"].isin([one.id for one in rules if one.less_delivered])
    today = supply.assign(
        given_away=supply["given_away"].mask(once, supply["committed"]),
        covered=supply["covered"].mask(whole, 0.0),
    )
    could = once | (supply["basis"] == "made")
    return today.assign(theoretical=today["theoretical"].mask(could, today["given_away"] + today["covered"]))


def _read_stated(sites: pd.DataFrame, stream: Stream) -> pd.Series:
    """Ends that layers state of a supply, per unit of its value; by end (low, high) and place."""
    parts = {}
    for bound in ("low", "high"):
        value, end = stream.column("supply"), stream.column("supply", bound=bound)
        if value in sites and end in sites:
            told = sites.set_index("site_id")[[value, end]].dropna()
            parts[bound] = told[end] / told[value].where(told[value] > 0)
    return pd.concat(parts).dropna() if parts else pd.Series(dtype=float)


def _name_rules(catalogue: Catalogue, stream: str, texts: Texts) -> dict[tuple[str, str], str]:
    """Per kind and kengetal what supply goes by, in words; not where another of the kind has the same words."""
    words: dict[tuple[str, str], str] = {}
    for one in catalogue.kengetallen.values():
        if one.stream == stream and one.role == "supply":
            driver = texts.find(f"drivers.{one.driver}", one.driver)
            marks = [_name_mark(name, value, texts) for name, value in one.where.items()]
            rule = "; ".join([texts("tables.regional.rule", driver=driver), *marks])
            words |= {(kind, one.id): rule for kind in one.kinds}
    taken = Counter((kind, rule) for (kind, _), rule in words.items())
    return {key: rule for key, rule in words.items() if taken[key[0], rule] == 1}


def _name_mark(name: str, value: str, texts: Texts) -> str:
    """An attribute that a kengetal asks for, without what stands in brackets behind its name."""
    called = texts.find(f"tables.attributes.{name}", name).split(" (")[0].lower()
    return f"{called}: {texts.find(f'tables.values.{name}.{value}', value)}"


def _whereabouts(ids: pd.Series, place: pd.DataFrame) -> pd.Series:
    """Whether an end of a link lies in the region, outside it, or is not on the map."""
    inside = ids.map(place["in_region"])
    return pd.Series(
        np.select([inside.isna(), inside.eq(True)], ["unknown", "inside"], "outside"), index=ids.index
    )


def _tell_sources(sources: pd.Series) -> str:
    """The sources, each once; of many the first and how many more."""
    every = list(dict.fromkeys(sources.astype(str)))
    return every[0] if len(every) == 1 else f"{every[0]}; + {len(every) - 1}"
