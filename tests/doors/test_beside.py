"""A good file with something bad beside it, and what is no file at all, through every door."""

import json
import shutil
import struct
from pathlib import Path

import geopandas as gpd
import pytest
from pyarrow import parquet

from tests.tries import share

VRT = (
    '<VRTDataset rasterXSize="30" rasterYSize="30"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
    "<SourceFilename>/vsicurl/{url}/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
)


def _beside_a_raster(folder, secret, url):
    file = folder / "h.tif"
    shutil.copyfile(folder / "kosten.tif", file)
    for ending in (".ovr", ".msk"):
        Path(f"{file}{ending}").write_text(VRT.format(url=url))
    about = (
        f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/{url}/o</MDI></Metadata>'
    )
    Path(f"{file}.aux.xml").write_text(about + "</PAMDataset>")
    return file


def _beside_a_shapefile(folder, secret, url):
    file = folder / "h.shp"
    gpd.read_file(folder / "goed.gpkg").to_file(file)
    file.with_suffix(".prj").write_text(f"{url}/crs")
    file.with_suffix(".cpg").write_text(f"../..{secret}")
    file.with_suffix(".idm").write_text(f"<OGRMILayerAttrIndex><MIIDFilename>{secret}</MIIDFilename>")
    Path(f"{file}.xml").write_text(
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><metadata>&e;</metadata>'
    )
    return file


def _crs_of_a_file(folder, secret, url):
    return _parquet(folder, str(secret))


def _crs_of_the_network(folder, secret, url):
    return _parquet(folder, f"+proj=longlat +nadgrids={url}/a.gsb +type=crs")


def _parquet(folder, crs):
    file = folder / "h.parquet"
    gpd.read_file(folder / "goed.gpkg").to_parquet(file)
    table = parquet.read_table(file)
    about = json.loads(table.schema.metadata[b"geo"])
    about["columns"]["geometry"]["crs"] = crs
    parquet.write_table(table.replace_schema_metadata({b"geo": json.dumps(about).encode()}), file)
    return file


def _journal_of_another(folder, secret, url):
    file = folder / "h.gpkg"
    shutil.copyfile(folder / "goed.gpkg", file)
    name, magic = str(secret).encode(), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    head = (magic + struct.pack(">5I", 0, 1, file.stat().st_size // 4096, 512, 4096)).ljust(512, b"\0")
    tail = struct.pack(">I", (1 << 30) // 4096 + 1) + name + struct.pack(">2I", len(name), sum(name)) + magic
    Path(f"{file}-journal").write_bytes(head + tail)
    return file


def _rows_of_another(folder, secret, url):
    file = folder / "w.gpkg"
    shutil.copyfile(folder / "goed.gpkg", file)
    Path(f"{file}-wal").symlink_to(secret)
    return file


def _device(folder, secret, url):
    file = folder / "apparaat.csv"
    file.symlink_to("/dev/null")
    return file


def _ring(folder, secret, url):
    file = folder / "kring.gpkg"
    file.symlink_to("kring.gpkg")
    return file


MAKERS = (
    _beside_a_raster,
    _beside_a_shapefile,
    _crs_of_a_file,
    _crs_of_the_network,
    _journal_of_another,
    _rows_of_another,
)


@pytest.mark.drawn
def test_what_lies_beside_a_good_file_is_not_followed(door, turn, attempt, folder, secret, listener):
    for make in share(MAKERS, turn, of=3):
        code, said = attempt(door, make(folder, secret, listener.url))
        assert code in (0, 1), (make.__name__, said)


def test_what_is_no_file_is_refused(door, attempt, folder, secret, listener):
    for make in (_device, _ring):
        code, said = attempt(door, make(folder, secret, listener.url))
        assert code == 1, said
