"""The list of parts (CycloneDX): every locked library with its version and hashes."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(lock: Path) -> set[tuple[str, str]]:
    """Return name and version of each line that pins one."""
    return set(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ \\]+)", lock.read_text(), re.MULTILINE))


def test_every_library_of_the_image_is_listed_with_its_hashes(tmp_path: Path) -> None:
    lock, listed = ROOT / "requirements-image.lock", tmp_path / "endurance.cdx.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    options = ("--output-format", "JSON", "--output-file", listed)

    subprocess.run((tool, "requirements", lock, *options), check=True, capture_output=True)

    parts = json.loads(listed.read_text())["components"]
    assert {(part["name"], part["version"]) for part in parts} == pins(lock) != set()
    assert all(reference["hashes"] for part in parts for reference in part["externalReferences"])


def test_the_image_locks_what_the_product_locks() -> None:
    """The image differs from an ordinary installation only by what its extras add."""
    assert pins(ROOT / "requirements.lock") <= pins(ROOT / "requirements-image.lock")
