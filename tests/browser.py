"""A real browser without a screen, for the tests of the page: Chromium, driven by Selenium."""

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

MISSING = (
    "Without Chromium the tests of the page are skipped; on Debian: "
    "apt-get install chromium chromium-driver"
)

QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update --disable-dev-shm-usage"
)
"""A browser that asks nobody for anything on its own."""


def is_there() -> bool:
    return bool(CHROMIUM and DRIVER)


class Browser:
    """A browser, in a test's words."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for argument in QUIET.split():
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver = webdriver.Chrome(options, Service(DRIVER or ""))

    def quit(self) -> None:
        self._driver.quit()

    def open(self, url: str, width: int = 800, height: int = 600, **media: str) -> None:
        """Open a page in a window of this size; `media`: prefers_reduced_motion="reduce"."""
        features = [{"name": key.replace("_", "-"), "value": media[key]} for key in media]
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self._driver.get(url)

    def close(self) -> None:
        """Leave the page, and close all tabs but one. Forget the logs."""
        for tab in self._driver.window_handles[1:]:
            self._driver.switch_to.window(tab)
            self._driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])
        self._driver.get("about:blank")
        self.problems()
        self.hosts()

    @contextlib.contextmanager
    def tabs(self, number: int, url: str) -> Iterator[list[str]]:
        """The page in so many tabs more."""
        opened = []
        for _ in range(number):
            self._driver.switch_to.new_window("tab")
            self._driver.get(url)
            opened.append(self._driver.current_window_handle)
        yield opened

    def turn_to(self, tab: str) -> None:
        self._driver.switch_to.window(tab)

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript."""
        return self._driver.execute_script(f"return {script}")

    def text(self, selector: str) -> str:
        """What a person reads there; nothing if it is hidden."""
        found = f"document.querySelector({selector!r})"
        return str(self.run(f"{found}.checkVisibility() ? {found}.innerText : ''"))

    def texts(self, selector: str) -> list[str]:
        """What stands in each such element, in one line."""
        found = self.run(
            f"[...document.querySelectorAll({selector!r})].map(each => each.textContent)"
        )
        return [re.sub(r"\s+", " ", text).strip() for text in found]

    def count(self, selector: str) -> int:
        return int(self.run(f"document.querySelectorAll({selector!r}).length"))

    def problems(self) -> list[str]:
        """What the console has said since the last time."""
        return [entry["message"] for entry in self._log("browser")]

    def hosts(self) -> set[str]:
        """The hosts that have been asked for something since the last time."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        urls = [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
        return {url.split("/")[2] for url in urls if not url.startswith(("data:", "about:"))}

    def _log(self, name: str) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = self._driver.get_log(name)  # type: ignore[no-untyped-call]
        return entries
