"""The same layers in a schema of PostGIS."""
