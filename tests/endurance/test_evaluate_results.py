import json
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from endurance.evaluate_results import Outcome, ResultFile, encode_result, outcome_of
from scorer.model import Verification
from scorer.trust import Judged
from tests.fakes.evaluations import make_evaluation

DOUBTED = make_evaluation(verification=Verification(total_claims=1, hallucinated_claims=1, risk=0.75))


def test_an_outcome_is_read_back_as_it_was(tmp_path: Path) -> None:
    with_label, without, bad = (7, DOUBTED, True), (8, DOUBTED, None), (9, None, None)
    file = ResultFile(tmp_path / "out", resume=False)
    for line, evaluation, label in (with_label, without, bad):
        file.append(encode_result(line, evaluation, label, "no response"))
    file.close()

    again = ResultFile(tmp_path / "out", resume=True)
    again.close()

    assert again.earlier == tuple(outcome_of(*one) for one in (with_label, without, bad))
    assert again.earlier[0] == Outcome(7, is_scored=True, is_labelled=True, judged=Judged(True, True, 0.75))


def test_what_was_not_checked_is_not_counted_as_a_pass() -> None:
    unchecked = make_evaluation(verification=Verification(total_claims=1, unverifiable_claims=1, risk=None))

    assert outcome_of(1, unchecked, True).judged is None


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(ConfigurationError, match="exists: --resume goes on with it"):
        ResultFile(tmp_path / "out", resume=False)

    assert (tmp_path / "out").read_text() == "mine"


def test_a_last_line_that_was_cut_off_is_taken_away(tmp_path: Path) -> None:
    whole = encode_result(1, DOUBTED, None, None)
    (tmp_path / "out").write_bytes(whole + whole[:-20])

    file = ResultFile(tmp_path / "out", resume=True)
    file.append(encode_result(2, None, None, "no response"))
    file.close()

    lines = (tmp_path / "out").read_text().splitlines()
    assert [json.loads(line)["line"] for line in lines] == [1, 2]
    assert len(file.earlier) == 1


@pytest.mark.parametrize("content", [b"mine\n", b"{}\n", b"[]\n", b'{"line": 1, "evaluation": {}}\n'])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "out").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"out:1 is no result of endurance evaluate"):
        ResultFile(tmp_path / "out", resume=True)

    assert (tmp_path / "out").read_bytes() == content


def test_results_are_for_their_owner_alone(tmp_path: Path) -> None:
    ResultFile(tmp_path / "out", resume=False).close()

    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
