"""Benchmarks: speed and memory (`python -m bench`), agreement with people (`python -m bench.quality`)."""
