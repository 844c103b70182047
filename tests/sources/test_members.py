"""JSON that says a thing twice, goes too deep, or names a CRS that cannot be known: refused with the true reason."""

import json

import pytest

from kansenkaart.cli.screen import translate
from kansenkaart.errors import DataError
from kansenkaart.sources.read import read_file
from kansenkaart.texts import load_texts

PLACE = '{"type": "Point", "coordinates": [4.9, 52.4]}'


def _feature(properties):
    return f'{{"type": "Feature", "properties": {properties}, "geometry": {PLACE}}}'


def _collection(*features, more=""):
    return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]{more}}}'


@pytest.fixture
def refusal(tmp_path):
    def refuse(content, name="laag.geojson"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(DataError) as caught:
            read_file(path, file=name)
        (problem,) = caught.value.faults
        return problem, translate(problem, load_texts("nl"))

    return refuse


GOOD = _feature('{"id": "a", "quantity": 3}')


@pytest.mark.parametrize("separator", [", ", "\n"])
def test_a_key_that_stands_twice_loses_no_value_in_silence(refusal, separator):
    features = separator.join((GOOD, _feature('{"id": "b", "quantity": 3, "quantity": 99}'), GOOD))
    problem, dutch = refusal(features if separator == "\n" else _collection(features))
    assert (problem.key, problem.values["row"]) == ("json_twice", 3)
    assert "de sleutel 'quantity' twee keer, met 3 / 99" in dutch


def test_two_lists_of_features_are_told_by_what_they_hold(refusal):
    feature = GOOD.replace('"type": "Feature"', '"type": "Feature", "id": "p1"')
    _, dutch = refusal(_collection(feature, more=', "features": []'))
    assert "de sleutel 'features' twee keer, met [\"p1\"] / []" in dutch


def test_a_key_in_a_geoparquet_head_stands_there_once(refusal, tmp_path):
    import geopandas as gpd
    from pyarrow import parquet
    from shapely.geometry import Point

    made = tmp_path / "gemaakt.parquet"
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(1, 2)], crs="EPSG:28992").to_parquet(made)
    table = parquet.read_table(made)
    about = table.schema.metadata[b"geo"][:-1] + b', "primary_column": "id"}'
    parquet.write_table(table.replace_schema_metadata({b"geo": about}), made)
    problem, dutch = refusal(made.read_bytes(), "laag.parquet")
    assert problem.key == "file_unreadable"
    assert 'de sleutel \'primary_column\' twee keer, met "geometry" / "id"' in dutch


@pytest.mark.parametrize("level", ["whole", "feature", "place"])
@pytest.mark.parametrize(
    "crs", ["http://www.opengis.net/def/crs/EPSG/0/99999999", "https://voorbeeld.nl/stelsel", "[EPSG:0]"]
)
def test_a_crs_of_json_fg_that_is_not_known_is_named(refusal, crs, level):
    problem, dutch = refusal(_json_fg({level: crs}))
    assert problem.key == "crs_name_unknown"
    assert crs.strip("[]") in dutch


@pytest.mark.parametrize("level", ["whole", "feature", "place"])
@pytest.mark.parametrize(
    "crs",
    [
        "http://www.opengis.net/def/crs/EPSG/0/28992",
        "[EPSG:28992]",
        {"type": "Reference", "href": "http://www.opengis.net/def/crs/EPSG/0/28992"},
    ],
)
def test_a_crs_of_json_fg_is_read_wherever_it_stands(tmp_path, crs, level):
    path = tmp_path / "laag.json"
    path.write_text(_json_fg({level: crs}))
    raw = read_file(path, file="laag.json")
    assert (raw.crs.to_epsg(), raw.assumed_crs) == (28992, False)
    assert [(point.x, point.y) for point in raw.geometry] == [(120_000, 480_000)]


def test_two_crs_in_one_file_are_not_taken_for_one(refusal):
    problem, dutch = refusal(_json_fg({"whole": "[EPSG:4326]", "feature": "[EPSG:28992]"}))
    assert problem.key == "crs_mixed"
    assert "EPSG:4326" in dutch
    assert "EPSG:28992" in dutch


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('{"error": {"code": 400, "message": "Invalid URL"}}', "Invalid URL"),
        ('{"type": "about:blank", "title": "Not Found", "status": 404}', "Not Found"),
        ('{"collections": []}', "collections"),
        (
            '{"type": {"type": "Feature", "geometry": null}, "features": [{"type": "Feature"}]}',
            "features",
        ),
    ],
)
@pytest.mark.parametrize("name", ["laag.geojson", "laag.json"])
def test_what_a_server_answers_in_place_of_a_layer_is_told(refusal, content, word, name):
    problem, dutch = refusal(content, name)
    assert problem.key == "json_no_layer"
    assert word in dutch
    assert "Download" in dutch
    assert "driver" not in dutch


def _json_fg(crs):
    def stated(level):
        return {"coordRefSys": crs[level]} if level in crs else {}

    place = {"type": "Point", "coordinates": [120_000, 480_000], **stated("place")}
    feature = {
        "type": "Feature",
        "properties": {"id": "a"},
        "geometry": None,
        "place": place,
        **stated("feature"),
    }
    whole = {"type": "FeatureCollection", "conformsTo": ["[ogc-json-fg-1-0.1:core]"], **stated("whole")}
    return json.dumps(whole | {"features": [feature]})


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            '{<OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource>',
            "a.json",
            "op regel 1, teken 2 staat, is geen JSON",
        ),
        (
            _collection(_feature('{"a": ' + '{"a": ' * 5_000 + "1" + "}" * 5_001)),
            "a.geojson",
            "te diep in elkaar",
        ),
        (_collection(_feature('{"quantity": ' + "9" * 20_000 + "}")), "a.geojson", "duizenden cijfers"),
        (b"PK\x03\x04" + bytes(50), "a.xlsx", "beschadigd, of kwam niet heel aan"),
        (b"SQLite format 3\0" + bytes(range(1, 200)), "a.gpkg", "beschadigd, of kwam niet heel aan"),
        (b"PAR1" + bytes(50), "a.parquet", "beschadigd, of kwam niet heel aan"),
        (b"fgb\x03fgb\0" + bytes(50), "a.fgb", "er zit geen laag in"),
    ],
)
def test_a_dutch_message_gives_the_reason_in_dutch(refusal, content, name, words):
    _, dutch = refusal(content, name)
    assert words in dutch
