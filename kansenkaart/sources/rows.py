"""The words of a row: id, name, kind, status, dates; a word of which nobody knows what it means leaves that open."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.sources.cells import CONTROL, UNKNOWN_WORDS, hide_each, map_distinct, read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.trades import find_trades
from kansenkaart.tables.sites import PLACEMENTS, STATUSES
from kansenkaart.texts import find_same, fold_word

_MOST_NAMED = 12
# Kind of a place of which nobody knows what it is: it stays on the map.
_OTHER = "other"
# A profile is the user's own word: one that is not there is a slip of the pen.
_PROFILES = ("supply_profile", "demand_profile")
_BLANKS = r"\s+"
# Also behind the name of a layer, as the end of a link has it.
_WHOLE_NUMBER = r"^(.*:)?0*([0-9]+)(?:[.,]0+)?$"


def read_by_eye(texts: pd.Series) -> pd.Series:
    r"""Return texts (none missing) as the eye takes them: without case, marks of no width and kinds of blanks.

    A number that a spreadsheet wrote (``7.0``) or that lost its zeros is the same number.

    Examples
    --------
    >>> read_by_eye(pd.Series(["7", "007", "7.0"])).nunique()
    1
    >>> read_by_eye(pd.Series(["Kas\u200b E\u0301e\u0301n", "KAS  ÉÉN"])).nunique()
    1
    """
    read: pd.Series = texts.str.lower()
    if read.str.contains(_BLANKS, regex=True).any():
        read = read.str.replace(_BLANKS, " ", regex=True)
    read = read.str.strip()
    foreign = ~pc.string_is_ascii(pa.array(texts)).to_numpy(zero_copy_only=False)
    read[foreign] = texts[foreign].map(_as_read)
    return read.str.replace(_WHOLE_NUMBER, r"\1\2", regex=True)


def _as_read(text: str) -> str:
    seen = "".join(
        letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf"
    )
    return unicodedata.normalize("NFKC", " ".join(seen.casefold().split()))


_YES = ("true", "ja", "yes", "1", "waar", "j", "y")
_NO = ("false", "nee", "no", "0", "onwaar", "n")
_YEARS = (1950, 2100)
_DATE_FORMS = (
    re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?)?(?:[T ].*)?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0)?"),
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})(?: .*)?"),
)


def read_ids(cells: pd.DataFrame, layer: Layer, findings: LayerFindings) -> pd.Series:
    """Ids as the source gives them; a row without one is rejected.

    A table of municipalities may do without a column ``id``: the code is the id, or the name.

    Raises
    ------
    DataError
        When the file has no column with ids.
    """
    column = "id"
    if "id" not in cells and layer.placement == "municipality":
        column = next((name for name in ("municipality_code", "municipality") if name in cells), column)
    if column not in cells:
        message = "{file}: layer '{layer}' has no column 'id'. Name it in rename, such as rename = {{ CODE = \"id\" }}."
        raise DataError("id_column_missing", message, file=layer.path, layer=layer.name)
    ids = clean_ids(cells[column], column, findings)
    findings.reject_each(cells[column][ids.isna()], "id_missing", column=column)
    return ids


def clean_ids(cells: pd.Series, column: str, findings: LayerFindings) -> pd.Series:
    """Ids without control characters, and without ``|``, which separates the parts of a flow's id."""
    ids = clean_texts(cells, column, findings)
    piped = ids.str.contains("|", regex=False).fillna(False).astype(bool)
    findings.remark_each(ids[piped], "id_separator", severity="repaired", column=column)
    return ids.str.replace("|", "/", regex=False)


def clean_texts(cells: pd.Series, column: str, findings: LayerFindings) -> pd.Series:
    """Texts as they stand, without blanks around them and without control characters."""
    read = read_texts(cells)
    texts = hide_each(read)
    hidden = texts[texts.notna() & (texts != read)]
    findings.remark_each(hidden, "place_hidden", severity="repaired", column=column)
    dirty = texts.str.contains(CONTROL, regex=True).fillna(False).astype(bool)
    if not dirty.any():
        return texts
    findings.remark_each(texts[dirty], "control_characters", severity="repaired", column=column)
    cleaned = texts.str.replace(CONTROL, "", regex=True).str.strip()
    return cleaned.mask(cleaned == "")


