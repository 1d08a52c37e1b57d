"""The shipped claim model: its files, what it says, and what happens when it is missing or damaged."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.claims.model import (
    MANIFEST,
    MODEL_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FOLDER,
    ClaimModel,
    ClaimModelError,
    find_fault,
    opinion_of,
)

SHIPPED_LIMIT_BYTES = 30 * 1024 * 1024
PASSAGE = "The library of Thane was opened in 1923 by the mayor and holds some forty thousand books."
ANOTHER = "The harbour of Kochi was built by engineers from three countries over many years."


@pytest.fixture(scope="module")
def model() -> ClaimModel:
    return ClaimModel.load()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WEIGHTS_FOLDER, tmp_path / "weights"))


def test_shipped_files_are_whole_and_small() -> None:
    assert find_fault(WEIGHTS_FOLDER) is None
    assert sum(path.stat().st_size for path in WEIGHTS_FOLDER.iterdir()) <= SHIPPED_LIMIT_BYTES


def test_claim_that_the_passage_bears_out_is_less_doubtful_than_one_on_something_else(model: ClaimModel) -> None:
    borne_out = model.judge("Thane's library opened in 1923.", PASSAGE)
    elsewhere = model.judge("Thane's library opened in 1923.", ANOTHER)

    assert borne_out.logit < elsewhere.logit


def test_same_pair_gets_the_same_opinion_whatever_came_between(model: ClaimModel) -> None:
    first = model.judge("Thane's library opened in 1923.", PASSAGE)
    model.judge("Something else " * 40, ANOTHER)

    assert model.judge("Thane's library opened in 1923.", PASSAGE) == first


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=400), st.text(max_size=600))
def test_any_text_gets_an_opinion(model: ClaimModel, claim: str, evidence: str) -> None:
    opinion = model.judge(claim, evidence)

    assert -100 < opinion.logit < 100
    assert 0 <= opinion.contradicted_share <= 1


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE, MANIFEST])
def test_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()

    assert find_fault(copied) == f"{name} is missing in {copied}"


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
def test_damaged_file_is_named(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)

    assert find_fault(copied) == f"{name} in {copied} is damaged: its hash is not the manifest's"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": {}}', '{"files": 1, "classes": 2}', "\udc80"])
def test_damaged_manifest_is_told(copied: Path, text: str) -> None:
    (copied / MANIFEST).write_bytes(text.encode(errors="surrogateescape"))

    assert find_fault(copied) == f"{MANIFEST} in {copied} is damaged"


def test_model_of_other_classes_is_refused(copied: Path) -> None:
    text = (copied / MANIFEST).read_text().replace('"not found"', '"neutral"')
    (copied / MANIFEST).write_text(text)

    fault = find_fault(copied)

    assert fault is not None
    assert "other classes" in fault


def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert find_fault(tmp_path / "file") == f"{tmp_path / 'file'} cannot be read: Not a directory"


def test_files_that_cannot_be_run_are_an_error_of_the_installation(copied: Path) -> None:
    (copied / MODEL_FILE).write_bytes(b"no network")

    with pytest.raises(ClaimModelError, match="cannot be loaded"):
        ClaimModel.load(copied)


def test_opinion_adds_the_two_ways_of_not_being_supported() -> None:
    opinion = opinion_of(supported=1.0, contradicted=2.0, not_found=2.0)

    assert opinion.logit == pytest.approx(1.0 + 0.6931, abs=1e-4)
    assert opinion.contradicted_share == pytest.approx(0.5)


def test_looking_for_faults_loads_neither_numpy_nor_the_runtime() -> None:
    code = (
        "import sys; from scorer.claims.model import WEIGHTS_FOLDER, find_fault; find_fault(WEIGHTS_FOLDER); "
        "print(sorted({'numpy', 'onnxruntime', 'tokenizers'} & sys.modules.keys()))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
