"""The example chatbot's page in a real browser: a person can ask, and sees the answer with its passages."""

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from endurance.demo.answering import load_wrong_answers
from endurance.demo.bot import build_demo_app
from tests.fakes.browser import open_page

pytestmark = pytest.mark.browser


async def test_a_person_can_ask_by_writing_and_by_choosing() -> None:
    wrong = load_wrong_answers()[0]
    async with TestServer(build_demo_app()) as bot, open_page(str(bot.make_url("/"))) as (page, seen):
        await page.locator("#message").fill("How high is the penalty for each day of delay?")
        await page.keyboard.press("Enter")
        await expect(page.locator("#talk .answer")).to_contain_text("Rs 250 for each day")
        await expect(page.locator("#talk .answer summary")).to_contain_text("passages retrieved")

        await page.get_by_role("button", name=wrong.question).click()
        await expect(page.locator("#talk .answer").last).to_contain_text(wrong.response[:40])

        await expect(page.get_by_role("button", name=wrong.question)).to_contain_text(wrong.fault)
        assert seen.hosts == {f"127.0.0.1:{bot.port}"}
        assert seen.complaints == []


async def test_what_a_person_wrote_stays_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    async with TestServer(build_demo_app()) as bot, open_page(str(bot.make_url("/"))) as (page, seen):
        await page.locator("#message").fill(hostile)
        await page.keyboard.press("Enter")

        await expect(page.locator("#talk .question")).to_have_text(hostile)
        assert await page.locator("#talk img").count() == 0
        assert seen.complaints == []
