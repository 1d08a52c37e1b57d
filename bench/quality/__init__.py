"""Agreement with people: `python -m bench.quality`."""
