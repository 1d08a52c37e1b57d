"""`endurance evaluate`: a table or JSON lines, and every bad line named."""

import json
from pathlib import Path

from click.testing import CliRunner

from endurance.__main__ import main

GOOD = {
    "query": "What is the fee?",
    "response": "The fee is ten rupees.",
    "rag_documents": [{"id": "rules", "content": "An application carries a fee of ten rupees."}],
}


def write(folder: Path, *lines: str) -> str:
    path = folder / "recorded.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_each_line_becomes_a_row_of_the_table(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", write(tmp_path, json.dumps(GOOD), "", json.dumps(GOOD))])

    assert result.exit_code == 0, result.output
    assert result.output.count("What is the fee?") == 2
    assert "2 scored, 0 not" in result.output


def test_json_prints_one_evaluation_a_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--json", write(tmp_path, json.dumps(GOOD))])

    evaluation = json.loads(result.stdout)
    assert evaluation["verification"]["verified_claims"] == 1
    assert len(evaluation["dimensions"]) == 9


def test_a_bad_line_is_named_and_the_others_are_scored(tmp_path: Path) -> None:
    file = write(tmp_path, json.dumps(GOOD), "{", json.dumps({"query": "no response"}), json.dumps(GOOD))

    result = CliRunner().invoke(main, ["evaluate", file])

    assert result.exit_code == 1
    assert f"{file}:2: expected a JSON object" in result.stderr
    assert f"{file}:3: response" in result.stderr
    assert "2 scored, 2 not" in result.stdout
