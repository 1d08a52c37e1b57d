"""Coverage-guided fuzzing of every decoder, for a bounded time; a finding is printed with its input.

`ENDURANCE_FUZZ_SECONDS` sets the time of one target, 15 unless given.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, seeds

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python"),
]

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("ENDURANCE_FUZZ_SECONDS", "15"))
INPUT_LIMIT_BYTES = 16 * 1024
MEMORY_LIMIT_MEBIBYTES = 1024
"""A bomb that is not caught is a finding."""
ONE_INPUT_SECONDS = 20
"""So is an input that takes this long: 16 KB are read in milliseconds."""
FEWEST_RUNS = 100


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_break_the_decoder(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(name)):
        (corpus / str(number)).write_bytes(seed)

    result = subprocess.run(
        [
            sys.executable, str(ROOT / "tests" / "fuzz" / "run_target.py"), name, str(corpus),
            f"-max_total_time={SECONDS}", f"-max_len={INPUT_LIMIT_BYTES}", f"-rss_limit_mb={MEMORY_LIMIT_MEBIBYTES}",
            f"-timeout={ONE_INPUT_SECONDS}", f"-artifact_prefix={tmp_path}/", "-print_final_stats=1",
        ],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, errors="replace",
        timeout=SECONDS * 4 + 240, check=False,
    )  # fmt: skip

    said = result.stdout[-4000:] + result.stderr[-8000:]
    assert result.returncode == 0, said
    runs = re.search(r"number_of_executed_units: (\d+)", result.stderr)
    assert runs is not None, said
    assert int(runs[1]) >= FEWEST_RUNS
