"""Fuzz one target with atheris: `python run_target.py TARGET [flags of libFuzzer] [corpus]`, from the root folder.

A process of its own, since libFuzzer ends it; a finding is printed with traceback and input, and exits non-zero.
"""

import sys

import atheris

with atheris.instrument_imports(include=["scorer.formats", "scorer.intake", "scorer.wire"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    name, *flags = sys.argv[1:]
    atheris.Setup([sys.argv[0], *flags], TARGETS[name])
    atheris.Fuzz()
