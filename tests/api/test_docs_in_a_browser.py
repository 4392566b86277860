"""The documentation in a real browser: it draws itself, sends requests, and asks nobody else for anything."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from app.main import create_app
from app.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def address(filled_sqlite: str) -> Iterator[str]:
    """A server of its own on a free port."""
    app = create_app(Settings(database_url=filled_sqlite))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    socket = server.config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    socket.close()


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_the_documentation_draws_itself_and_tries_calls(address: str, browser_page: Page):
    troubles: list[str] = []
    asked: list[str] = []
    browser_page.on("console", lambda message: troubles.append(message.text))
    browser_page.on("pageerror", lambda error: troubles.append(str(error)))
    browser_page.on("request", lambda request: asked.append(request.url))

    browser_page.goto(f"{address}/docs")
    operation = browser_page.locator("#list_trials")
    operation.locator("> summary").click()
    operation.locator("input[name=q]").fill("lupus")
    operation.locator("select[name=cell_type]").select_option("car_nk")
    operation.get_by_role("button", name="Send").click()
    answer = operation.locator("form pre")
    answer.get_by_text("car-nk-cd19-hangzhou-zju2").wait_for()

    assert (answer.text_content() or "").startswith("GET /v1/trials?cell_type=car_nk&q=lupus\n200")
    assert not troubles
    assert all(url.startswith(address) for url in asked)


def test_a_schema_can_be_linked_to(address: str, browser_page: Page):
    browser_page.goto(f"{address}/docs#schema-Trial")

    browser_page.locator("#schema-Trial[open]").wait_for()


def test_a_problem_has_a_page_for_people(address: str, browser_page: Page):
    browser_page.goto(f"{address}/problems/invalid-request")

    assert browser_page.get_by_role("heading", name="What to do").is_visible()
