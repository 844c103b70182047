"""Each small input beside the project: it reads, or gives the message that helps; none is passed over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kansenkaart.cli.main import run

PLANTS, GLASS, KIND = "soort rwzi", "soort greenhouse", "soort uit kolom 'kind'"
# What `kansenkaart inspect` says of a file.
CASES = {
    "01-file-that-refers-elsewhere/d4326.geojson": GLASS,
    "01-file-that-refers-elsewhere/kosten.tif": "is een raster, en geen tabel met plekken",
    "01-file-that-refers-elsewhere/lokaal.geojson": "het lijkt op: GDAL VRT",
    "01-file-that-refers-elsewhere/web.geojson": "het lijkt op: GDAL VRT",
    "03-proj-network/d4258.gpkg": GLASS,
    "05-input-with-wal/kas.gpkg-wal": "Geef die; wat hier staat, wordt ermee gelezen",
    "07-crs-not-stated/srs-1.gpkg": "passen in RD (EPSG:28992)",
    "07-crs-not-stated/srs0.gpkg": "passen in RD (EPSG:28992)",
    "08-id-is-primary-key/bron.gpkg": "een laag met plekken",
    "08-id-is-primary-key/fidid.gpkg": GLASS,
    "09-curve-in-csv/kas.csv": GLASS,
    "10-tin-and-triangle/polyhedral.gpkg": "vorm die niet wordt gebruikt: POLYHEDRALSURFACE",
    "10-tin-and-triangle/tin.gpkg": "vorm die niet wordt gebruikt: TIN",
    "10-tin-and-triangle/triangle.gpkg": "vorm die niet wordt gebruikt: TRIANGLE",
    "11-cut-download/esri.geojson": "zegt dat er meer zijn",
    "11-cut-download/oapif.geojson": "2 van 2501 objecten",
    "11-cut-download/wfs.geojson": "2 van 2501 objecten",
    "12-municipality-names/gem.csv": KIND,
    "13-merged-municipalities/gem.csv": KIND,
    "15-utf8-dbf/kas.shp": "Gelezen als utf-8",
    "21-half-geotiff/half.tif": "is een raster, en geen tabel met plekken",
    "22-damaged-workbook/corrupt.xlsx": "is beschadigd, of kwam niet heel aan",
    "26-hex-ewkb/hexewkb.csv": "noemt zelf EPSG:28992",
    "31-damaged-workbooks/encrypted.xlsx": "op slot met een wachtwoord",
    "31-damaged-workbooks/index.xlsx": "de bibliotheek ervoor meldt een fout",
    "31-damaged-workbooks/version.xlsx": "de bibliotheek ervoor meldt een fout",
    "31-damaged-workbooks/zlib.xlsx": "is beschadigd, of kwam niet heel aan",
    "32-open-quote/glas-pair.csv": "regels 3 tot en met 31",
    "32-open-quote/glas.csv": "begint op regel 3",
    "33-ring-z/z.geojson": KIND,
    "41-double-layers/a.csv": KIND,
    "41-double-layers/b.csv": KIND,
    "42-forgotten-m2/kassen.csv": "past in geen enkele eenheid bij de vlakken",
    "43-nothing-counts/bedrijven.csv": "volgen uit de SBI-code in kolom 'sbi'",
    "44-unknown-words/kassen.csv": KIND,
    "45-links-by-name/lopend.csv": "een lijst van wat al loopt",
    "46-statuses/bronnen.csv": KIND,
    "elders/ander.geojson": GLASS,
}
# The same under these names in several folders.
USUAL = {"s.gpkg": PLANTS, "bron.gpkg": PLANTS, "kas.gpkg": GLASS}
PARTS = (".dbf", ".prj", ".shx")
# What `kansenkaart check` says of a project, and what it ends with.
PROJECTS = {
    "01-file-that-refers-elsewhere": (1, "kosten.tif is geen .tif-bestand, wat de naam ook zegt"),
    "05-input-with-wal": (0, "kas: 2 gelezen = 2 gebruikt"),
    "08-id-is-primary-key": (0, "kas: 2 gelezen = 2 gebruikt"),
    "09-curve-in-csv": (0, "vorm die niet wordt gebruikt: CURVEPOLYGON"),
    "12-municipality-names": (0, "11 gelezen = 3 gebruikt + 0 geweigerd + 8 buiten het gebied"),
    "13-merged-municipalities": (0, "9 gelezen = 8 gebruikt + 1 geweigerd"),
    "15-utf8-dbf": (0, "kas: 2 gelezen = 2 gebruikt"),
    "21-half-geotiff": (1, "half.tif is niet te lezen: het is beschadigd"),
    "25-backslash-path": (1, "bevat een backslash"),
}


def _expected(case: str) -> str:
    path = Path(case)
    if path.suffix in PARTS:
        return f"Geef {path.stem}.shp"
    return CASES.get(case) or USUAL[path.name]


def _all(cases: Path) -> set[str]:
    found = {one.relative_to(cases).as_posix() for one in cases.rglob("*") if one.is_file()}
    return found - {"README.md"} - {f"{name}/kansenkaart.toml" for name in PROJECTS}


@pytest.fixture
def cases(shared: Path) -> Path:
    """The folder with the small inputs."""
    if not (shared / "cases").is_dir():
        pytest.skip("the folder with cases is not beside the project")
    return shared / "cases"


def test_every_small_input_reads_or_says_why_not(cases, tmp_path, capsys):
    """All in one table: what lacks in it, or stands in it and not there, fails too."""
    copied = shutil.copytree(cases, tmp_path / "cases")
    wrong: dict[str, str] = {}
    once = {(Path(case).name, (cases / case).read_bytes()): case for case in sorted(_all(cases))}
    for case in once.values():
        run(["inspect", str(copied / case)])
        shown = capsys.readouterr()
        told = " ".join((shown.out + shown.err).split())
        if _expected(case) not in told:
            wrong[case] = told
    assert not wrong
    assert set(CASES) <= _all(cases)


@pytest.mark.parametrize("name", PROJECTS)
def test_every_small_project_is_checked_or_says_why_not(name, cases, tmp_path, capsys):
    folder = shutil.copytree(cases / name, tmp_path / name)
    code, said = PROJECTS[name]
    assert run(["check", str(folder)]) == code
    shown = capsys.readouterr()
    assert said in " ".join((shown.out + shown.err).split())
