"""OUT: the workshop map, one HTML file that is also a ``folium.Map``.

``compose.draw_map`` draws it. Nothing is loaded from here: folium takes a fifth of a second, which a run that draws no
map, or has not come that far, need not wait for.
"""
