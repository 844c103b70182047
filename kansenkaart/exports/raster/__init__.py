"""Rasters of what is left and what is short."""
