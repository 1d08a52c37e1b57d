"""Answers of the proxy's own."""

import json

from proxy.answers import problem
from proxy.framing import parse_response_head


def test_problem_is_a_whole_answer_with_its_detail() -> None:
    head, _, body = problem(502, "Say what to do.", is_head=False, keeps_alive=False).partition(b"\r\n\r\n")

    parsed = parse_response_head(head + b"\r\n\r\n", b"GET")
    assert (parsed.status, parsed.length, parsed.is_keep_alive) == (502, len(body), False)
    assert json.loads(body) == {
        "type": "about:blank", "title": "Bad Gateway", "status": 502, "detail": "Say what to do."
    }  # fmt: skip


def test_problem_for_head_has_no_body() -> None:
    answer = problem(504, "x", is_head=True, keeps_alive=True)

    assert answer.endswith(b"\r\n\r\n")
    assert b"Connection" not in answer
