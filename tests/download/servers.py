"""Real services on this machine - pygeoapi, MapServer, an OData table - and a proxy before them that misbehaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import parse_qs, unquote, urlsplit

ROWS = 1_050
PAGE = 100
MAPSERV = shutil.which("mapserv") or "/usr/lib/cgi-bin/mapserv"

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serve(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve on loopback; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, answer: Answer, *, only: int | None = None) -> None:
    """Send an answer; `only`: break off after so many bytes."""
    status, headers, body = answer
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body if only is None else body[:only])
    if only is not None:
        handler.wfile.flush()
        handler.close_connection = True


class Proxy:
    """Passes questions on, but for the faults that are set for the n-th question (from 1)."""

    def __init__(self) -> None:
        self.behind = ""
        self.address = ""
        self.faults: dict[int, str] = {}
        self.asked: list[str] = []
        self.over = Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        fault = self.faults.get(len(self.asked), self.faults.get(0, ""))
        if fault in ("429", "500", "503", "404"):
            send(handler, (int(fault), {"Retry-After": "0"}, b"busy"))
            return
        if fault == "drop":
            handler.close_connection = True
            return
        if fault == "html":
            send(handler, (200, {"Content-Type": "text/html"}, b"<html>onderhoud</html>"))
            return
        if fault == "silent":
            self.over.wait(60)
            handler.close_connection = True
            return
        passed = self._pass_on(handler)
        if fault == "truncated":
            send(handler, passed, only=len(passed[2]) // 2)
        elif fault == "half":  # whole for HTTP, and no whole JSON
            send(handler, (200, passed[1], passed[2][: len(passed[2]) // 2]))
        elif fault == "last":
            send(handler, (200, passed[1], _without_next(passed[2])))
        elif fault == "limit":
            body = json.loads(_without_next(passed[2])) | {"exceededTransferLimit": True}
            body.pop("numberMatched", None)
            send(handler, (200, passed[1], json.dumps(body).encode()))
        elif fault == "elsewhere":
            body = passed[2].replace(self.address.encode(), b"http://127.0.0.2:1")
            send(handler, (200, passed[1], body))
        else:
            send(handler, passed)

    def _pass_on(self, handler: BaseHTTPRequestHandler) -> Answer:
        named = ("If-None-Match", "Range")
        headers = {name: handler.headers[name] for name in named if handler.headers[name]}
        request = urllib.request.Request(self.behind + handler.path, headers=headers)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                kept = {
                    k: v for k, v in answer.headers.items() if k in ("Content-Type", "ETag", "Content-Range")
                }
                return answer.status, kept, answer.read().replace(self.behind.encode(), self.address.encode())
        except urllib.error.HTTPError as error:
            return error.code, {"Content-Type": error.headers.get("Content-Type", "")}, error.read()


def _without_next(body: bytes) -> bytes:
    content = json.loads(body)
    content["links"] = [link for link in content.get("links", []) if link.get("rel") != "next"]
    content.pop("@odata.nextLink", None)
    return json.dumps(content).encode()


@contextmanager
def proxied(behind: str) -> Iterator[Proxy]:
    """Put the proxy before a service."""
    proxy = Proxy()
    proxy.behind = behind
    with serve(proxy.answer) as address:
        proxy.address = address
        try:
            yield proxy
        finally:
            proxy.over.set()


def _features() -> dict[str, object]:
    """Greenhouses on a grid in Noord-Holland, in degrees."""
    features = [
        {
            "type": "Feature",
            "id": number,
            "properties": {"lokaalid": f"k{number}", "typegebouw": "kas" if number % 3 else "fabriek"},
            "geometry": {
                "type": "Point",
                "coordinates": [4.7 + 0.006 * (number % 35), 52.4 + 0.0067 * (number // 35)],
            },
        }
        for number in range(ROWS)
    ]
    return {"type": "FeatureCollection", "features": features}


_GEOAPI = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [nl-NL]
  limits: {{default_items: 100, max_items: 10000}}
  map: {{url: "http://127.0.0.1/none", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification:
    title: kassen
    description: kassen
    keywords: [kas]
    keywords_type: theme
    terms_of_service: none
    url: http://127.0.0.1
  license: {{name: CC0, url: http://127.0.0.1}}
  provider: {{name: proef, url: http://127.0.0.1}}
  contact: {{name: proef, email: a@b.nl, url: http://127.0.0.1}}
resources:
  gebouw_vlak:
    type: collection
    title: gebouwen
    description: gebouwen
    keywords: [kas]
    links: []
    extents: {{spatial: {{bbox: [3, 50, 8, 54], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - type: feature
        name: GeoJSON
        data: {data}
        id_field: lokaalid
"""


