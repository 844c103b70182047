"""Time how long balances and location quotients take, beside a dense solve, a public library and plain pandas.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does, so CPU seconds stand beside them, and ratios are of those: how many times ours a peer takes. No
public library found on the package index reconciles a balance: flodym is the best kept for material flows, and only
checks that given flows close. It is timed on flows that do.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from children import Result, machine, run_child

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS-flows.md"
# Flows, processes, how far a path reaches along the row of processes, share unknown, kengetallen, share that has one.
CASES = {
    "region": (2_000, 500, 20, 0.3, 10, 0.2),
    "all measured": (2_000, 500, 20, 0.0, 0, 0.0),
    "country": (50_000, 12_500, 20, 0.3, 0, 0.0),
    "no order": (50_000, 12_500, 12_500, 0.3, 0, 0.0),
    "half shared": (50_000, 12_500, 20, 0.3, 20, 0.5),
}
# Establishments, sectors, level: municipalities are 342.
CLUSTER_CASES = {"21 sectors": (2_000_000, 21, "section"), "900 sectors": (2_000_000, 900, "3")}
# CPU seconds: every part is one thread, and the machine may be shared.
BARS = {
    **{"region": 1.0, "all measured": 1.0, "country": 30.0, "no order": 30.0, "half shared": 30.0},
    **{"21 sectors": 10.0, "900 sectors": 10.0},
}
WALL_S = 300
NUMBERS = ("value", "sd", "sd_pct", "low", "high", "source_year")


def make_rows(
    flows: int, processes: int, reach: int, unknown: float, kengetallen: int, share: float
) -> pd.DataFrame:
    """Return flows along random paths through a region, which close, with errors of 10 % on what is measured."""
    from kansenkaart.sources.read_balance import COLUMNS

    random = np.random.default_rng(1)
    amounts: dict[tuple[str, str], float] = {}
    while len(amounts) < flows:
        stops = [int(random.integers(0, processes))]
        for _ in range(int(random.integers(1, 6))):
            step = int(random.integers(-reach, reach + 1))
            stops.append(int(np.clip(stops[-1] + step, 0, processes - 1)))
        names = [
            "",
            *(f"p{stop}" for place, stop in enumerate(stops) if not place or stop != stops[place - 1]),
            "",
        ]
        quantity = float(np.exp(random.normal(3, 1)))
        for ends in pairwise(names):
            amounts[ends] = amounts.get(ends, 0.0) + quantity
    rows = []
    for number, ((begin, end), quantity) in enumerate(amounts.items()):
        row = {
            "flow": f"f{number}",
            "from_process": begin or None,
            "to_process": end or None,
            "true": quantity,
        }
        if random.random() >= unknown:
            row |= {"value": max(quantity * (1 + 0.1 * random.normal()), 0.01), "sd_pct": 10}
            if kengetallen and random.random() < share:
                row["kengetal"] = f"k{random.integers(kengetallen)}"
        rows.append(row)
    frame = pd.DataFrame(rows, index=range(2, 2 + len(rows)))
    true = frame["true"]
    frame = frame.assign(region="R", layer="goods", entry="flow", unit="t").reindex(columns=list(COLUMNS))
    return frame.astype({name: "float64" if name in NUMBERS else "str" for name in COLUMNS}).assign(true=true)


def time_ours(rows: pd.DataFrame) -> Callable[[], str]:
    """From rows to checked frames: estimates, spreads, what cannot be known, test."""
    from kansenkaart.flows.balance import balance_flows
    from kansenkaart.texts import load_texts

    texts = load_texts("en")
    balance_flows(make_rows(60, 20, 5, 0.3, 2, 0.2).drop(columns="true"), file="warm", texts=texts)

    def run() -> str:
        found = balance_flows(rows.drop(columns="true"), file="rows", texts=texts)
        lost = int(found.tests["unknowable"].iloc[0])
        return f"chi-square {found.tests['chi_square'].iloc[0]:.3f}, {lost} unknowable"

    return run


def time_dense(rows: pd.DataFrame) -> Callable[[], str]:
    """The same estimates by numpy with full matrices: null space of the unknown, pseudo-inverse, covariance."""
    processes = pd.Index(pd.concat([rows["from_process"], rows["to_process"]]).dropna().unique())
    names = pd.Index(rows["kengetal"].dropna().unique())

    def run() -> str:
        matrix = np.zeros((len(processes), len(rows)))
        for column, sign in (("from_process", -1.0), ("to_process", 1.0)):
            held = rows[column].notna().to_numpy()
            matrix[processes.get_indexer(rows[column][held]), np.flatnonzero(held)] += sign
        given = rows["value"].notna().to_numpy()
        sd = (rows["sd_pct"] / 100 * rows["value"])[given].to_numpy()
        shared = names.get_indexer(rows["kengetal"][given])
        spread = np.hstack(
            [np.diag(sd)[:, shared < 0], sd[:, None] * (shared[:, None] == np.arange(len(names)))]
        )
        free = matrix[:, ~given]
        left, sizes, _ = np.linalg.svd(free, full_matrices=True)
        rank = int((sizes > 1e-9 * sizes.max(initial=1.0)).sum())
        held_rows = left[:, rank:].T @ matrix[:, given]
        checks = held_rows @ spread
        back = np.linalg.pinv(checks, rcond=1e-9)
        moved = -back @ (held_rows @ rows["value"][given].to_numpy())
        covariance = spread @ (np.eye(spread.shape[1]) - back @ checks) @ spread.T
        return f"chi-square {moved @ moved:.3f}, widest sd {np.sqrt(np.diag(covariance).max()):.2f}"

    return run


def time_flodym(rows: pd.DataFrame) -> Callable[[], str]:
    """Flodym: build the system of flows that close, and check that they do."""
    import flodym

    names = ["sysenv", *pd.concat([rows["from_process"], rows["to_process"]]).dropna().unique()]
    processes = {name: flodym.Process(name=name, id=number) for number, name in enumerate(names)}
    year = flodym.Dimension(name="Time", letter="t", items=[2020], dtype=int)
    dims = flodym.DimensionSet(dim_list=[year])

    def run() -> str:
        flows = {
            flow: flodym.Flow(
                from_process=processes[begin if isinstance(begin, str) else "sysenv"],
                to_process=processes[end if isinstance(end, str) else "sysenv"],
                name=flow,
                dims=dims,
                values=np.array([value]),
            )
            for flow, begin, end, value in rows[["flow", "from_process", "to_process", "true"]].itertuples(
                index=False
            )
        }
        system = flodym.MFASystem(dims=dims, parameters={}, processes=processes, flows=flows, stocks={})
        system.check_mass_balance(tolerance=1e-6)
        return "closes (nothing estimated)"

    return run


def make_places(count: int, sectors: int, level: str) -> pd.DataFrame:
    """Return establishments with jobs and residuals, spread unevenly over sectors."""
    random = np.random.default_rng(1)
    divisions = (1, 5, 10, 35, 36, 41, 45, 49, 55, 58, 64, 68, 69, 77, 84, 85, 86, 90, 94, 97, 99)
    if level == "section":
        codes = np.array([f"{division:02d}" for division in divisions])
    else:
        codes = np.array([f"{number:03d}" for number in range(10, 10 + sectors)])
    chosen = random.choice(len(codes), count, p=random.dirichlet(np.full(len(codes), 0.5)))
    areas = np.array([f"GM{number:04d}" for number in range(342)])[random.integers(0, 342, count)]
    texts = {"area_code": areas, "area": areas, "sector": codes[chosen]}
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in texts.items()})
    return frame.assign(jobs=random.gamma(0.5, 8, count), residuals_t=random.gamma(0.5, 20, count))


def time_clusters(places: pd.DataFrame, level: str) -> Callable[[], str]:
    """From establishments to the checked frame: quotients with intervals, scores, 1,000 draws of the weights."""
    from kansenkaart.clusters import Asked, find_clusters
    from kansenkaart.clusters.counts import count_places, read_counts
    from kansenkaart.tables import Remarks
    from kansenkaart.texts import load_texts

    texts, asked = load_texts("en"), Asked("jobs", "SBI 2008")

    def find(rows: pd.DataFrame) -> pd.DataFrame:
        counts = read_counts(count_places(rows, level=level, remarks=Remarks(texts)), file="rows")
        return find_clusters(counts, asked, file="rows", texts=texts).clusters

    find(places.head(5_000))
    return lambda: f"{len(find(places)):,} rows, interval, score and stability"


def time_pandas(places: pd.DataFrame, _level: str) -> Callable[[], str]:
    """The plain quotient alone, by pandas."""

    def run() -> str:
        table = places.pivot_table(index="area_code", columns="sector", values="jobs", aggfunc="sum").fillna(
            0.0
        )
        quotient = table.div(table.sum(axis=1), axis=0) / (table.sum() / table.to_numpy().sum())
        return f"{quotient.size:,} quotients, nothing else"

    return run


PARTS = {"kansenkaart": time_ours, "dense, numpy": time_dense, "flodym, check only": time_flodym}
CLUSTER_PARTS = {"kansenkaart": time_clusters, "pandas, quotient only": time_pandas}


def run_here(case: str, part: str) -> None:
    """Run one part and print what it took, as JSON."""
    if case in CASES:
        run = PARTS[part](make_rows(*CASES[case]))
    else:
        run = CLUSTER_PARTS[part](make_places(*CLUSTER_CASES[case]), CLUSTER_CASES[case][2])
    wall, cpu = time.perf_counter(), time.process_time()
    answer = run()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "answer": answer}
    print(json.dumps(took | {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def main() -> None:
    """Run one part when asked for it, else all parts in children; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*BARS, []], help=f"default: {', '.join(BARS)}")
    parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per part; default: {WALL_S}")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    parser.add_argument("--part", help="only this part of the first case, as JSON")
    asked = parser.parse_args()
    cases = asked.cases or list(BARS)
    if asked.part:
        run_here(cases[0], asked.part)
        return
    lines, missed = (
        ["| case | rows | what | wall s | CPU s | x ours | MiB | answer |", "|" + " --- |" * 8],
        [],
    )
    print("\n".join(lines))
    for case in cases:
        ours = float("nan")
        for part in PARTS if case in CASES else CLUSTER_PARTS:
            took = run_child(__file__, case, "--part", part, limit_s=asked.wall)
            ours = took.get("cpu", ours) if part == "kansenkaart" else ours
            lines.append(_tell(case, part, took, ours))
            print(lines[-1], flush=True)
            if part == "kansenkaart" and not took.get("cpu", np.inf) <= BARS[case]:
                missed.append(case)
    told = f"{machine()}. Bars, of CPU seconds: " + ", ".join(
        f"{case} {bar:g} s" for case, bar in BARS.items()
    )
    print(told)
    if asked.write:
        RESULTS.write_text(
            f"# Balances and clusters\n\n{__doc__}\n" + "\n".join(lines) + f"\n\n{told}\n", encoding="utf-8"
        )
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def _tell(case: str, part: str, took: Result, ours: float) -> str:
    numbers = [f"{took[name]:.2f}" if name in took else "" for name in ("wall", "cpu")]
    ratio = (
        f"{took['cpu'] / ours:.2f}" if "cpu" in took and ours == ours else ""
    )  # nothing where ours did not end
    memory = f"{took['mib']:.0f}" if "mib" in took else ""
    cells = [
        case,
        f"{(CASES | CLUSTER_CASES)[case][0]:,}",
        part,
        *numbers,
        ratio,
        memory,
        took.get("answer") or took.get("stopped", ""),
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
