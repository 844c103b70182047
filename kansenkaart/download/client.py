"""A patient reader of web services: it asks politely, tries again what may pass, and takes no half answer for whole."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from kansenkaart import __version__
from kansenkaart.download.watch import Watch
from kansenkaart.errors import DataError

# Answers after which the same question may be answered: too many, or something between broke.
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
_SHOWN = 120
# A page is held whole, and may unpack to a thousand times what came over the line.
_MOST_MB = 500
# A file tells how far it is, every so much.
_TOLD_MB = 25
# An answer slower than this, after a silence would have been given up, never ends.
_SLOWEST_BYTES_S = 50
# Headers, and every part of what follows, may take so many silences: to come to the service, and to answer.
_SILENCES = 2
# How an answer may be packed: each is unpacked bit by bit, and none twice.
_ASKED = "gzip, deflate"
_UNPACKED = ("", "identity", "gzip", "x-gzip", "deflate")
# What belongs to an answer as it was sent, not to what it held.
_PACKED = (b"content-encoding", b"content-length", b"transfer-encoding")


@dataclass(frozen=True)
class Patience:
    """How a service is asked.

    Parameters
    ----------
    tries
        Times that one question is asked.
    first_wait_s
        Wait before the second; doubled every time, unless the service says how long.
    longest_wait_s
        No wait is longer, whatever the service says.
    apart_s
        Time between two questions: services are shared.
    timeout_s
        Silence after which an answer is given up; one that drips for so long is, too, and headers that take twice
        as long.
    most_mb
        No file or layer is larger.
    """

    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    apart_s: float = 0.2
    timeout_s: float = 60.0
    most_mb: float = 20_000


@dataclass
class Client:
    """Asks one question after another.

    Parameters
    ----------
    told
        Called with a key of ``[download]`` in the texts and its values when a question is asked again.
    stays
        It is not sent on to another host: whom the project names is asked, and nobody else.
    ca
        File with the certificates of an organisation that looks into its traffic; else those of the system.
    """

    patience: Patience = field(default_factory=Patience)
    told: Callable[[str, Mapping[str, object]], None] = lambda _key, _values: None
    ca: Path | None = None
    stays: bool = False
    _last: float = 0.0
    _web: httpx.Client | None = None
    _watch: Watch | None = None

    def __enter__(self) -> Client:
        self._watch = Watch(_SILENCES * self.patience.timeout_s)
        trust = ssl.create_default_context(cafile=str(self.ca)) if self.ca else True
        # the environment says which proxy (HTTPS_PROXY, NO_PROXY) and which certificates (SSL_CERT_FILE)
        self._web = httpx.Client(
            verify=trust,
            timeout=self.patience.timeout_s,
            headers={"User-Agent": f"kansenkaart/{__version__}", "Accept-Encoding": _ASKED},
            follow_redirects=True,
            event_hooks={"response": [self._check_way]},
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._web is not None:
            self._web.close()

    def ask_json(self, url: str, *, etag: str | None = None) -> tuple[dict[str, Any] | None, str | None]:
        """Return an answer in JSON and its ETag; None where it is still that of `etag`.

        Raises
        ------
        DataError
            When no whole answer came, or one of another kind.
        """
        answer = self._ask(url, {"If-None-Match": etag} if etag else {})
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return None, etag
        try:
            content = json.loads(answer.content)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            shown = answer.text[:_SHOWN].strip()
            message = "{url} did not give JSON but {kind}: '{shown}'. Is it the address of the service?"
            kind = answer.headers.get("Content-Type", "-")
            raise DataError("download_kind", message, url=url, kind=kind, shown=shown)
        return content, answer.headers.get("ETag")

    def ask_bytes(self, url: str) -> tuple[bytes, str]:
        """Return an answer as it is, and of which kind it says to be."""
        answer = self._ask(url, {})
        return answer.content, answer.headers.get("Content-Type", "-")

    def ask_number(self, url: str, name: str) -> int | None:
        """Return the number that an answer in XML gives in its attribute `name`; None where it gives none."""
        found = re.search(rf"""\b{name}=["'](\d+)["']""", self._ask(url, {}).text)
        return int(found[1]) if found else None

    def fetch(self, url: str, target: Path, *, etag: str | None = None) -> str | None:
        """Write a file to `target`, going on where an earlier try stopped; returns its ETag, or `etag` when unchanged.

        Parameters
        ----------
        target
            What is kept of it; beside it (``.versie``) of which version: the rest of another is not put behind it.

        Raises
        ------
        DataError
            When it did not come whole.
        """
        for number in range(1, self.patience.tries + 1):
            try:
                return self._fetch_on(url, target, etag)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                self._wait(url, number, None, type(error).__name__)
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in _PASSING:
                    raise self._refused(url, error.response) from None
                self._wait(url, number, error.response, str(error.response.status_code))
        raise AssertionError("the last wait raises")

    def _fetch_on(self, url: str, target: Path, etag: str | None) -> str | None:
        kept = target.with_name(target.name + ".versie")
        version = kept.read_text(encoding="utf-8") if kept.exists() else ""
        begun = target.stat().st_size if version and target.exists() else 0
        asked = {"Accept-Encoding": "identity"}  # a range of packed bytes is no range of the file
        if begun:
            asked |= {"Range": f"bytes={begun}-", "If-Range": version}
        else:
            target.unlink(missing_ok=True)
            asked |= {"If-None-Match": etag} if etag else {}
        self._stay_apart()
        with self._open(url, asked) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and "If-None-Match" in asked:
                return etag
            goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            whole = _find_whole(answer, begun) if goes_on else 0
            if whole is None or answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                target.unlink()  # what was there is no beginning of what is there now
                raise httpx.ReadError("the file changed meanwhile")
            answer.raise_for_status()
            try:
                with target.open("ab" if goes_on else "wb") as stream:
                    if not goes_on:
                        kept.write_text(_find_version(answer), encoding="utf-8")
                    told = begun = stream.tell()
                    for part in self._take(answer, url, self.patience.most_mb, begun):
                        stream.write(part)
                        if stream.tell() - told > _TOLD_MB * 1_000_000:
                            told = stream.tell()
                            self.told("part", {"url": url, "mb": told // 1_000_000})
                    if stream.tell() < whole:
                        raise httpx.ReadError("a part of the rest")
            except DataError:  # going on from there would end here again
                target.unlink()
                kept.unlink()
                raise
            kept.unlink()
            tag: str | None = answer.headers.get("ETag")
            return tag

    @property
    def _watched(self) -> Watch:
        assert self._watch is not None
        return self._watch

    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An answer of which the headers are there; neither they nor what follows may take for ever."""
        assert self._web is not None
        self._watched.start()
        try:
            told = {"trace": self._watched.trace}
            with self._web.stream("GET", url, headers=headers, extensions=told) as answer:
                self._watched.arrived()
                yield answer
        except httpx.RequestError:
            if self._watched.has_cut:
                raise httpx.ReadTimeout("it drips") from None
            raise
        finally:
            self._watched.stop()

    def _take(self, answer: httpx.Response, url: str, most_mb: float, begun: int = 0) -> Iterator[bytes]:
        """An answer bit by bit, unpacked: what is too large, packed to burst or never done is given up."""
        packing = answer.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _UNPACKED:
            message = "{url} packs its answer as '{packing}', which was not asked. Is it the address of the service?"
            raise DataError("download_packing", message, url=url, packing=packing[:_SHOWN])
        said = answer.headers.get("Content-Length", "")
        whole = begun + (int(said) if said.isascii() and said.isdigit() else 0)
        since, seen = time.monotonic(), 0
        for part in chain(
            [b""], answer.iter_bytes()
        ):  # what it says to be is looked at before any of it comes
            begun += len(part)
            if max(whole, begun) > most_mb * 1_000_000:
                raise refuse_large(url, most_mb)
            yield part
            self._watched.arrived()
            if time.monotonic() - since > self.patience.timeout_s:
                if answer.num_bytes_downloaded - seen < _SLOWEST_BYTES_S * self.patience.timeout_s:
                    raise httpx.ReadTimeout("it drips")
                since, seen = time.monotonic(), answer.num_bytes_downloaded

    def _ask(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        for number in range(1, self.patience.tries + 1):
            self._stay_apart()
            try:
                answer = self._read(url, headers)
            except (httpx.RequestError, httpx.InvalidURL) as error:  # refused, dropped, cut short, too slow
                self._wait(url, number, None, type(error).__name__)
                continue
            if answer.status_code in _PASSING:
                self._wait(url, number, answer, str(answer.status_code))
                continue
            same = answer.status_code == httpx.codes.NOT_MODIFIED and "If-None-Match" in headers
            if not answer.is_success and not same:
                raise self._refused(url, answer)
            return answer
        raise AssertionError("the last wait raises")

    def _read(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        """The whole answer, unpacked, as far as it may unfold."""
        content = bytearray()
        with self._open(url, headers) as answer:
            for part in self._take(answer, url, min(_MOST_MB, self.patience.most_mb)):
                content += part
        kept = [(name, value) for name, value in answer.headers.raw if name.lower() not in _PACKED]
        return httpx.Response(answer.status_code, headers=kept, content=bytes(content))

    def _stay_apart(self) -> None:
        left = self._last + self.patience.apart_s - time.monotonic()
        if left > 0:
            time.sleep(left)
        self._last = time.monotonic()

    def _wait(self, url: str, number: int, answer: httpx.Response | None, why: str) -> None:
        """Wait before the next try; raise after the last."""
        if number == self.patience.tries:
            message = (
                "{url} gave no answer in {tries} tries; the last time: {why}. What came is kept: the same command "
                "goes on from there. Behind a proxy set HTTPS_PROXY, with own certificates --ca."
            )
            raise DataError("download_failed", message, url=url, tries=number, why=why)
        wait = self.patience.first_wait_s * 2 ** (number - 1)
        said = "" if answer is None else answer.headers.get("Retry-After", "")
        wait = min(float(said) if said.isascii() and said.isdigit() else wait, self.patience.longest_wait_s)
        self.told("again", {"url": url, "why": why, "seconds": f"{wait:g}", "number": number})
        time.sleep(wait)

    def _check_way(self, answer: httpx.Response) -> None:
        """Refuse to be sent on to a file, or from a closed line to an open one."""
        if not answer.has_redirect_location:
            return
        here = str(answer.url)
        sent = join_url(here, answer.headers["Location"])
        allowed = ("https://",) if answer.url.scheme == "https" else ("https://", "http://")
        away = urlsplit(sent).netloc != urlsplit(here).netloc
        if (away and self.stays) or not sent.startswith(allowed):
            raise refuse_way(here, sent)
        if away:
            self.told("sent_on", {"url": here, "host": urlsplit(sent).netloc})

    @staticmethod
    def _refused(url: str, answer: httpx.Response) -> DataError:
        message = "{url} refuses: {status} {why}. Is the address right, and does the layer still exist there?"
        return DataError(
            "download_refused", message, url=url, status=answer.status_code, why=answer.reason_phrase
        )


def refuse_large(url: str, most_mb: float) -> DataError:
    """The error for an answer, a layer or what it unpacks to that is larger than anybody expects."""
    message = (
        "{url} gives more than {most} MB. Is it the right address? A smaller area gives less; else allow more with "
        "--max-mb."
    )
    return DataError("download_large", message, url=url, most=f"{most_mb:g}")


def join_url(url: str, found: str) -> str:
    """The address that an answer of `url` leads to, made whole.

    Raises
    ------
    DataError
        When it is none.
    """
    try:
        whole = urljoin(url, found)
        urlsplit(whole)
    except ValueError:
        raise refuse_way(url, found) from None
    return whole


def refuse_way(url: str, sent: str) -> DataError:
    """The error for an address that is not followed."""
    message = (
        "{url} sends on to {next}: another host, a file or an open line. That is not followed; give its address as "
        "--service."
    )
    return DataError("download_elsewhere", message, url=url, next=sent)


def _find_whole(answer: httpx.Response, begun: int) -> int | None:
    """How large a file is of which the rest comes, 0 where that is not said; None: it is another part."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", "").strip())
    if found is None or int(found[1]) != begun:
        return None
    return int(found[2].replace("*", "0"))


def _find_version(answer: httpx.Response) -> str:
    """What If-Range tells a version by: a strong ETag, else the date; nothing where the service gives neither."""
    tag: str = answer.headers.get("ETag", "W/")
    dated: str = answer.headers.get("Last-Modified", "")
    return dated if tag.startswith("W/") else tag