@contextmanager
def geoapi(folder: Path) -> Iterator[str]:
    """Run pygeoapi."""
    port = _free_port()
    data, config, openapi = (folder / name for name in ("kassen.geojson", "geoapi.yml", "openapi.yml"))
    data.write_text(json.dumps(_features()), encoding="utf-8")
    config.write_text(_GEOAPI.format(port=port, data=data), encoding="utf-8")
    env = {**os.environ, "PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    script = Path(sys.executable).with_name("pygeoapi")
    made = [str(script), "openapi", "generate", str(config), "--output-file", str(openapi)]
    subprocess.run(made, env=env, check=True, capture_output=True, timeout=120)
    run = (
        "from pygeoapi.flask_app import APP\nfrom werkzeug.serving import run_simple\n"
        f"run_simple('127.0.0.1', {port}, APP, threaded=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", run], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_port)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        assert process.poll() is None, "the service ended"
        try:
            opener.open(url).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service does not answer")


_MAPFILE = """MAP
  NAME "proef"
  EXTENT 0 300000 300000 630000
  PROJECTION "init=epsg:28992" END
  OUTPUTFORMAT
    NAME "geojson"
    DRIVER "OGR/GEOJSON"
    MIMETYPE "application/json"
    FORMATOPTION "STORAGE=memory"
    FORMATOPTION "FORM=SIMPLE"
    FORMATOPTION "USE_FEATUREID=true"
  END
  WEB
    METADATA
      "wfs_title" "proef"
      "wfs_onlineresource" "http://127.0.0.1/wfs"
      "wfs_srs" "EPSG:28992"
      "wfs_enable_request" "*"
    END
  END
  LAYER
    NAME "pand"
    TYPE POINT
    CONNECTIONTYPE OGR
    CONNECTION "{data}"
    DATA "pand"
    METADATA
      "wfs_title" "pand"
      "wfs_featureid" "identificatie"
      "gml_featureid" "identificatie"
      "gml_include_items" "all"
      "gml_types" "auto"
      "wfs_getfeature_formatlist" "geojson"
      "wfs_use_default_extent_for_getfeature" "false"
    END
    PROJECTION "init=epsg:28992" END
    STATUS ON
  END
END
"""


@contextmanager
def mapserver(folder: Path, data: Path) -> Iterator[str]:
    """Run MapServer as CGI."""
    mapfile, config = folder / "proef.map", folder / "mapserver.conf"
    config.write_text(f'CONFIG\n  ENV\n    MS_MAP_PATTERN "^{folder}/"\n  END\nEND\n', encoding="utf-8")
    mapfile.write_text(_MAPFILE.format(data=data), encoding="utf-8")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        query = urlsplit(handler.path).query
        env = {"REQUEST_METHOD": "GET", "QUERY_STRING": f"map={mapfile}&{query}"}
        env["MAPSERVER_CONFIG_FILE"] = str(config)
        done = subprocess.run(
            [MAPSERV], env={"PATH": os.environ["PATH"], **env}, capture_output=True, check=False, timeout=60
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode("latin-1").splitlines())
        kind = next(value for name, value in lines if name == "Content-Type")
        send(handler, (200, {"Content-Type": kind}, body))

    with serve(answer) as address:
        yield address


def odata(rows: int, page: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer as CBS OData v4 does: observations under each other, a next link, measures apart."""
    seen = [
        {"Id": number, "Measure": ("M1", "M2")[number % 2], "Value": float(number), "ValueAttribute": "None",
         "RegioS": f"GM{number // 2:04d}  ", "Perioden": "2024JJ00"}
        for number in range(rows)
    ]  # fmt: skip

    def answer(handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(unquote(parts.query)).items()}
        host = f"http://{handler.headers['Host']}"
        content: dict[str, object]
        if parts.path.endswith("MeasureCodes"):
            names = {"M1": "Totale bevolking", "M2": "Bevolkingsdichtheid"}
            content = {"value": [{"Identifier": code, "Title": title} for code, title in names.items()]}
        else:
            start = int(query.get("$skip", 0))
            content = {
                "@odata.context": f"{host}/$metadata",
                "@odata.count": rows,
                "value": seen[start : start + page],
            }
            if start + page < rows:
                content["@odata.nextLink"] = f"{host}{parts.path}?$count=true&$skip={start + page}"
        send(handler, (200, {"Content-Type": "application/json"}, json.dumps(content).encode()))

    return answer


def stream(handler: BaseHTTPRequestHandler, parts: Iterable[bytes]) -> bool:
    """Send parts of unknown number; False: the other went away."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        for part in parts:
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    except OSError:
        return False
    finally:
        handler.close_connection = True
    return True


def reply(handler: BaseHTTPRequestHandler, body: object, status: int = 200, **headers: str) -> None:
    """Send bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(content))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)
