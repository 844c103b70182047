"""A file that refers elsewhere, through every door: refused, nothing asked of the network, nothing read beside it."""

from itertools import product

import pytest

from tests.tries import share

HOSTILE = {
    "vrt": '<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>",
    "vrt of the network": '<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>/vsicurl/{url}/a.geojson'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "vrt in a name": '{{"type": "FeatureCollection", "name": "<OGRVRTDataSource><OGRVRTLayer name=\'canary\'>'
    '<SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>", "features": []}}',
    "raster vrt": '<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>EPSG:28992</SRS><GeoTransform>90000, 10000, 0, '
    '590000, 0, -10000</GeoTransform><VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename>'
    "/vsicurl/{url}/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
    "gdalg": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret}", '
    '"relative_paths_relative_to_this_file": false}}',
    "gdalg of the network": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read '
    '/vsicurl/{url}/a.geojson"}}',
    "wfs": "<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
    "wfs capabilities": '<WFS_Capabilities xmlns="http://www.opengis.net/wfs/2.0" version="2.0.0"><OnlineResource '
    'href="{url}/wfs"/></WFS_Capabilities>',
    "oapif": '{{"links": [{{"rel": "data", "href": "{url}/collections", "type": "application/json"}}]}}',
    "kml link": '<kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink><Link><href>{url}/a.kml</href></Link>'
    "</NetworkLink></kml>",
    "gml entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><gml:FeatureCollection '
    'xmlns:gml="http://www.opengis.net/gml"><gml:name>&e;</gml:name></gml:FeatureCollection>',
    "crs link": '{{"type": "FeatureCollection", "crs": {{"type": "link", "properties": {{"href": "{url}/crs"}}}}, '
    '"features": [{{"type": "Feature", "properties": {{"id": "1"}}, "geometry": {{"type": "Point", "coordinates": '
    "[4.9, 52.4]}}}}]}}",
    "crs link of a shape": '{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {{"id": '
    '"1"}}, "geometry": {{"type": "Point", "coordinates": [4.9, 52.4], "\\u0063RS": {{"type": "link", "properties": '
    '{{"href": "{url}/crs"}}}}}}}}]}}',
    "vrt behind a brace": '{{<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{secret}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    "crs of a file": '{{"type": "FeatureCollection", "crs": {{"type": "name", "properties": {{"name": "{secret}"}}}}, '
    '"features": []}}',
    "crs of a grid": '{{"type": "FeatureCollection", "crs": {{"type": "name", "properties": {{"name": "+proj=longlat '
    '+nadgrids={url}/a.gsb +type=crs"}}}}, "features": []}}',
    "json-fg link": '{{"type": "FeatureCollection", "conformsTo": ["[ogc-json-fg-1-0.1:core]"], "coordRefSys": '
    '"{url}/crs", "features": []}}',
    "stac": '{{"type": "Feature", "stac_version": "1.0.0", "id": "x", "properties": {{"a": 1, "a": 2}}, "geometry": '
    'null, "assets": {{"a": {{"href": "/vsicurl/{url}/a.tif"}}}}}}',
    "wms": '<GDAL_WMS><Service name="TMS"><ServerUrl>{url}/wms</ServerUrl></Service></GDAL_WMS>',
}

DECLARED = ('SYSTEM "file://{secret}"', '"wat hier niet staat"')


@pytest.mark.drawn
@pytest.mark.parametrize(("name", "other"), [("h.geojson", 0), ("h.tif", 2)])
def test_a_file_that_refers_elsewhere_is_refused(door, turn, attempt, folder, secret, listener, name, other):
    file = folder / name
    for kind, text in share(HOSTILE.items(), turn + other, of=5):
        file.write_text(text.format(secret=secret, url=listener.url))
        code, said = attempt(door, file)
        # a layer may be called anything: this one is what it says it is: a layer without rows
        assert code == 1 or (kind, file.suffix) == ("vrt in a name", ".geojson"), (kind, said)


@pytest.mark.drawn
def test_an_entity_is_refused_however_far_from_the_beginning(door, turn, attempt, folder, secret):
    """A comment that is longer than what is looked at first, and says what kind of file it is."""
    marks = {"h.kml": "<kml ", "h.gml": '<gml:a xmlns:gml="http://www.opengis.net/gml">'}
    bodies = {
        "h.kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&e;</name><Point><coordinates>4.9,52.4'
        "</coordinates></Point></Placemark></kml>",
        "h.gml": '<a:C xmlns:gml="http://www.opengis.net/gml" xmlns:a="http://a.nl"><gml:featureMember><a:p><a:g>'
        '<gml:Point srsName="EPSG:28992"><gml:pos>110000 480000</gml:pos></gml:Point></a:g><a:naam>&e;</a:naam></a:p>'
        "</gml:featureMember></a:C>",
    }
    for name, declared in share(product(bodies, DECLARED), turn, of=2):
        file = folder / name
        entity = f"<!DOCTYPE a [<!ENTITY e {declared.format(secret=secret)}>]>"
        head = f'<?xml version="1.0"?><!-- {marks[name]} {"x" * 5_000} -->{entity}'
        file.write_text(head + bodies[name])
        code, said = attempt(door, file)
        assert code == 1, (name, declared, said)
