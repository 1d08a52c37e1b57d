"""How an unexpected exception is told: its text may hold what was read, so never by its text."""

import traceback


def describe_error(error: BaseException) -> str:
    """Return the error's class and the place that raised it, as in `KeyError at pipeline.py:88`."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
