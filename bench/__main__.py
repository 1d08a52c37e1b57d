"""`make bench`: run the measures, print one table, and JSON on request.

A measure is one module with `run(quick) -> dict` of figures by name, and one line in `MEASURES`. A measure that cannot
run here says so in the table; the exit code is then 1.
"""

import argparse
import importlib
import json
import os
import platform
import sys
import traceback

from rich.console import Console
from rich.table import Table

MEASURES = ("claims", "dimensions", "feed", "formats", "proxy", "store", "whole_path", "workers")


def main() -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory.")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"one of {', '.join(MEASURES)} (all)")
    parser.add_argument("--quick", action="store_true", help="smaller loads, under a minute")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--rows", type=int, help="sessions of the store's record [1,000,000, quick 50,000]")
    options = parser.parse_args()
    unknown = set(options.measures) - set(MEASURES)
    if unknown:
        parser.error(f"unknown measure {', '.join(sorted(unknown))}; expected {', '.join(MEASURES)}")
    results, is_whole = {}, True
    for name in options.measures or MEASURES:
        try:
            given = {"rows": options.rows} if name == "store" else {}
            results[name] = importlib.import_module(f"bench.{name}").run(options.quick, **given)
        except Exception:  # noqa: BLE001 - one measure that fails must not hide the others
            traceback.print_exc()
            results[name] = {"could not be measured": None}
            is_whole = False
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    if options.json:
        print(json.dumps({"machine": machine, "results": results}, indent=2))
    else:
        _print_table(machine, results)
    return 0 if is_whole else 1


def _print_table(machine: str, results: dict[str, dict]) -> None:
    table = Table("measure", "figure", "value", title=machine)
    for measure, figures in results.items():
        for figure, value in figures.items():
            table.add_row(measure, figure, f"{value:,.4g}" if isinstance(value, float) else str(value))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
