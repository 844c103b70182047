"""Time the comparison of 50,000 chances with 50,000 others, beside a plain merge of pandas.

Processor time of this process, the median of three. The merge joins the same two frames by the same three keys and says
no more than which rows stand on which side; the comparison sorts them, and sees in a third run what made each change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from time import process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from kansenkaart.compare.changes import KEY, find_changes, list_chances, makes  # noqa: E402
from kansenkaart.compare.told import tell_change  # noqa: E402
from kansenkaart.geo import RD  # noqa: E402
from kansenkaart.texts import load_texts  # noqa: E402

SIZES = (5_000, 50_000)
CLASSES = np.array(["kansrijk", "verkennen", "technisch"])
# Of the chances of A this share is not in B, and as many are new; a third has another quantity, a tenth another class.
GONE, MOVED, CLASSED = 0.1, 0.3, 0.1


def make_matches(count: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Matches of A and of B, and the places."""
    rng = np.random.default_rng(1)
    places = count // 3
    whole = int(count * (1 + GONE))
    codes = rng.choice(places * places, whole, replace=False)
    ids = [f"laag:{number:06d}" for number in range(places)]
    every = pd.DataFrame(
        {
            "stream": np.array(["restwarmte_ht", "gft", "betonpuin"])[codes % 3],
            "supply_id": [ids[code // places] for code in codes],
            "demand_id": [ids[code % places] for code in codes],
            "unit": "t",
            "quantity": rng.lognormal(4, 1, whole),
            "chance_class": rng.choice(CLASSES, whole),
            "net_eur_y": rng.normal(0, 1e4, whole),
        }
    )
    lines = shapely.linestrings(rng.uniform(0, 1e5, (whole, 2, 2)))
    before = gpd.GeoDataFrame(every, geometry=lines, crs=RD)
    after = before.copy()
    after["quantity"] *= np.where(rng.random(whole) < MOVED, rng.uniform(0.5, 2, whole), 1.0)
    after["chance_class"] = np.where(
        rng.random(whole) < CLASSED, rng.choice(CLASSES, whole), after["chance_class"]
    )
    sites = pd.DataFrame({"site_id": ids, "name": [f"Plek {one}" for one in ids]})
    return before.iloc[:count], after.iloc[-count:], sites


def spend(work: object) -> tuple[float, object]:
    """Median processor time of three, and what came out."""
    times = []
    for _ in range(3):
        begin = process_time()
        found = work()
        times.append(process_time() - begin)
    return median(times), found


def compare(before: pd.DataFrame, after: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """What `compare` does beside the runs: changes, whether a run makes them, and the sentences."""
    listed = [list_chances(one, sites) for one in (before, after)]
    changes, _ = find_changes(*listed)
    texts = load_texts("nl")
    made = makes(changes, listed[1])
    if not made.all():
        raise SystemExit("B must make every change")
    return changes.assign(said=[tell_change(row, texts) for row in changes.to_dict("records")])


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    for count in parser.parse_args().sizes:
        before, after, sites = make_matches(count)
        whole, changes = spend(lambda one=before, other=after, sites=sites: compare(one, other, sites))
        merged, _ = spend(
            lambda one=before, other=after: pd.DataFrame(one).merge(
                pd.DataFrame(other), on=KEY, how="outer", indicator=True
            )
        )
        print(f"{count:,} chances: {len(changes):,} changes in {whole:.1f} s; a plain merge {merged:.2f} s")


if __name__ == "__main__":
    main()