@dataclass(frozen=True)
class Choice:
    """A column with a fixed set of values.

    Parameters
    ----------
    column
        Our name of it.
    allowed
        The values.
    words
        Under which name ``words.toml`` lists its words; None: that of the column.
    default
        Value of a row that has none, or a word of which nobody knows what it means.
    needed
        Such a word rejects its row: nothing sensible is left of it.
    """

    column: str
    allowed: tuple[str, ...]
    words: str | None = None
    default: str | None = None
    needed: bool = False

    def find(self, text: str) -> str | None:
        """Value that `text` means."""
        same = find_same(text, self.allowed)  # a file that uses our values needs no list of words
        return same or load_words().find_allowed(self.words or self.column, text, self.allowed)

    def near(self, text: str) -> str:
        """The value that most looks like `text`, to begin a translation with."""
        options = {fold_word(value): value for value in self.allowed}
        near = get_close_matches(fold_word(text), options, n=1)
        return options[near[0]] if near else "other" if "other" in self.allowed else self.allowed[0]


def read_choice(cells: pd.Series, choice: Choice, findings: LayerFindings) -> pd.Series:
    """Read a column with a fixed set of values, by the words that files use for them.

    A word that is not known leaves the value open, said once with the line that translates it; or it rejects its rows.
    """
    column, allowed = choice.column, choice.allowed
    texts = read_texts(cells)
    unknown = texts.str.casefold().isin(UNKNOWN_WORDS) & ~texts.isin(allowed)
    findings.remark_each(texts[unknown], "unknown_value", severity="repaired", column=column)
    texts = texts.mask(unknown)
    read = map_distinct(texts, choice.find)
    known = texts.notna() & read.notna() & (texts.str.casefold() != read.str.casefold())
    _remark_distinct(texts[known], "word_known", choice, findings)
    strange = texts[texts.notna() & read.isna()]
    if choice.needed:
        values = {"name": column, "allowed": ", ".join(allowed), "near": choice.near}
        findings.reject_each(strange, "word_needed", column=column, **values)
    else:
        _remark_distinct(strange, "word_unknown", choice, findings)
    return read.fillna(choice.default) if choice.default is not None else read


def _remark_distinct(texts: pd.Series, key: str, choice: Choice, findings: LayerFindings) -> None:
    """Say of every different word once what it is taken for, at its first row."""
    counts = texts.value_counts()
    first = texts[~texts.duplicated()]
    findings.remark_each(
        first,
        key,
        severity="repaired" if key == "word_known" else "warning",
        column=choice.column,
        name=choice.column,
        count=first.map(counts),
        taken=first.map(lambda text: choice.find(text) or choice.default or "-"),
        near=choice.near,
        allowed=", ".join(choice.allowed[:_MOST_NAMED])
        + (", …" if len(choice.allowed) > _MOST_NAMED else ""),
    )


def read_kinds(
    cells: pd.DataFrame, layer: Layer, by_sbi: pd.Series, catalogue: Catalogue, findings: LayerFindings
) -> pd.Series:
    """Kind per row: the column goes before the layer's setting, and that before the SBI code.

    Parameters
    ----------
    by_sbi
        Kind that the SBI code of a row stands for, where it is known.

    Raises
    ------
    ProjectError
        When neither the file nor the project file says what the places are.
    """
    allowed = tuple(catalogue.kinds)
    if "kind" not in cells:
        if layer.kind is None and "sbi" in cells:
            return by_sbi.fillna(_OTHER)
        if layer.kind is None:
            message = "Layer '{layer}': set kind, or give {file} a column 'kind'. Allowed: {allowed}."
            raise ProjectError(
                "kind_missing", message, layer=layer.name, file=layer.path, allowed=", ".join(allowed)
            )
        return pd.Series(layer.kind, index=cells.index, dtype="str")
    given = cells["kind"]
    kinds = read_choice(given, Choice("kind", allowed), findings).fillna(by_sbi)
    kinds = (
        kinds.fillna(layer.kind)
        if layer.kind
        else kinds.mask(kinds.isna() & read_texts(given).notna(), _OTHER)
    )
    empty = kinds.isna() & ~findings.rejects(kinds.index)
    findings.reject_each(cells["kind"][empty], "kind_empty", column="kind", allowed=", ".join(allowed))
    return kinds


