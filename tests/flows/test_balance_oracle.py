"""The sparse balance against two that share nothing with it: scipy.optimize, and dense linear algebra."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import null_space, pinv
from scipy.optimize import minimize

from kansenkaart.flows.balance.least_squares import Equations, find_certainty, fit
from tests.flows.balanced import balance, of
from tests.tries import drawn


def _network(random, flows, processes, free):
    """Equations of a random network with a part unknown; its true flows close, what was measured does not."""
    ends = random.integers(-1, processes, (flows, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    matrix = np.zeros((processes, len(ends)))
    for flow, (begin, end) in enumerate(ends):
        matrix[begin, flow] -= begin >= 0
        matrix[end, flow] += end >= 0
    matrix = matrix[np.abs(matrix).sum(axis=1) > 0]
    true = np.exp(random.normal(3, 1.5, len(ends)))
    true -= pinv(matrix) @ (matrix @ true)
    sd = 0.1 * np.abs(true) + 0.5
    given = true + random.normal(0, 1, len(ends)) * sd
    sd[random.random(len(ends)) < free] = np.inf
    return Equations(sp.csr_array(matrix), np.zeros(len(matrix)), np.where(np.isfinite(sd), given, 0.0), sd)


def _dense(equations):
    """Value, standard deviation and whether it is known, of every variable, by singular values and null spaces."""
    matrix, given = equations.matrix.toarray(), np.isfinite(equations.sd)
    measured, free = matrix[:, given], matrix[:, ~given]
    left = null_space(free.T) if free.shape[1] else np.eye(len(matrix))
    sd = equations.sd[given]
    held = (left.T @ measured) * sd
    missed = left.T @ (equations.right - measured @ equations.given[given])
    back = pinv(held, rtol=1e-10)
    projector = np.eye(len(sd)) - back @ held
    x = equations.given[given] + sd * (back @ missed)
    of_free = pinv(free)
    value, spread, known = np.zeros(len(given)), np.zeros(len(given)), np.ones(len(given), dtype=bool)
    value[given], spread[given] = x, np.linalg.norm(sd[:, None] * projector, axis=1)
    value[~given] = of_free @ (equations.right - measured @ x)
    spread[~given] = np.linalg.norm(of_free @ (measured * sd) @ projector, axis=1)
    known[~given] = np.abs(of_free @ free - np.eye(free.shape[1])).max(axis=1, initial=0.0) < 1e-8
    return value, spread, known


@drawn("seed", 40, first=12)
def test_a_network_agrees_with_dense_algebra(seed):
    random = np.random.default_rng(seed)
    equations = _network(
        random, random.integers(4, 150), random.integers(2, 50), random.choice([0, 0.2, 0.5, 0.8])
    )
    fitted = fit(equations)
    certainty = find_certainty(fitted)
    value, sd, known = _dense(equations)
    assert (certainty.known == known).all()
    assert not fitted.open.any()
    np.testing.assert_allclose(fitted.value[known], value[known], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(certainty.sd[known], sd[known], rtol=1e-5, atol=1e-6)


def test_equations_that_say_the_same_and_rows_that_share_everything_are_no_trouble():
    matrix = sp.csr_array(np.array([[1.0, -1.0, 0.0], [2.0, -2.0, 0.0], [0.3, -0.3, 0.0], [0.0, 1.0, -1.0]]))
    equations = Equations(matrix, np.zeros(4), np.array([10.0, 12.0, 0.0]), np.array([1.0, 1.0, np.inf]))
    certainty = find_certainty(fit(equations))
    np.testing.assert_allclose(fit(equations).value, [11, 11, 11])
    np.testing.assert_allclose(certainty.sd, np.sqrt([0.5, 0.5, 0.5]))
    assert round(float(certainty.checked.sum())) == 1


def test_uncertain_coefficients_agree_with_a_general_minimiser():
    """In, two outs and a coefficient for each, all measured, none of which fit."""
    measured = {"in": 200.0, "as": 55.0, "rook": 160.0, "k_as": 0.25, "k_rook": 0.7}
    sd = {"in": 8.0, "as": 5.0, "rook": 9.0, "k_as": 0.02, "k_rook": 0.03}
    found = balance(
        {"flow": "in", "ends": " > oven", "value": 200, "sd": 8},
        {"flow": "as", "ends": "oven > ", "value": 55, "sd": 5},
        {"flow": "rook", "ends": "oven > ", "value": 160, "sd": 9},
        {"flow": "as", "entry": "transfer", "unit": "-", "value": 0.25, "sd": 0.02},
        {"flow": "rook", "entry": "transfer", "unit": "-", "value": 0.7, "sd": 0.03},
    )
    names = list(measured)
    scale = np.array([sd[name] for name in names])
    start = np.array([measured[name] for name in names])

    def off(v):
        return float((((v - start) / scale) ** 2).sum())

    holds = [
        {"type": "eq", "fun": lambda v: v[0] - v[1] - v[2]},
        {"type": "eq", "fun": lambda v: v[1] - v[3] * v[0]},
        {"type": "eq", "fun": lambda v: v[2] - v[4] * v[0]},
    ]
    best = minimize(off, start, constraints=holds, method="SLSQP", options={"ftol": 1e-15, "maxiter": 500})
    ours = [of(found, "in"), of(found, "as", entry="flow"), of(found, "rook", entry="flow")]
    ours += [of(found, "as", entry="transfer"), of(found, "rook", entry="transfer")]
    np.testing.assert_allclose(ours, best.x, rtol=1e-5)
    assert found.tests["chi_square"].iloc[0] == pytest.approx(best.fun, rel=1e-4)


def test_a_kengetal_that_rows_share_agrees_with_a_general_minimiser():
    found = balance(
        {"flow": "a", "ends": " > som", "value": 100, "sd": 20, "kengetal": "k"},
        {"flow": "b", "ends": " > som", "value": 300, "sd": 45, "kengetal": "k"},
        {"flow": "c", "ends": " > som", "value": 80, "sd": 6},
        {"flow": "uit", "ends": "som > ", "value": 560, "sd": 10},
    )

    def off(v):
        return float(
            v[0] ** 2 + ((v[1] - 80) / 6) ** 2 + ((100 + 20 * v[0] + 300 + 45 * v[0] + v[1] - 560) / 10) ** 2
        )

    best = minimize(off, np.array([0.0, 80.0]), method="BFGS", options={"gtol": 1e-10})
    assert of(found, "a") == pytest.approx(100 + 20 * best.x[0], rel=1e-6)
    assert of(found, "b") == pytest.approx(300 + 45 * best.x[0], rel=1e-6)
    assert found.tests["chi_square"].iloc[0] == pytest.approx(best.fun, rel=1e-6)


@drawn("seed", 4, first=2)
def test_kengetallen_that_half_of_a_network_shares_agree_with_dense_algebra(seed):
    """Their columns stand in hundreds of checks and are kept apart; some checks hold nothing else."""
    random = np.random.default_rng(seed)
    flows, processes, kengetallen = 500, 160, 3
    amounts = np.exp(random.normal(3, 1, flows))
    ends = [(f"p{begin}", f"p{end}") for begin, end in random.integers(0, processes, (flows, 2))]
    ends = [("" if flow % 4 == 0 else begin, end) for flow, (begin, end) in enumerate(ends) if begin != end]
    given = []
    for flow, (begin, end) in enumerate(ends):
        row = {"flow": f"f{flow}", "ends": f"{begin} > {end}", "value": amounts[flow], "sd_pct": 10}
        # every flow of the first forty processes shares: nothing else tells their checks apart
        held = {begin, end} & {f"p{number}" for number in range(40)}
        if held or random.random() < 0.5:
            row["kengetal"] = f"k{random.integers(kengetallen)}"
        given.append(row)
    given += [
        {"flow": f"uit {number}", "ends": f"p{number} > ", "value": 20, "sd": 9}
        for number in range(processes)
    ]
    given += [
        {"flow": f"in {number}", "ends": f" > p{number}", "value": 20, "sd": 9} for number in range(processes)
    ]
    for row in given[-2 * processes :]:
        if int(row["flow"].split()[1]) < 40:
            row["kengetal"] = "k0"
    found = balance(*given).balances
    value, sd = found["value"].to_numpy(), found["sd"].to_numpy()
    names = [f"p{number}" for number in range(processes)]
    matrix = np.array(
        [
            (found["to_process"] == name).to_numpy().astype(float)
            - (found["from_process"] == name).to_numpy().astype(float)
            for name in names
        ]
    )
    shares = np.array([(found["kengetal"] == f"k{number}").to_numpy() for number in range(kengetallen)])
    alone = np.diag(sd)[:, found["kengetal"].isna().to_numpy()]
    spread = np.hstack([alone, (shares * sd).T])
    held = matrix @ spread
    back = pinv(held, rtol=1e-10)
    np.testing.assert_allclose(
        found["reconciled"], value - spread @ (back @ (matrix @ value)), rtol=1e-6, atol=1e-6
    )
    after = spread @ (np.eye(spread.shape[1]) - back @ held)
    np.testing.assert_allclose(found["reconciled_sd"], np.linalg.norm(after, axis=1), rtol=1e-5, atol=1e-5)
