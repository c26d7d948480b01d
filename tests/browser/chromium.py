"""How Chromium is started for browser tests and screenshots: the system's own, and the same picture anywhere."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",  # in a container Chromium runs as root, which its sandbox refuses
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]
WINDOW: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Europe/London",
    "reduced_motion": "reduce",
}


def _system_chromium() -> str | None:
    return next(filter(None, map(shutil.which, ["chromium", "google-chrome", "chromium-browser"])), None)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = _system_chromium() if not Path(playwright.chromium.executable_path).exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