def read_words(cells: pd.DataFrame, catalogue: Catalogue, findings: LayerFindings) -> pd.DataFrame:
    """Attributes of the catalogue, where the file has them; one without allowed values is a text."""
    words = {
        name: read_choice(cells[name], Choice(name, attribute.allowed, needed=name in _PROFILES), findings)
        if attribute.allowed
        else clean_texts(cells[name], name, findings)
        for name, attribute in catalogue.attributes.items()
        if name in cells
    }
    return pd.DataFrame(words, index=cells.index, dtype="str")


def read_status(cells: pd.DataFrame, findings: LayerFindings) -> pd.DataFrame:
    """``status``, ``status_date`` (year, month or day) and ``status_note`` per row; without a column: active."""
    status = pd.Series("active", index=cells.index, dtype="str")
    if "status" in cells:
        status = read_choice(cells["status"], Choice("status", STATUSES, default="active"), findings)
    dates = pd.Series(None, index=cells.index, dtype="str")
    if "status_date" in cells:
        dates = read_dates(cells["status_date"], "status_date", findings)
    return pd.DataFrame(
        {"status": status, "status_date": dates, "status_note": read_optional(cells, "status_note", findings)}
    )


def read_dates(cells: pd.Series, column: str, findings: LayerFindings) -> pd.Series:
    """Dates as ``yyyy``, ``yyyy-mm`` or ``yyyy-mm-dd``; what is no date is left open with a warning."""
    texts = read_texts(cells)
    texts = texts.mask(texts.str.casefold().isin(UNKNOWN_WORDS))
    dates = map_distinct(texts, _read_date)
    findings.remark_each(
        texts[texts.notna() & dates.isna()], "date_unreadable", severity="warning", column=column
    )
    return dates


def _read_date(text: str) -> str | None:
    for form in _DATE_FORMS:
        found = form.fullmatch(text)
        if found is None:
            continue
        parts = [int(found[name]) for name in ("y", "m", "d") if found[name] is not None]
        if _YEARS[0] <= parts[0] <= _YEARS[1] and _in_calendar(*parts):
            return "-".join(f"{part:02d}" for part in parts)
    return None


def _in_calendar(year: int, month: int = 1, day: int = 1) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def read_optional(cells: pd.DataFrame, column: str, findings: LayerFindings) -> pd.Series:
    """Texts of a column that may be absent."""
    if column not in cells:
        return pd.Series(None, index=cells.index, dtype="str")
    return clean_texts(cells[column], column, findings)


def read_years(cells: pd.DataFrame, findings: LayerFindings, *, default: int) -> pd.Series:
    """Year of the figures per row; what is no year is replaced by `default` with a warning."""
    if "source_year" not in cells:
        return pd.Series(default, index=cells.index, dtype="Int64")
    texts = read_texts(cells["source_year"])
    years = pd.to_numeric(texts.astype(object), errors="coerce")
    wrong = texts.notna() & ~(years.between(*_YEARS) & (years % 1 == 0))
    findings.remark_each(
        cells["source_year"][wrong], "year_unreadable", severity="warning", column="source_year", used=default
    )
    return years.mask(wrong).fillna(default).astype("Int64")


def read_confidential(cells: pd.DataFrame, findings: LayerFindings) -> pd.Series:
    """Whether a place may not be named; a word that is neither yes nor no is taken as yes, to be safe."""
    texts = read_optional(cells, "confidential", findings).str.casefold()
    unclear = texts.notna() & ~texts.isin((*_YES, *_NO))
    findings.remark_each(texts[unclear], "confidential_unclear", severity="warning", column="confidential")
    return (texts.isin(_YES) | unclear).astype(bool)


