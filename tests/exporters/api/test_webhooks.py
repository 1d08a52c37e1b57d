"""Where each receiver stands, as the API tells it: nothing that is secret, and a way to switch one on again."""

import json
from pathlib import Path

from config.api import ApiSettings
from tests.exporters.webhook.conftest import hook, opened_hooks
from tests.fakes.admin import running_admin
from tests.fakes.evaluations import make_evaluation
from tests.fakes.receiver import SECRET, running_receiver


async def test_without_webhooks_the_list_is_empty_and_nothing_can_be_enabled(tmp_path: Path) -> None:
    async with running_admin(tmp_path) as admin:
        assert await admin.get("/v1/webhooks") == {"webhooks": []}
        await admin.post("/v1/webhooks/desk/enable", status=404)


async def test_a_receiver_is_told_without_its_secret_and_its_path(tmp_path: Path) -> None:
    async with running_receiver() as receiver:
        settings = hook(receiver, url=receiver.url + "?token=hidden", services=["desk"])
        async with opened_hooks(tmp_path, [settings]) as hooks, running_admin(tmp_path, webhooks=hooks.hub) as admin:
            told = await admin.get("/v1/webhooks")

    assert told == {
        "webhooks": [
            {
                "id": "desk", "origin": receiver.url.removesuffix("/hook"), "events": ["evaluation.saved"],
                "services": ["desk"], "state": "active", "disabled_at": None, "position": "", "retries": 0,
                "next_retry_at": None, "last_success_at": None, "last_failure_at": None, "last_failure": None,
            }
        ]
    }  # fmt: skip
    assert all(word not in json.dumps(told) for word in (SECRET, "hidden", "/hook"))


async def test_what_was_switched_off_is_seen_and_switched_on_again(tmp_path: Path) -> None:
    async with running_receiver() as receiver, opened_hooks(tmp_path, [hook(receiver)]) as hooks:
        receiver.always = 410
        await hooks.save(make_evaluation(1))
        await hooks.hub.endpoints["desk"].round()
        async with running_admin(tmp_path, webhooks=hooks.hub) as admin:
            off = (await admin.get("/v1/webhooks"))["webhooks"][0]
            on = await admin.post("/v1/webhooks/desk/enable")
            await admin.post("/v1/webhooks/other/enable", status=404)

    assert (off["state"], off["last_failure"]) == ("disabled", "status_410")
    assert off["disabled_at"].endswith("Z")
    assert (on["state"], on["disabled_at"], on["id"]) == ("active", None, "desk")


async def test_it_is_for_those_who_may_do_all(tmp_path: Path) -> None:
    async with running_admin(tmp_path, ApiSettings.model_validate({"keys": ["root"]})) as admin:
        await admin.get("/v1/webhooks", 401)
        await admin.get("/v1/webhooks", headers={"X-API-Key": "root"})
