"""A balance as a Sankey diagram: standalone SVG, and the same as JSON."""
