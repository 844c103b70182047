"""The GeoPackage: layers, styles, schema; also that of two plain layers."""
