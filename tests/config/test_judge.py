"""The settings of the judge as an operator writes them."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.judge import JudgeSettings, load_judge_key
from config.loader import load_settings

ON = "judge: {url: http://127.0.0.1:8000/v1/, model: small"


def read(tmp_path: Path, yaml: str) -> JudgeSettings:
    file = tmp_path / "endurance.yaml"
    file.write_text(yaml)
    return load_settings({}, {}, file).judge


def test_no_judge_is_asked_by_default() -> None:
    assert load_settings({}, {}).judge.url is None


def test_a_judge_is_an_url_and_a_model(tmp_path: Path) -> None:
    judge = read(tmp_path, ON + ", uncertain_band: [0.4, 0.6]}")

    assert (judge.url, judge.model, judge.uncertain_band) == ("http://127.0.0.1:8000/v1", "small", (0.4, 0.6))


def test_the_band_is_read_from_the_environment() -> None:
    environment = {"ENDURANCE_JUDGE_UNCERTAIN_BAND": "[0.35, 0.65]"}

    assert load_settings({}, environment).judge.uncertain_band == (0.35, 0.65)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("judge: {url: http://127.0.0.1/v1}", r"judge: expected a model beside the url"),
        ("judge: {url: 127.0.0.1, model: m}", r"judge\.url: expected a URL"),
        ("judge: {url: 'http://u:p@host/v1', model: m}", r"judge\.url: expected a URL"),
        (ON + ", uncertain_band: [0.6, 0.4]}", r"judge\.uncertain_band: expected the lower end first"),
        (ON + ", uncertain_band: [0.1, 0.6]}", r"judge: expected an uncertain_band between"),
        (ON + ", uncertain_band: [0.4, 0.6], reliability_ratio: 0.55}", r"judge: expected an uncertain_band between"),
        (ON + ", parameters: {messages: []}}", r"judge\.parameters: .* messages is set by Endurance"),
        (ON + ", key: a, key_file: b}", r"judge: expected key or key_file, not both"),
        (ON + ", budget_per_minute: 0}", r"judge\.budget_per_minute"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, yaml: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path, yaml)


def test_no_error_shows_a_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, ON + ", key: [sk-secret]}")

    assert "sk-secret" not in str(caught.value)


def test_a_key_prints_as_stars(tmp_path: Path) -> None:
    judge = read(tmp_path, ON + ", key: sk-secret}")

    assert "sk-secret" not in repr(judge)
    assert load_judge_key(judge) == "sk-secret"


def test_a_key_is_read_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-secret\n")

    assert load_judge_key(read(tmp_path, ON + f", key_file: {file}}}")) == "sk-secret"


def test_an_api_may_ask_for_no_key(tmp_path: Path) -> None:
    assert load_judge_key(read(tmp_path, ON + "}")) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        (b"", "expected one line of printable ASCII"),
        (b"a\nb", "expected one line of printable ASCII"),
        ("schlüssel".encode(), "expected one line of printable ASCII"),
        (b"\xff\xfe", "is no text"),
    ],
)
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=rf"judge\.key_file: .*{message}"):
        load_judge_key(read(tmp_path, ON + f", key_file: {file}}}"))


def test_a_key_that_fits_no_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"judge\.key: expected one line") as caught:
        load_judge_key(read(tmp_path, ON + ', key: "sk-secret\\r\\nHost: x"}'))

    assert "sk-secret" not in str(caught.value)
