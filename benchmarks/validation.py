"""Place documented Dutch matches in the example of the country, without a hint, and tell which of them are found.

Every match of `data/validation/matches.csv` has two places. They stand in the layers of `data/nederland`, or in
`data/validation/places.csv` with what is publicly known of their size; these take the place of the rows named in
`instead_of`, so that no quantity of the match itself is in the data. No delivery is given. What the run makes of
them is written to `docs/validation.md`.
"""

from __future__ import annotations

import hashlib
import math
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.rows.match_rows import rank_matches, reach_of
from kansenkaart.pipeline import Result, build
from kansenkaart.project import Project
from kansenkaart.tables import Frames

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data" / "validation"
COUNTRY = ROOT / "data" / "nederland"
PAGE = ROOT / "docs" / "validation.md"
TOP_SHARE = 0.05
GOAL = 0.70
GIVEN = "possible, but it is under contract or counts as sold: told apart from the chances"
DEFAULT_ORDER = Project.model_fields["rank_by"].default

HEAD = (Path(__file__).parent / "validation.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Found:
    """What a run made of one documented match."""

    pairs: int = 0
    rank: int | None = None
    place: int | None = None
    rivals: int = 0
    chance_class: str = ""
    quantity: float = 0.0
    why: str = ""
    before: str = ""
    all_rank: int | None = None
    all_pairs: int = 0
    takers: int = 0

    @property
    def in_top_of_takers(self) -> bool:
        """Whether the taker stands among the best five percent of the takers of the stream, for this supplier."""
        return self.place is not None and self.place <= top_places(self.takers)

    @property
    def in_top(self) -> bool:
        """Whether it stands among the best five percent of its stream."""
        return self.rank is not None and self.rank <= top_places(self.pairs)

    @property
    def in_top_of_all(self) -> bool:
        """Whether it stands among the best five percent of all suppliers with all takers."""
        return self.all_rank is not None and self.all_rank <= top_places(self.all_pairs)


def top_places(pairs: int) -> int:
    """How many pairs are the best five percent."""
    return math.ceil(pairs * TOP_SHARE)


def main() -> None:
    """Run and write the page, or to the file given."""
    from country import tell_country

    matches = pd.read_csv(DATA / "matches.csv", keep_default_na=False)
    with tempfile.TemporaryDirectory() as folder:
        result = build(
            make_region(Path(folder), matches), progress=lambda _step, what: print(what, file=sys.stderr)
        )
    found = [_look_up(row, result) for row in matches.to_dict("records")]
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(f"{tell(matches, found)}\n{tell_country()}", encoding="utf-8", newline="\n")
    print(f"{sum(one.in_top for one in found)} of {len(found)} in the top 5 %: {page}")


def digest() -> str:
    """Fingerprint of the list and its places: the page says of which data it tells."""
    content = b"".join(
        (DATA / name).read_bytes().replace(b"\r\n", b"\n") for name in ("matches.csv", "places.csv")
    )
    return hashlib.sha256(content).hexdigest()[:12]


def make_region(folder: Path, matches: pd.DataFrame) -> Path:
    """The example of the country without its deliveries, with the places of the list instead of those it names."""
    places = pd.read_csv(DATA / "places.csv", dtype=str, keep_default_na=False)
    gone = {name for cell in places["instead_of"] for name in cell.split(";") if name}
    project = tomllib.loads((COUNTRY / "kansenkaart.toml").read_text(encoding="utf-8"))
    lines = ['title = "Validation"', 'language = "nl"', f"reference_year = {project['reference_year']}"]
    streams = sorted({*project["streams"], *matches["stream"]})
    lines += [f"streams = {streams}".replace("'", '"'), "[region]", 'province = "Nederland"']
    for layer in project["layers"]:
        rows = pd.read_csv(COUNTRY / layer["path"], dtype=str, keep_default_na=False)
        kept = rows[~(layer["name"] + ":" + rows["id"]).isin(gone)]
        (folder / layer["path"]).parent.mkdir(exist_ok=True)
        kept.to_csv(folder / layer["path"], index=False)
        lines += ["[[layers]]", *(f"{key} = {_as_toml(value)}" for key, value in layer.items())]
    places.drop(columns="instead_of").to_csv(folder / "layers" / "plekken.csv", index=False)
    lines += [
        "[[layers]]",
        'name = "plekken"',
        'path = "layers/plekken.csv"',
        'source = "per rij"',
        "year = 2023",
    ]
    (folder / "kansenkaart.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _as_toml(value: object) -> str:
    return str(value).replace("'", '"') if isinstance(value, list | int) else f'"{value}"'


def _look_up(match: dict[str, object], result: Result) -> Found:
    frames, stream = result.frames, str(match["stream"])
    pairs = rank_pairs(
        frames.candidates[frames.candidates["stream"] == stream],
        reach_of(result.loaded.catalogue.streams.values()),
    )
    ends = (str(match["supply"]), str(match["demand"]))
    mine = pairs[(pairs["supply_id"] == ends[0]) & (pairs["demand_id"] == ends[1])]
    flows = known_flows(frames.flows[frames.flows["stream"] == stream])
    all_rank, all_pairs = rank_in_all(ends, pairs, flows, frames.sites)
    takers = flows.loc[flows["role"] == "demand", "site_id"].nunique()
    if mine.empty:
        why = _why_not(match, frames, result.loaded.catalogue)
        return Found(pairs=len(pairs), why=why, all_rank=all_rank, all_pairs=all_pairs, takers=takers)
    row = mine.iloc[0]
    rivals = pairs[pairs["supply_id"] == match["supply"]]
    got = frames.matches[frames.matches["match_id"] == row["match_id"]]["quantity"].sum()
    return Found(
        pairs=len(pairs),
        rank=int(row["rank"]),
        place=int((rivals["rank"] <= row["rank"]).sum()),
        rivals=len(rivals),
        chance_class=str(row["chance_class"]),
        quantity=float(got),
        why="" if got else GIVEN if row["given"] else "what both have went to better pairs",
        before=what_stands_before(row, pairs),
        all_rank=all_rank,
        all_pairs=all_pairs,
        takers=takers,
    )


def known_flows(flows: pd.DataFrame) -> pd.DataFrame:
    """Flows with a quantity: what others make of them counts too."""
    return flows[(flows["theoretical"] > 0) | flows["made_from"].notna()]


def rank_pairs(pairs: pd.DataFrame, reach_m: Mapping[str, float]) -> pd.DataFrame:
    """Pairs of one stream with ``rank``, in the order in which the tool itself lists its chances."""
    if pairs.empty:
        return pairs.assign(rank=0)
    return rank_matches(pairs.assign(robustness=np.nan), DEFAULT_ORDER, reach_m)


def rank_in_all(
    ends: tuple[str, str], pairs: pd.DataFrame, flows: pd.DataFrame, sites: pd.DataFrame
) -> tuple[int | None, int]:
    """Place of a pair among every supplier with every taker of its stream, and how many these are.

    First what may exist, in the order of `pairs`; then all others, nearest first. None where an end has no quantity.
    """
    where = {role: flows.loc[flows["role"] == role, "site_id"].unique() for role in ("supply", "demand")}
    points = sites.set_index("site_id").geometry
    place = {role: points.loc[ids] for role, ids in where.items()}
    total = len(where["supply"]) * len(where["demand"])
    total -= len(set(where["supply"]) & set(where["demand"]))
    if ends[0] not in where["supply"] or ends[1] not in where["demand"]:
        return None, total
    mine = pairs[(pairs["supply_id"] == ends[0]) & (pairs["demand_id"] == ends[1])]
    if len(mine):
        return int(mine["rank"].iloc[0]), total
    apart = points.loc[ends[0]].distance(points.loc[ends[1]])
    xs, ys = ((place[role].x.to_numpy(), place[role].y.to_numpy()) for role in ("supply", "demand"))
    nearer = int((np.hypot(xs[0][:, None] - ys[0], xs[1][:, None] - ys[1]) < apart).sum())
    return len(pairs) + max(nearer - int((pairs["distance_m"] < apart).sum()), 0) + 1, total


def why_missed(one: Found, remark: str) -> str:
    """The cause of a miss, so that misses of one cause can be counted."""
    if "no capacity published" in one.why:
        return "no size of one end is published that a rule of thumb can use"
    if one.rank is None:
        return f"may not exist by a rule: {one.why}"
    if one.place == 1:
        return (
            "the best taker of its supplier: larger, nearer or better paying pairs elsewhere stand before it"
        )
    if remark:
        return "another taker suits its supplier better, and it is published why it went here"
    return "another taker suits its supplier better, and nothing published says why it went here"


def what_stands_before(row: pd.Series, pairs: pd.DataFrame) -> str:
    """Why a pair ranks where it does: what those before it have that it has not."""
    better = pairs[pairs["rank"] < row["rank"]]
    near = int((better["distance_m"] < row["distance_m"]).sum())
    own = f"{len(better)} stand before it where the top 5 % is {top_places(len(pairs))}"
    own += f", {near} of them nearer than its {row['distance_m'] / 1000:.0f} km"
    if pd.isna(row["net_eur_y"]):
        return f"{own}; nobody knows what a unit is worth"
    worth = row["benefit_eur_y"] / row["quantity"] if row["quantity"] else math.nan
    money = f"leaves {row['net_eur_y'] / 1000:,.0f} thousand EUR a year"
    return f"{own}; {money}: costs {row['break_even_eur_unit']:.3g}, is worth {worth:.3g} EUR/{row['unit']}"


def most_reachable(matches: pd.DataFrame, found: list[Found]) -> int:
    """How many of the list any ranking could put in the top 5 %: a stream has no more places than these."""
    streams = pd.DataFrame({"stream": matches["stream"], "pairs": [one.pairs for one in found]})
    return sum(
        min(len(part), top_places(int(part["pairs"].iloc[0]))) for _, part in streams.groupby("stream")
    )


def _why_not(match: dict[str, object], frames: Frames, catalogue: Catalogue) -> str:
    """The first thing that kept a pair from existing at all."""
    sites = frames.sites.set_index("site_id")
    flows = frames.flows[frames.flows["stream"] == match["stream"]]
    stream = catalogue.streams[str(match["stream"])]
    for role in ("supply", "demand"):
        site = str(match[role])
        flow = flows[(flows["role"] == role) & (flows["site_id"] == site)]
        if flow.empty:
            return f"{role}: no capacity published that a rule of thumb can use"
        if flow["value"].iloc[0] <= 0 and (stream.id, str(sites.at[site, "kind"])) in catalogue.taken:
            return f"{role}: it is under contract or counts as sold, so nothing is free"
        if flow["value"].iloc[0] <= 0 and flow["made_from"].isna().all():
            return f"{role}: nothing is free"
    ends = sites.loc[[str(match["supply"]), str(match["demand"])]]
    if (stream.id, *ends["kind"]) not in catalogue.pairs:
        return "no pair of these kinds in the catalogue"
    apart = ends.geometry.iloc[0].distance(ends.geometry.iloc[1]) / 1000
    if apart > stream.hard_km:
        return f"{apart:.0f} km apart, beyond the hard distance of {stream.hard_km:g} km"
    return "temperature or placement does not fit"


def tell(matches: pd.DataFrame, found: list[Found]) -> str:
    """The page: recall, the list, and why others were missed."""
    testable = [one for one in found if "no capacity published" not in one.why]
    lines = [HEAD.format(digest=digest(), count=len(found))]
    lines += ["| measure | matches | share | by chance |", "| --- | --- | --- | --- |"]
    for name, part in (("all", found), ("with a capacity published at both ends", testable)):
        counts = {
            "in the top 5 %": (sum(one.in_top for one in part), _by_chance([one.pairs for one in part])),
            "in the top 5 % of its supplier's takers": (
                sum(one.in_top_of_takers for one in part),
                _by_chance([one.takers for one in part]),
            ),
            "in the top 5 % of all suppliers with all takers": (
                sum(one.in_top_of_all for one in part),
                _by_chance([one.all_pairs for one in part]),
            ),
            "taker is the supplier's best": (sum(one.place == 1 for one in part), None),
            "taker is in the supplier's best three": (sum((one.place or 4) <= 3 for one in part), None),
            "may exist": (sum(one.rank is not None for one in part), None),
            "chosen by the run": (sum(one.quantity > 0 for one in part), None),
        }
        for what, (n, chance) in counts.items():
            luck = "" if chance is None else f"{chance:.0%}"
            lines.append(f"| {name}: {what} | {n} of {len(part)} | {n / len(part):.0%} | {luck} |")
    lines += ["", *_reach(matches, found), "", "## Why missed", ""]
    causes = pd.Series(
        [
            why_missed(one, str(remark))
            for one, remark in zip(found, matches["remark"], strict=True)
            if not one.in_top
        ]
    )
    lines += [
        "| cause | matches |",
        "| --- | --- |",
        *(f"| {why} | {n} |" for why, n in causes.value_counts().items()),
    ]
    lines += ["", *_remark(matches, found), "", "## The list", ""]
    lines += [
        "| | stream | from | to | promised | realised | found | rank | of all | taker | class | why not |",
        "| --- " * 12 + "|",
    ]
    lines += [_tell_row(row, one) for row, one in zip(matches.to_dict("records"), found, strict=True)]
    lines += [
        "",
        "Sources, one per match: `data/validation/matches.csv`; of the places `data/validation/places.csv`.",
        "",
    ]
    return "\n".join(lines)


def _by_chance(candidates: list[int]) -> float:
    """The share that a random order would put in the top 5 % of so many candidates each."""
    return float(np.mean([top_places(n) / n if n else 0.0 for n in candidates]))


def _reach(matches: pd.DataFrame, found: list[Found]) -> list[str]:
    """The most that any ranking could reach on this list, and how far up it stands among all combinations."""
    most, top = most_reachable(matches, found), sum(one.in_top for one in found)
    shares = [one.all_rank / one.all_pairs for one in found if one.all_rank is not None]
    listed = pd.DataFrame(
        {
            "stream": matches["stream"],
            "pairs": [one.pairs for one in found],
            "top": [one.in_top for one in found],
        }
    )
    rows = []
    for stream, part in listed.groupby("stream"):
        pairs = int(part["pairs"].iloc[0])
        rows.append(f"| {stream} | {len(part)} | {pairs} | {top_places(pairs)} | {part['top'].sum()} |")
    return [
        "SHAREBOX, the only published figure in the field, recalled 33 %.",
        "",
        f"**The most that any ranking could reach on this list is {most} of {len(found)}"
        f" ({most / len(found):.0%})**: a stream has no more",
        f"places than 5 % of its pairs, and one without pairs has none. Of these {top} are reached ({top / most:.0%}).",
        f"The goal, {GOAL:.0%} of the list, is {'reached' if top >= GOAL * len(found) else 'not reached'}.",
        f"Among all suppliers with all takers the match in the middle stands at {np.median(shares):.1%} from the top"
        f" ({len(shares)} have a",
        "quantity at both ends); by chance it would be half way.",
        "",
        "| stream | listed | pairs | places in the top 5 % | reached |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]


def _remark(matches: pd.DataFrame, found: list[Found]) -> list[str]:
    """What the misses have in common, and how near the quantities come."""
    low = [one for one in found if one.rank is not None and not one.in_top]
    best = sum(one.place == 1 for one in low)
    realised = pd.to_numeric(matches["realised"], errors="coerce")
    both = [
        one.quantity / real for one, real in zip(found, realised, strict=True) if one.quantity and real > 0
    ]
    return [
        f"Of the {len(low)} that may exist and rank lower, {best} name the best taker of their supplier: larger",
        "or nearer pairs elsewhere in the country stand before them. A tender goes by more than the map knows:",
        "sludge of Fryslân went to Moerdijk, past nearer takers. Of heat and CO2 more are listed than have a place",
        "in the top 5 %, so not all of these can stand there. What is under contract or",
        "sold (wells, gft, sludge, packaging, textiles, appliances) is found and ranked but is no chance, so",
        "fewer of the list are chosen by the run: they run indeed; without a published size no rule applies.",
        "Where it is published why these two came together (an owner, a founder, a network that lay there), the last",
        "column says it: no layer of a province holds that.",
        "",
        "HVC to Alton runs and does not pay here. Alone, over the straight line and against a mean of boiler",
        "and CHP it loses; as the branch it is, shared with its area, it still does, and pays with SWiG and EIA.",
        "This grower left gas altogether and has no CHP: against a boiler alone it pays. Notebook 02 reckons it.",
        "",
        f"Quantity: for the {len(both)} that were chosen and have a realised figure, found over realised is"
        f" {np.median(both):.2g} in the middle, from {min(both):.2g} to {max(both):.2g}.",
    ]


def _tell_row(row: dict[str, object], one: Found) -> str:
    cells = [
        str(row["id"]),
        str(row["stream"]),
        str(row["supply_name"]),
        f"{row['demand_name']} ({row['year']}, {row['status']})",
        _amount(row["promised"]),
        _amount(row["realised"]),
        _amount(one.quantity or ""),
        f"{one.rank} of {one.pairs}{' **top 5 %**' if one.in_top else ''}" if one.rank else "-",
        f"{one.all_rank} of {one.all_pairs}" if one.all_rank else "-",
        f"{one.place} of {one.rivals}" if one.place else "-",
        one.chance_class or "-",
        one.why if one.in_top else "; ".join(filter(None, (one.why, one.before, str(row["remark"])))),
    ]
    return "| " + " | ".join(cells) + " |"


def _amount(value: object) -> str:
    """Three figures: more would say more than is known."""
    if value == "":
        return "-"
    number = float(str(value))
    digits = 2 - math.floor(math.log10(abs(number))) if number else 0
    return f"{round(number, digits):,.0f}" if number >= 10 else f"{number:.2g}"


if __name__ == "__main__":
    main()
