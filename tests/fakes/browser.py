"""A page in Chromium, with everything noted that it does beside what it shows."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Page, Request, async_playwright, expect

# Without a sandbox (containers run as root) and without anything that talks to a host of its own accord.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT_MS = 20_000


@dataclass
class Seen:
    """What happened in the browser beside what is shown."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    """Console warnings and errors, uncaught errors, violations of the content security policy."""
    resumed_after: list[str] = field(default_factory=list)
    """Each `Last-Event-ID` that the page sent."""

    def note_request(self, request: Request) -> None:
        self.hosts.add(request.url.split("/")[2])
        if "last-event-id" in request.headers:
            self.resumed_after.append(request.headers["last-event-id"])


@asynccontextmanager
async def open_page(url: str) -> AsyncIterator[tuple[Page, Seen]]:
    seen = Seen()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        page.on("request", seen.note_request)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on(
            "console", lambda said: seen.complaints.append(said.text) if said.type in ("warning", "error") else None
        )
        await page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective))"
        )
        await page.goto(url)
        yield page, seen
        await browser.close()
