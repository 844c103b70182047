"""Who gets how much: the exact optimum of one stream with its certificate, and simpler ways beside it.

Knows numbers and distances only, no streams.
"""