def read_sbi(cells: pd.DataFrame, findings: LayerFindings) -> pd.Series:
    """SBI codes as digits: ``38.21`` and ``38 21`` become ``3821``."""
    texts = read_optional(cells, "sbi", findings)
    codes = map_distinct(texts, lambda text: re.sub(r"[.\s]", "", text))
    wrong = codes.notna() & ~codes.str.fullmatch(r"\d{2,6}").fillna(False).astype(bool)
    findings.remark_each(texts[wrong], "sbi_unreadable", severity="warning", column="sbi")
    return codes.mask(wrong)


def describe_rows(
    cells: pd.DataFrame,
    ids: pd.Series,
    told: pd.Series,
    layer: Layer,
    loaded: LoadedProject,
    findings: LayerFindings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each row is and who says so, and the words it has beyond that; `told` is added to its source."""
    sbi = read_sbi(cells, findings)
    unknown = pd.DataFrame(index=sbi.index, columns=["kind", "sector"], dtype=object)
    trades = find_trades(sbi, layer, loaded.catalogue, findings) if sbi.notna().any() else unknown
    kinds = read_kinds(cells, layer, trades["kind"], loaded.catalogue, findings)
    words = read_words(cells, loaded.catalogue, findings)
    if trades["sector"].notna().any():
        sector = trades["sector"].where(kinds == trades["kind"])
        words["sector"] = words["sector"].fillna(sector) if "sector" in words else sector
    frame = pd.DataFrame(
        {
            "site_id": layer.name + ":" + ids,
            "name": _read_names(cells, ids, findings),
            "kind": kinds,
            "layer": layer.name,
            "sbi": sbi,
            **read_status(cells, findings),
            "placement": _read_placement(cells, layer, findings),
            "source": _read_source(cells, layer, told, findings),
            "source_year": read_years(cells, findings, default=layer.year or loaded.project.reference_year),
            "licence": _read_licence(cells, layer, findings),
            "confidential": read_confidential(cells, findings),
        }
    )
    return frame, words


def _read_names(cells: pd.DataFrame, ids: pd.Series, findings: LayerFindings) -> pd.Series:
    if "name" not in cells:
        findings.remark(0, "name_column_missing", severity="note")
        return ids
    names = clean_texts(cells["name"], "name", findings)
    findings.remark_each(ids[names.isna() & ids.notna()], "name_missing", severity="note", column="name")
    return names.fillna(ids)


def _read_source(cells: pd.DataFrame, layer: Layer, told: pd.Series, findings: LayerFindings) -> pd.Series:
    """Source per row; one that was corrected says what, why and by whom."""
    source = read_optional(cells, "source", findings).fillna(layer.source or Path(layer.path).name)
    source[told.index] = source[told.index] + "; " + told
    return source


def _read_licence(cells: pd.DataFrame, layer: Layer, findings: LayerFindings) -> pd.Series:
    own = read_optional(cells, "licence", findings)
    return own if layer.licence is None else own.fillna(layer.licence)


def _read_placement(cells: pd.DataFrame, layer: Layer, findings: LayerFindings) -> pd.Series:
    """What the coordinates of a row are, where the file or the project file says so."""
    if "placement" not in cells:
        return pd.Series(layer.placement, index=cells.index, dtype="str")
    return read_choice(cells["placement"], Choice("placement", PLACEMENTS, default=layer.placement), findings)


def settle_placement(stated: pd.Series, geometry: gpd.GeoSeries) -> pd.Series:
    """What was stated, unless the geometry shows otherwise: an area is a polygon, a point is none."""
    areal = geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    by_shape = pd.Series(np.where(areal, "polygon", "point"), index=stated.index, dtype="str")
    contradicts = (stated == "polygon") & ~areal | stated.isin(["point", "address"]) & areal
    return stated.mask(contradicts).fillna(by_shape)
