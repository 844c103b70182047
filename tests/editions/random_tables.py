"""Random tables of municipalities by parts, with few and many contributors, some of them dominant."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kansenkaart.editions.rules import CellTable

PARTS = 3


def draw_table(seed: int, *, most: int = 4) -> CellTable:
    """Return municipalities x (total, matched, left), with the total of all of them as the last three cells.

    There are two to `most` municipalities.
    """
    rng = np.random.default_rng(seed)
    areas = int(rng.integers(2, most + 1))
    rows = []
    for area in range(areas):
        for number in range(int(rng.choice([0, 1, 1, 2, 3, 4]))):
            amount = float(rng.lognormal(4, 1.5))
            matched = amount * float(rng.choice([0.0, 0.3, 1.0]))
            who = f"firm {rng.integers(0, 4)}" if rng.random() < 0.1 else f"{area}-{number}"
            for part, quantity in enumerate((amount, matched, amount - matched)):
                if quantity > 0:
                    rows += [(area * PARTS + part, who, quantity), (areas * PARTS + part, who, quantity)]
    shares = pd.DataFrame(rows, columns=["cell", "who", "amount"])
    count = (areas + 1) * PARTS
    values = shares.groupby("cell")["amount"].sum().reindex(range(count), fill_value=0.0).to_numpy()
    relations = []
    for area in range(areas + 1):
        line = np.zeros(count)
        line[area * PARTS], line[area * PARTS + 1 : area * PARTS + 3] = -1, 1
        relations.append(line)
    for part in range(PARTS):
        line = np.zeros(count)
        line[part : areas * PARTS : PARTS], line[areas * PARTS + part] = 1, -1
        relations.append(line)
    whole = np.arange(count) // PARTS * PARTS
    return CellTable(
        values, csr_array(np.array(relations)), shares, np.where(np.arange(count) == whole, -1, whole)
    )
