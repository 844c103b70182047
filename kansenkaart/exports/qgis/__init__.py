"""The QGIS project in the GeoPackage: groups, themes, forms, sheets and metadata."""
