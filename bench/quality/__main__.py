"""`make eval`: agreement with people. `python -m bench.quality [MEASURE …]`; each is a module with `run(folder)`.

`EVAL_DATA` names the folder of labelled sets: `grounding/dev`, `grounding/train` and `dimensions/dev` below it.
"""

import argparse
import importlib
import importlib.util
import sys

from bench.quality.data import data_folder

MEASURES = ("grounding", "dimensions")


def main() -> int:
    """Run what was asked for, by default every measure that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description="Measure agreement with people.")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"one of {', '.join(MEASURES)} (all)")
    options = parser.parse_args()
    unknown = set(options.measures) - set(MEASURES)
    if unknown:
        parser.error(f"unknown measure {', '.join(sorted(unknown))}; expected {', '.join(MEASURES)}")
    present = [name for name in MEASURES if importlib.util.find_spec(f"bench.quality.{name}")]
    for name in options.measures or present:
        importlib.import_module(f"bench.quality.{name}").run(data_folder(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
