"""Fetches the layer of a recipe: page by page, kept as they come, and made a file when all of it is there."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd

from kansenkaart.download.atom import find_file
from kansenkaart.download.client import Client, refuse_large
from kansenkaart.download.pages import LayerPart, LayerRequest, first_url, hits_url, list_ids, read_page
from kansenkaart.errors import DataError, KansenkaartError
from kansenkaart.geo import RD, WGS84
from kansenkaart.project.input_files import RECEIPT, hash_input, read_receipt
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write import replace_file
from kansenkaart.sources.read import GIS

# Pages of an unfinished download older than this are of another day's register.
_KEEP_S = 24 * 3600
# Pages of a layer that never says how many rows it has: at ten million it is no layer of an area.
MOST_PAGES = 10_000
_SHOWN = 8
# What is kept of an unfinished one.
_KEPT = ("next", "rows", "number", "size", "whole", "cut", "etag", "seen")


# Called with a key under [download] in the texts, and its values.
Told = Callable[[str, Mapping[str, object]], None]


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched, or was still that of before."""

    path: Path
    rows: int
    unchanged: bool


def fetch(asked: LayerRequest, stem: Path, client: Client, *, told: Told) -> Fetched:
    """Fetch a layer (GeoPackage), table (CSV) or file (as it is), with a receipt beside it.

    Parameters
    ----------
    stem
        Path without an ending; what stands there is replaced when all of it came.
    told
        Called with a key under ``[download]`` in the texts and its values, for each part that came.

    Raises
    ------
    DataError
        When it did not come whole; what came is kept, and the next run goes on from there.
    """
    if asked.protocol in ("file", "atom"):
        return _fetch_file(asked, stem, client, told)
    ending = ".csv" if asked.protocol == "odata" else ".gpkg"
    return _fetch_pages(asked, stem.with_name(stem.name + ending), client, told)


def _fetch_pages(asked: LayerRequest, path: Path, client: Client, told: Told) -> Fetched:
    receipt = read_receipt(path)
    url = first_url(asked)
    kept = path.with_name(f".{path.name}.deel")
    known = receipt.get("etag") if receipt.get("url") == url and not kept.exists() else None
    pages = _Pages(kept, url, client.patience.most_mb)
    etag = pages.etag
    if asked.protocol == "wfs" and pages.whole is None:
        pages.whole = client.ask_number(hits_url(asked), "numberMatched")
    with _guard(asked.protocol, asked.layer, lambda: shutil.rmtree(kept, ignore_errors=True)):
        while pages.next is not None:
            answer, tag = client.ask_json(pages.next, etag=known if pages.rows == 0 else None)
            if answer is None:
                return Fetched(path, int(receipt["rows"]), unchanged=True)
            etag = tag if pages.rows == 0 else etag
            pages.add(read_page(asked, answer, pages.next, pages.rows), etag)
            told("rows", {"name": path.stem, "rows": pages.rows, "whole": pages.whole or "?"})
        pages.check(asked)
        rows = pages.load()
        names = _read_measures(asked, client) if asked.protocol == "odata" else {}
        with replace_file(path) as aside:
            _write(rows, asked, aside.path, names)
    # the first of several pages may be the same while a later one is not
    _write_receipt(path, asked, url, etag if pages.number == 1 else None, len(rows))
    shutil.rmtree(kept)
    return Fetched(path, len(rows), unchanged=False)


@contextmanager
def _guard(form: str, what: str, forget: Callable[[], object]) -> Iterator[None]:
    """Turn whatever an answer of a strange form leads to into one clear error; going on would end there again."""
    try:
        yield
    except (KansenkaartError, OSError):
        raise
    except Exception as error:
        forget()
        message = (
            "{layer} came, but not in the form of {protocol}: {error}. Is it the address of that service?"
        )
        values = {"protocol": form, "error": find_reason(error)}
        raise DataError("download_damaged", message, layer=what, **values) from error


def _read_measures(asked: LayerRequest, client: Client) -> dict[str, str]:
    """Code of a measure -> its name, as CBS gives them apart; of measures that are called the same also the code."""
    url = f"{asked.url.rstrip('/')}/{asked.layer}/MeasureCodes"
    answer, _ = client.ask_json(url)
    rows = (answer or {}).get("value", [])
    titles = {
        str(row["Identifier"]): str(row["Title"]) for row in rows if "Identifier" in row and "Title" in row
    }
    times = Counter(titles.values())
    return {code: title if times[title] == 1 else f"{title} ({code})" for code, title in titles.items()}


