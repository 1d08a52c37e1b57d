"""Deliveries to a real receiver: signed, at least once, whatever it answers and whenever we stop."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from config.errors import NotFoundError
from exporters.webhook.endpoint import PAGE, Delivery
from exporters.webhook.sender import PARALLEL
from tests.exporters.webhook.conftest import Hooks, hook, opened_hooks, running_hooks
from tests.fakes.evaluations import make_evaluation
from tests.fakes.receiver import Receiver, running_receiver
from tests.fakes.waiting import until


def saved(*numbers: int) -> list[str]:
    return [f"msg_w1_{number}_saved" for number in numbers]


async def is_disabled(hooks: Hooks) -> bool:
    return (await hooks.hub.states())["desk"].disabled_at is not None


async def test_every_save_is_told_once_and_signed(tmp_path: Path, receiver: Receiver) -> None:
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(*(make_evaluation(number) for number in range(100)))
        await until(lambda: len(receiver.ids) == 100)

    assert sorted(receiver.ids) == sorted(saved(*range(1, 101)))
    assert set(receiver.attempts.values()) == {1}
    assert {message["type"] for message in receiver.messages} == {"evaluation.saved"}
    assert hooks.counts.attempts == {("desk", Delivery.DELIVERED): 100}


async def test_what_was_saved_before_the_webhook_is_not_told(tmp_path: Path, receiver: Receiver) -> None:
    async with running_hooks(tmp_path) as before:
        await before.save(make_evaluation(1))
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(make_evaluation(2))
        await until(lambda: len(receiver.ids) == 1)

    assert receiver.ids == saved(2)


async def test_a_failure_is_tried_again_with_the_same_id_until_it_is_taken(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 429]
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: receiver.ids == saved(1))

        state = (await hooks.hub.states())["desk"]

    assert receiver.attempts == {saved(1)[0]: 4}
    assert (str(state.position), state.failure) == ("w1:1", "status_429")
    assert hooks.counts.attempts["desk", Delivery.FAILED] == 3


async def test_after_the_last_attempt_a_message_is_given_up(tmp_path: Path, receiver: Receiver) -> None:
    receiver.always = 500
    async with running_hooks(tmp_path, hook(receiver), delays=(0.01, 0.01)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: hooks.counts.attempts["desk", Delivery.GIVEN_UP] == 1)
        receiver.always = None
        await hooks.save(make_evaluation(2))
        await until(lambda: receiver.ids == saved(2))
        assert (await hooks.hub.states())["desk"].retries == 0

    assert receiver.attempts[saved(1)[0]] == 3


async def test_410_switches_off_also_after_a_restart_until_it_is_enabled(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [410]
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: is_disabled(hooks), "it is switched off", 30)
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(make_evaluation(2))
        assert (await hooks.hub.states())["desk"].disabled_at is not None
        await hooks.hub.enable("desk")
        await hooks.save(make_evaluation(3))
        await until(lambda: receiver.ids == saved(3))
        assert (await hooks.hub.states())["desk"].disabled_at is None


async def test_enabling_what_is_not_configured_is_an_error(tmp_path: Path, receiver: Receiver) -> None:
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        with pytest.raises(NotFoundError):
            await hooks.hub.enable("nobody")


async def test_retry_after_is_a_least_pause_and_nothing_else_is_sent_in_it(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "3600"}
    async with running_hooks(tmp_path, hook(receiver)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: hooks.counts.attempts["desk", Delivery.FAILED] == 1)
        await hooks.save(make_evaluation(2))
        await until(lambda: hooks.counts.retries.get("desk") == 1)
        state = (await hooks.hub.states())["desk"]

    assert state.next_due_at is not None
    assert state.next_due_at > time.time() + 3500
    assert sum(receiver.attempts.values()) == 1


async def test_a_slow_receiver_has_few_requests_at_a_time_and_keeps_nobody_waiting(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.delay_seconds = 0.05
    async with (
        running_receiver() as quick,
        running_hooks(tmp_path, hook(receiver, "slow"), hook(quick, "quick")) as hooks,
    ):
        await hooks.save(*(make_evaluation(number) for number in range(3 * PARALLEL)))
        await until(lambda: len(quick.ids) == 3 * PARALLEL)
        await until(lambda: len(receiver.ids) == 3 * PARALLEL)

    assert receiver.most_at_once <= PARALLEL


async def test_a_receiver_that_takes_too_long_has_failed(tmp_path: Path, receiver: Receiver) -> None:
    receiver.delay_seconds = 30
    async with running_hooks(tmp_path, hook(receiver, timeout_seconds=0.05), delays=(60,)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: hooks.counts.attempts["desk", Delivery.FAILED] == 1)

        assert (await hooks.hub.states())["desk"].failure == "timeout"


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(tmp_path: Path) -> None:
    async with running_receiver() as gone:
        pass
    async with running_hooks(tmp_path, hook(gone), delays=(0.02,) * 50) as hooks:
        await hooks.save(*(make_evaluation(number) for number in range(5)))
        await until(lambda: hooks.counts.attempts["desk", Delivery.FAILED] >= 5)
        assert (await hooks.hub.states())["desk"].failure == "connection"
    async with running_receiver() as back, running_hooks(tmp_path, hook(back), delays=(0.02,) * 50):
        await until(lambda: sorted(back.ids) == saved(1, 2, 3, 4, 5))


async def test_a_restart_in_the_middle_loses_nothing_and_repeats_a_page_at_most(
    tmp_path: Path, receiver: Receiver
) -> None:
    number = 3 * PAGE
    async with opened_hooks(tmp_path, [hook(receiver)]) as hooks:
        await hooks.save(*(make_evaluation(one) for one in range(number)))
    for cut in range(4):
        reached = asyncio.Event()
        places = iter(range(7 * cut, -1, -1))
        receiver.on_request = lambda places=places, reached=reached: None if next(places, 0) else reached.set()
        async with running_hooks(tmp_path, hook(receiver)), asyncio.timeout(30):
            await reached.wait()
    receiver.on_request = None
    async with running_hooks(tmp_path, hook(receiver)):
        await until(lambda: set(receiver.ids) == set(saved(*range(1, number + 1))))

    assert max(receiver.attempts.values()) <= 5
    assert sum(receiver.attempts.values()) <= number + 4 * PAGE


async def test_at_the_bound_of_retries_no_more_is_read_until_some_are_over(tmp_path: Path, receiver: Receiver) -> None:
    async with opened_hooks(tmp_path, [hook(receiver)]) as hooks:
        await hooks.save(*(make_evaluation(number) for number in range(100)))
    receiver.statuses = [500] * 10
    async with opened_hooks(tmp_path, [hook(receiver)], delays=(60,), limit=10) as hooks:
        endpoint = hooks.hub.endpoints["desk"]
        assert await endpoint.round() == 0.0
        pauses = [await endpoint.round() for _ in range(3)]
        state = (await hooks.hub.states())["desk"]

    assert (str(state.position), state.retries, len(receiver.ids)) == (f"w1:{PAGE}", 10, PAGE - 10)
    assert all(pause is not None and 40 < pause <= 72 for pause in pauses)
    async with running_hooks(tmp_path, hook(receiver), limit=11):
        await until(lambda: len(receiver.ids) == 90)


async def test_what_was_erased_or_replaced_before_its_retry_is_not_told(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [500, 500]
    async with opened_hooks(tmp_path, [hook(receiver)], delays=(0.0,)) as hooks:
        endpoint = hooks.hub.endpoints["desk"]
        await hooks.save(make_evaluation(1, session_id="erased"), make_evaluation(2, session_id="replaced"))
        await endpoint.round()
        await hooks.store.erase("erased")
        await hooks.save(make_evaluation(3, session_id="replaced"))
        while await endpoint.round() is not None:
            pass

    assert hooks.counts.attempts["desk", Delivery.DROPPED] == 2
    assert receiver.ids == saved(3)


async def test_the_ledger_holds_no_text(tmp_path: Path, receiver: Receiver) -> None:
    receiver.always = 500
    async with running_hooks(tmp_path, hook(receiver, query=True), delays=(60,)) as hooks:
        await hooks.save(make_evaluation(1, query="a telling question", conversation_id="telling"))
        await until(lambda: hooks.counts.attempts["desk", Delivery.FAILED] == 1)
        await until(lambda: hooks.counts.retries.get("desk") == 1)

    for path in tmp_path.glob("webhooks.db*"):
        assert b"telling" not in path.read_bytes()


async def test_a_name_that_stands_for_an_inner_address_is_refused(tmp_path: Path, receiver: Receiver) -> None:
    url = f"https://localhost:{receiver.url.split(':')[2]}"
    async with running_hooks(tmp_path, hook(receiver, url=url, allow_private=False), delays=(60,)) as hooks:
        await hooks.save(make_evaluation(1))
        await until(lambda: hooks.counts.attempts["desk", Delivery.FAILED] == 1)

        assert (await hooks.hub.states())["desk"].failure == "address_refused"
    assert receiver.attempts == {}


async def test_services_alarms_are_told_once_on_and_once_off(tmp_path: Path, receiver: Receiver) -> None:
    settings = hook(receiver, events=["service.state_changed"])

    def evaluation(number: int, score: float) -> Any:
        return make_evaluation(number, overall_score=score)

    async with running_hooks(tmp_path, settings) as hooks:
        await hooks.save(*(evaluation(number, 80) for number in range(40)))
        await hooks.save(*(evaluation(number, 0) for number in range(40, 60)))
        await until(lambda: len(receiver.messages) == 1)
    async with running_hooks(tmp_path, settings) as hooks:
        await hooks.save(*(evaluation(number, 90) for number in range(60, 160)))
        await until(lambda: len(receiver.messages) == 2)

    told = [message["data"] for message in receiver.messages]
    assert [(one["service_id"], one["is_alarm"]) for one in told] == [("desk", True), ("desk", False)]
    assert told[0]["smoothed_score"] < told[0]["lower_limit"]
