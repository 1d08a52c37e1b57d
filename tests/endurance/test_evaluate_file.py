"""`endurance evaluate`: a table or JSON lines, and every bad line named."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

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


def labelled(count: int) -> list[str]:
    """Lines of supported and invented answers in turn, each with what a person said of it."""
    invented = GOOD | {"response": "The fee is ninety rupees.", "label": "unsupported"}
    return [json.dumps(GOOD | {"label": "supported"} if number % 2 else invented) for number in range(count)]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *arguments])


def test_results_stand_in_a_file_with_line_label_and_fault(tmp_path: Path) -> None:
    file, out = write(tmp_path, labelled(1)[0], "{", json.dumps(GOOD)), tmp_path / "out.jsonl"

    result = run(file, "--output", str(out))

    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert result.exit_code == 1
    assert [row["line"] for row in rows] == [1, 2, 3]
    assert [row.get("label") for row in rows] == [True, None, None]
    assert rows[0]["evaluation"]["verification"]["hallucinated_claims"] == 1
    assert "expected a JSON object" in rows[1]["error"]


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    lines, out = labelled(4), tmp_path / "out.jsonl"
    run(write(tmp_path, *lines[:2]), "--output", str(out))
    first = out.read_bytes()
    out.write_bytes(first + b'{"line": 3, "eval')

    result = run(write(tmp_path, *lines), "--output", str(out), "--resume")

    assert out.read_bytes().startswith(first)
    assert [json.loads(line)["line"] for line in out.read_text().splitlines()] == [1, 2, 3, 4]
    assert "4 scored, 0 not" in result.output
    assert "4 labelled" in result.output


def test_nothing_is_resumed_without_a_file(tmp_path: Path) -> None:
    result = run(write(tmp_path, json.dumps(GOOD)), "--resume")

    assert (result.exit_code, "--output" in result.stderr) == (2, True)


def test_labels_give_the_agreement_and_with_json_it_goes_to_standard_error(tmp_path: Path) -> None:
    file = write(tmp_path, *labelled(20))

    shown, as_json = run(file), run("--json", file)

    assert "20 labelled, 0 of them not checked: found of the unsupported 100% [72%, 100%] of 10" in shown.stdout
    assert "kappa 1.000" in as_json.stderr
    assert len([json.loads(line) for line in as_json.stdout.splitlines()]) == 20


def test_a_wrong_label_is_named_and_its_line_is_not_scored(tmp_path: Path) -> None:
    file = write(tmp_path, json.dumps(GOOD | {"label": "fine"}))

    result = run(file)

    assert (result.exit_code, f"{file}:1: label: expected true" in result.stderr) == (1, True)


def test_a_calibration_plot_is_drawn(tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"

    result = run(write(tmp_path, *labelled(20)), "--plot", str(plot))

    assert result.exit_code == 0, result.output
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_too_few_labels_give_no_plot_and_say_so(tmp_path: Path) -> None:
    result = run(write(tmp_path, *labelled(3)), "--plot", str(tmp_path / "plot.png"))

    assert (result.exit_code, "no plot: 3 labelled answers were checked" in result.stderr) == (1, True)
    assert not (tmp_path / "plot.png").exists()


def test_a_plot_that_could_not_be_written_is_told_before_anything_is_scored(tmp_path: Path) -> None:
    result = run(write(tmp_path, *labelled(20)), "--plot", str(tmp_path / "none" / "plot.png"))

    assert (result.exit_code, result.stdout) == (2, "")


def test_what_may_not_be_stored_stands_in_no_result(tmp_path: Path) -> None:
    config, out = tmp_path / "endurance.yaml", tmp_path / "out.jsonl"
    config.write_text(f"redaction: {{mode: mask}}\ndata_dir: {tmp_path / 'data'}\n")
    line = json.dumps(GOOD | {"response": "The officer's PAN is ABCPK1234F."})

    run(write(tmp_path, line), "--output", str(out), "--config", str(config))

    assert "The officer's PAN is **********." in out.read_text()


def test_a_line_over_the_limit_is_named_and_the_next_is_scored(tmp_path: Path) -> None:
    config = tmp_path / "endurance.yaml"
    config.write_text("api: {body_limit_bytes: 1000}\n")
    file = write(tmp_path, json.dumps(GOOD | {"note": "x" * 2000}), json.dumps(GOOD))

    result = run(file, "--config", str(config))

    assert f"{file}:1: expected at most 1000 bytes" in result.stderr
    assert "1 scored, 1 not" in result.stdout
