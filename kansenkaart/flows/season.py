"""Free quantity per month: what a place has in a month less what runs in that month.

A city takes the winter of a source that runs all year; what is free is summer heat. The year's quantities stay those
of the year: only the months in which they fall are decided here.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.tables import MONTH_COLUMNS


def find_profiles(
    sites: gpd.GeoDataFrame, stream: Stream, role: str, *, catalogue: Catalogue, kengetallen: pd.Series
) -> pd.Series:
    """Key of the month profile of one stream and role at every site.

    Parameters
    ----------
    sites
        Frame ``SITES``; a column ``supply_profile`` or ``demand_profile`` goes before everything.
    stream, role
        What is asked.
    kengetallen
        Id of the kengetal that fits a site, indexed like `sites`; a site without one, of which only a measured
        quantity is known, has the profile of the first kengetal of its kind that names one.

    Returns
    -------
    Series
        Indexed like `sites`; the stream's profile where nothing better is known.
    """
    default: str = getattr(stream, f"{role}_profile")
    by_kengetal = {one.id: one.profile or default for one in catalogue.kengetallen.values()}
    found = kengetallen.astype(object).reindex(sites.index).map(by_kengetal)
    found = (
        found.astype(object)
        .fillna(sites["kind"].map(profiles_of_kinds(stream, role, catalogue)))
        .fillna(default)
    )
    column = f"{role}_profile"
    found = sites[column].astype(object).fillna(found) if column in sites else found
    return found.astype("str")


def profiles_of_kinds(stream: Stream, role: str, catalogue: Catalogue) -> dict[str, str]:
    """Profile per kind of place: that of its first kengetal of this stream and role that names one."""
    known: dict[str, str] = {}
    for one in catalogue.kengetallen.values():
        if (one.stream, one.role) == (stream.id, role) and one.profile is not None:
            known = {**dict.fromkeys(one.kinds, one.profile), **known}
    return known


def month_shares(keys: pd.Series, catalogue: Catalogue) -> FloatArray:
    """Shares of the year per month for each of `keys`: shape (n, 12), every row adding up to 1."""
    codes, names = pd.factorize(keys)
    rows = [catalogue.profiles[name].months for name in names]
    shares = np.array(rows, dtype=float).reshape(len(rows), 12)
    # A profile may be rounded: its twelve shares add up to 1 within a thousandth.
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(shares[codes], dtype=np.float64)


# Below this share of the whole, what is left by month is rounding, not heat.
_NOTHING = 1e-9

# Flows whose months are worked out at once: bounds the memory that takes.
_AT_ONCE = 50_000

# A month with less than this share of a delivery has none: dividing by it would only blow up rounding.
_NO_DELIVERY = 1e-12


def add_months(flows: pd.DataFrame, committed: FloatArray, *, catalogue: Catalogue) -> pd.DataFrame:
    """Divide ``value`` over the months.

    Parameters
    ----------
    flows
        With ``theoretical, covered, value`` per year and ``profile``.
    committed
        Shape (n, 12): what running links take in each month, aligned to `flows`; its yearly sums are ``committed``.

    Returns
    -------
    DataFrame
        `flows` with ``MONTH_COLUMNS``, 0 or more, which add up to ``value``.
    """
    months = np.empty(committed.shape)
    for first in range(0, len(flows), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        months[part] = _divide(flows.iloc[part], committed[part], catalogue)
    return flows.assign(**dict(zip(MONTH_COLUMNS, months.T, strict=True)))


def _divide(flows: pd.DataFrame, committed: FloatArray, catalogue: Catalogue) -> FloatArray:
    own = month_shares(flows["profile"], catalogue)
    gross = flows["theoretical"].to_numpy(dtype=float)[:, None] * own
    # What the place meets or uses itself follows its own course over the year.
    load = flows["covered"].to_numpy(dtype=float)[:, None] * own + committed
    left = np.maximum(gross - place_load(gross, load), 0.0)
    return scale_months(left, flows["value"].to_numpy(dtype=float), own=own, whole=gross.sum(axis=1))


def place_load(gross: FloatArray, load: FloatArray) -> FloatArray:
    """Take a yearly load out of what there is in each month.

    Parameters
    ----------
    gross, load
        Shape (n, 12), 0 or more. The load may ask more of a month than there is.

    Returns
    -------
    array
        Shape (n, 12), at most `gross` in every month, adding up to the year's load or, where that is less, to the
        year's gross. ``min(gross, scale * load)`` with one scale per row, so that what does not fit in one month
        moves to the other months in which something is taken, in proportion; what does not fit in those either
        comes from the rest of the year, in proportion to what there is.

    Notes
    -----
    Exact: ``sum(min(gross, scale * load))`` grows piecewise linearly in the scale, with a bend where a month is full.
    The load enters as its course over the year (rows adding up to 1), so that its size cannot overflow.
    """
    total = load.sum(axis=1)
    asked = np.minimum(total, gross.sum(axis=1))
    course = np.divide(load, total[:, None], out=np.zeros_like(load), where=total[:, None] > 0)
    course[course < _NO_DELIVERY] = 0.0
    reach = np.where(course > 0, gross, 0.0)
    taken = np.minimum(reach, _scale(reach, course, asked)[:, None] * course)
    rest = _in_proportion(gross - taken, asked - taken.sum(axis=1))
    return np.asarray(taken + rest, dtype=np.float64)


def _scale(gross: FloatArray, course: FloatArray, asked: FloatArray) -> FloatArray:
    """Scale per row at which ``sum(min(gross, scale * course)) = asked``; beyond every bend where that cannot be."""
    bend = np.divide(gross, course, out=np.zeros_like(gross), where=course > 0)
    order = np.argsort(bend, axis=1)
    bend, gross, course = (np.take_along_axis(one, order, axis=1) for one in (bend, gross, course))
    # Before bend k the months up to k - 1 are full and the others still grow.
    full = np.zeros_like(gross)
    np.cumsum(gross[:, :-1], axis=1, out=full[:, 1:])
    growing = course[:, ::-1].cumsum(axis=1)[:, ::-1]
    enough = full + bend * growing >= asked[:, None]
    first = np.where(enough.any(axis=1), enough.argmax(axis=1), gross.shape[1] - 1)[:, None]
    rest = asked - np.take_along_axis(full, first, axis=1)[:, 0]
    slope = np.take_along_axis(growing, first, axis=1)[:, 0]
    scale = np.divide(rest, slope, out=np.zeros_like(rest), where=slope > 0)
    return np.asarray(np.maximum(scale, 0.0), dtype=np.float64)


def _in_proportion(left: FloatArray, rest: FloatArray) -> FloatArray:
    """Divide `rest` over the months in proportion to what is left in them, never more than that."""
    left = np.maximum(left, 0.0)
    total = left.sum(axis=1)
    share = np.divide(rest, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(np.clip(share, 0.0, 1.0)[:, None] * left, dtype=np.float64)


def scale_months(left: FloatArray, value: FloatArray, *, own: FloatArray, whole: FloatArray) -> FloatArray:
    """Let the months add up to the year.

    Parameters
    ----------
    left
        Shape (n, 12): what is left in every month.
    value
        What the months must add up to.
    own
        Shape (n, 12), rows adding up to 1: the course where nothing is left by month but the layer states a free
        quantity all the same.
    whole
        Year's total that `left` was taken from.

    Returns
    -------
    array
        Shape (n, 12), 0 or more, each row adding up to `value`.
    """
    total = left.sum(axis=1)
    known = total > _NOTHING * whole
    shares = np.where(known[:, None], left / np.where(known, total, 1.0)[:, None], own)
    return np.asarray(shares * value[:, None], dtype=np.float64)