def _fetch_file(asked: LayerRequest, stem: Path, client: Client, told: Told) -> Fetched:
    url = find_file(asked, client) if asked.protocol == "atom" else asked.url
    ending = Path(urlsplit(url).path).suffix.lower()
    part = stem.with_name(f".{stem.name}{ending}.deel")
    kept, receipt = _find_kept(stem, url)
    etag = client.fetch(url, part, etag=receipt.get("etag"))
    if not part.exists():
        return Fetched(kept, 0, unchanged=True)
    if ending == ".zip":
        path = _unpack(part, stem, url, told, client.patience.most_mb)
    else:
        path = stem.with_name(stem.name + ending)
        with replace_file(path) as aside:
            shutil.move(part, aside.path)
    _write_receipt(path, asked, url, etag, 0)
    return Fetched(path, 0, unchanged=False)


def _find_kept(stem: Path, url: str) -> tuple[Path, Mapping[str, Any]]:
    """The file that came from `url` before, as it still is, and its receipt."""
    for noted in sorted(stem.parent.glob("*" + RECEIPT)):
        path = noted.with_name(noted.name.removesuffix(RECEIPT))
        receipt = read_receipt(path) if path.stem == stem.name else {}
        if receipt.get("url") == url:
            return path, receipt
    return stem, {}


def _unpack(packed: Path, stem: Path, url: str, told: Told, most_mb: float) -> Path:
    """Unpack the one layer that a zip holds; of one that holds several the zip itself is kept, and that is said."""
    with _guard("zip", url, lambda: packed.unlink(missing_ok=True)), zipfile.ZipFile(packed) as parts:
        names = [one for one in parts.namelist() if Path(one).suffix.lower() in GIS]
        members = [one for one in parts.namelist() if len(names) == 1 and _belongs(one, names[0])]
        if sum(parts.getinfo(one).file_size for one in members) > most_mb * 1_000_000:
            raise refuse_large(url, most_mb)
        # what the layer stands in comes last: then its other parts are there
        for name in sorted(members, key=lambda one: one == names[0]):
            path = stem.with_name(stem.name + Path(name).suffix.lower())
            with replace_file(path) as aside, parts.open(name) as member, aside.path.open("wb") as target:
                shutil.copyfileobj(member, target)
    if len(names) == 1:
        packed.unlink()
        return path
    kept = stem.with_name(stem.name + ".zip")
    with replace_file(kept) as aside:
        shutil.move(packed, aside.path)
    told("packed", {"path": kept, "count": len(names), "members": ", ".join(names[:_SHOWN]) or "-"})
    return kept


def _belongs(name: str, layer: str) -> bool:
    """Whether a part of a zip is `layer` or what a Shapefile needs beside it."""
    beside = layer.lower().endswith(".shp") and Path(name).suffix.lower() in (".shx", ".dbf", ".prj", ".cpg")
    return name == layer or (beside and name.rsplit(".", 1)[0] == layer.rsplit(".", 1)[0])


