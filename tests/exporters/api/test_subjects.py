"""The route that erases a person, and the hash by which a pushed answer's person is known."""

import pytest

from exporters.store.base import SessionFilter
from scorer.redact.plan import END_USER, hash_letters
from tests.fakes.admin import SALT, Admin, told
from tests.fakes.evaluations import make_evaluation

HASH = hash_letters(SALT, END_USER, "ravi@example.org")


async def test_a_person_is_erased_with_a_receipt(admin: Admin) -> None:
    await admin.save(make_evaluation(1, end_user=HASH), make_evaluation(2))

    async with admin.client.delete(f"/v1/subjects/{HASH}") as answer:
        receipt = await told(answer, 200)

    assert await admin.store.get(make_evaluation(1).session_id) is None
    assert await admin.store.get(make_evaluation(2).session_id) is not None
    counts = {name: receipt[name] for name in ("end_user", "sessions", "dead_letters", "waiting_jobs", "traces")}
    assert counts == {"end_user": HASH, "sessions": 1, "dead_letters": 1, "waiting_jobs": 3, "traces": "gone"}
    assert receipt["damaged_files"] == ["spool.db.damaged-1"]
    assert len(admin.queue.erasures) == 1


async def test_an_unknown_person_has_a_receipt_too(admin: Admin) -> None:
    async with admin.client.delete("/v1/subjects/bcdfghjkmnpq") as answer:
        receipt = await told(answer, 200)

    assert (receipt["sessions"], receipt["feedback"]) == (0, 0)


@pytest.mark.parametrize("id_", ["ravi@example.org", "bcdfghjkmnp", "bcdfghjkmnpqr", "BCDFGHJKMNPQ", "aeioaeioaeio"])
async def test_an_id_in_place_of_its_hash_is_refused(admin: Admin, id_: str) -> None:
    async with admin.client.delete(f"/v1/subjects/{id_}") as answer:
        problem = await told(answer, 400)

    assert "subject-hash" in problem["detail"]
    assert admin.queue.erasures == []


async def test_a_queue_that_is_away_is_told_and_the_erasure_can_be_repeated(admin: Admin) -> None:
    await admin.save(make_evaluation(1, end_user=HASH))
    admin.queue.is_away = True
    async with admin.client.delete(f"/v1/subjects/{HASH}") as answer:
        await told(answer, 503)
    admin.queue.is_away = False

    async with admin.client.delete(f"/v1/subjects/{HASH}") as answer:
        receipt = await told(answer, 200)

    assert (receipt["sessions"], receipt["dead_letters"]) == (0, 1)


async def test_a_pushed_answer_keeps_the_hash_of_its_person_and_never_the_id(admin: Admin) -> None:
    body = {"query": "What is it?", "response": "Ten rupees.", "end_user": "ravi@example.org"}

    evaluation = await admin.post("/v1/evaluate", body)

    assert evaluation["end_user"] == HASH
    assert "ravi" not in (await admin.store.get(evaluation["session_id"])).model_dump_json()
    page = await admin.store.list_sessions(SessionFilter(end_user=HASH), 10, None)
    assert [row.session_id for row in page.sessions] == [evaluation["session_id"]]
    assert (await admin.get(f"/v1/sessions?end_user={HASH}"))["total"] == 1
    assert (await admin.get("/v1/sessions?end_user=bcdfghjkmnpq"))["total"] == 0
