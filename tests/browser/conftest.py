"""Headless Chromium against the live server, signed in as whoever the test needs."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from core.models import User
from core.roles import Role
from tests.factories import PASSWORD, a_user

Open = Callable[[User], Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed; as root, `make test` installs Debian's package")
    # Playwright's loop makes Django believe that its ORM is used from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def sign_in(browser: Browser, live_server: Any) -> Iterator[Open]:
    """A new window in which this user has signed in through the page."""
    contexts = []

    def open_as(user: User) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], main form button")
        page.wait_for_url("**/")
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture
def engineer(transactional_db: None) -> User:
    return a_user(Role.ENGINEER, username="erin")


@pytest.fixture
def reviewer(transactional_db: None) -> User:
    return a_user(Role.REVIEWER, username="ray")


@pytest.fixture
def operator(transactional_db: None) -> User:
    return a_user(Role.OPERATOR, username="otto")
