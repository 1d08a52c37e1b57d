"""The page in a real browser, over the real admin port: live, exact to the character, and deaf to hostile text."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from playwright.async_api import Page, expect
from pydantic import SecretStr

from config.settings import ApiSettings
from tests.browser.samples import HOSTILE, OPEN, QUERY, RESPONSE, RIGHT, WRONG, make_hard_evaluation
from tests.fakes.admin_page import AdminPort, running_admin_port
from tests.fakes.browser import Seen, open_page
from tests.fakes.evaluations import make_evaluation

pytestmark = pytest.mark.browser


@asynccontextmanager
async def open_admin(folder: Path, path: str = "/") -> AsyncIterator[tuple[Page, Seen, AdminPort]]:
    async with running_admin_port(folder, ApiSettings()) as admin, open_page(admin.url + path) as (page, seen):
        yield page, seen, admin


async def test_a_new_answer_appears_without_a_reload(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, seen, admin):
        await expect(page.locator("#connection")).to_have_text("live")
        await expect(page.locator("#list-empty")).to_be_visible()

        await admin.save(make_evaluation(1))
        await expect(page.locator("#rows li")).to_have_count(1)
        await admin.save(make_evaluation(2))
        await expect(page.locator("#rows .row-query")).to_have_text(
            ["What is the fee of case 2?", "What is the fee of case 1?"]
        )

        await expect(page.locator("#list-empty")).to_be_hidden()
        await expect(page.locator("#health")).to_contain_text("up")
        assert seen.complaints == []


async def test_an_answer_opens_with_claims_dimensions_and_flags(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, seen, admin):
        evaluation = make_hard_evaluation(1)
        await admin.save(evaluation)

        await page.locator("#rows a").click()

        await expect(page.locator(".claim[data-verdict=hallucinated]")).to_have_text(WRONG)
        await expect(page.locator(".claim[data-verdict=verified]")).to_have_text(RIGHT)
        await expect(page.locator(".claim[data-verdict=unverifiable]")).to_have_text(OPEN)
        await expect(page.locator(".dimensions > ul > li")).to_have_count(9)
        control = page.locator("[data-dimension=human_control]")
        await expect(control.locator(".dimension-score")).to_have_text("not assessed")
        await expect(control).to_contain_text("no decision was conveyed")
        await expect(page.locator(".flags li").first).to_have_text("Hallucinations detected: 1")
        assert page.url.endswith(f"#/session/{evaluation.session_id}")
        assert seen.complaints == []


async def test_a_chosen_claim_shows_its_passage_exactly(tmp_path: Path) -> None:
    evaluation = make_hard_evaluation(1)
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(running_admin_port(tmp_path, ApiSettings()))
        await admin.save(evaluation)
        link = f"{admin.url}/#/session/{evaluation.session_id}"
        page, seen = await stack.enter_async_context(open_page(link))

        await page.locator(".claim[data-verdict=hallucinated]").click()
        await expect(page.locator(".evidence mark")).to_have_text("The total budget for 2025-26 is Rs 42.60 crore.")
        await expect(page.locator(".evidence")).to_contain_text("the amount differs")
        await expect(page.locator(".claim[data-verdict=hallucinated]")).to_have_attribute("aria-pressed", "true")

        await page.locator(".claim[data-verdict=verified]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".evidence mark")).to_have_text("Salaries receive Rs 12.40 crore.")

        await page.locator(".claim[data-verdict=unverifiable]").focus()
        await page.keyboard.press("Space")
        await expect(page.locator(".evidence")).to_contain_text("No passage decides this claim.")
        await expect(page.locator(".evidence mark")).to_have_count(0)
        assert seen.complaints == []


async def test_hostile_text_stays_text_and_no_other_host_is_asked(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, seen, admin):
        await admin.save(make_hard_evaluation(1))

        await page.locator("#rows a").click()
        await page.locator(".claim[data-verdict=hallucinated]").click()

        await expect(page.locator(".response")).to_have_text(RESPONSE)
        await expect(page.locator(".session-head h2")).to_have_text(QUERY)
        await expect(page.locator(".document-name")).to_have_text(f"budget{HOSTILE}.md")
        assert await page.locator("main img, main script, #rows img, #rows script").count() == 0
        assert (await page.title()).endswith("· Endurance")  # the hostile text would have set another one
        assert seen.hosts == {admin.url.removeprefix("http://")}
        assert seen.complaints == []


async def test_a_second_scoring_of_the_open_answer_is_shown(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, _, admin):
        first = make_hard_evaluation(1)
        await admin.save(first)
        await page.locator("#rows a").click()
        await expect(page.locator(".ring span")).to_have_text("39.9")

        again = first.model_copy(update={"submission_id": make_evaluation(9).submission_id, "overall_score": 71.0})
        await admin.save(again)

        await expect(page.locator(".ring span")).to_have_text("71.0")
        await expect(page.locator("#rows .score")).to_have_text("71.0")


async def test_flagged_only_leaves_out_the_others(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, _, admin):
        await admin.save(make_evaluation(1, flagged=False, flag_reasons=()))
        await admin.save(make_hard_evaluation(2))
        await expect(page.locator("#rows li")).to_have_count(2)

        await page.locator("#flagged-only").check()
        await expect(page.locator("#rows li")).to_have_count(1)
        await page.locator("#flagged-only").uncheck()

        await expect(page.locator("#rows li")).to_have_count(2)


async def test_what_waits_for_a_verdict_is_listed_and_judged_in_one_click(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, seen, admin):
        for number, service in enumerate(("desk", "bank", "bank")):
            await admin.save(make_evaluation(number, service_id=service, flagged=True, overall_score=20.0))
        await expect(page.locator("#rows li")).to_have_count(3)

        await page.locator("#to-judge").check()
        queries = page.locator("#rows .row-query")
        await expect(queries).to_have_text([f"What is the fee of case {number}?" for number in (2, 0, 1)])
        await expect(page.locator("#rows .row-stratum").first).to_have_text("flagged, low")
        await expect(page.locator("#flagged-only")).to_be_disabled()
        await page.locator("#rows a").first.click()
        await expect(page.locator(".verdict [role=status]")).to_have_text("nobody has judged it yet")
        await page.locator(".verdict button[data-approved=false]").click()

        await expect(page.locator(".verdict [role=status]")).to_have_text("judged wrong")
        await expect(queries).to_have_text([f"What is the fee of case {number}?" for number in (0, 1)])
        kept = await admin.store.get(make_evaluation(2).session_id)
        assert kept is not None
        assert [one.approved for one in kept.feedback] == [False]
        await page.locator("#to-judge").uncheck()
        await expect(page.locator("#rows li")).to_have_count(3)
        assert seen.complaints == []


async def test_a_verdict_that_is_not_kept_is_said(tmp_path: Path) -> None:
    async with open_admin(tmp_path) as (page, _, admin):
        await admin.save(make_evaluation(1))
        await page.locator("#rows a").click()
        await expect(page.locator(".verdict button")).to_have_count(2)
        await admin.store.erase(make_evaluation(1).session_id)

        await page.locator(".verdict button[data-approved=true]").click()

        await expect(page.locator(".verdict [role=status]")).to_contain_text("not kept: no such session")


async def test_an_unknown_answer_is_said_to_be_unknown(tmp_path: Path) -> None:
    async with open_admin(tmp_path, "/#/session/nothing%20here") as (page, _, _admin):
        await expect(page.locator("main h2")).to_have_text("There is no such answer")


async def test_a_key_is_asked_for_where_one_is_needed(tmp_path: Path) -> None:
    api = ApiSettings(keys=(SecretStr("right-key"),))
    async with running_admin_port(tmp_path, api) as admin, open_page(admin.url) as (page, _):
        await admin.save(make_evaluation(1))
        await expect(page.locator("#key-dialog")).to_be_visible()

        await page.locator("#key").fill("wrong-key")
        await page.keyboard.press("Enter")
        await expect(page.locator("#connection")).to_have_attribute("data-state", "locked")
        await page.locator("#key").fill("right-key")
        await page.keyboard.press("Enter")

        await expect(page.locator("#rows li")).to_have_count(1)
        await expect(page.locator("#key-dialog")).to_be_hidden()


async def test_a_lost_connection_is_shown_and_what_was_missed_comes(tmp_path: Path) -> None:
    port = unused_port()
    async with AsyncExitStack() as browser:
        async with running_admin_port(tmp_path, ApiSettings(), port) as admin:
            await admin.save(make_evaluation(1))
            page, seen = await browser.enter_async_context(open_page(admin.url))
            await expect(page.locator("#rows li")).to_have_count(1)

        await expect(page.locator("#connection")).to_have_attribute("data-state", "waiting")
        async with running_admin_port(tmp_path, ApiSettings(), port) as admin:
            await admin.save(make_evaluation(2))

            await expect(page.locator("#rows li")).to_have_count(2)
            await expect(page.locator("#connection")).to_have_text("live")
            assert set(seen.resumed_after) == {"w1:1"}


async def test_a_state_that_nobody_knows_is_not_shown_as_zero(tmp_path: Path) -> None:
    unknown = {
        "total_sessions": None,
        "flagged_sessions": None,
        "flagged_percentage": None,
        "connected": False,
        "queue": {"depth": 7, "dead_letters": 2, "oldest_seconds": 31.4},
    }
    async with open_admin(tmp_path) as (page, seen, _):
        await page.route("**/v1/metrics/summary", lambda route: route.fulfill(json=unknown))

        await expect(page.locator("#health > div")).to_have_text(
            ["Answersunknown", "Flaggedunknown", "Queue7 waiting, 31 s, 2 dead", "Storeaway"]
        )
        assert seen.complaints == []
