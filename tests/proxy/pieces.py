"""Cuts bytes at given places, for property tests."""

from itertools import pairwise


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Return the pieces of `data` between the places, in order; none is lost."""
    edges = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[start:end] for start, end in pairwise(edges)]
