"""The pages as `genzoo explore` serves them, in another process, and a browser before them."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from command import GENZOO
from playwright import sync_api

import keras_genzoo as kg

# What the server's process runs first: it keeps which names are looked up.
LOOKUPS = """
import os, socket
look_up = socket.getaddrinfo
def kept(host, *args, **options):
    with open(os.environ["LOOKED_UP"], "a") as file:
        print(host if isinstance(host, str) else repr(host), file=file)
    return look_up(host, *args, **options)
socket.getaddrinfo = kept
"""
SECONDS = 120  # that a page may take to open, with much else running


class Explorer:
    """A server of pages.

    Attributes:
        url: Of the page of the whole zoo.
        lookups: File of the names that its process looked up.
        log: File of what it printed.
    """

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.lookups, self.log = folder / "lookups.txt", folder / "log.txt"
        (folder / "first").mkdir()
        (folder / "first" / "sitecustomize.py").write_text(LOOKUPS)
        self.command = [*GENZOO, "explore", "--port", str(port)]
        root = str(Path(kg.__file__).parents[1])
        self.environment = {
            **os.environ,
            "LOOKED_UP": str(self.lookups),
            "KERAS_GENZOO_PRESETS": str(folder / "presets"),
            "PYTHONPATH": os.pathsep.join([str(folder / "first"), root]),
        }

    def wait(self, process):
        for _ in range(SECONDS * 5):
            assert process.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(self.log.read_text())


@pytest.fixture(scope="session")
def explorer(tmp_path_factory):
    """Pages of all presets, and of a tiny model of the kind that none ships of."""
    folder = tmp_path_factory.mktemp("explorer")
    (folder / "presets").mkdir()
    cycle = kg.models.CycleGAN((16, 16, 3), filters=(4, 4), num_blocks=1, seed=0)
    cycle.save_to_preset(folder / "presets" / "cycle_gan_tiny")
    served = Explorer(folder)
    with (
        served.log.open("w") as log,
        subprocess.Popen(
            served.command, env=served.environment, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            served.wait(process)
            yield served
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    path = shutil.which("chromium")
    assert path, "There is no browser. Expected chromium on the PATH, as apt-get installs it."
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page of the browser, and what it asked for and complained of."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.requests, self.complaints = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(1000 * SECONDS)

    def _on_console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location}")

    def open(self, name):
        """Go to a preset's page, and wait for its tabs."""
        self.page.goto(f"{self.url}/{name}/")
        self.page.locator("button[role=tab]").first.wait_for()
        return self.page

    def tabs(self):
        return [each.inner_text() for each in self.page.locator("button[role=tab]").all()]

    def tab(self, name):
        """Turn to a tab; what it holds."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self.page.locator("[role=tabpanel]:visible")

    def outside(self):
        """What was asked of others than the server."""
        ours = re.compile(rf"({re.escape(self.url)}/|data:|blob:)")
        return [url for url in self.requests if not ours.match(url)]


@pytest.fixture
def watched(chromium, explorer):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = Watched(context.new_page(), explorer.url)
    yield found
    context.close()
    assert found.complaints == []
    assert found.outside() == []
