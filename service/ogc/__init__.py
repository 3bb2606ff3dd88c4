"""OGC API Features Part 1 (OGC 17-069r4) over the input layers and the results.

Knows no web framework: parameters in, documents out; `service/routes/ogc.py` is the glue.
"""