def _write_receipt(path: Path, asked: LayerRequest, url: str, etag: str | None, rows: int) -> None:
    receipt = {
        "url": url,
        "protocol": asked.protocol,
        "layer": asked.layer,
        "fetched": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "rows": rows,
        "etag": etag,
        "sha256": hash_input(path),
    }
    with replace_file(path.with_name(path.name + RECEIPT)) as aside:
        aside.path.write_text(json.dumps(receipt, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


class _Pages:
    """The pages that came so far, in a folder beside the file they will be."""

    def __init__(self, folder: Path, url: str, most_mb: float) -> None:
        self._folder, self._state, self._most_mb = folder, folder / "stand.json", most_mb
        self.next: str | None = url
        self.rows, self.number, self.size = 0, 0, 0
        self.whole: int | None = None
        self.cut = False
        self.etag: str | None = None
        self.seen: list[str] = []
        begun = self._read(url)
        if begun is None:
            shutil.rmtree(folder, ignore_errors=True)
            self._first = url
            return
        self._first = url
        for name in _KEPT:
            setattr(self, name, begun[name])

    def _read(self, url: str) -> Mapping[str, Any] | None:
        if not self._state.exists():
            return None
        begun: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        age = dt.datetime.now(dt.UTC).timestamp() - self._state.stat().st_mtime
        whole = begun.get("first") == url and set(_KEPT) <= set(begun)
        return begun if whole and age < _KEEP_S else None

    def add(self, page: LayerPart, etag: str | None) -> None:
        """Keep a page, and only then that it is there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.number += 1
        content = json.dumps(page.rows)
        self._refuse_again(content)
        (self._folder / f"{self.number:06d}.json").write_text(content, encoding="utf-8")
        self.rows, self.size = self.rows + len(page.rows), self.size + len(content)
        self.next, self.cut, self.etag = page.next, page.cut, etag
        self.whole = page.whole if page.whole is not None else self.whole
        self._refuse_endless()
        state = {"first": self._first} | {name: getattr(self, name) for name in _KEPT}
        with replace_file(self._state) as aside:
            aside.path.write_text(json.dumps(state), encoding="utf-8")

    def _refuse_endless(self) -> None:
        """Refuse pages that go on far beyond what the service says it has, or beyond what an area can hold."""
        if self.size > self._most_mb * 1_000_000:
            shutil.rmtree(self._folder)
            raise refuse_large(self._first, self._most_mb)
        most = MOST_PAGES if self.whole is None else self.whole // max(1, self.rows // self.number) * 2 + 10
        if self.next is not None and self.number >= most:
            shutil.rmtree(self._folder)
            message = (
                "{layer} did not end: {pages} pages with {rows} rows came, and the service says it has {whole}. Ask a "
                "smaller area, or another service."
            )
            values = {
                "layer": self._name(),
                "pages": self.number,
                "rows": self.rows,
                "whole": self.whole or "?",
            }
            raise DataError("download_endless", message, **values)

    def _name(self) -> str:
        """Of the file that the pages will be."""
        return self._folder.name.strip(".").removesuffix(".deel")

    def _refuse_again(self, content: str) -> None:
        """Refuse a page that came before: whose next page leads back never ends."""
        digest = hashlib.sha256(content.encode()).hexdigest()
        if digest in self.seen:
            shutil.rmtree(self._folder)
            message = (
                "{layer} did not come whole: page {page} is the same as one before it, so its pages never end. Ask "
                "another service."
            )
            raise DataError("download_round", message, layer=self._name(), page=self.number)
        self.seen.append(digest)

    def check(self, asked: LayerRequest) -> None:
        """Refuse what is a part, or has rows more than once."""
        if self.cut or (self.whole is not None and self.rows < self.whole):
            shutil.rmtree(self._folder)  # going on from here would end here again
            message = (
                "{layer} did not come whole: rows: {rows} of {whole}. The service stopped giving more; ask a smaller "
                "area, or another service."
            )
            values = {"layer": asked.layer, "rows": self.rows, "whole": self.whole if self.whole else "?"}
            raise DataError("download_cut", message, **values)

    def load(self) -> list[dict[str, Any]]:
        """All rows, each once: while pages are asked a register may move, and give one twice."""
        rows: list[dict[str, Any]] = []
        for number in range(1, self.number + 1):
            rows += json.loads((self._folder / f"{number:06d}.json").read_text(encoding="utf-8"))
        ids = list(list_ids(rows))
        if None in ids or _are_of_page(rows, ids):
            for row in rows:
                row.pop("id", None)
            kept = rows
        else:
            kept = list(dict(zip(reversed(ids), reversed(rows), strict=True)).values())[::-1]
        if self.whole is not None and len(kept) < self.whole:
            shutil.rmtree(self._folder)
            message = (
                "{layer} did not come whole: of its {whole} some came twice ({twice}) and others not. The service "
                "changed meanwhile, or pages wrongly; try again."
            )
            values = {"layer": self._name(), "whole": self.whole, "twice": len(rows) - len(kept)}
            raise DataError("download_twice", message, **values)
        return kept


def _are_of_page(rows: list[dict[str, Any]], ids: list[object]) -> bool:
    """Whether ids number the rows of a page, as some services give them: then one id is of several rows."""
    first: dict[object, dict[str, Any]] = {}
    return any(first.setdefault(one, row) != row for one, row in zip(ids, rows, strict=True))


def _write(rows: list[dict[str, Any]], asked: LayerRequest, path: Path, names: Mapping[str, str]) -> None:
    if asked.protocol == "odata" and rows:
        _spread(pd.DataFrame(rows)).rename(columns=names).to_csv(path, index=False, sep=";")
        return
    if not rows:
        message = "{layer} has nothing in this area. Is the region right?"
        raise DataError("download_empty", message, layer=asked.layer)
    frame = gpd.GeoDataFrame.from_features(rows, crs=RD if asked.protocol == "wfs" else WGS84)
    ids = list(list_ids(rows))
    if "id" not in frame and ids and None not in ids:
        frame["id"] = [str(one) for one in ids]
    frame.to_file(path, driver="GPKG", layer=asked.layer.split(":")[-1])


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per region and period, with a column per measure: the observations of CBS stand under each other.

    A region of which all is secret stays a row: without it nobody would see that it is missing.
    """
    left = [
        name
        for name in rows.columns
        if name not in ("Id", "Measure", "Value", "ValueAttribute", "StringValue")
    ]
    rows = rows.assign(**{name: rows[name].astype(str).str.strip() for name in left})
    return rows.groupby([*left, "Measure"])["Value"].first().unstack("Measure").reset_index()
