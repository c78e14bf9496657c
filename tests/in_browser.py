"""A real browser for tests, where there is one and its driver is installed."""

import shutil
from contextlib import contextmanager

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDED = pytest.mark.skipif(BROWSER is None, reason="there is no chromium, chromium-browser or google-chrome")


@contextmanager
def opened():
    """The browser, until the block ends."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def faults(page):
    """What axe finds that keeps people from using a page: of each its rule and where."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    return [(each["id"], node["html"]) for each in found.response["violations"] for node in each["nodes"]]
