"""A checker of printed results: what can be recomputed from printed numbers is, within their rounding.

Everything here needs the standard library only, so that a reviewer can run and read it alone.
"""
